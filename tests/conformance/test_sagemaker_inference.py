"""SageMaker: what is changed on an endpoint at work, and what watches it."""

import pytest
from botocore.exceptions import ClientError

import work
import world

WATCH = {"MonitoringScheduleName": "watch"}


def only(items):
    assert len(items) == 1, items
    return items[0]


@pytest.fixture
def component(aws, network, role, model) -> dict:
    """The name of an inference component, as its calls take it."""
    host = world.component_endpoint(aws, network, role)
    return {"InferenceComponentName": world.inference_component(aws, host, model)}


def test_weights_and_capacities(aws, endpoint):
    desired = [{"VariantName": "all", "DesiredWeight": 0.5, "DesiredInstanceCount": 2}]
    named = {"EndpointName": endpoint}
    updated = aws.sagemaker.update_endpoint_weights_and_capacities(**named, DesiredWeightsAndCapacities=desired)
    told = aws.sagemaker.describe_endpoint(**named)
    assert (told["EndpointStatus"], told["EndpointArn"]) == ("Updating", updated["EndpointArn"])
    variant = only(told["ProductionVariants"])
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"]) == (1, 2)
    aws.settle()
    variant = only(aws.sagemaker.describe_endpoint(**named)["ProductionVariants"])
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (2, 0.5)


def test_an_update_by_a_deployment_config(aws, endpoint, model):
    second = world.endpoint_config(aws, model, "second")
    aws.settle()
    policy = {"TrafficRoutingConfiguration": {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 60}}
    aws.sagemaker.update_endpoint(
        EndpointName=endpoint, EndpointConfigName=second, DeploymentConfig={"BlueGreenUpdatePolicy": policy}
    )
    aws.settle()
    told = aws.sagemaker.describe_endpoint(EndpointName=endpoint)
    assert told["LastDeploymentConfig"] == {"BlueGreenUpdatePolicy": policy}


def test_a_component_is_updated(aws, component, model):
    limits = {"NumberOfCpuCoresRequired": 2, "MinMemoryRequiredInMb": 2048}
    specification = {
        "ModelName": model,
        "StartupParameters": {"ContainerStartupHealthCheckTimeoutInSeconds": 600},
        "ComputeResourceRequirements": limits,
    }
    aws.sagemaker.update_inference_component(
        **component, Specification=specification, RuntimeConfig={"CopyCount": 2}
    )
    told = aws.sagemaker.describe_inference_component(**component)
    assert told["InferenceComponentStatus"] == "Updating"
    assert told["RuntimeConfig"] == {"DesiredCopyCount": 2, "CurrentCopyCount": 1}
    aws.settle()
    told = aws.sagemaker.describe_inference_component(**component)
    assert told["Specification"]["ComputeResourceRequirements"] == limits
    assert told["RuntimeConfig"]["CurrentCopyCount"] == 2


def test_a_component_of_an_image(aws, network, role):
    host = world.component_endpoint(aws, network, role)
    aws.sagemaker.create_inference_component(
        InferenceComponentName="plain",
        EndpointName=host,
        VariantName="all",
        Specification={
            "Container": {"Image": world.IMAGE, "ArtifactUrl": "s3://bucket/model", "Environment": {"A": "b"}},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
        },
        RuntimeConfig={"CopyCount": 1},
    )
    aws.settle()
    told = aws.sagemaker.describe_inference_component(InferenceComponentName="plain")
    assert told["Specification"]["Container"]["DeployedImage"]["SpecifiedImage"] == world.IMAGE


def test_copies_of_a_component(aws, component):
    desired = {"CopyCount": 3}
    aws.sagemaker.update_inference_component_runtime_config(**component, DesiredRuntimeConfig=desired)
    aws.settle()
    told = aws.sagemaker.describe_inference_component(**component)
    assert told["RuntimeConfig"] == {"DesiredCopyCount": 3, "CurrentCopyCount": 3}


def test_a_component_that_fails(aws, network, role, model):
    aws.simulator.fault({"type": "AWS::SageMaker::InferenceComponent"}, effect={"kind": "fail", "reason": "No room."})
    name = world.inference_component(aws, world.component_endpoint(aws, network, role), model)
    told = aws.sagemaker.describe_inference_component(InferenceComponentName=name)
    assert (told["InferenceComponentStatus"], told["FailureReason"]) == ("Failed", "No room.")


def schedule_status(aws) -> str:
    return aws.sagemaker.describe_monitoring_schedule(**WATCH)["MonitoringScheduleStatus"]


def test_a_monitoring_schedule(aws, endpoint, network, role):
    work.schedule(aws, endpoint, network, role)
    assert schedule_status(aws) == "Pending"
    aws.settle()
    assert schedule_status(aws) == "Scheduled"
    listed = aws.sagemaker.list_monitoring_schedules(EndpointName=endpoint, MonitoringTypeEquals="DataQuality")
    assert only(listed["MonitoringScheduleSummaries"])["MonitoringScheduleName"] == "watch"
    with pytest.raises(ClientError, match="ValidationException"):
        aws.sagemaker.delete_endpoint(EndpointName=endpoint)
    aws.sagemaker.stop_monitoring_schedule(**WATCH)
    aws.settle()
    assert schedule_status(aws) == "Stopped"
    aws.sagemaker.start_monitoring_schedule(**WATCH)
    aws.settle()
    assert schedule_status(aws) == "Scheduled"
    aws.sagemaker.delete_monitoring_schedule(**WATCH)
    aws.settle()
    assert aws.sagemaker.list_monitoring_schedules()["MonitoringScheduleSummaries"] == []


def test_a_monitoring_schedule_that_fails(aws, endpoint, network, role):
    aws.simulator.fault({"type": "AWS::SageMaker::MonitoringSchedule"}, effect={"kind": "fail", "reason": "No rights."})
    work.schedule(aws, endpoint, network, role)
    aws.settle()
    told = aws.sagemaker.describe_monitoring_schedule(**WATCH)
    assert (told["MonitoringScheduleStatus"], told["FailureReason"]) == ("Failed", "No rights.")
