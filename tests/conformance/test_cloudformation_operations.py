"""CloudFormation: updates that are cancelled or rest where they failed, rollbacks on request, and events by operation."""

import json

import pytest
from botocore.exceptions import ClientError

import world
from aws import ACCOUNT

GATEWAY = {"Gateway": {"Type": "AWS::EC2::InternetGateway", "DependsOn": "Vpc"}}
NO_GATEWAY = {"type": "AWS::EC2::InternetGateway", "operation": "create"}
NAMED = {"StackName": "net"}


def body(names: bool, more: dict | None = None, **properties) -> str:
    """A VPC, with host names or without, and perhaps more."""
    made = json.loads(world.vpc_template(EnableDnsHostnames=names, **properties))
    made["Resources"] |= more or {}
    return json.dumps(made)


def fails(aws, match: dict):
    aws.simulator.fault(match, effect={"kind": "fail", "reason": "No."})


def events(aws, **arguments) -> list[dict]:
    return aws.cloudformation.describe_events(**arguments)["OperationEvents"]


@pytest.fixture
def resting(aws):
    """A stack whose update failed and rests: its VPC is changed, its gateway is not there."""
    world.stack(aws, "net", body(False))
    fails(aws, NO_GATEWAY)
    aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY), DisableRollback=True)
    aws.settle()
    aws.simulator.clear_faults()
    assert world.stack_status(aws, "net") == "UPDATE_FAILED"


def test_an_update_is_cancelled(aws):
    world.stack(aws, "net", body(False))
    aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY))
    aws.simulator.advance(5)
    assert world.stack_status(aws, "net") == "UPDATE_IN_PROGRESS"
    for _ in range(2):
        aws.cloudformation.cancel_update_stack(**NAMED, ClientRequestToken="cancel")
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.cloudformation.describe_stack_events(**NAMED)
    events(aws, **NAMED)
    aws.settle()
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_COMPLETE"
    aws.cloudformation.list_stack_resources(**NAMED)


def test_a_resting_update_goes_back(aws, resting):
    aws.cloudformation.describe_stack_resources(**NAMED)
    aws.cloudformation.list_stack_resources(**NAMED)
    begun = aws.cloudformation.rollback_stack(**NAMED, ClientRequestToken="back")
    assert aws.cloudformation.rollback_stack(**NAMED, ClientRequestToken="back")["OperationId"] == begun["OperationId"]
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.settle()
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_COMPLETE"
    told = events(aws, OperationId=begun["OperationId"])
    assert {event["OperationType"] for event in told} == {"ROLLBACK"}


def test_a_resting_update_goes_on(aws, resting):
    with pytest.raises(ClientError, match="disable-rollback"):
        aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY))
    aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY), DisableRollback=True)
    aws.settle()
    told = aws.cloudformation.describe_stacks(**NAMED)["Stacks"][0]
    assert told["StackStatus"] == "UPDATE_COMPLETE"
    assert "UPDATE_STACK" in {operation["OperationType"] for operation in told["LastOperations"]}


def test_a_resting_creation_goes_away(aws):
    fails(aws, NO_GATEWAY)
    stack_id = world.stack(aws, "net", body(False, GATEWAY), DisableRollback=True)
    assert world.stack_status(aws, "net") == "CREATE_FAILED"
    assert aws.cloudformation.rollback_stack(**NAMED, RetainExceptOnCreate=True)["StackId"] == stack_id
    aws.settle()
    assert world.stack_status(aws, "net") == "ROLLBACK_COMPLETE"


def test_a_resting_creation_is_deleted_where_that_is_what_a_rollback_is(simulated):
    aws = simulated("[switches]\nrollback-stack-deletes = true\n")
    fails(aws, NO_GATEWAY)
    stack_id = world.stack(aws, "net", body(False, GATEWAY), DisableRollback=True)
    aws.cloudformation.rollback_stack(**NAMED)
    aws.settle()
    assert world.stack_status(aws, stack_id) == "DELETE_COMPLETE"


@pytest.mark.parametrize("skip", [[], ["Vpc"]])
def test_a_failed_rollback_is_continued(aws, skip):
    world.stack(aws, "net", body(False))
    fails(aws, NO_GATEWAY)
    fails(aws, {"type": "AWS::EC2::VPC", "operation": "update", "nth": 2})
    aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY))
    aws.settle()
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_FAILED"
    with pytest.raises(ClientError, match="valid state to be skipped"):
        aws.cloudformation.continue_update_rollback(**NAMED, ResourcesToSkip=["Gateway"])
    aws.simulator.clear_faults()
    aws.cloudformation.continue_update_rollback(**NAMED, ResourcesToSkip=skip, ClientRequestToken="again")
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_IN_PROGRESS"
    aws.settle()
    assert world.stack_status(aws, "net") == "UPDATE_ROLLBACK_COMPLETE"
    told = aws.cloudformation.describe_stacks(**NAMED)["Stacks"][0]
    assert told["LastOperations"][0]["OperationType"] == "CONTINUE_ROLLBACK"
    events(aws, **NAMED)


@pytest.mark.parametrize("call", ["rollback_stack", "continue_update_rollback", "cancel_update_stack"])
def test_what_goes_back_has_to_be_in_the_right_status(aws, call):
    world.stack(aws, "net", body(False))
    with pytest.raises(ClientError, match="cannot be called from current stack status"):
        getattr(aws.cloudformation, call)(**NAMED)
    with pytest.raises(ClientError, match="does not exist"):
        getattr(aws.cloudformation, call)(StackName="absent")


def test_events_by_operation(aws):
    made = aws.cloudformation.create_stack(**NAMED, TemplateBody=body(False), ClientRequestToken="first")
    running = events(aws, **NAMED)
    assert running[-1]["OperationStatus"] == "IN_PROGRESS"
    aws.settle()
    fails(aws, NO_GATEWAY)
    updated = aws.cloudformation.update_stack(**NAMED, TemplateBody=body(True, GATEWAY))
    aws.settle()
    created = events(aws, OperationId=made["OperationId"])
    assert {event["OperationType"] for event in created} == {"CREATE_STACK"}
    assert {event["ClientRequestToken"] for event in created} == {"first"}
    assert created[0]["EventType"] == "STACK_EVENT" and created[0]["OperationStatus"] == "SUCCEEDED"
    failed = events(aws, **NAMED, Filters={"FailedEvents": True})
    assert [event["OperationId"] for event in failed] == [updated["OperationId"]]
    assert failed[0]["EventType"] == "PROVISIONING_ERROR"
    aws.cloudformation.delete_stack(**NAMED)
    aws.settle()
    deleted = events(aws, StackName=made["StackId"])
    assert deleted[0]["OperationType"] == "DELETE_STACK"
    for wrong in ({}, {"OperationId": "none"}, {"StackName": "absent"}, {"ChangeSetName": "first"}):
        with pytest.raises(ClientError, match="ValidationError"):
            events(aws, **wrong)


@pytest.mark.parametrize("properties", [{}, {"Colour": "red"}])
def test_events_of_a_change_set(aws, properties):
    named = {"ChangeSetName": "first", "StackName": "net"}
    made = aws.cloudformation.create_change_set(
        **named, ChangeSetType="CREATE", TemplateBody=body(False, None, **properties)
    )
    assert events(aws, **named)[0]["OperationStatus"] == "IN_PROGRESS"
    aws.settle()
    told = events(aws, ChangeSetName=made["Id"])
    assert told == events(aws, **named)
    assert {event["OperationType"] for event in told} == {"CREATE_CHANGESET"}
    assert told[0]["OperationStatus"] == ("FAILED" if properties else "SUCCEEDED")
    found = [event for event in told if event["EventType"] == "VALIDATION_ERROR"]
    assert len(found) == len(properties)
    assert all("Colour" in event["ValidationStatusReason"] for event in found)
    aws.cloudformation.describe_change_set(**named)


def test_a_role_of_the_stack(aws):
    trust = world.TRUST.replace("sagemaker", "cloudformation")
    aws.iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    aws.iam.put_role_policy(RoleName="deployer", PolicyName="all", PolicyDocument=json.dumps(anything))
    aws.settle()
    arn = f"arn:aws:iam::{ACCOUNT}:role/deployer"
    world.stack(aws, "net", body(False), RoleARN=arn)
    told = aws.cloudformation.describe_stacks(**NAMED)["Stacks"][0]
    assert (told["StackStatus"], told["RoleARN"]) == ("CREATE_COMPLETE", arn)
    with pytest.raises(ClientError, match="invalid or cannot be assumed"):
        aws.cloudformation.delete_stack(**NAMED, RoleARN=arn.replace("deployer", "absent"))
    aws.cloudformation.delete_stack(**NAMED)
    aws.settle()
    assert world.stack_status(aws, told["StackId"]) == "DELETE_COMPLETE"
