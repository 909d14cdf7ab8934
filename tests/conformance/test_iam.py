"""IAM: roles and their policies."""

import json
from urllib.parse import unquote

import pytest

import world


def test_a_role_and_its_policies(aws, role):
    assert aws.iam.get_role(RoleName="studio")["Role"]["Arn"] == role
    aws.iam.put_role_policy(RoleName="studio", PolicyName="own", PolicyDocument=world.POLICY)
    assert aws.iam.list_role_policies(RoleName="studio")["PolicyNames"] == ["own"]
    told = aws.iam.get_role_policy(RoleName="studio", PolicyName="own")["PolicyDocument"]
    assert (told if isinstance(told, dict) else json.loads(unquote(told))) == json.loads(world.POLICY)
    aws.iam.attach_role_policy(RoleName="studio", PolicyArn=world.MANAGED_POLICY)
    attached = aws.iam.list_attached_role_policies(RoleName="studio")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [world.MANAGED_POLICY]
    with pytest.raises(aws.iam.exceptions.DeleteConflictException):
        aws.iam.delete_role(RoleName="studio")
    aws.iam.detach_role_policy(RoleName="studio", PolicyArn=world.MANAGED_POLICY)
    aws.iam.delete_role_policy(RoleName="studio", PolicyName="own")
    aws.iam.delete_role(RoleName="studio")
    with pytest.raises(aws.iam.exceptions.NoSuchEntityException):
        aws.iam.get_role(RoleName="studio")


def test_tags_and_lists(aws):
    world.role(aws, "tagged", Path="/team/", Description="A role", Tags=world.TAGS, MaxSessionDuration=7200)
    aws.iam.tag_role(RoleName="tagged", Tags=[{"Key": "owner", "Value": "ann"}])
    aws.iam.untag_role(RoleName="tagged", TagKeys=["stage"])
    assert {tag["Key"] for tag in aws.iam.list_role_tags(RoleName="tagged")["Tags"]} == {"team", "owner"}
    told = aws.iam.get_role(RoleName="tagged")["Role"]
    assert (told["Description"], told["MaxSessionDuration"]) == ("A role", 7200)
    listed = aws.iam.list_roles(PathPrefix="/team/")["Roles"]
    assert [role["RoleName"] for role in listed] == ["tagged"]


def test_the_service_linked_role_comes_with_the_first_domain(aws, domain):
    listed = aws.iam.list_roles(PathPrefix="/aws-service-role/")["Roles"]
    assert "AWSServiceRoleForAmazonSageMakerNotebooks" in {role["RoleName"] for role in listed}
