"""Application Auto Scaling: targets in SageMaker and their policies."""

import pytest

import world

VARIANT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/endpoint/variant/all",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
TRACKING = {
    "PolicyType": "TargetTrackingScaling",
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 60,
    },
}
STEPS = {
    "PolicyType": "StepScaling",
    "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        "Cooldown": 60,
    },
}


def only(items):
    assert len(items) == 1, items
    return items[0]


@pytest.fixture
def scaling(aws, endpoint):
    """The client, with a target registered."""
    aws.application_autoscaling.register_scalable_target(**VARIANT, MinCapacity=1, MaxCapacity=2, Tags={"team": "blue"})
    return aws.application_autoscaling


def targets(scaling):
    return scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]


def test_a_target(scaling):
    told = only(targets(scaling))
    assert (told["MinCapacity"], told["MaxCapacity"]) == (1, 2)
    scaling.register_scalable_target(**VARIANT, MaxCapacity=4, SuspendedState={"DynamicScalingInSuspended": True})
    told = only(targets(scaling))
    assert (told["MinCapacity"], told["MaxCapacity"]) == (1, 4)
    assert told["SuspendedState"]["DynamicScalingInSuspended"]
    scaling.deregister_scalable_target(**VARIANT)
    assert targets(scaling) == []


def test_policies(scaling):
    tracked = scaling.put_scaling_policy(PolicyName="tracked", **VARIANT, **TRACKING)
    assert len(tracked["Alarms"]) == 2
    stepped = scaling.put_scaling_policy(PolicyName="stepped", **VARIANT, **STEPS)
    assert stepped["Alarms"] == []
    told = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert {policy["PolicyARN"] for policy in told} == {tracked["PolicyARN"], stepped["PolicyARN"]}
    scaling.delete_scaling_policy(PolicyName="stepped", **VARIANT)
    told = only(scaling.describe_scaling_policies(**VARIANT)["ScalingPolicies"])
    asked = TRACKING["TargetTrackingScalingPolicyConfiguration"]
    assert told["TargetTrackingScalingPolicyConfiguration"] == asked
    # Policies go with their target.
    scaling.deregister_scalable_target(**VARIANT)
    assert scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_tags(scaling):
    arn = only(targets(scaling))["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"stage": "test"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["team"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"stage": "test"}


def test_the_target_of_an_inference_component(aws, network, role, model):
    host = world.component_endpoint(aws, network, role)
    component = world.inference_component(aws, host, model)
    copies = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"inference-component/{component}",
        "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
    }
    aws.application_autoscaling.register_scalable_target(**copies, MinCapacity=0, MaxCapacity=2)
    assert only(targets(aws.application_autoscaling))["ResourceId"] == copies["ResourceId"]


def test_a_target_goes_with_its_endpoint(aws, scaling, endpoint):
    aws.sagemaker.delete_endpoint(EndpointName=endpoint)
    aws.settle()
    assert targets(scaling) == []
