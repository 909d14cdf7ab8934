//! VPC endpoints over the wire.

use super::*;

impl Bench {
    fn dns(&mut self, vpc: &str) {
        for name in ["EnableDnsSupport", "EnableDnsHostnames"] {
            self.call(&format!("ModifyVpcAttribute&VpcId={vpc}&{name}.Value=true"));
        }
    }

    fn endpoint_state(&mut self, id: &str) -> String {
        let answer = self.call(&format!("DescribeVpcEndpoints&VpcEndpointId.1={id}"));
        text(&answer, "state")
            .or_else(|| text(&answer, "Code"))
            .unwrap()
    }
}

fn interface_form(vpc: &str, subnet: &str, service: &str) -> String {
    format!(
        "CreateVpcEndpoint&VpcId={vpc}&VpcEndpointType=Interface&ServiceName=com.amazonaws.us-east-1.{service}\
         &SubnetId.1={subnet}&PrivateDnsEnabled=true"
    )
}

/// Facts: 2.1.19, 2.3.1, 2.3.3
#[test]
fn an_interface_endpoint_lives_and_leaves_its_name_behind() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let form = interface_form(&vpc, &subnet, "sts");
    assert_eq!(bench.refused(&form), "InvalidParameter");
    bench.dns(&vpc);
    let id = bench.get(&form, "vpcEndpointId");
    assert_eq!(bench.endpoint_state(&id), "pending");
    assert!(
        bench
            .call(&form)
            .contains("conflicting DNS domain for sts.us-east-1.amazonaws.com in the VPC")
    );
    let interfaces = bench.call("DescribeNetworkInterfaces");
    assert!(
        interfaces.contains(&format!("VPC Endpoint Interface {id}")),
        "{interfaces}"
    );
    bench.wait(210);
    assert_eq!(bench.endpoint_state(&id), "available");
    assert!(
        bench
            .call("DescribeVpcEndpoints")
            .contains("sts.us-east-1.vpce.amazonaws.com")
    );
    bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={id}"));
    assert_eq!(bench.endpoint_state(&id), "deleting");
    assert_eq!(
        bench.refused(&format!("DeleteSubnet&SubnetId={subnet}")),
        "DependencyViolation"
    );
    bench.wait(310);
    assert_eq!(bench.endpoint_state(&id), "InvalidVpcEndpointId.NotFound");
    assert_eq!(
        count(
            &bench.call("DescribeNetworkInterfaces"),
            "networkInterfaceId"
        ),
        0
    );
    bench.wait(410);
    bench.get(&form, "vpcEndpointId");
}

/// Facts: 2.3.4
#[test]
fn a_private_name_lingers_after_deletion() {
    let mut bench =
        Bench::of("[durations]\n\"private dns tail\" = { least = 900, median = 900, p99 = 900 }\n");
    let vpc = bench.vpc();
    bench.dns(&vpc);
    let subnet = bench.subnet(&vpc, 0);
    let form = interface_form(&vpc, &subnet, "sts");
    let id = bench.get(&form, "vpcEndpointId");
    bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={id}"));
    bench.wait(400);
    assert!(bench.call(&form).contains("conflicting DNS domain"));
    bench.wait(900);
    bench.get(&form, "vpcEndpointId");
}

/// Facts: 2.3.2
#[test]
fn a_gateway_endpoint_is_a_route() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    let form = format!(
        "CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3&RouteTableId.1={table}"
    );
    let id = bench.get(&form, "vpcEndpointId");
    let routes = format!("DescribeRouteTables&RouteTableId.1={table}");
    assert!(
        bench
            .call(&routes)
            .contains("<destinationPrefixListId>pl-63a5400a<")
    );
    assert_eq!(bench.refused(&form), "RouteAlreadyExists");
    assert_eq!(
        count(&bench.call("DescribeVpcEndpoints"), "vpcEndpointId"),
        1
    );
    bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={id}"));
    bench.wait(20);
    assert!(!bench.call(&routes).contains("pl-63a5400a"));
}

/// Facts: 2.1.19, 2.3.8
#[test]
fn s3_needs_its_gateway_for_private_names() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.dns(&vpc);
    let subnet = bench.subnet(&vpc, 0);
    let form = interface_form(&vpc, &subnet, "s3");
    assert!(
        bench
            .call(&form)
            .contains("must have a Gateway endpoint for the service.")
    );
    let gateway = bench.get(
        &format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3"),
        "vpcEndpointId",
    );
    bench.get(&form, "vpcEndpointId");
    let answer = bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={gateway}"));
    assert!(
        answer.contains("<unsuccessful><item>") && answer.contains("InvalidParameter"),
        "{answer}"
    );
}

/// Facts: 2.3.8
#[test]
fn s3_needs_its_gateway_for_private_names_by_a_change_too() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.dns(&vpc);
    let subnet = bench.subnet(&vpc, 0);
    let option = "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint";
    let form = interface_form(&vpc, &subnet, "s3");
    let id = bench.get(&format!("{form}&{option}=false"), "vpcEndpointId");
    bench.wait(210);
    let change = format!("ModifyVpcEndpoint&VpcEndpointId={id}&{option}=true");
    let refused = bench.call(&change);
    assert!(
        refused.contains("must have a Gateway endpoint for the service."),
        "{refused}"
    );
    let gateway = format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3");
    bench.get(&gateway, "vpcEndpointId");
    assert_eq!(bench.get(&change, "return"), "true");
    let shown = bench.call(&format!("DescribeVpcEndpoints&VpcEndpointId.1={id}"));
    assert_eq!(
        text(&shown, "privateDnsOnlyForInboundResolverEndpoint").as_deref(),
        Some("true")
    );
}

#[test]
fn what_cannot_be_deleted_is_listed() {
    let mut bench = Bench::new();
    let answer = bench.call("DeleteVpcEndpoints&VpcEndpointId.1=vpce-0");
    assert!(
        answer.contains("<resourceId>vpce-0</resourceId>")
            && answer.contains("InvalidVpcEndpointId.NotFound")
    );
}

/// Facts: 2.3.7, 8.30
#[test]
fn a_zone_without_the_service_is_refused() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.dns(&vpc);
    let form =
        format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/24&AvailabilityZoneId=use1-az3");
    let subnet = bench.get(&form, "subnetId");
    let refused = bench.call(&interface_form(&vpc, &subnet, "sagemaker.api"));
    assert!(
        refused.contains("does not support the availability zone of the subnet"),
        "{refused}"
    );
    assert_eq!(
        count(&bench.call("DescribeVpcEndpoints"), "vpcEndpointId"),
        0
    );
}

#[test]
fn services_are_all_listed_in_small_pages() {
    let mut bench = Bench::of("largest-page = 1");
    let (mut names, mut token) = (0, String::new());
    loop {
        let answer = bench.call(&format!("DescribeVpcEndpointServices&NextToken={token}"));
        names += count(&answer, "serviceName");
        match text(&answer, "nextToken") {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(
        names,
        super::super::endpoints::services::of(&bench.place).len()
    );
}

#[test]
fn a_scripted_failure_fails_the_endpoint() {
    let mut bench = Bench::of(
        "[[fault]]\nmatch = { type = \"AWS::EC2::VPCEndpoint\", operation = \"create\" }\n\
         effect = { kind = \"fail\", reason = \"out of luck\", seconds = 5 }\n",
    );
    let vpc = bench.vpc();
    let form = format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3");
    let id = bench.get(&form, "vpcEndpointId");
    bench.wait(6);
    assert_eq!(bench.endpoint_state(&id), "failed");
    assert!(bench.call("DescribeVpcEndpoints").contains("out of luck"));
}

/// Facts: 2.3.9, 8.29
#[test]
fn an_endpoint_that_finds_no_address_leaves_nothing() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let create = format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/28");
    let subnet = bench.get(&create, "subnetId");
    let group = bench.group(&vpc, "g");
    for _ in 0..11 {
        bench.interface(&subnet, &group);
    }
    let form = interface_form(&vpc, &subnet, "sts").replace("Enabled=true", "Enabled=false");
    assert_eq!(bench.refused(&form), "InsufficientFreeAddressesInSubnet");
    let endpoints = bench.call("DescribeVpcEndpoints");
    assert_eq!(count(&endpoints, "vpcEndpointId"), 0);
}

/// Facts: 2.3.10
#[test]
fn the_groups_of_an_endpoint_are_those_of_its_interfaces() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let form = interface_form(&vpc, &subnet, "sts").replace("Enabled=true", "Enabled=false");
    let foreign = format!("{form}&SecurityGroupId.1=sg-0");
    assert_eq!(bench.refused(&foreign), "InvalidGroup.NotFound");
    let id = bench.get(&form, "vpcEndpointId");
    let named = format!("DescribeVpcEndpoints&VpcEndpointId.1={id}");
    assert_eq!(bench.get(&named, "groupName"), "default");
    bench.wait(210);
    bench.get(
        &format!("ModifyVpcEndpoint&VpcEndpointId={id}&AddSecurityGroupId.1={group}"),
        "return",
    );
    let interfaces =
        format!("DescribeNetworkInterfaces&Filter.1.Name=group-id&Filter.1.Value.1={group}");
    let answer = bench.call(&interfaces);
    assert_eq!(count(&answer, "networkInterfaceId"), 1, "{answer}");
    assert_eq!(
        bench.refused(&format!("DeleteSecurityGroup&GroupId={group}")),
        "DependencyViolation"
    );
}

/// Facts: 8.26
#[test]
fn a_change_that_is_refused_has_changed_nothing() {
    let mut bench = Bench::new();
    let (vpc, elsewhere) = (bench.vpc(), bench.vpc());
    let [subnet, other] = [0, 1].map(|third| bench.subnet(&vpc, third));
    let form = interface_form(&vpc, &subnet, "sts").replace("Enabled=true", "Enabled=false");
    let id = bench.get(&form, "vpcEndpointId");
    bench.wait(210);
    let modify = format!("ModifyVpcEndpoint&VpcEndpointId={id}");
    let foreign = bench.group(&elsewhere, "g");
    let foreign = format!("{modify}&AddSecurityGroupId.1={foreign}");
    assert_eq!(bench.refused(&foreign), "InvalidGroup.NotFound");
    let mut six = modify.clone();
    for number in 1..6 {
        let group = bench.group(&vpc, &format!("g{number}"));
        six.push_str(&format!("&AddSecurityGroupId.{number}={group}"));
    }
    let code = "SecurityGroupsPerInterfaceLimitExceeded";
    assert_eq!(bench.refused(&six), code);
    let unknown = format!("{modify}&AddSubnetId.1={other}&RemoveSubnetId.1=subnet-0");
    assert_eq!(bench.refused(&unknown), "InvalidParameter");
    let create =
        format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.9.0/28&AvailabilityZone=us-east-1c");
    let full = bench.get(&create, "subnetId");
    let group = bench.group(&vpc, "holder");
    for _ in 0..11 {
        bench.interface(&full, &group);
    }
    let too_much = format!("{modify}&AddSubnetId.1={other}&AddSubnetId.2={full}");
    assert_eq!(
        bench.refused(&too_much),
        "InsufficientFreeAddressesInSubnet"
    );
    let interfaces = bench.call("DescribeNetworkInterfaces");
    assert_eq!(count(&interfaces, "networkInterfaceId"), 12);
    let shown = bench.call(&format!("DescribeVpcEndpoints&VpcEndpointId.1={id}"));
    assert!(
        shown.contains(&subnet) && !shown.contains(&other),
        "{shown}"
    );
}

#[test]
fn an_endpoint_takes_no_change_of_the_other_kind() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    let form = format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3");
    let inbound_only = "DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint=true";
    let with_names = format!("{form}&{inbound_only}");
    assert_eq!(bench.refused(&with_names), "InvalidParameter");
    let gateway = bench.get(&form, "vpcEndpointId");
    let form = interface_form(&vpc, &subnet, "sts").replace("Enabled=true", "Enabled=false");
    let interface = bench.get(&form, "vpcEndpointId");
    bench.wait(210);
    for (id, change, kind) in [
        (&gateway, format!("AddSubnetId.1={subnet}"), "Gateway"),
        (&gateway, format!("RemoveSubnetId.1={subnet}"), "Gateway"),
        (&gateway, format!("AddSecurityGroupId.1={group}"), "Gateway"),
        (
            &gateway,
            format!("RemoveSecurityGroupId.1={group}"),
            "Gateway",
        ),
        (&gateway, "PrivateDnsEnabled=false".to_owned(), "Gateway"),
        (&gateway, inbound_only.to_owned(), "Gateway"),
        (
            &interface,
            format!("AddRouteTableId.1={table}"),
            "Interface",
        ),
        (
            &interface,
            format!("RemoveRouteTableId.1={table}"),
            "Interface",
        ),
    ] {
        let modify = format!("ModifyVpcEndpoint&VpcEndpointId={id}&{change}");
        let told = format!("be specified for endpoint type {kind}.");
        let refused = bench.call(&modify);
        assert!(refused.contains(&told), "{modify}: {refused}");
    }
}

/// Facts: 2.3.6
#[test]
fn the_route_of_a_gateway_endpoint_goes_with_it_alone() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    let create = format!(
        "CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3&RouteTableId.1={table}"
    );
    bench.get(&create, "vpcEndpointId");
    let delete = format!("DeleteRoute&RouteTableId={table}&DestinationPrefixListId=pl-63a5400a");
    assert_eq!(bench.refused(&delete), "InvalidParameterValue");
}
