"""The Resource Groups Tagging API: what is tagged, over all services. Its index lags, so each test waits for it."""

import world
from aws import ACCOUNT, REGION

ABSENT = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-0123456789abcdef0"


def found(aws, **filters) -> dict[str, dict[str, str]]:
    """The tags of what is found, by ARN."""
    listed = aws.resourcegroupstaggingapi.get_resources(**filters)["ResourceTagMappingList"]
    return {told["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in told["Tags"]} for told in listed}


def vpc_arn(network) -> str:
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{network.vpc}"


def test_what_is_tagged(aws, network):
    volume = world.file_system(aws, Tags=world.TAGS)
    aws.ec2.create_tags(Resources=[network.vpc], Tags=[{"Key": "team", "Value": "red"}])
    aws.settle()
    volumes = found(aws, ResourceTypeFilters=["elasticfilesystem:file-system"])
    assert list(volumes.values()) == [{"team": "blue", "stage": "test"}]
    assert next(iter(volumes)).endswith(volume)
    assert found(aws, TagFilters=[{"Key": "team", "Values": ["red"]}]) == {vpc_arn(network): {"team": "red"}}
    assert len(found(aws, TagFilters=[{"Key": "team"}])) == 2
    assert list(found(aws, ResourceARNList=[vpc_arn(network)])) == [vpc_arn(network)]
    assert {"team", "stage"} <= set(aws.resourcegroupstaggingapi.get_tag_keys()["TagKeys"])
    assert aws.resourcegroupstaggingapi.get_tag_values(Key="team")["TagValues"] == ["blue", "red"]


def test_setting_and_taking_away(aws, network, domain):
    arn = aws.sagemaker.describe_domain(DomainId=domain)["DomainArn"]
    both = [arn, vpc_arn(network)]
    assert aws.resourcegroupstaggingapi.tag_resources(ResourceARNList=both, Tags={"owner": "ann"})["FailedResourcesMap"] == {}
    aws.settle()
    assert set(found(aws, TagFilters=[{"Key": "owner"}])) == set(both)
    answer = aws.resourcegroupstaggingapi.untag_resources(ResourceARNList=[arn, ABSENT], TagKeys=["owner"])
    assert list(answer["FailedResourcesMap"]) == [ABSENT]
    aws.settle()
    assert list(found(aws, TagFilters=[{"Key": "owner"}])) == [vpc_arn(network)]


def test_what_lost_its_tags_is_shown_with_none(aws, network):
    aws.ec2.create_tags(Resources=[network.vpc], Tags=world.TAGS)
    aws.settle()
    aws.ec2.delete_tags(Resources=[network.vpc])
    aws.settle()
    assert found(aws) == {vpc_arn(network): {}}
