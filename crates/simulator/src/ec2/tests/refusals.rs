//! What EC2 refuses, with its codes and texts (section 2.1).

use super::*;

impl Bench {
    /// Code and text of a refusal.
    fn refusal(&mut self, form: &str) -> (String, String) {
        let answer = self.call(form);
        let message = answer.split_once("<Message>").unwrap().1;
        let message = message.split_once("</Message>").unwrap().0;
        let message = message.replace("&apos;", "'").replace("&quot;", "\"");
        (text(&answer, "Code").unwrap(), message)
    }

    fn holds(&mut self, form: &str, expected: (&str, &str)) {
        let (code, message) = self.refusal(form);
        assert_eq!((code.as_str(), message.as_str()), expected, "{form}");
    }

    fn done(&mut self, form: &str) {
        assert_eq!(self.get(form, "return"), "true", "{form}");
    }
}

/// Facts: 2.1.4, 2.1.6, 2.1.8, 2.1.10, 2.1.12
#[test]
fn what_is_not_there() {
    let mut bench = Bench::new();
    for (form, code, message) in [
        (
            "DeleteSecurityGroup&GroupId=sg-0",
            "InvalidGroup.NotFound",
            "The security group 'sg-0' does not exist",
        ),
        (
            "DeleteSubnet&SubnetId=subnet-0",
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-0' does not exist",
        ),
        (
            "DeleteVpc&VpcId=vpc-0",
            "InvalidVpcID.NotFound",
            "The vpc ID 'vpc-0' does not exist",
        ),
        (
            "DeleteNetworkInterface&NetworkInterfaceId=eni-0",
            "InvalidNetworkInterfaceID.NotFound",
            "The networkInterface ID 'eni-0' does not exist",
        ),
        (
            "DetachNetworkInterface&AttachmentId=eni-attach-0",
            "InvalidAttachmentID.NotFound",
            "The networkInterface attachment 'eni-attach-0' does not exist.",
        ),
        (
            "TerminateInstances&InstanceId.1=i-0",
            "InvalidInstanceID.NotFound",
            "The instance ID 'i-0' does not exist",
        ),
        (
            "DeleteNatGateway&NatGatewayId=nat-0",
            "NatGatewayNotFound",
            "The Nat Gateway nat-0 was not found",
        ),
    ] {
        bench.holds(form, (code, message));
    }
}

/// Facts: 2.1.1, 2.1.2, 2.1.3, 2.1.5, 2.1.18
#[test]
fn groups_and_subnets_that_are_held() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "held"));
    let interface = bench.interface(&subnet, &group);
    let dependent = format!("resource {group} has a dependent object");
    let delete_group = format!("DeleteSecurityGroup&GroupId={group}");
    let delete_subnet = format!("DeleteSubnet&SubnetId={subnet}");
    bench.holds(&delete_group, ("DependencyViolation", &dependent));
    let text = format!("The subnet '{subnet}' has dependencies and cannot be deleted.");
    bench.holds(&delete_subnet, ("DependencyViolation", &text));
    bench.done(&format!(
        "DeleteNetworkInterface&NetworkInterfaceId={interface}"
    ));
    bench.done(&delete_subnet);
    let other = bench.group(&vpc, "other");
    let rule = format!(
        "SecurityGroupEgress&GroupId={other}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443\
         &IpPermissions.1.ToPort=443&IpPermissions.1.Groups.1.GroupId={group}"
    );
    bench.done(&format!("Authorize{rule}"));
    bench.holds(&delete_group, ("DependencyViolation", &dependent));
    bench.done(&format!("Revoke{rule}"));
    // A rule of its own is no obstacle.
    let own = rule.replacen(&other, &group, 1);
    bench.done(&format!("Authorize{own}"));
    bench.done(&delete_group);
    let of_vpc = format!(
        "DescribeSecurityGroups&Filter.1.Name=group-name&Filter.1.Value.1=default\
         &Filter.2.Name=vpc-id&Filter.2.Value.1={vpc}"
    );
    let default = bench.get(&of_vpc, "groupId");
    let text =
        format!("the specified group: \"{default}\" name: \"default\" cannot be deleted by a user");
    bench.holds(
        &format!("DeleteSecurityGroup&GroupId={default}"),
        ("CannotDelete", &text),
    );
}

/// Facts: 2.1.7, F.21
#[test]
fn a_vpc_is_held_by_everything_in_it_but_what_it_came_with() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let default = bench.get(
        &format!("DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"),
        "groupId",
    );
    let acl = bench.get(
        &format!("DescribeNetworkAcls&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"),
        "networkAclId",
    );
    bench.done(&format!(
        "AuthorizeSecurityGroupIngress&GroupId={default}&IpProtocol=tcp&FromPort=443&ToPort=443&CidrIp=10.0.0.0/8"
    ));
    bench.done(&format!(
        "CreateNetworkAclEntry&NetworkAclId={acl}&RuleNumber=7&Egress=true&Protocol=-1&RuleAction=deny&CidrBlock=0.0.0.0/0"
    ));
    let delete = format!("DeleteVpc&VpcId={vpc}");
    let text = format!("The vpc '{vpc}' has dependencies and cannot be deleted.");
    for (create, member, delete_form) in [
        (
            format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/24"),
            "subnetId",
            "DeleteSubnet&SubnetId=",
        ),
        (
            format!("CreateSecurityGroup&VpcId={vpc}&GroupName=g&GroupDescription=d"),
            "groupId",
            "DeleteSecurityGroup&GroupId=",
        ),
        (
            format!("CreateRouteTable&VpcId={vpc}"),
            "routeTableId",
            "DeleteRouteTable&RouteTableId=",
        ),
        (
            format!("CreateNetworkAcl&VpcId={vpc}"),
            "networkAclId",
            "DeleteNetworkAcl&NetworkAclId=",
        ),
        (
            format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3"),
            "vpcEndpointId",
            "DeleteVpcEndpoints&VpcEndpointId.1=",
        ),
    ] {
        let id = bench.get(&create, member);
        bench.holds(&delete, ("DependencyViolation", &text));
        bench.call(&format!("{delete_form}{id}"));
        bench.wait(20);
    }
    let gateway = bench.get("CreateInternetGateway", "internetGatewayId");
    let of_gateway = format!("InternetGateway&InternetGatewayId={gateway}&VpcId={vpc}");
    bench.done(&format!("Attach{of_gateway}"));
    bench.holds(&delete, ("DependencyViolation", &text));
    bench.done(&format!("Detach{of_gateway}"));
    bench.done(&delete);
}

/// Facts: 2.1.23
#[test]
fn a_gateway_stays_while_an_interface_has_a_public_address() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (mapping, plain) = (bench.subnet(&vpc, 0), bench.subnet(&vpc, 1));
    bench.done(&format!(
        "ModifySubnetAttribute&SubnetId={mapping}&MapPublicIpOnLaunch.Value=true"
    ));
    let gateway = bench.get("CreateInternetGateway", "internetGatewayId");
    let of_gateway = format!("InternetGateway&InternetGatewayId={gateway}&VpcId={vpc}");
    let (attach, detach) = (format!("Attach{of_gateway}"), format!("Detach{of_gateway}"));
    let run = |subnet: &str| {
        format!(
            "RunInstances&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}"
        )
    };
    let described = |id: &str| format!("DescribeInstances&InstanceId.1={id}");
    // Neither an instance in another subnet nor an interface of nobody's instance has one.
    let hidden = bench.get(&run(&plain), "instanceId");
    let group = bench.group(&vpc, "g");
    bench.interface(&mapping, &group);
    bench.done(&attach);
    bench.done(&detach);
    let answer = bench.call(&described(&hidden));
    assert_eq!(count(&answer, "association"), 0, "{answer}");
    bench.done(&attach);
    let instance = bench.get(&run(&mapping), "instanceId");
    bench.wait(41);
    let text = format!(
        "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the \
         gateway."
    );
    bench.holds(&detach, ("DependencyViolation", &text));
    // Instance and interface tell the same address, which the interface is found by.
    let address = bench.get(&described(&instance), "ipAddress");
    assert_eq!(bench.get(&described(&instance), "publicIp"), address);
    let by_address = format!(
        "DescribeNetworkInterfaces&Filter.1.Name=association.public-ip&Filter.1.Value.1={address}"
    );
    assert_eq!(bench.get(&by_address, "publicIp"), address);
    assert_eq!(bench.get(&by_address, "ipOwnerId"), "amazon");
    assert_eq!(bench.get(&by_address, "instanceId"), instance);
    bench.call(&format!("TerminateInstances&InstanceId.1={instance}"));
    bench.holds(&detach, ("DependencyViolation", &text));
    bench.wait(121);
    bench.done(&detach);
}

/// Facts: F.20
#[test]
fn an_association_with_another_vpc_holds_the_group() {
    for group_associations_hold_vpc in [true, false] {
        let mut bench = Bench::new();
        bench.world.switches.group_associations_hold_vpc = group_associations_hold_vpc;
        let (vpc, other) = (bench.vpc(), bench.vpc());
        let (group, subnet) = (bench.group(&vpc, "shared"), bench.subnet(&other, 0));
        let pair = format!("SecurityGroupVpc&GroupId={group}&VpcId={other}");
        let create = format!("CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1={group}");
        assert_eq!(bench.refused(&create), "InvalidParameter");
        assert_eq!(
            bench.get(&format!("Associate{pair}"), "state"),
            "associating"
        );
        let text = format!("resource {group} has a dependent object");
        let delete = format!("DeleteSecurityGroup&GroupId={group}");
        bench.holds(&delete, ("DependencyViolation", &text));
        bench.wait(30);
        let state = bench.get("DescribeSecurityGroupVpcAssociations", "state");
        assert_eq!(state, "associated");
        let interface = bench.get(&create, "networkInterfaceId");
        bench.holds(
            &format!("Disassociate{pair}"),
            ("DependencyViolation", &text),
        );
        bench.done(&format!(
            "DeleteNetworkInterface&NetworkInterfaceId={interface}"
        ));
        bench.done(&format!("DeleteSubnet&SubnetId={subnet}"));
        if group_associations_hold_vpc {
            let held = bench.refused(&format!("DeleteVpc&VpcId={other}"));
            assert_eq!(held, "DependencyViolation");
            let state = bench.get(&format!("Disassociate{pair}"), "state");
            assert_eq!(state, "disassociating");
            bench.wait(30);
        }
        bench.done(&format!("DeleteVpc&VpcId={other}"));
        bench.done(&delete);
    }
}

/// Facts: 2.1.13, 2.1.14
#[test]
fn rules_that_are_there_twice_or_not_at_all() {
    let mut bench = Bench::new();
    let (vpc, other) = (bench.vpc(), bench.vpc());
    let (group, stranger) = (bench.group(&vpc, "g"), bench.group(&other, "g"));
    let rule = |peer: &str| {
        format!(
            "SecurityGroupIngress&GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=2049\
             &IpPermissions.1.ToPort=2049&IpPermissions.1.Groups.1.GroupId={peer}"
        )
    };
    bench.done(&format!("Authorize{}", rule(&group)));
    let text = format!(
        "the specified rule \"peer: {group}, TCP, from port: 2049, to port: 2049, ALLOW\" already exists"
    );
    bench.holds(
        &format!("Authorize{}", rule(&group)),
        ("InvalidPermission.Duplicate", &text),
    );
    bench.done(&format!("Revoke{}", rule(&group)));
    let text = "The specified rule does not exist in this security group.";
    bench.holds(
        &format!("Revoke{}", rule(&group)),
        ("InvalidPermission.NotFound", text),
    );
    let text = "You have specified two resources that belong to different networks.";
    bench.holds(
        &format!("Authorize{}", rule(&stranger)),
        ("InvalidGroup.NotFound", text),
    );
}

/// Facts: 2.1.22
#[test]
fn rules_of_unknown_protocols_and_prefix_lists() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let group = bench.group(&vpc, "g");
    let rule = |protocol: &str, list: &str| {
        format!(
            "AuthorizeSecurityGroupEgress&GroupId={group}&IpPermissions.1.IpProtocol={protocol}\
             &IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&IpPermissions.1.PrefixListIds.1.PrefixListId={list}"
        )
    };
    let s3 = "pl-63a5400a";
    for protocol in ["Any", "all", "256", "-2"] {
        let text = format!("Invalid value '{protocol}' for IP protocol. Unknown protocol.");
        bench.holds(&rule(protocol, s3), ("InvalidParameterValue", &text));
    }
    let text = "The prefix list ID 'pl-0' does not exist";
    bench.holds(&rule("tcp", "pl-0"), ("InvalidPrefixListID.NotFound", text));
    for protocol in ["tcp", "17", "ICMP", "58", "0", "255", "-1"] {
        bench.done(&rule(protocol, s3));
    }
}

/// Facts: 2.1.15
#[test]
fn endpoints_that_cannot_be_deleted_are_listed_under_success() {
    for endpoint_not_found_without_id in [false, true] {
        let mut bench = Bench::new();
        bench.world.switches.endpoint_not_found_without_id = endpoint_not_found_without_id;
        let code = if endpoint_not_found_without_id {
            "InvalidVpcEndpoint.NotFound"
        } else {
            "InvalidVpcEndpointId.NotFound"
        };
        let answer = bench.call("DeleteVpcEndpoints&VpcEndpointId.1=vpce-0");
        assert!(answer.contains("<DeleteVpcEndpointsResponse"), "{answer}");
        assert_eq!(text(&answer, "resourceId").as_deref(), Some("vpce-0"));
        assert_eq!(text(&answer, "code").as_deref(), Some(code));
        assert!(answer.contains("The Vpc Endpoint Id &apos;vpce-0&apos; does not exist"));
        let describe = "DescribeVpcEndpoints&VpcEndpointId.1=vpce-0";
        assert_eq!(bench.refused(describe), code);
    }
}

/// Facts: 2.1.17
#[test]
fn too_many_calls_are_throttled_in_ec2s_words() {
    let mut bench = Bench::of(
        "[[fault]]\nmatch = { action = \"ec2:DescribeVpcs\" }\nanswer = { kind = \"throttle\" }\n",
    );
    let answer = ("RequestLimitExceeded", "Request limit exceeded.");
    bench.holds("DescribeVpcs", answer);
}

/// Facts: 2.1.17
#[test]
fn the_status_of_a_throttle_is_not_known() {
    for (ec2_throttles_with_400, status) in [(false, 503), (true, 400)] {
        let switches = crate::Switches {
            ec2_throttles_with_400,
            ..crate::Switches::default()
        };
        let refusal = crate::service::Service::Ec2.throttled(&switches);
        assert_eq!(refusal.status, status);
    }
}

/// Facts: 2.1.20, 2.1.21
#[test]
fn what_does_not_fit_an_action() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let text = "Request would have succeeded, but DryRun flag is set.";
    let form = format!("DeleteVpc&VpcId={vpc}&DryRun=true");
    bench.holds(&form, ("DryRunOperation", text));
    for (form, code) in [
        ("DeleteVpc", "MissingParameter"),
        ("DeleteVpc&VpcId=vpc-0&Force=true", "UnknownParameter"),
        ("DescribeVpcs&Ids.1=vpc-0", "UnknownParameter"),
        ("DescribeVpcs&DryRun=perhaps", "InvalidParameterValue"),
        ("DescribeVpcs&MaxResults=many", "InvalidParameterValue"),
        ("DescribeRegions&MaxResults=5", "UnknownParameter"),
    ] {
        assert_eq!(bench.refused(form), code, "{form}");
    }
    bench.done(&format!("DeleteVpc&VpcId={vpc}&DryRun=false"));
}
