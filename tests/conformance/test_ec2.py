"""EC2: a VPC and what is in it."""

import pytest
from botocore.exceptions import ClientError

import world
from aws import REGION


def only(items):
    assert len(items) == 1, items
    return items[0]


def test_regions_and_zones(aws):
    assert REGION in {region["RegionName"] for region in aws.ec2.describe_regions()["Regions"]}
    zones = aws.ec2.describe_availability_zones()["AvailabilityZones"]
    assert {zone["RegionName"] for zone in zones} == {REGION}


def test_a_vpc(aws, network):
    aws.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    told = aws.ec2.describe_vpc_attribute(VpcId=network.vpc, Attribute="enableDnsHostnames")
    assert told["EnableDnsHostnames"] == {"Value": True}
    aws.ec2.describe_vpc_attribute(VpcId=network.vpc, Attribute="enableDnsSupport")
    assert only(aws.ec2.describe_vpcs(VpcIds=[network.vpc])["Vpcs"])["State"] == "available"
    aws.ec2.describe_vpcs()
    for subnet in network.subnets:
        aws.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    told = aws.ec2.describe_subnets(SubnetIds=network.subnets)["Subnets"]
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in told)
    with pytest.raises(ClientError, match="DependencyViolation"):
        aws.ec2.delete_vpc(VpcId=network.vpc)
    for subnet in network.subnets:
        aws.ec2.delete_subnet(SubnetId=subnet)
    aws.ec2.delete_security_group(GroupId=network.group)
    aws.ec2.delete_vpc(VpcId=network.vpc)


def test_groups_and_rules(aws, network):
    other = world.group(aws, network.vpc, "other")
    nfs = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049}
    between = [nfs | {"UserIdGroupPairs": [{"GroupId": other}]}]
    anywhere = [nfs | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]}]
    made = aws.ec2.authorize_security_group_ingress(GroupId=network.group, IpPermissions=between)
    assert len(made["SecurityGroupRules"]) == 1
    aws.ec2.authorize_security_group_egress(GroupId=network.group, IpPermissions=anywhere)
    rules = aws.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [network.group]}])
    assert len(rules["SecurityGroupRules"]) == 3
    told = only(aws.ec2.describe_security_groups(GroupIds=[network.group])["SecurityGroups"])
    assert told["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == other
    references = aws.ec2.describe_security_group_references(GroupId=[other])["SecurityGroupReferenceSet"]
    assert references == []  # those of a peered VPC only
    aws.ec2.revoke_security_group_ingress(GroupId=network.group, IpPermissions=between)
    aws.ec2.revoke_security_group_egress(GroupId=network.group, IpPermissions=anywhere)
    aws.ec2.delete_security_group(GroupId=other)


def test_route_tables_and_gateways(aws, network):
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    table = aws.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    second = aws.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    association = aws.ec2.associate_route_table(RouteTableId=table, SubnetId=network.subnets[0])["AssociationId"]
    everywhere = {"DestinationCidrBlock": "0.0.0.0/0", "RouteTableId": table}
    aws.ec2.create_route(**everywhere, GatewayId=gateway)
    aws.ec2.replace_route(**everywhere, GatewayId=gateway)
    routes = only(aws.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"])["Routes"]
    assert {route["DestinationCidrBlock"] for route in routes} == {"10.0.0.0/16", "0.0.0.0/0"}
    told = only(aws.ec2.describe_internet_gateways(InternetGatewayIds=[gateway])["InternetGateways"])
    assert only(told["Attachments"])["VpcId"] == network.vpc
    aws.ec2.delete_route(**everywhere)
    moved = aws.ec2.replace_route_table_association(AssociationId=association, RouteTableId=second)["NewAssociationId"]
    aws.ec2.disassociate_route_table(AssociationId=moved)
    for made in (table, second):
        aws.ec2.delete_route_table(RouteTableId=made)
    aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    aws.ec2.delete_internet_gateway(InternetGatewayId=gateway)


def test_network_acls(aws, network):
    acl = aws.ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    entry = {"NetworkAclId": acl, "RuleNumber": 100, "Egress": False, "Protocol": "6", "CidrBlock": "0.0.0.0/0"}
    ports = {"PortRange": {"From": 443, "To": 443}}
    aws.ec2.create_network_acl_entry(**entry, **ports, RuleAction="allow")
    aws.ec2.replace_network_acl_entry(**entry, **ports, RuleAction="deny")
    of_vpc = [{"Name": "vpc-id", "Values": [network.vpc]}]
    before = aws.ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"]
    default = only([told for told in before if told["IsDefault"]])
    association = default["Associations"][0]["NetworkAclAssociationId"]
    moved = aws.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)["NewAssociationId"]
    back = default["NetworkAclId"]
    aws.ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=back)
    aws.ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=100, Egress=False)
    aws.ec2.delete_network_acl(NetworkAclId=acl)


def test_network_interfaces(aws, network):
    made = aws.ec2.create_network_interface(
        SubnetId=network.subnets[0], Groups=[network.group], Description="by hand"
    )["NetworkInterface"]["NetworkInterfaceId"]
    told = only(aws.ec2.describe_network_interfaces(NetworkInterfaceIds=[made])["NetworkInterfaces"])
    assert (told["Status"], told["Description"]) == ("available", "by hand")
    other = world.group(aws, network.vpc, "other")
    aws.ec2.modify_network_interface_attribute(NetworkInterfaceId=made, Groups=[other])
    told = only(aws.ec2.describe_network_interfaces(NetworkInterfaceIds=[made])["NetworkInterfaces"])
    assert told["Groups"][0]["GroupId"] == other
    instance = world.instance(aws, network.subnets[0])
    attached = aws.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=instance, DeviceIndex=1)["AttachmentId"]
    with pytest.raises(ClientError, match="in use|InUse"):
        aws.ec2.delete_network_interface(NetworkInterfaceId=made)
    aws.ec2.detach_network_interface(AttachmentId=attached)
    aws.settle()
    aws.ec2.delete_network_interface(NetworkInterfaceId=made)


def test_vpc_endpoints(aws, network):
    aws.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    services = aws.ec2.describe_vpc_endpoint_services()
    assert f"com.amazonaws.{REGION}.s3" in services["ServiceNames"]
    interface = world.interface_endpoint(aws, network, private_dns=True)
    table = aws.ec2.create_route_table(VpcId=network.vpc)["RouteTable"]["RouteTableId"]
    s3 = f"com.amazonaws.{REGION}.s3"
    gateway = aws.ec2.create_vpc_endpoint(VpcId=network.vpc, ServiceName=s3, RouteTableIds=[table])
    gateway = gateway["VpcEndpoint"]["VpcEndpointId"]
    aws.settle()
    told = aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[interface, gateway])["VpcEndpoints"]
    assert {endpoint["State"] for endpoint in told} == {"available"}
    other = world.group(aws, network.vpc, "other")
    aws.ec2.modify_vpc_endpoint(VpcEndpointId=interface, AddSecurityGroupIds=[other])
    aws.ec2.describe_route_tables(RouteTableIds=[table])
    aws.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])
    answer = aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[interface, gateway, "vpce-0123456789abcdef0"])
    assert only(answer["Unsuccessful"])["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"
    assert {endpoint["State"] for endpoint in aws.ec2.describe_vpc_endpoints()["VpcEndpoints"]} == {"deleting"}
    aws.settle()
    assert aws.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []


def test_prefix_lists(aws):
    lists = aws.ec2.describe_managed_prefix_lists()["PrefixLists"]
    s3 = only([told for told in lists if told["PrefixListName"].endswith(".s3")])
    assert aws.ec2.get_managed_prefix_list_entries(PrefixListId=s3["PrefixListId"])["Entries"]
    assert s3["PrefixListId"] in {told["PrefixListId"] for told in aws.ec2.describe_prefix_lists()["PrefixLists"]}


def test_tags(aws, network):
    aws.ec2.create_tags(Resources=[network.vpc, *network.subnets], Tags=world.TAGS)
    of_vpc = [{"Name": "resource-id", "Values": [network.vpc]}]
    assert len(aws.ec2.describe_tags(Filters=of_vpc)["Tags"]) == 2
    aws.ec2.delete_tags(Resources=[network.vpc], Tags=[{"Key": "stage"}])
    assert only(aws.ec2.describe_tags(Filters=of_vpc)["Tags"])["Key"] == "team"


def test_a_dry_run_does_nothing(aws, network):
    with pytest.raises(ClientError) as refused:
        aws.ec2.delete_security_group(GroupId=network.group, DryRun=True)
    assert refused.value.response["Error"]["Code"] == "DryRunOperation"
    assert aws.ec2.describe_security_groups(GroupIds=[network.group])["SecurityGroups"]


def test_interfaces_of_a_domain(aws, network, domain, app):
    told = aws.ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [network.vpc]}])
    assert len(told["NetworkInterfaces"]) >= 3


def test_instances(aws, network):
    made = world.instance(aws, network.subnets[0])
    told = only(only(aws.ec2.describe_instances(InstanceIds=[made])["Reservations"])["Instances"])
    assert (told["State"]["Name"], told["SubnetId"]) == ("running", network.subnets[0])
    changed = only(aws.ec2.terminate_instances(InstanceIds=[made])["TerminatingInstances"])
    assert changed["CurrentState"]["Name"] == "shutting-down"
    aws.settle(0.5)
    aws.ec2.describe_instances()


def test_a_nat_gateway(aws, network):
    made = aws.ec2.create_nat_gateway(SubnetId=network.subnets[0], ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    aws.settle()
    told = only(aws.ec2.describe_nat_gateways(NatGatewayIds=[made])["NatGateways"])
    assert told["State"] == "available"
    assert aws.ec2.delete_nat_gateway(NatGatewayId=made)["NatGatewayId"] == made
    aws.settle(0.1)
    aws.ec2.describe_nat_gateways()


def test_a_vpn_gateway(aws, network):
    made = aws.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    pair = {"VpnGatewayId": made, "VpcId": network.vpc}
    assert aws.ec2.attach_vpn_gateway(**pair)["VpcAttachment"] == {"State": "attaching", "VpcId": network.vpc}
    aws.settle()
    by_vpc = [{"Name": "attachment.vpc-id", "Values": [network.vpc]}]
    told = only(aws.ec2.describe_vpn_gateways(Filters=by_vpc)["VpnGateways"])
    assert (told["State"], only(told["VpcAttachments"])["State"]) == ("available", "attached")
    aws.ec2.detach_vpn_gateway(**pair)
    aws.settle()
    aws.ec2.delete_vpn_gateway(VpnGatewayId=made)
    aws.ec2.describe_vpn_gateways()


def test_an_egress_only_internet_gateway(aws, network):
    tags = [{"ResourceType": "egress-only-internet-gateway", "Tags": world.TAGS}]
    asked = aws.ec2.create_egress_only_internet_gateway(VpcId=network.vpc, ClientToken="token", TagSpecifications=tags)
    assert asked["ClientToken"] == "token"
    made = asked["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"]
    named = {"EgressOnlyInternetGatewayIds": [made]}
    told = only(aws.ec2.describe_egress_only_internet_gateways(**named)["EgressOnlyInternetGateways"])
    assert only(told["Attachments"]) == {"State": "attached", "VpcId": network.vpc}
    assert aws.ec2.delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=made)["ReturnCode"]


def test_a_carrier_gateway(aws, network):
    made = aws.ec2.create_carrier_gateway(VpcId=network.vpc)["CarrierGateway"]["CarrierGatewayId"]
    aws.settle()
    by_vpc = [{"Name": "vpc-id", "Values": [network.vpc]}]
    assert only(aws.ec2.describe_carrier_gateways(Filters=by_vpc)["CarrierGateways"])["State"] == "available"
    assert aws.ec2.delete_carrier_gateway(CarrierGatewayId=made)["CarrierGateway"]["State"] == "deleting"
    aws.settle(0.1)
    aws.ec2.describe_carrier_gateways(CarrierGatewayIds=[made])


def test_a_group_in_another_vpc(aws, network):
    other = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    aws.ec2.associate_security_group_vpc(GroupId=network.group, VpcId=other)
    aws.settle()
    told = aws.ec2.describe_security_group_vpc_associations()["SecurityGroupVpcAssociations"]
    assert only(told)["VpcId"] == other
    aws.ec2.disassociate_security_group_vpc(GroupId=network.group, VpcId=other)
    aws.settle()


def test_a_client_token_makes_one_thing(aws, network):
    asked = {"VpcId": network.vpc, "ClientToken": "once"}
    first, second = (aws.ec2.create_route_table(**asked)["RouteTable"]["RouteTableId"] for _ in range(2))
    assert first == second
    assert aws.ec2.create_network_acl(**asked)["NetworkAcl"]["VpcId"] == network.vpc
