"""Every refusal arrives as the botocore exception of its code."""

import pytest
from botocore.exceptions import ClientError

import work
import world
from aws import ACCOUNT, REGION, SERVICES

# (service, code, name of the test) and what provokes it.
PROVOKED = []

# Modelled exceptions of implemented operations that the simulator gives to nobody, and why.
NOT_GIVEN = {
    ("cloudformation", "StackSetNotFoundException"): "there are no stack sets",
    ("efs", "AccessPointLimitExceeded"): "the quota is of 10,000 access points",
    ("efs", "AvailabilityZonesMismatch"): "there are no One Zone volumes",
    ("efs", "DependencyTimeout"): "AWS's own time limit",
    ("efs", "FileSystemLimitExceeded"): "the quota is of 1,000 volumes",
    ("efs", "InsufficientThroughputCapacity"): "AWS's own capacity",
    ("efs", "InternalServerError"): "AWS's own failure, which faults can order",
    ("efs", "IpAddressInUse"): "mount targets are given no address by callers",
    ("efs", "NetworkInterfaceLimitExceeded"): "the quota is of 5,000 interfaces",
    ("efs", "SecurityGroupLimitExceeded"): "as BadRequest",
    ("efs", "ThroughputLimitExceeded"): "there is no provisioned throughput",
    ("efs", "UnsupportedAvailabilityZone"): "every zone has EFS",
    ("efs", "ValidationException"): "AWS Backup is in every region",
    ("iam", "ConcurrentModificationException"): "calls are answered one after the other",
    ("iam", "PolicyNotAttachableException"): "AWS's own policies exist by name alone",
    ("iam", "ServiceFailureException"): "AWS's own failure, which faults can order",
    ("logs", "DataAlreadyAcceptedException"): "AWS ignores sequence tokens by now",
    ("logs", "InvalidSequenceTokenException"): "AWS ignores sequence tokens by now",
    ("logs", "LimitExceededException"): "the quota is of 1,000,000 groups",
    ("logs", "ServiceUnavailableException"): "AWS's own failure, which faults can order",
    ("logs", "UnrecognizedClientException"): "every access key is somebody's",
    ("logs", "ValidationException"): "there is no protection from deletion",
    ("resourcegroupstaggingapi", "InternalServiceException"): "AWS's own failure, which faults can order",
    ("application-autoscaling", "ConcurrentUpdateException"): "calls are answered one after the other",
    ("application-autoscaling", "FailedResourceAccessException"): "the service looks after its alarms by itself",
    ("application-autoscaling", "InternalServiceException"): "AWS's own failure, which faults can order",
    ("application-autoscaling", "LimitExceededException"): "the quota is of 500 targets and more",
    ("service-quotas", "ServiceException"): "AWS's own failure, which faults can order",
}

ABSENT = "0123456789abcdef0"


def provokes(service: str, code: str):
    """Marks what a service refuses with a code."""

    def keep(provoke):
        PROVOKED.append(pytest.param(service, code, provoke, id=f"{service}-{code}-{provoke.__name__}"))
        return provoke

    return keep


# ---------------------------------------------------------------------------------------------------- CloudFormation


@provokes("cloudformation", "AlreadyExistsException")
def a_second_stack(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.create_stack(StackName="one", TemplateBody=world.vpc_template())


@provokes("cloudformation", "InsufficientCapabilitiesException")
def a_role_without_leave(aws):
    aws.cloudformation.create_stack(StackName="one", TemplateBody=world.role_template("fixed"))


@provokes("cloudformation", "TokenAlreadyExistsException")
def a_token_for_two_requests(aws):
    world.stack(aws, "one", world.vpc_template(), ClientRequestToken="token")
    body = world.vpc_template(EnableDnsHostnames=True)
    aws.cloudformation.update_stack(StackName="one", TemplateBody=body, ClientRequestToken="token")


@provokes("cloudformation", "TokenAlreadyExistsException")
def a_token_for_a_creation_and_a_cancellation(aws):
    world.stack(aws, "one", world.vpc_template(), ClientRequestToken="token")
    aws.cloudformation.cancel_update_stack(StackName="one", ClientRequestToken="token")


@provokes("cloudformation", "ValidationError")
def a_rollback_of_what_is_well(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.rollback_stack(StackName="one")


@provokes("cloudformation", "ValidationError")
def events_of_nothing(aws):
    aws.cloudformation.describe_events()


def test_a_quota_of_stacks(simulated):
    aws = simulated("[quotas]\nstacks = 1\n")
    world.stack(aws, "one", world.vpc_template())
    check_refusal(
        aws, "cloudformation", "LimitExceededException", lambda aws: world.stack(aws, "two", world.vpc_template())
    )


@provokes("cloudformation", "ChangeSetNotFound")
def a_change_set_that_is_not_there(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.describe_change_set(StackName="one", ChangeSetName="absent")


@provokes("cloudformation", "InvalidChangeSetStatus")
def a_change_set_without_changes(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.create_change_set(StackName="one", ChangeSetName="none", TemplateBody=world.vpc_template())
    aws.settle()
    aws.cloudformation.execute_change_set(StackName="one", ChangeSetName="none")


@provokes("cloudformation", "ValidationError")
def a_stack_that_is_not_there(aws):
    aws.cloudformation.describe_stacks(StackName="absent")


@provokes("cloudformation", "ValidationError")
def an_update_without_changes(aws):
    world.stack(aws, "one", world.vpc_template())
    aws.cloudformation.update_stack(StackName="one", TemplateBody=world.vpc_template())


@provokes("cloudformation", "ValidationError")
def a_template_that_is_none(aws):
    aws.cloudformation.validate_template(TemplateBody="{")


@provokes("cloudformation", "ValidationError")
def a_type_of_deletion_that_is_none(aws):
    aws.unchecked.cloudformation.delete_stack(StackName="one", DeletionMode="GENTLE")


# ---------------------------------------------------------------------------------------------------------------- EC2


def absent(call, name, prefix):
    return lambda aws: getattr(aws.ec2, call)(**{name: f"{prefix}-{ABSENT}"})


for code, call, name, prefix in [
    ("InvalidVpcID.NotFound", "delete_vpc", "VpcId", "vpc"),
    ("InvalidSubnetID.NotFound", "delete_subnet", "SubnetId", "subnet"),
    ("InvalidGroup.NotFound", "delete_security_group", "GroupId", "sg"),
    ("InvalidRouteTableID.NotFound", "delete_route_table", "RouteTableId", "rtb"),
    ("InvalidNetworkAclID.NotFound", "delete_network_acl", "NetworkAclId", "acl"),
    ("InvalidNetworkInterfaceID.NotFound", "delete_network_interface", "NetworkInterfaceId", "eni"),
    ("InvalidInternetGatewayID.NotFound", "delete_internet_gateway", "InternetGatewayId", "igw"),
    ("InvalidAssociationID.NotFound", "disassociate_route_table", "AssociationId", "rtbassoc"),
    ("InvalidAttachmentID.NotFound", "detach_network_interface", "AttachmentId", "eni-attach"),
    ("InvalidPrefixListID.NotFound", "get_managed_prefix_list_entries", "PrefixListId", "pl"),
]:
    provoke = absent(call, name, prefix)
    provoke.__name__ = call
    provokes("ec2", code)(provoke)


@provokes("ec2", "InvalidVpcEndpointId.NotFound")
def an_endpoint_that_is_not_there(aws):
    aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[f"vpce-{ABSENT}"])


@provokes("ec2", "DependencyViolation")
def a_vpc_with_subnets(aws):
    aws.ec2.delete_vpc(VpcId=world.network(aws).vpc)


@provokes("ec2", "CannotDelete")
def a_default_group(aws):
    of_vpc = [{"Name": "vpc-id", "Values": [world.network(aws).vpc]}, {"Name": "group-name", "Values": ["default"]}]
    default = aws.ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]["GroupId"]
    aws.ec2.delete_security_group(GroupId=default)


@provokes("ec2", "InvalidGroup.Duplicate")
def two_groups_of_a_name(aws):
    made = world.network(aws)
    world.group(aws, made.vpc, "studio")


@provokes("ec2", "InvalidPermission.Duplicate")
def a_rule_twice(aws):
    made = world.network(aws)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    for _ in range(2):
        aws.ec2.authorize_security_group_ingress(GroupId=made.group, IpPermissions=[rule])


@provokes("ec2", "InvalidPermission.NotFound")
def a_rule_that_is_not_there(aws):
    made = world.network(aws)
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    aws.ec2.revoke_security_group_ingress(GroupId=made.group, IpPermissions=[rule])


@provokes("ec2", "InvalidSecurityGroupRuleId.NotFound")
def a_rule_id_that_is_not_there(aws):
    made = world.network(aws)
    aws.ec2.revoke_security_group_ingress(GroupId=made.group, SecurityGroupRuleIds=[f"sgr-{ABSENT}"])


@provokes("ec2", "InvalidSubnet.Conflict")
def two_subnets_of_a_range(aws):
    made = world.network(aws)
    aws.ec2.create_subnet(VpcId=made.vpc, CidrBlock="10.0.0.0/25")


@provokes("ec2", "InvalidSubnet.Range")
def a_subnet_outside(aws):
    aws.ec2.create_subnet(VpcId=world.network(aws).vpc, CidrBlock="10.1.0.0/24")


@provokes("ec2", "InvalidVpc.Range")
def a_vpc_too_large(aws):
    aws.ec2.create_vpc(CidrBlock="10.0.0.0/8")


@provokes("ec2", "VpcLimitExceeded")
def a_sixth_vpc(aws):
    for at in range(6):
        aws.ec2.create_vpc(CidrBlock=f"10.{at}.0.0/16")


@provokes("ec2", "InvalidServiceName")
def an_endpoint_of_no_service(aws):
    aws.ec2.create_vpc_endpoint(VpcId=world.network(aws).vpc, ServiceName="com.amazonaws.us-east-1.absent")


@provokes("ec2", "RouteAlreadyExists")
def a_route_twice(aws):
    made = world.network(aws)
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made.vpc)
    table = aws.ec2.create_route_table(VpcId=made.vpc)["RouteTable"]["RouteTableId"]
    for _ in range(2):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


@provokes("ec2", "InvalidRoute.NotFound")
def a_route_that_is_not_there(aws):
    table = aws.ec2.create_route_table(VpcId=world.network(aws).vpc)["RouteTable"]["RouteTableId"]
    aws.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


@provokes("ec2", "Resource.AlreadyAssociated")
def a_subnet_with_two_tables(aws):
    made = world.network(aws)
    for _ in range(2):
        table = aws.ec2.create_route_table(VpcId=made.vpc)["RouteTable"]["RouteTableId"]
        aws.ec2.associate_route_table(RouteTableId=table, SubnetId=made.subnets[0])


@provokes("ec2", "Gateway.NotAttached")
def a_gateway_that_is_not_attached(aws):
    made = world.network(aws)
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=made.vpc)


@provokes("ec2", "NetworkAclEntryAlreadyExists")
def an_acl_entry_twice(aws):
    acl = aws.ec2.create_network_acl(VpcId=world.network(aws).vpc)["NetworkAcl"]["NetworkAclId"]
    for _ in range(2):
        aws.ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=1, Protocol="-1", RuleAction="allow", Egress=True, CidrBlock="0.0.0.0/0"
        )


@provokes("ec2", "NetworkAclEntryLimitExceeded")
def an_acl_entry_too_many(aws):
    acl = aws.ec2.create_network_acl(VpcId=world.network(aws).vpc)["NetworkAcl"]["NetworkAclId"]
    for number in range(1, 42):
        aws.ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=number, Protocol="-1", RuleAction="allow", Egress=True, CidrBlock="0.0.0.0/0"
        )


@provokes("ec2", "InvalidNetworkAclEntry.NotFound")
def an_acl_entry_that_is_not_there(aws):
    acl = aws.ec2.create_network_acl(VpcId=world.network(aws).vpc)["NetworkAcl"]["NetworkAclId"]
    aws.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=1, Egress=True)


@provokes("ec2", "InvalidParameterValue")
def a_filter_that_is_none(aws):
    aws.ec2.describe_vpcs(Filters=[{"Name": "colour", "Values": ["red"]}])


@provokes("ec2", "InvalidParameterCombination")
def two_attributes_at_once(aws):
    vpc = world.network(aws).vpc
    aws.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True}, EnableDnsHostnames={"Value": True})


@provokes("ec2", "DryRunOperation")
def a_dry_run(aws):
    aws.ec2.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)


@provokes("ec2", "InvalidInstanceID.NotFound")
def an_instance_that_is_not_there(aws):
    aws.ec2.terminate_instances(InstanceIds=[f"i-{ABSENT}"])


@provokes("ec2", "OperationNotPermitted")
def an_instance_that_is_protected(aws):
    made = world.instance(aws, world.network(aws).subnets[0], DisableApiTermination=True)
    aws.ec2.terminate_instances(InstanceIds=[made])


@provokes("ec2", "NatGatewayNotFound")
def a_nat_gateway_that_is_not_there(aws):
    aws.ec2.describe_nat_gateways(NatGatewayIds=[f"nat-{ABSENT}"])


@provokes("ec2", "InvalidAllocationID.NotFound")
def a_nat_gateway_with_no_address(aws):
    aws.ec2.create_nat_gateway(SubnetId=world.network(aws).subnets[0], AllocationId=f"eipalloc-{ABSENT}")


@provokes("ec2", "MissingParameter")
def a_nat_gateway_without_an_address(aws):
    aws.ec2.create_nat_gateway(SubnetId=world.network(aws).subnets[0])


@provokes("ec2", "MissingParameter")
def a_request_without_its_id(aws):
    aws.unchecked.ec2.delete_vpc()


@provokes("ec2", "IdempotentParameterMismatch")
def a_client_token_for_two_requests(aws):
    made = world.network(aws)
    for subnet in made.subnets:
        aws.ec2.create_network_interface(SubnetId=subnet, ClientToken="token")


# ---------------------------------------------------------------------------------------------------------------- EFS


@provokes("efs", "FileSystemNotFound")
def a_volume_that_is_not_there(aws):
    aws.efs.describe_file_systems(FileSystemId=f"fs-{ABSENT}")


@provokes("efs", "FileSystemAlreadyExists")
def a_creation_token_twice(aws):
    for _ in range(2):
        world.file_system(aws, "token")


@provokes("efs", "FileSystemInUse")
def a_volume_with_a_mount_target(aws):
    volume = world.file_system(aws)
    world.mount_target(aws, volume, world.network(aws).subnets[0])
    aws.efs.delete_file_system(FileSystemId=volume)


@provokes("efs", "IncorrectFileSystemLifeCycleState")
def a_mount_target_too_early(aws):
    volume = aws.efs.create_file_system(CreationToken="new")["FileSystemId"]
    aws.efs.create_mount_target(FileSystemId=volume, SubnetId=world.network(aws).subnets[0])


@provokes("efs", "MountTargetNotFound")
def a_mount_target_that_is_not_there(aws):
    aws.efs.delete_mount_target(MountTargetId=f"fsmt-{ABSENT}")


@provokes("efs", "MountTargetConflict")
def two_mount_targets_in_a_zone(aws):
    volume, made = world.file_system(aws), world.network(aws)
    for _ in range(2):
        world.mount_target(aws, volume, made.subnets[0])


@provokes("efs", "IncorrectMountTargetState")
def groups_of_a_mount_target_that_goes(aws):
    made = world.network(aws)
    target = world.mount_target(aws, world.file_system(aws), made.subnets[0])
    aws.efs.delete_mount_target(MountTargetId=target)
    aws.efs.modify_mount_target_security_groups(MountTargetId=target, SecurityGroups=[made.group])


@provokes("efs", "SubnetNotFound")
def a_mount_target_in_no_subnet(aws):
    world.mount_target(aws, world.file_system(aws), f"subnet-{ABSENT}")


@provokes("efs", "SecurityGroupNotFound")
def a_mount_target_with_no_group(aws):
    volume, made = world.file_system(aws), world.network(aws)
    world.mount_target(aws, volume, made.subnets[0], SecurityGroups=[f"sg-{ABSENT}"])


@provokes("efs", "NoFreeAddressesInSubnet")
def a_mount_target_in_a_full_subnet(aws):
    made = world.network(aws)
    small = aws.ec2.create_subnet(VpcId=made.vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    for _ in range(11):
        aws.ec2.create_network_interface(SubnetId=small)
    world.mount_target(aws, world.file_system(aws), small)


@provokes("efs", "AccessPointNotFound")
def an_access_point_that_is_not_there(aws):
    aws.efs.delete_access_point(AccessPointId=f"fsap-{ABSENT}")


@provokes("efs", "AccessPointAlreadyExists")
def a_client_token_twice(aws):
    volume = world.file_system(aws)
    for uid in (1, 2):
        aws.efs.create_access_point(ClientToken="token", FileSystemId=volume, PosixUser={"Uid": uid, "Gid": 1})


@provokes("efs", "PolicyNotFound")
def a_policy_that_is_not_there(aws):
    aws.efs.describe_file_system_policy(FileSystemId=world.file_system(aws))


@provokes("efs", "InvalidPolicyException")
def a_policy_that_is_none(aws):
    aws.efs.put_file_system_policy(FileSystemId=world.file_system(aws), Policy="[]")


@provokes("efs", "PolicyNotFound")
def a_backup_policy_that_is_not_there(aws):
    aws.efs.describe_backup_policy(FileSystemId=world.file_system(aws))


def replicated(aws) -> str:
    volume = world.file_system(aws)
    aws.efs.create_replication_configuration(SourceFileSystemId=volume, Destinations=[{"Region": "eu-west-1"}])
    aws.settle()
    return volume


@provokes("efs", "ConflictException")
def a_second_replication(aws):
    volume = replicated(aws)
    aws.efs.create_replication_configuration(SourceFileSystemId=volume, Destinations=[{"Region": "eu-west-1"}])


@provokes("efs", "ReplicationNotFound")
def a_replication_that_is_not_there(aws):
    aws.efs.delete_replication_configuration(SourceFileSystemId=world.file_system(aws))


@provokes("efs", "FileSystemInUse")
def a_volume_that_is_replicated(aws):
    aws.efs.delete_file_system(FileSystemId=replicated(aws))


@provokes("efs", "BadRequest")
def a_mode_that_is_none(aws):
    aws.unchecked.efs.create_file_system(CreationToken="token", PerformanceMode="fastest")


# ---------------------------------------------------------------------------------------------------------------- IAM


@provokes("iam", "NoSuchEntity")
def a_role_that_is_not_there(aws):
    aws.iam.get_role(RoleName="absent")


@provokes("iam", "EntityAlreadyExists")
def a_role_twice(aws):
    for _ in range(2):
        world.role(aws)


@provokes("iam", "MalformedPolicyDocument")
def a_trust_that_is_none(aws):
    aws.iam.create_role(RoleName="one", AssumeRolePolicyDocument="{}")


@provokes("iam", "DeleteConflict")
def a_role_with_a_policy(aws):
    world.role(aws, "one")
    aws.iam.attach_role_policy(RoleName="one", PolicyArn=world.MANAGED_POLICY)
    aws.iam.delete_role(RoleName="one")


@provokes("iam", "LimitExceeded")
def a_policy_too_many(aws):
    world.role(aws, "one")
    for number in range(30):
        aws.iam.attach_role_policy(RoleName="one", PolicyArn=f"arn:aws:iam::aws:policy/Policy{number}")


@provokes("iam", "InvalidInput")
def a_tag_of_aws(aws):
    world.role(aws, "one", Tags=[{"Key": "aws:mine", "Value": "no"}])


@provokes("iam", "UnmodifiableEntity")
def the_role_of_a_service(aws):
    world.domain(aws, world.network(aws), world.role(aws))
    aws.iam.delete_role(RoleName="AWSServiceRoleForAmazonSageMakerNotebooks")


@provokes("iam", "ValidationError")
def a_name_that_is_none(aws):
    aws.unchecked.iam.create_role(RoleName="a name", AssumeRolePolicyDocument=world.TRUST)


@provokes("iam", "DeleteConflict")
def a_policy_that_is_attached(aws):
    world.role(aws, "one")
    policy = aws.iam.create_policy(PolicyName="own", PolicyDocument=world.POLICY)["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName="one", PolicyArn=policy)
    aws.iam.delete_policy(PolicyArn=policy)


@provokes("iam", "LimitExceeded")
def a_version_too_many(aws):
    policy = aws.iam.create_policy(PolicyName="own", PolicyDocument=world.POLICY)["Policy"]["Arn"]
    for _ in range(5):
        aws.iam.create_policy_version(PolicyArn=policy, PolicyDocument=world.POLICY)


@provokes("iam", "LimitExceeded")
def a_second_role_in_an_instance_profile(aws):
    aws.iam.create_instance_profile(InstanceProfileName="machine")
    for name in ("one", "two"):
        world.role(aws, name)
        aws.iam.add_role_to_instance_profile(InstanceProfileName="machine", RoleName=name)


# ---------------------------------------------------------------------------------------------------------------- STS


@provokes("sts", "InvalidAuthorizationMessageException")
def a_message_that_nobody_gave(aws):
    aws.sts.decode_authorization_message(EncodedMessage="x" * 64)


# ---------------------------------------------------------------------------------------------------- CloudWatch Logs


@provokes("logs", "ResourceNotFoundException")
def a_log_group_that_is_not_there(aws):
    aws.logs.delete_log_group(logGroupName="absent")


@provokes("logs", "ResourceAlreadyExistsException")
def a_log_group_twice(aws):
    for _ in range(2):
        aws.logs.create_log_group(logGroupName="one")


@provokes("logs", "InvalidParameterException")
def a_number_of_days_that_is_none(aws):
    aws.logs.create_log_group(logGroupName="one")
    aws.logs.put_retention_policy(logGroupName="one", retentionInDays=2)


@provokes("logs", "TooManyTagsException")
def a_tag_of_a_log_group_too_many(aws):
    aws.logs.create_log_group(logGroupName="one", tags={f"key-{number}": "" for number in range(50)})
    group = aws.logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
    aws.logs.tag_resource(resourceArn=group, tags={"one": "more"})


@provokes("logs", "OperationAbortedException")
def a_log_group_that_a_stack_is_making(aws):
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "one"}}
    aws.cloudformation.create_stack(StackName="one", TemplateBody=world.template({"Group": group}))
    for _ in range(200):
        aws.simulator.advance(0.25)
        if aws.logs.describe_log_groups()["logGroups"]:
            break
    aws.logs.delete_log_group(logGroupName="one")


# -------------------------------------------------------------------------------------- Resource Groups Tagging API


@provokes("resourcegroupstaggingapi", "InvalidParameterException")
def an_arn_that_is_none(aws):
    aws.resourcegroupstaggingapi.get_resources(ResourceARNList=["not-an-arn"])


@provokes("resourcegroupstaggingapi", "PaginationTokenExpiredException")
def a_token_that_is_too_old(aws):
    aws.ec2.create_tags(Resources=world.network(aws).subnets, Tags=world.TAGS)
    aws.settle()
    token = aws.resourcegroupstaggingapi.get_resources(ResourcesPerPage=1)["PaginationToken"]
    aws.settle()
    aws.resourcegroupstaggingapi.get_resources(PaginationToken=token)


# ----------------------------------------------------------------------------------------- Application Auto Scaling

VARIANT = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/one/variant/all",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def scalable_target(aws, **more) -> str:
    made = world.network(aws)
    config = world.endpoint_config(aws, world.model(aws, made, world.role(aws)))
    world.endpoint(aws, config, "one")
    asked = aws.application_autoscaling.register_scalable_target(**VARIANT, MinCapacity=1, MaxCapacity=2, **more)
    return asked["ScalableTargetARN"]


@provokes("application-autoscaling", "ObjectNotFoundException")
def a_target_that_is_not_there(aws):
    aws.application_autoscaling.deregister_scalable_target(**VARIANT)


@provokes("application-autoscaling", "ValidationException")
def a_target_of_no_endpoint(aws):
    aws.application_autoscaling.register_scalable_target(**VARIANT, MinCapacity=1, MaxCapacity=2)


@provokes("application-autoscaling", "ValidationException")
def a_target_that_is_tagged_again(aws):
    scalable_target(aws)
    aws.application_autoscaling.register_scalable_target(**VARIANT, Tags={"team": "blue"})


@provokes("application-autoscaling", "InvalidNextTokenException")
def a_page_of_no_list(aws):
    aws.application_autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker", NextToken="%%%")


@provokes("application-autoscaling", "ResourceNotFoundException")
def tags_of_a_target_that_is_not_there(aws):
    arn = f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/{ABSENT}"
    aws.application_autoscaling.list_tags_for_resource(ResourceARN=arn)


@provokes("application-autoscaling", "TooManyTagsException")
def a_tag_of_a_target_too_many(aws):
    target = scalable_target(aws, Tags={f"key-{number}": "" for number in range(50)})
    aws.application_autoscaling.tag_resource(ResourceARN=target, Tags={"one": "more"})


# ---------------------------------------------------------------------------------------------------- Service Quotas


@provokes("service-quotas", "NoSuchResourceException")
def a_quota_that_is_not_there(aws):
    aws.service_quotas.get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-00000000")


@provokes("service-quotas", "IllegalArgumentException")
def a_level_that_is_none(aws):
    aws.unchecked.service_quotas.list_service_quotas(ServiceCode="vpc", QuotaAppliedAtLevel="GALAXY")


@provokes("service-quotas", "InvalidPaginationTokenException")
def a_page_of_no_services(aws):
    aws.service_quotas.list_services(NextToken="%%%")


# ---------------------------------------------------------------------------------------------------------- SageMaker


@provokes("sagemaker", "ResourceNotFound")
def a_domain_that_is_not_there(aws):
    aws.sagemaker.describe_domain(DomainId="d-absent")


@provokes("sagemaker", "ResourceInUse")
def a_domain_with_a_profile(aws):
    domain = world.domain(aws, world.network(aws), world.role(aws))
    world.profile(aws, domain)
    aws.sagemaker.delete_domain(DomainId=domain)


@provokes("sagemaker", "ValidationException")
def an_endpoint_that_is_not_there(aws):
    aws.sagemaker.describe_endpoint(EndpointName="absent")


@provokes("sagemaker", "ValidationException")
def a_retention_that_is_none(aws):
    domain = world.domain(aws, world.network(aws), world.role(aws))
    aws.unchecked.sagemaker.delete_domain(DomainId=domain, RetentionPolicy={"HomeEfsFileSystem": "Perhaps"})


@provokes("sagemaker", "ValidationException")
def a_request_without_its_name(aws):
    aws.unchecked.sagemaker.describe_model()


@provokes("sagemaker", "ResourceNotFound")
def a_job_that_is_not_there(aws):
    aws.sagemaker.stop_training_job(TrainingJobName="absent")


@provokes("sagemaker", "ResourceNotFound")
def a_pipeline_that_is_not_there(aws):
    aws.sagemaker.describe_pipeline(PipelineName="absent")


@provokes("sagemaker", "ResourceInUse")
def a_job_twice(aws):
    members = work.training(world.network(aws), world.role(aws))
    for _ in range(2):
        work.Jobs(aws, work.TRAINING).create("one", **members)


@provokes("sagemaker", "ResourceInUse")
def a_tuning_job_twice(aws):
    made, role = world.network(aws), world.role(aws)
    for _ in range(2):
        work.tuning_job(aws, made, role)


@provokes("sagemaker", "ConflictException")
def a_pipeline_with_an_execution(aws):
    work.execution(aws, work.pipeline(aws, world.network(aws), world.role(aws)))
    aws.sagemaker.delete_pipeline(PipelineName="flow", ClientRequestToken=work.TOKEN)


@provokes("sagemaker", "ValidationException")
def a_notebook_instance_that_is_not_there(aws):
    aws.sagemaker.describe_notebook_instance(NotebookInstanceName="absent")


@provokes("sagemaker", "ValidationException")
def a_notebook_instance_twice(aws):
    made, role = world.network(aws), world.role(aws)
    for _ in range(2):
        work.notebook(aws, made, role)


@provokes("sagemaker", "ValidationException")
def a_job_of_no_role(aws):
    made = world.network(aws)
    work.Jobs(aws, work.PROCESSING).create("one", **work.processing(made, "arn:aws:iam::111122223333:role/absent"))


@provokes("sagemaker", "ValidationException")
def schedules_of_a_type_that_is_none(aws):
    aws.unchecked.sagemaker.list_monitoring_schedules(MonitoringTypeEquals="Weather")


@provokes("sagemaker", "ValidationException")
def components_of_an_endpoint_that_is_a_number(aws):
    aws.unchecked.sagemaker.list_inference_components(EndpointNameEquals=7)


@provokes("sagemaker", "ValidationException")
def a_pool_that_is_none(aws):
    made, role = world.network(aws), world.role(aws)
    work.Jobs(aws, work.TRAINING).create("one", **work.training(made, role))
    aws.sagemaker.update_training_job(TrainingJobName="one", ResourceConfig={"KeepAlivePeriodInSeconds": 60})


def test_a_quota_of_domains(simulated):
    aws = simulated("[quotas]\ndomains = 1\n")
    made, role = world.network(aws), world.role(aws)
    world.domain(aws, made, role)
    check_refusal(aws, "sagemaker", "ResourceLimitExceeded", lambda aws: world.domain(aws, made, role, "second"))


# ------------------------------------------------------------------------------------------------------- every service


def check_refusal(aws, service, code, provoke):
    """The class, the code, the text, the status and the request id of a refusal."""
    client = aws.client(service)
    shape = client.meta.service_model.shape_for_error_code(code)
    expected = getattr(client.exceptions, shape.name) if shape else ClientError
    with pytest.raises(ClientError) as refused:
        provoke(aws)
    assert refused.value.response["Error"]["Code"] == code
    # By its name: each client makes classes of its own, and what is unchecked comes from another client.
    assert type(refused.value).__name__ == expected.__name__
    assert len(refused.value.response["Error"]["Message"]) > 3
    metadata = refused.value.response["ResponseMetadata"]
    assert metadata["RequestId"]
    return metadata["HTTPStatusCode"]


@pytest.mark.parametrize(("service", "code", "provoke"), PROVOKED)
def test_refusals(aws, service, code, provoke):
    assert check_refusal(aws, service, code, provoke) < 500


# A call without arguments of each service.
SIMPLE = {
    "application-autoscaling": lambda client: client.describe_scalable_targets(ServiceNamespace="sagemaker"),
    "cloudformation": lambda client: client.list_stacks(),
    "ec2": lambda client: client.describe_vpcs(),
    "efs": lambda client: client.describe_file_systems(),
    "iam": lambda client: client.list_roles(),
    "logs": lambda client: client.describe_log_groups(),
    "resourcegroupstaggingapi": lambda client: client.get_resources(),
    "sagemaker": lambda client: client.list_domains(),
    "service-quotas": lambda client: client.list_service_quotas(ServiceCode="vpc"),
    "sts": lambda client: client.get_caller_identity(),
}

THROTTLED = {
    "application-autoscaling": "ThrottlingException",
    "cloudformation": "Throttling",
    "ec2": "RequestLimitExceeded",
    "efs": "ThrottlingException",
    "iam": "Throttling",
    "logs": "ThrottlingException",
    "resourcegroupstaggingapi": "ThrottledException",
    "sagemaker": "ThrottlingException",
    "service-quotas": "TooManyRequestsException",
    "sts": "Throttling",
}

EXPIRED = {"cloudformation": "ExpiredToken", "ec2": "RequestExpired", "iam": "ExpiredToken", "sts": "ExpiredToken"}


# Nobody can be kept from asking who he is.
DENIED = {"cloudformation": "AccessDenied", "ec2": "UnauthorizedOperation", "iam": "AccessDenied", "sts": None}


def served(aws):
    return [SERVICES[prefix] for prefix in aws.simulator.operations()]


def test_throttles(aws):
    for service in served(aws):
        aws.simulator.clear_faults()
        aws.simulator.fault({}, answer={"kind": "throttle"})
        check_refusal(aws, service, THROTTLED[service], lambda aws: SIMPLE[service](aws.client(service)))


def test_denials(simulated):
    """A principal without a policy may do nothing."""
    aws = simulated('[[principal]]\nname = "ann"\n')
    for service in served(aws):
        code = DENIED.get(service, "AccessDeniedException")
        if code:
            check_refusal(aws, service, code, lambda aws: SIMPLE[service](aws.client(service)))
        else:
            SIMPLE[service](aws.client(service))


def test_expired_credentials(aws):
    aws.simulator.fault({}, answer={"kind": "expired-credentials"})
    for service in served(aws):
        code = EXPIRED.get(service, "ExpiredTokenException")
        check_refusal(aws, service, code, lambda aws: SIMPLE[service](aws.client(service)))


def test_errors_on_order(aws):
    answer = {"kind": "error", "code": "InternalFailure", "message": "Try <again> & again.", "status": 503}
    aws.simulator.fault({}, answer=answer)
    for service in served(aws):
        with pytest.raises(ClientError) as refused:
            SIMPLE[service](aws.client(service))
        assert refused.value.response["Error"]["Code"] == "InternalFailure"
        assert refused.value.response["Error"]["Message"] == "Try <again> & again."
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_unknown_operations_are_refused(aws):
    with pytest.raises(ClientError) as refused:
        aws.cloudformation.list_stack_sets()
    assert refused.value.response["Error"]["Code"] == "InvalidAction"
    with pytest.raises(ClientError) as refused:
        aws.ec2.describe_hosts()
    assert refused.value.response["Error"]["Code"] == "InvalidAction"
    with pytest.raises(ClientError) as refused:
        aws.sagemaker.list_clusters()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
