"""Every refusal arrives as the botocore exception of its code."""

import pytest
from botocore.exceptions import ClientError

import sources
import work
import world
from aws import ACCOUNT, REGION, SERVICES

# Each code of a service, the scenario in which it is given, and what provokes it.
PROVOKED = []

# Few of everything that AWS gives too many of to be used up here.
FEW_NETWORKS = """[quotas]
subnets = 2
route-tables = 1
network-acls = 1
security-groups = 3
network-interfaces = 1
interface-endpoints = 1
"""
FEW_OTHERS = """[quotas]
domains = 1
stacks = 1
file-systems = 1
"""
# The other position of what nobody knows.
OTHER_CODES = """[switches]
interface-in-use-code = true
endpoint-not-found-without-id = true
"""

# Modelled exceptions of implemented operations that the simulator gives to nobody, and why.
NOT_GIVEN = {
    ("cloudformation", "StackSetNotFoundException"): "there are no stack sets",
    ("efs", "DependencyTimeout"): "AWS's own time limit",
    ("efs", "InsufficientThroughputCapacity"): "AWS's own capacity",
    ("efs", "InternalServerError"): "AWS's own failure, which faults can order",
    ("efs", "ThroughputLimitExceeded"): "provisioned throughput has no quota here",
    ("efs", "ValidationException"): "AWS Backup is in every region",
    ("iam", "ConcurrentModificationException"): "calls are answered one after the other",
    ("iam", "PolicyNotAttachableException"): "AWS's own policies exist by name alone",
    ("iam", "ServiceFailureException"): "AWS's own failure, which faults can order",
    ("logs", "DataAlreadyAcceptedException"): "AWS ignores sequence tokens by now",
    ("logs", "InvalidSequenceTokenException"): "AWS ignores sequence tokens by now",
    ("logs", "LimitExceededException"): "the quota is of 1,000,000 groups",
    ("logs", "ServiceUnavailableException"): "AWS's own failure, which faults can order",
    ("logs", "ValidationException"): "there is no protection from deletion",
    ("resourcegroupstaggingapi", "InternalServiceException"): "AWS's own failure, which faults can order",
    ("sts", "ExpiredTokenException"): "what STS answers in fact is ExpiredToken; tokens of providers do not expire here",
    ("sts", "IDPCommunicationErrorException"): "nobody asks the provider",
    ("sts", "IDPRejectedClaimException"): "nobody asks the provider",
    ("sts", "MalformedPolicyDocumentException"): "sessions take no policies of their own",
    ("sts", "PackedPolicyTooLargeException"): "sessions take no policies of their own",
    ("sts", "RegionDisabledException"): "STS is in every region",
    ("application-autoscaling", "ConcurrentUpdateException"): "calls are answered one after the other",
    ("application-autoscaling", "FailedResourceAccessException"): "the service looks after its alarms by itself",
    ("application-autoscaling", "InternalServiceException"): "AWS's own failure, which faults can order",
    ("application-autoscaling", "LimitExceededException"): "the quota is of 500 targets and more",
    ("service-quotas", "ServiceException"): "AWS's own failure, which faults can order",
}

# (service, code) of what the simulator's sources refuse and nobody can be told, and why.
UNREACHED = {
    (sources.SHARED, "ConnectionDropped"): "the connection breaks instead of an answer, and only the log has the code",
    ("sagemaker", "ResourceNotFoundError"): "a domain's FailureReason has it, no call's answer",
    (sources.SHARED, "DisabledException"): "KMS's word in a domain's FailureReason",
    (sources.SHARED, "KMSInvalidStateException"): "KMS's word in a domain's FailureReason",
    (sources.SHARED, "NotFoundException"): "KMS has no calls of its own here: a key's stack tells it",
    (sources.SHARED, "MalformedPolicyDocumentException"): "KMS has no calls of its own here: a key's stack tells it",
    (sources.SHARED, "TagException"): "KMS has no calls of its own here: a key's stack tells it",
}

ABSENT = "0123456789abcdef0"


def provokes(service: str, code: str, scenario: str = world.ACCELERATED):
    """Marks what a service refuses with a code."""

    def keep(provoke):
        PROVOKED.append(pytest.param(service, code, scenario, provoke, id=f"{service}-{code}-{provoke.__name__}"))
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


@provokes("cloudformation", "LimitExceededException", FEW_OTHERS)
def a_stack_too_many(aws):
    for name in ("one", "two"):
        world.stack(aws, name, world.vpc_template())


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
    ("InvalidVpnGatewayID.NotFound", "delete_vpn_gateway", "VpnGatewayId", "vgw"),
    ("InvalidGatewayID.NotFound", "delete_egress_only_internet_gateway", "EgressOnlyInternetGatewayId", "eigw"),
    ("InvalidCarrierGatewayID.NotFound", "delete_carrier_gateway", "CarrierGatewayId", "cagw"),
    ("InvalidAssociationID.NotFound", "disassociate_route_table", "AssociationId", "rtbassoc"),
    ("InvalidAttachmentID.NotFound", "detach_network_interface", "AttachmentId", "eni-attach"),
    ("InvalidPrefixListID.NotFound", "get_managed_prefix_list_entries", "PrefixListId", "pl"),
]:
    provoke = absent(call, name, prefix)
    provoke.__name__ = call
    provokes("ec2", code)(provoke)


@provokes("ec2", "InvalidVpcEndpointId.NotFound")
def a_vpc_endpoint_that_is_not_there(aws):
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


def attached_vpn_gateway(aws, vpc: str) -> str:
    made = aws.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    aws.ec2.attach_vpn_gateway(VpnGatewayId=made, VpcId=vpc)
    aws.settle()
    return made


@provokes("ec2", "InvalidVpnGatewayAttachment.NotFound")
def a_vpn_gateway_that_is_not_attached(aws):
    one, other = world.network(aws), world.network(aws)
    aws.ec2.detach_vpn_gateway(VpnGatewayId=attached_vpn_gateway(aws, one.vpc), VpcId=other.vpc)


@provokes("ec2", "VpnGatewayAttachmentLimitExceeded")
def a_vpn_gateway_in_two_vpcs(aws):
    one, other = world.network(aws), world.network(aws)
    aws.ec2.attach_vpn_gateway(VpnGatewayId=attached_vpn_gateway(aws, one.vpc), VpcId=other.vpc)


@provokes("ec2", "InvalidVpcState")
def two_vpn_gateways_in_a_vpc(aws):
    vpc = world.network(aws).vpc
    for _ in range(2):
        attached_vpn_gateway(aws, vpc)


@provokes("ec2", "IncorrectState")
def a_vpn_gateway_that_is_attached(aws):
    aws.ec2.delete_vpn_gateway(VpnGatewayId=attached_vpn_gateway(aws, world.network(aws).vpc))


@provokes("ec2", "VpnGatewayLimitExceeded")
def a_vpn_gateway_too_many(aws):
    for _ in range(6):
        aws.ec2.create_vpn_gateway(Type="ipsec.1")


@provokes("ec2", "InvalidParameterValue")
def two_egress_only_internet_gateways_of_a_vpc(aws):
    vpc = world.network(aws).vpc
    for _ in range(2):
        aws.ec2.create_egress_only_internet_gateway(VpcId=vpc)


@provokes("ec2", "InvalidParameterValue")
def two_carrier_gateways_of_a_vpc(aws):
    vpc = world.network(aws).vpc
    for _ in range(2):
        aws.ec2.create_carrier_gateway(VpcId=vpc)


@provokes("ec2", "DependencyViolation")
def a_vpc_with_a_gateway(aws):
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    attached_vpn_gateway(aws, vpc)
    aws.ec2.delete_vpc(VpcId=vpc)


@provokes("ec2", "MissingParameter")
def a_request_without_its_id(aws):
    aws.unchecked.ec2.delete_vpc()


@provokes("ec2", "IdempotentParameterMismatch")
def a_client_token_for_two_requests(aws):
    made = world.network(aws)
    for subnet in made.subnets:
        aws.ec2.create_network_interface(SubnetId=subnet, ClientToken="token")


@provokes("ec2", "InvalidVpcEndpoint.NotFound", OTHER_CODES)
def a_vpc_endpoint_that_is_not_there_under_the_other_code(aws):
    a_vpc_endpoint_that_is_not_there(aws)


@provokes("ec2", "InvalidNetworkInterface.InUse", OTHER_CODES)
def an_interface_in_use(aws):
    aws.ec2.delete_network_interface(NetworkInterfaceId=interface_of_a_service(aws))


def interface_of_a_service(aws) -> str:
    target = world.mount_target(aws, world.file_system(aws), world.network(aws).subnets[0])
    return aws.efs.describe_mount_targets(MountTargetId=target)["MountTargets"][0]["NetworkInterfaceId"]


@provokes("ec2", "InvalidParameterValue")
def an_interface_that_a_service_uses(aws):
    aws.ec2.delete_network_interface(NetworkInterfaceId=interface_of_a_service(aws))


@provokes("ec2", "AuthFailure")
def a_change_of_what_a_service_manages(aws):
    interface = interface_of_a_service(aws)
    aws.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Description={"Value": "mine"})


def with_names(aws) -> world.Network:
    """A network whose VPC may have private names."""
    made = world.network(aws)
    aws.ec2.modify_vpc_attribute(VpcId=made.vpc, EnableDnsHostnames={"Value": True})
    return made


@provokes("ec2", "InvalidParameter")
def a_private_name_without_host_names(aws):
    world.interface_endpoint(aws, world.network(aws), private_dns=True)


@provokes("ec2", "InvalidParameter")
def a_private_name_twice(aws):
    made = with_names(aws)
    for _ in range(2):
        world.interface_endpoint(aws, made, private_dns=True)


@provokes("ec2", "InvalidParameter")
def a_private_name_of_s3_without_a_gateway(aws):
    world.interface_endpoint(aws, with_names(aws), "s3", private_dns=True)


@provokes("ec2", "InvalidParameter")
def an_endpoint_in_a_zone_without_its_service(aws):
    made = world.network(aws)
    subnet = aws.ec2.create_subnet(VpcId=made.vpc, CidrBlock="10.0.9.0/24", AvailabilityZoneId="use1-az3")["Subnet"]
    world.interface_endpoint(aws, world.Network(made.vpc, [subnet["SubnetId"]], made.group))


@provokes("ec2", "InvalidParameter")
def a_gateway_endpoint_in_subnets(aws):
    made = world.network(aws)
    aws.ec2.create_vpc_endpoint(VpcId=made.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", SubnetIds=made.subnets)


@provokes("ec2", "InvalidParameter")
def a_group_of_another_vpc(aws):
    one, other = world.network(aws), world.network(aws)
    aws.ec2.create_network_interface(SubnetId=one.subnets[0], Groups=[other.group])


@provokes("ec2", "InvalidGroup.NotFound")
def an_endpoint_with_a_group_of_another_vpc(aws):
    one, other = world.network(aws), world.network(aws)
    world.interface_endpoint(aws, world.Network(one.vpc, one.subnets, other.group))


@provokes("ec2", "DuplicateSubnetsInSameZone")
def an_endpoint_twice_in_a_zone(aws):
    made = world.network(aws)
    subnet = aws.ec2.create_subnet(VpcId=made.vpc, CidrBlock="10.0.9.0/24", AvailabilityZoneId="use1-az1")["Subnet"]
    world.interface_endpoint(aws, world.Network(made.vpc, [made.subnets[0], subnet["SubnetId"]], made.group))


@provokes("ec2", "IncorrectState")
def an_endpoint_that_is_still_pending(aws):
    made = world.network(aws)
    asked = aws.ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId=made.vpc, ServiceName=f"com.amazonaws.{REGION}.sts", PrivateDnsEnabled=False
    )
    endpoint = asked["VpcEndpoint"]["VpcEndpointId"]
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, AddSubnetIds=made.subnets)


@provokes("ec2", "IncorrectState")
def an_interface_for_an_instance_that_goes(aws):
    made = world.network(aws)
    instance = world.instance(aws, made.subnets[0])
    interface = aws.ec2.create_network_interface(SubnetId=made.subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    aws.ec2.terminate_instances(InstanceIds=[instance])
    aws.ec2.attach_network_interface(InstanceId=instance, NetworkInterfaceId=interface, DeviceIndex=1)


@provokes("ec2", "InsufficientFreeAddressesInSubnet")
def an_interface_in_a_full_subnet(aws):
    small = aws.ec2.create_subnet(VpcId=world.network(aws).vpc, CidrBlock="10.0.9.0/28")["Subnet"]["SubnetId"]
    for _ in range(12):
        aws.ec2.create_network_interface(SubnetId=small)


@provokes("ec2", "InvalidIPAddress.InUse")
def an_address_twice(aws):
    made = world.network(aws)
    for _ in range(2):
        aws.ec2.create_network_interface(SubnetId=made.subnets[0], PrivateIpAddress="10.0.0.9")


@provokes("ec2", "NetworkInterfaceLimitExceeded", FEW_NETWORKS)
def an_interface_too_many(aws):
    made = world.network(aws)
    for subnet in made.subnets:
        aws.ec2.create_network_interface(SubnetId=subnet)


def six_groups(aws, vpc: str) -> list[str]:
    """One more than an interface may have."""
    return [world.group(aws, vpc, f"group-{number}") for number in range(6)]


@provokes("ec2", "SecurityGroupsPerInterfaceLimitExceeded")
def a_group_of_an_interface_too_many(aws):
    made = world.network(aws)
    aws.ec2.create_network_interface(SubnetId=made.subnets[0], Groups=six_groups(aws, made.vpc))


@provokes("ec2", "SecurityGroupLimitExceeded", FEW_NETWORKS)
def a_group_too_many(aws):
    world.group(aws, world.network(aws).vpc, "another")


@provokes("ec2", "RulesPerSecurityGroupLimitExceeded")
def a_rule_too_many(aws):
    ranges = [{"CidrIp": f"10.0.{number}.0/24"} for number in range(61)]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": ranges}
    aws.ec2.authorize_security_group_ingress(GroupId=world.network(aws).group, IpPermissions=[rule])


@provokes("ec2", "SubnetLimitExceeded", FEW_NETWORKS)
def a_subnet_too_many(aws):
    aws.ec2.create_subnet(VpcId=world.network(aws).vpc, CidrBlock="10.0.9.0/24")


@provokes("ec2", "RouteTableLimitExceeded", FEW_NETWORKS)
def a_route_table_too_many(aws):
    aws.ec2.create_route_table(VpcId=world.network(aws).vpc)


@provokes("ec2", "NetworkAclLimitExceeded", FEW_NETWORKS)
def an_acl_too_many(aws):
    aws.ec2.create_network_acl(VpcId=world.network(aws).vpc)


@provokes("ec2", "VpcEndpointLimitExceeded", FEW_NETWORKS)
def an_endpoint_too_many(aws):
    vpc = world.network(aws).vpc
    for service in ("sts", "logs"):
        aws.ec2.create_vpc_endpoint(
            VpcEndpointType="Interface",
            VpcId=vpc,
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            PrivateDnsEnabled=False,
        )


@provokes("ec2", "InternetGatewayLimitExceeded")
def an_internet_gateway_too_many(aws):
    for _ in range(6):
        aws.ec2.create_internet_gateway()


@provokes("ec2", "NatGatewayLimitExceeded")
def a_nat_gateway_too_many(aws):
    subnet = world.network(aws).subnets[0]
    for _ in range(6):
        aws.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")


@provokes("ec2", "RouteLimitExceeded")
def a_route_too_many(aws):
    made = world.network(aws)
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made.vpc)
    table = aws.ec2.create_route_table(VpcId=made.vpc)["RouteTable"]["RouteTableId"]
    for number in range(51):
        aws.ec2.create_route(RouteTableId=table, DestinationCidrBlock=f"192.168.{number}.0/24", GatewayId=gateway)


@provokes("ec2", "FilterLimitExceeded")
def a_filter_with_too_many_values(aws):
    aws.ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": [f"10.{number}.0.0/16" for number in range(201)]}])


@provokes("ec2", "TagLimitExceeded")
def a_tag_of_a_vpc_too_many(aws):
    tags = [{"Key": f"key-{number}", "Value": ""} for number in range(51)]
    aws.ec2.create_tags(Resources=[world.network(aws).vpc], Tags=tags)


@provokes("ec2", "InvalidID")
def tags_of_no_kind_of_thing(aws):
    aws.ec2.create_tags(Resources=[f"thing-{ABSENT}"], Tags=world.TAGS)


@provokes("ec2", "InvalidAMIID.Malformed")
def an_image_that_is_none(aws):
    aws.ec2.run_instances(ImageId="image", InstanceType="t3.micro", MinCount=1, MaxCount=1)


@provokes("ec2", "MissingInput")
def an_instance_in_no_subnet(aws):
    defaults = aws.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
    for subnet in defaults:
        aws.ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    aws.ec2.run_instances(ImageId=f"ami-{ABSENT}", InstanceType="t3.micro", MinCount=1, MaxCount=1)


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


@provokes("efs", "FileSystemLimitExceeded", FEW_OTHERS)
def a_volume_too_many(aws):
    for token in ("one", "two"):
        world.file_system(aws, token)


@provokes("efs", "AccessPointLimitExceeded", '[quotas]\naccess-points = 1\n')
def an_access_point_too_many(aws):
    volume = world.file_system(aws)
    for token in ("one", "two"):
        aws.efs.create_access_point(FileSystemId=volume, ClientToken=token)


@provokes("efs", "UnsupportedAvailabilityZone")
def a_volume_in_no_zone(aws):
    world.file_system(aws, AvailabilityZoneName=f"{REGION}z")


@provokes("efs", "AvailabilityZonesMismatch")
def a_mount_target_in_another_zone(aws):
    made = world.network(aws)
    zone = aws.ec2.describe_subnets(SubnetIds=made.subnets[:1])["Subnets"][0]["AvailabilityZone"]
    world.mount_target(aws, world.file_system(aws, AvailabilityZoneName=zone), made.subnets[1])


@provokes("efs", "IpAddressInUse")
def a_mount_target_with_an_address_in_use(aws):
    made = world.network(aws)
    aws.ec2.create_network_interface(SubnetId=made.subnets[0], PrivateIpAddress="10.0.0.9")
    world.mount_target(aws, world.file_system(aws), made.subnets[0], IpAddress="10.0.0.9")


@provokes("efs", "NetworkInterfaceLimitExceeded", FEW_NETWORKS)
def a_mount_target_too_many(aws):
    volume = world.file_system(aws)
    for subnet in world.network(aws).subnets:
        world.mount_target(aws, volume, subnet)


@provokes("efs", "SecurityGroupLimitExceeded")
def a_group_of_a_mount_target_too_many(aws):
    made = world.network(aws)
    world.mount_target(aws, world.file_system(aws), made.subnets[0], SecurityGroups=six_groups(aws, made.vpc))


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


@provokes("sts", "AccessDenied")
def a_role_that_trusts_somebody_else(aws):
    aws.sts.assume_role(RoleArn=world.role(aws), RoleSessionName="shift")


@provokes("sts", "ValidationError")
def a_session_that_is_too_long(aws):
    role = world.assumable(aws, {"AWS": ACCOUNT})
    aws.sts.assume_role(RoleArn=role, RoleSessionName="shift", DurationSeconds=7200)


@provokes("sts", "InvalidIdentityToken")
def a_token_that_is_none(aws):
    role = world.assumable(aws, {"Federated": "ci.example.com"}, "sts:AssumeRoleWithWebIdentity")
    aws.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="run", WebIdentityToken="none")


def without_its_token(aws, service: str):
    """A client with a session's key alone; its errors are the test's own."""
    theirs = aws.new(service, world.session(aws)["AccessKeyId"])
    SIMPLE[service](theirs)


@provokes("sts", "InvalidClientTokenId")
def a_session_without_its_token(aws):
    without_its_token(aws, "sts")


@provokes("ec2", "AuthFailure")
def a_session_without_its_token_in_ec2(aws):
    without_its_token(aws, "ec2")


@provokes("logs", "UnrecognizedClientException")
def a_session_without_its_token_in_logs(aws):
    without_its_token(aws, "logs")


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
    aws.sagemaker.stop_processing_job(ProcessingJobName="absent")


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


@provokes("sagemaker", "ResourceInUse")
def an_automl_job_twice(aws):
    made, role = world.network(aws), world.role(aws)
    for name in ("auto", "AUTO"):
        work.automl_job(aws, made, role, name)


@provokes("sagemaker", "ResourceNotFound")
def an_automl_job_that_is_not_there(aws):
    aws.sagemaker.stop_auto_ml_job(AutoMLJobName="absent")


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


@provokes("sagemaker", "ResourceLimitExceeded", FEW_OTHERS)
def a_domain_too_many(aws):
    made, role = world.network(aws), world.role(aws)
    for name in ("one", "two"):
        world.domain(aws, made, role, name)


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


@pytest.mark.parametrize(("service", "code", "scenario", "provoke"), PROVOKED)
def test_refusals(simulated, service, code, scenario, provoke):
    assert check_refusal(simulated(scenario), service, code, provoke) < 500


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
    with pytest.raises(ClientError) as refused:
        aws.efs.describe_account_preferences()
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"
