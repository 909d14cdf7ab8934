//! Lists that lag behind the truth, and lists that do not.

use super::*;

const LAG: &str = "[switches]\nlists-lag = true\n[durations]\n\
    \"list shows new\" = { least = 3, median = 3, p99 = 3 }\n\
    \"describe finds new\" = { least = 1, median = 1, p99 = 1 }\n\
    \"list forgets deleted\" = { least = 3, median = 3, p99 = 3 }\n";

/// Facts: 2.2.15
#[test]
fn a_lagging_list_shows_what_is_new_later_and_what_is_gone_longer() {
    let mut bench = Bench::of(LAG);
    bench.call("DescribeVpcs");
    let vpc = bench.vpc();
    bench.wait(4);
    let subnet = bench.subnet(&vpc, 0);
    let named = format!("DescribeSubnets&SubnetId.1={subnet}");
    let listed = format!("DescribeSubnets&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}");
    assert_eq!(bench.refused(&named), "InvalidSubnetID.NotFound");
    assert_eq!(count(&bench.call(&listed), "subnetId"), 0);
    bench.wait(2);
    assert_eq!(bench.get(&named, "subnetId"), subnet);
    assert_eq!(count(&bench.call(&listed), "subnetId"), 0);
    bench.wait(2);
    assert_eq!(bench.get(&listed, "subnetId"), subnet);
    bench.call(&format!("DeleteSubnet&SubnetId={subnet}"));
    // The truth does not lag: the VPC can be deleted, and the subnet is found no more.
    assert_eq!(bench.refused(&named), "InvalidSubnetID.NotFound");
    assert_eq!(bench.get(&listed, "subnetId"), subnet);
    assert_eq!(
        bench.get(&format!("DeleteVpc&VpcId={vpc}"), "return"),
        "true"
    );
    assert!(bench.call("DescribeVpcs").contains(&vpc));
    bench.wait(4);
    assert_eq!(count(&bench.call(&listed), "subnetId"), 0);
    assert!(!bench.call("DescribeVpcs").contains(&vpc));
}

/// Facts: 2.2.15
#[test]
fn a_lagging_list_shows_old_rules_and_interfaces_of_events() {
    let mut bench = Bench::of(LAG);
    bench.call("DescribeVpcs");
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    bench.wait(4);
    let rule = format!(
        "SecurityGroupIngress&GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1\
         &IpPermissions.1.ToPort=1&IpPermissions.1.Groups.1.GroupId={group}"
    );
    let by_rule = format!(
        "DescribeSecurityGroups&Filter.1.Name=ip-permission.group-id&Filter.1.Value.1={group}"
    );
    bench.call(&format!("Authorize{rule}"));
    assert_eq!(count(&bench.call(&by_rule), "groupName"), 0);
    bench.wait(4);
    assert_eq!(count(&bench.call(&by_rule), "groupName"), 1);
    bench.call(&format!("Revoke{rule}"));
    assert_eq!(count(&bench.call(&by_rule), "groupName"), 1);
    let endpoint = bench.get(
        &format!(
            "CreateVpcEndpoint&VpcId={vpc}&VpcEndpointType=Interface&PrivateDnsEnabled=false\
             &ServiceName=com.amazonaws.us-east-1.sts&SubnetId.1={subnet}"
        ),
        "vpcEndpointId",
    );
    bench.wait(210);
    bench.call(&format!("DeleteVpcEndpoints&VpcEndpointId.1={endpoint}"));
    let interfaces = |bench: &Bench| {
        let rows = bench.world.rows().into_iter();
        rows.filter(|row| row.kind == "AWS::EC2::NetworkInterface")
            .count()
    };
    while interfaces(&bench) > 0 {
        bench.wait(1);
    }
    // Listed with their last status.
    assert!(
        bench
            .call("DescribeNetworkInterfaces")
            .contains("<status>in-use<")
    );
    assert_eq!(bench.get("DescribeVpcEndpoints", "state"), "deleting");
    let saved = serde_json::to_string(&bench.world).unwrap();
    bench.world = serde_json::from_str(&saved).unwrap();
    bench.wait(4);
    let answer = bench.call("DescribeNetworkInterfaces");
    assert_eq!(count(&answer, "networkInterfaceId"), 0);
    assert_eq!(count(&bench.call("DescribeVpcEndpoints"), "state"), 0);
}

/// Facts: 2.2.15
#[test]
fn every_kind_of_a_network_is_listed_late() {
    let mut bench = Bench::of(LAG);
    bench.call("DescribeVpcs");
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    bench.wait(4);
    let in_vpc = format!("&VpcId={vpc}");
    let private = format!("&ConnectivityType=private&SubnetId={subnet}");
    let run =
        format!("&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}");
    // How it is made, the member with its id, how it is listed, and how it is deleted where lists do not go on telling of it
    // for an hour anyway.
    let kinds = [
        (
            format!("CreateRouteTable{in_vpc}"),
            "routeTableId",
            "DescribeRouteTables",
            Some("DeleteRouteTable&RouteTableId="),
        ),
        (
            format!("CreateNetworkAcl{in_vpc}"),
            "networkAclId",
            "DescribeNetworkAcls",
            Some("DeleteNetworkAcl&NetworkAclId="),
        ),
        (
            "CreateInternetGateway".to_owned(),
            "internetGatewayId",
            "DescribeInternetGateways",
            Some("DeleteInternetGateway&InternetGatewayId="),
        ),
        (
            format!("CreateEgressOnlyInternetGateway{in_vpc}"),
            "egressOnlyInternetGatewayId",
            "DescribeEgressOnlyInternetGateways",
            Some("DeleteEgressOnlyInternetGateway&EgressOnlyInternetGatewayId="),
        ),
        (
            format!("CreateNatGateway{private}"),
            "natGatewayId",
            "DescribeNatGateways",
            None,
        ),
        (
            "CreateVpnGateway&Type=ipsec.1".to_owned(),
            "vpnGatewayId",
            "DescribeVpnGateways",
            None,
        ),
        (
            format!("CreateCarrierGateway{in_vpc}"),
            "carrierGatewayId",
            "DescribeCarrierGateways",
            None,
        ),
        (
            format!("RunInstances{run}"),
            "instanceId",
            "DescribeInstances",
            None,
        ),
    ];
    for (create, member, describe, delete) in kinds {
        let id = bench.get(&create, member);
        assert!(!bench.call(describe).contains(&id), "{describe}");
        bench.wait(4);
        assert!(bench.call(describe).contains(&id), "{describe}");
        let Some(delete) = delete else {
            continue;
        };
        bench.call(&format!("{delete}{id}"));
        assert!(bench.call(describe).contains(&id), "{describe}");
        bench.wait(4);
        assert!(!bench.call(describe).contains(&id), "{describe}");
    }
}

/// Facts: 2.2.15
#[test]
fn lists_that_do_not_lag() {
    let mut bench = Bench::of("[switches]\nlists-lag = false\n");
    let vpc = bench.vpc();
    assert!(bench.call("DescribeVpcs").contains(&vpc));
    bench.call(&format!("DeleteVpc&VpcId={vpc}"));
    assert!(!bench.call("DescribeVpcs").contains(&vpc));
}
