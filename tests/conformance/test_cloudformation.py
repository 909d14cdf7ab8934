"""CloudFormation: a stack's life, change sets, exports."""

import json

import pytest
from botocore.exceptions import ClientError

import world

CAPABLE = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def only(items):
    assert len(items) == 1, items
    return items[0]


def test_a_stack_from_creation_to_deletion(aws):
    body = world.vpc_template(EnableDnsHostnames=False)
    stack_id = world.stack(aws, "network", body, Tags=world.TAGS, EnableTerminationProtection=True)
    told = only(aws.cloudformation.describe_stacks(StackName="network")["Stacks"])
    assert (told["StackStatus"], told["StackId"]) == ("CREATE_COMPLETE", stack_id)
    assert only(told["Outputs"])["OutputKey"] == "VpcId"
    events = aws.cloudformation.describe_stack_events(StackName="network")["StackEvents"]
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE"
    named = {"StackName": "network", "LogicalResourceId": "Vpc"}
    vpc = aws.cloudformation.describe_stack_resource(**named)["StackResourceDetail"]["PhysicalResourceId"]
    assert only(aws.cloudformation.describe_stack_resources(StackName="network")["StackResources"])["PhysicalResourceId"] == vpc
    listed = aws.cloudformation.list_stack_resources(StackName="network")["StackResourceSummaries"]
    assert only(listed)["PhysicalResourceId"] == vpc
    assert aws.cloudformation.get_template(StackName="network")["TemplateBody"] == json.loads(body)
    aws.cloudformation.update_stack(StackName="network", TemplateBody=world.vpc_template(EnableDnsHostnames=True))
    aws.settle()
    assert world.stack_status(aws, "network") == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match="TerminationProtection"):
        aws.cloudformation.delete_stack(StackName="network")
    aws.cloudformation.update_termination_protection(StackName="network", EnableTerminationProtection=False)
    aws.cloudformation.delete_stack(StackName="network")
    aws.settle()
    assert world.stack_status(aws, stack_id) == "DELETE_COMPLETE"
    assert "DELETE_COMPLETE" in {told["StackStatus"] for told in aws.cloudformation.list_stacks()["StackSummaries"]}
    aws.cloudformation.list_stack_resources(StackName=stack_id)


def test_a_creation_that_fails(aws):
    world.stack(aws, "broken", world.failing_template())
    assert world.stack_status(aws, "broken") == "ROLLBACK_COMPLETE"
    events = aws.cloudformation.describe_stack_events(StackName="broken")["StackEvents"]
    assert any(event["ResourceStatus"] == "CREATE_FAILED" for event in events)
    aws.cloudformation.list_stack_resources(StackName="broken")
    aws.cloudformation.describe_stack_resources(StackName="broken")


def test_every_type_of_the_studio(aws, network, role):
    domain = {
        "DomainName": "team",
        "AuthMode": "IAM",
        "VpcId": network.vpc,
        "SubnetIds": network.subnets,
        "DefaultUserSettings": {"ExecutionRole": role},
    }
    profile = {"DomainId": {"Ref": "Domain"}, "UserProfileName": "ann"}
    body = world.template(
        {
            "Domain": {"Type": "AWS::SageMaker::Domain", "Properties": domain},
            "Profile": {"Type": "AWS::SageMaker::UserProfile", "Properties": profile},
        },
        {"Arn": {"Value": {"Fn::GetAtt": ["Domain", "DomainArn"]}}},
    )
    world.stack(aws, "studio", body)
    assert world.stack_status(aws, "studio") == "CREATE_COMPLETE"
    aws.cloudformation.describe_stack_events(StackName="studio")


def test_change_sets(aws):
    made = aws.cloudformation.create_change_set(
        StackName="new", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=world.vpc_template(), Tags=world.TAGS
    )
    aws.settle()
    told = aws.cloudformation.describe_change_set(StackName="new", ChangeSetName="first")
    assert (told["Status"], told["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert only(told["Changes"])["ResourceChange"]["Action"] == "Add"
    listed = aws.cloudformation.list_change_sets(StackName="new")["Summaries"]
    assert only(listed)["ChangeSetId"] == made["Id"]
    aws.cloudformation.execute_change_set(StackName="new", ChangeSetName="first")
    aws.settle()
    assert world.stack_status(aws, "new") == "CREATE_COMPLETE"
    body = world.vpc_template(CidrBlock="10.1.0.0/16")
    for name in ("second", "third"):
        aws.cloudformation.create_change_set(StackName="new", ChangeSetName=name, TemplateBody=body)
    aws.settle()
    told = aws.cloudformation.describe_change_set(StackName="new", ChangeSetName="second")
    assert told["Changes"][0]["ResourceChange"]["Replacement"] == "True"
    aws.cloudformation.delete_change_set(StackName="new", ChangeSetName="third")


def test_a_change_set_without_changes(aws):
    world.stack(aws, "same", world.vpc_template())
    aws.cloudformation.create_change_set(StackName="same", ChangeSetName="none", TemplateBody=world.vpc_template())
    aws.settle()
    told = aws.cloudformation.describe_change_set(StackName="same", ChangeSetName="none")
    assert told["Status"] == "FAILED" and "didn't contain changes" in told["StatusReason"]


def test_exports_and_imports(aws):
    world.stack(aws, "exporter", world.vpc_template(export="vpc"))
    world.stack(aws, "importer", world.importing_template("vpc"))
    assert only(aws.cloudformation.list_exports()["Exports"])["Name"] == "vpc"
    assert aws.cloudformation.list_imports(ExportName="vpc")["Imports"] == ["importer"]


def test_templates_are_looked_at(aws):
    body = world.template(
        json.loads(world.role_template("fixed"))["Resources"],
        Parameters={"Size": {"Type": "Number", "Default": 1, "Description": "How many", "AllowedValues": [1, 2]}},
    )
    told = aws.cloudformation.validate_template(TemplateBody=body)
    assert told["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    told = aws.cloudformation.get_template_summary(TemplateBody=body)
    assert told["ResourceTypes"] == ["AWS::IAM::Role"]
    world.stack(aws, "role", body, **CAPABLE)
    aws.cloudformation.get_template_summary(StackName="role")
    aws.cloudformation.get_template(StackName="role", TemplateStage="Processed")


def test_an_update_that_fails_is_rolled_back(aws):
    world.stack(aws, "network", world.vpc_template())
    body = json.loads(world.vpc_template())
    body["Resources"] |= json.loads(world.failing_template())["Resources"]
    aws.cloudformation.update_stack(StackName="network", TemplateBody=json.dumps(body))
    aws.settle()
    assert world.stack_status(aws, "network") == "UPDATE_ROLLBACK_COMPLETE"
    aws.cloudformation.describe_stack_events(StackName="network")


def test_a_deletion_that_fails_and_then_retains(aws):
    world.stack(aws, "network", world.vpc_template())
    vpc = only(only(aws.cloudformation.describe_stacks(StackName="network")["Stacks"])["Outputs"])["OutputValue"]
    aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
    stack_id = only(aws.cloudformation.describe_stacks(StackName="network")["Stacks"])["StackId"]
    aws.cloudformation.delete_stack(StackName="network")
    aws.settle()
    assert world.stack_status(aws, "network") == "DELETE_FAILED"
    aws.cloudformation.list_stack_resources(StackName="network")
    aws.cloudformation.delete_stack(StackName="network", RetainResources=["Vpc"])
    aws.settle()
    assert world.stack_status(aws, stack_id) == "DELETE_COMPLETE"
    assert aws.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
