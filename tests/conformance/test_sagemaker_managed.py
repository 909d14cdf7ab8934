"""SageMaker: feature groups, and what MLflow runs on, from creation to deletion."""

import pytest
from botocore.exceptions import ClientError

import work
import world

ONLINE = {"EnableOnlineStore": True, "StorageType": "Standard", "TtlDuration": {"Unit": "Days", "Value": 7}}
OFFLINE = {"S3StorageConfig": {"S3Uri": "s3://bucket/features"}, "TableFormat": "Iceberg"}


def test_a_feature_group(aws, role):
    arn = work.feature_group(
        aws, role, OnlineStoreConfig=ONLINE, OfflineStoreConfig=OFFLINE, ThroughputConfig={"ThroughputMode": "OnDemand"}
    )
    named = {"FeatureGroupName": "clicks"}
    assert aws.sagemaker.describe_feature_group(**named)["FeatureGroupStatus"] == "Creating"
    with pytest.raises(ClientError, match="ValidationException"):
        aws.sagemaker.delete_feature_group(**named)
    aws.settle()
    told = aws.sagemaker.describe_feature_group(FeatureGroupName=arn)
    assert (told["FeatureGroupStatus"], told["FeatureGroupName"]) == ("Created", "clicks")
    assert (told["OnlineStoreConfig"], told["OfflineStoreConfig"]) == (ONLINE, OFFLINE)
    found = aws.sagemaker.search(Resource="FeatureGroup")["Results"]
    assert [it["FeatureGroup"]["FeatureGroupArn"] for it in found] == [arn]
    tagged = aws.resourcegroupstaggingapi.get_resources(ResourceTypeFilters=["sagemaker:feature-group"])
    assert [it["ResourceARN"] for it in tagged["ResourceTagMappingList"]] == [arn]
    aws.sagemaker.delete_feature_group(**named)
    assert aws.sagemaker.describe_feature_group(**named)["FeatureGroupStatus"] == "Deleting"
    aws.settle()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws.sagemaker.describe_feature_group(**named)


def test_a_feature_group_that_fails(aws, role):
    aws.simulator.fault({"type": "AWS::SageMaker::FeatureGroup"}, effect={"kind": "fail", "reason": "No rights."})
    work.feature_group(aws, role, OnlineStoreConfig=ONLINE)
    aws.settle()
    told = aws.sagemaker.describe_feature_group(FeatureGroupName="clicks")
    assert (told["FeatureGroupStatus"], told["FailureReason"]) == ("CreateFailed", "No rights.")


def test_a_tracking_server(aws, role):
    arn = work.tracking_server(aws, role, TrackingServerSize="Medium", MlflowVersion="2.16.2")
    named = {"TrackingServerName": "runs"}
    told = aws.sagemaker.describe_mlflow_tracking_server(**named)
    assert (told["TrackingServerStatus"], told["IsActive"]) == ("Creating", "Inactive")
    aws.settle()
    told = aws.sagemaker.describe_mlflow_tracking_server(**named)
    assert (told["TrackingServerStatus"], told["IsActive"], told["TrackingServerArn"]) == ("Created", "Active", arn)
    assert (told["TrackingServerSize"], told["AutomaticModelRegistration"]) == ("Medium", False)
    assert aws.sagemaker.delete_mlflow_tracking_server(**named)["TrackingServerArn"] == arn
    aws.settle()
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws.sagemaker.describe_mlflow_tracking_server(**named)


def test_an_mlflow_app(aws, network, role):
    domain = world.domain(aws, network, role)
    arn = work.mlflow_app(aws, role, DefaultDomainIdList=[domain], WeeklyMaintenanceWindowStart="Tue:03:30")
    aws.settle()
    told = aws.sagemaker.describe_mlflow_app(Arn=arn)
    assert (told["Status"], told["Name"], told["DefaultDomainIdList"]) == ("Created", "board", [domain])
    listed = aws.sagemaker.list_mlflow_apps(DefaultForDomainId=domain, Status="Created")["Summaries"]
    assert [it["Arn"] for it in listed] == [arn]
    assert aws.sagemaker.list_mlflow_apps(DefaultForDomainId="d-other")["Summaries"] == []
    assert aws.sagemaker.delete_mlflow_app(Arn=arn)["Arn"] == arn
    aws.settle()
    assert aws.sagemaker.list_mlflow_apps()["Summaries"] == []
