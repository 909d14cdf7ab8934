"""SageMaker: notebook instances, from creation to deletion."""

import pytest
from botocore.exceptions import ClientError

import work

NAMED = {"NotebookInstanceName": "lab"}


def status(aws) -> str:
    return aws.sagemaker.describe_notebook_instance(**NAMED)["NotebookInstanceStatus"]


@pytest.fixture
def notebook(aws, network, role) -> str:
    return work.notebook(aws, network, role)


def test_a_notebook_instance(aws, notebook, role):
    assert status(aws) == "Pending"
    aws.settle()
    told = aws.sagemaker.describe_notebook_instance(**NAMED)
    assert told["NotebookInstanceStatus"] == "InService" and told["NetworkInterfaceId"].startswith("eni-")
    assert "Url" in told
    aws.sagemaker.stop_notebook_instance(**NAMED)
    assert status(aws) == "Stopping"
    aws.settle()
    assert status(aws) == "Stopped"
    aws.sagemaker.update_notebook_instance(**NAMED, InstanceType="ml.t3.large", RoleArn=role, VolumeSizeInGB=20)
    assert status(aws) == "Updating"
    aws.settle()
    told = aws.sagemaker.describe_notebook_instance(**NAMED)
    assert (told["InstanceType"], told["VolumeSizeInGB"]) == ("ml.t3.large", 20)
    aws.sagemaker.start_notebook_instance(**NAMED)
    assert status(aws) == "Pending"
    aws.settle()
    listed = aws.sagemaker.list_notebook_instances(StatusEquals="InService", NameContains="LA")
    assert [told["NotebookInstanceName"] for told in listed["NotebookInstances"]] == ["lab"]
    with pytest.raises(ClientError, match=r"Unable to transition to \(Deleting\)"):
        aws.sagemaker.delete_notebook_instance(**NAMED)
    aws.sagemaker.stop_notebook_instance(**NAMED)
    aws.settle()
    aws.sagemaker.delete_notebook_instance(**NAMED)
    assert status(aws) == "Deleting"
    aws.settle()
    assert aws.sagemaker.list_notebook_instances()["NotebookInstances"] == []


def test_an_open_notebook_instance(aws, role):
    aws.sagemaker.create_notebook_instance(**NAMED, InstanceType="ml.t3.medium", RoleArn=role)
    told = aws.sagemaker.describe_notebook_instance(**NAMED)
    assert told["DirectInternetAccess"] == "Enabled" and "SubnetId" not in told


def test_a_notebook_instance_that_fails(aws, network, role):
    aws.simulator.fault({"type": "AWS::SageMaker::NotebookInstance"}, effect={"kind": "fail", "reason": "No capacity."})
    work.notebook(aws, network, role)
    aws.settle()
    told = aws.sagemaker.describe_notebook_instance(**NAMED)
    assert (told["NotebookInstanceStatus"], told["FailureReason"]) == ("Failed", "No capacity.")
