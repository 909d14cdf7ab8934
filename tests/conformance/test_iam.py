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


def test_a_managed_policy(aws, role):
    arn = aws.iam.create_policy(PolicyName="own", PolicyDocument=world.POLICY, Description="Ours", Tags=world.TAGS)["Policy"]["Arn"]
    assert aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v1"
    aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=world.POLICY)
    aws.iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert aws.iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["IsDefaultVersion"]
    assert len(aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 2
    aws.iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    aws.iam.attach_role_policy(RoleName="studio", PolicyArn=arn)
    assert [policy["Arn"] for policy in aws.iam.list_policies(Scope="Local")["Policies"]] == [arn]
    aws.iam.list_policies()
    with pytest.raises(aws.iam.exceptions.DeleteConflictException):
        aws.iam.delete_policy(PolicyArn=arn)
    aws.iam.detach_role_policy(RoleName="studio", PolicyArn=arn)
    aws.iam.delete_policy(PolicyArn=arn)


def test_an_instance_profile(aws, role):
    aws.iam.create_instance_profile(InstanceProfileName="machine")
    aws.iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName="studio")
    told = aws.iam.get_instance_profile(InstanceProfileName="machine")["InstanceProfile"]
    assert [role["RoleName"] for role in told["Roles"]] == ["studio"]
    assert len(aws.iam.list_instance_profiles()["InstanceProfiles"]) == 1
    assert len(aws.iam.list_instance_profiles_for_role(RoleName="studio")["InstanceProfiles"]) == 1
    with pytest.raises(aws.iam.exceptions.DeleteConflictException):
        aws.iam.delete_role(RoleName="studio")
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="machine", RoleName="studio")
    aws.iam.delete_instance_profile(InstanceProfileName="machine")
