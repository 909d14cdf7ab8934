//! VPCs, subnets, tables, groups and interfaces.

use super::*;

#[test]
fn every_region_has_a_default_vpc() {
    let mut bench = Bench::new();
    let answer = bench.call("DescribeSubnets");
    assert_eq!(
        (count(&answer, "subnetId"), count(&answer, "nextToken")),
        (6, 0)
    );
    assert!(
        bench
            .world
            .rows()
            .iter()
            .all(|row| row.scope == crate::row::Scope::Account)
    );
    assert_eq!(
        bench.get(
            "DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=true",
            "isDefault"
        ),
        "true"
    );
}

#[test]
fn a_vpc_comes_and_goes_with_its_table_and_group() {
    let mut bench = Bench::new();
    bench.call("DescribeVpcs");
    let before = bench.world.rows().len();
    let vpc = bench.vpc();
    assert_eq!(bench.world.rows().len(), before + 4);
    let group = bench.get(
        &format!("DescribeSecurityGroups&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"),
        "groupId",
    );
    assert_eq!(
        bench.refused(&format!("DeleteSecurityGroup&GroupId={group}")),
        "CannotDelete"
    );
    let table = bench.get(
        &format!("DescribeRouteTables&Filter.1.Name=vpc-id&Filter.1.Value.1={vpc}"),
        "routeTableId",
    );
    assert_eq!(
        bench.refused(&format!("DeleteRouteTable&RouteTableId={table}")),
        "DependencyViolation"
    );
    bench.call(&format!("DeleteVpc&VpcId={vpc}"));
    assert_eq!(bench.world.rows().len(), before);
    assert_eq!(
        bench.refused(&format!("DeleteVpc&VpcId={vpc}")),
        "InvalidVpcID.NotFound"
    );
}

#[test]
fn quotas_and_ranges() {
    let mut bench = Bench::new();
    assert_eq!(
        bench.refused("CreateVpc&CidrBlock=10.0.0.0/8"),
        "InvalidVpc.Range"
    );
    assert_eq!(
        bench.refused("CreateVpc&CidrBlock=house"),
        "InvalidParameterValue"
    );
    let vpc = bench.vpc();
    for _ in 0..3 {
        bench.vpc();
    }
    assert_eq!(
        bench.refused("CreateVpc&CidrBlock=10.0.0.0/16"),
        "VpcLimitExceeded"
    );
    bench.subnet(&vpc, 0);
    let mut subnet =
        |cidr: &str| bench.refused(&format!("CreateSubnet&VpcId={vpc}&CidrBlock={cidr}"));
    assert_eq!(subnet("10.0.0.128/25"), "InvalidSubnet.Conflict");
    assert_eq!(subnet("10.1.0.0/24"), "InvalidSubnet.Range");
    assert_eq!(subnet("10.0.1.0/29"), "InvalidSubnet.Range");
}

#[test]
fn what_is_in_use_is_not_deleted() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let interface = bench.interface(&subnet, &group);
    assert_eq!(
        bench.refused(&format!("DeleteSubnet&SubnetId={subnet}")),
        "DependencyViolation"
    );
    let refused = bench.call(&format!("DeleteSecurityGroup&GroupId={group}"));
    assert!(
        refused.contains(&format!("resource {group} has a dependent object")),
        "{refused}"
    );
    bench.call(&format!(
        "DeleteNetworkInterface&NetworkInterfaceId={interface}"
    ));
    assert_eq!(
        bench.refused(&format!("DeleteVpc&VpcId={vpc}")),
        "DependencyViolation"
    );
    bench.call(&format!("DeleteSubnet&SubnetId={subnet}"));
    bench.call(&format!("DeleteSecurityGroup&GroupId={group}"));
    assert_eq!(
        bench.get(&format!("DeleteVpc&VpcId={vpc}"), "return"),
        "true"
    );
}

#[test]
fn groups_that_name_each_other_hold_each_other() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (one, other) = (bench.group(&vpc, "one"), bench.group(&vpc, "other"));
    let nfs = |group: &str, peer: &str| {
        format!(
            "SecurityGroupIngress&GroupId={group}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=2049\
             &IpPermissions.1.ToPort=2049&IpPermissions.1.Groups.1.GroupId={peer}"
        )
    };
    let rule = bench.get(
        &format!("Authorize{}", nfs(&one, &other)),
        "securityGroupRuleId",
    );
    bench.call(&format!("Authorize{}", nfs(&other, &one)));
    assert_eq!(
        bench.refused(&format!("Authorize{}", nfs(&one, &other))),
        "InvalidPermission.Duplicate"
    );
    assert_eq!(
        bench.refused(&format!("DeleteSecurityGroup&GroupId={one}")),
        "DependencyViolation"
    );
    bench.call(&format!(
        "RevokeSecurityGroupIngress&GroupId={one}&SecurityGroupRuleId.1={rule}"
    ));
    bench.call(&format!("Revoke{}", nfs(&other, &one)));
    assert_eq!(
        bench.refused(&format!("Revoke{}", nfs(&other, &one))),
        "InvalidPermission.NotFound"
    );
    assert_eq!(
        bench.get(&format!("DeleteSecurityGroup&GroupId={one}"), "return"),
        "true"
    );
}

#[test]
fn a_held_group_is_free_when_its_time_has_come() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let new = NewGroup {
        name: "n".into(),
        group_name: "n".into(),
        description: "d".into(),
        vpc_id: vpc,
        tags: BTreeMap::new(),
        open_egress: false,
    };
    let group = groups::create(&mut bench.world, &bench.place, new).unwrap();
    let until = bench.now.plus(Duration::from_secs(40));
    groups::hold(&mut bench.world, &bench.place, &group, until);
    assert_eq!(
        bench.refused(&format!("DeleteSecurityGroup&GroupId={group}")),
        "DependencyViolation"
    );
    bench.wait(41);
    assert_eq!(
        bench.get(&format!("DeleteSecurityGroup&GroupId={group}"), "return"),
        "true"
    );
}

/// Facts: 2.1.9
#[test]
fn a_users_interface_is_detached_before_it_is_deleted() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let (subnet, group) = (bench.subnet(&vpc, 0), bench.group(&vpc, "g"));
    let interface = bench.interface(&subnet, &group);
    let attach = format!("AttachNetworkInterface&NetworkInterfaceId={interface}&DeviceIndex=1");
    let absent = format!("{attach}&InstanceId=i-0");
    assert_eq!(bench.refused(&absent), "InvalidInstanceID.NotFound");
    let run = format!(
        "RunInstances&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}"
    );
    let instance = bench.get(&run, "instanceId");
    let form = format!("{attach}&InstanceId={instance}");
    let attachment = bench.get(&form, "attachmentId");
    let delete = format!("DeleteNetworkInterface&NetworkInterfaceId={interface}");
    assert_eq!(bench.refused(&delete), "InvalidParameterValue");
    bench.world.switches.interface_in_use_code = true;
    assert_eq!(bench.refused(&delete), "InvalidNetworkInterface.InUse");
    bench.call(&format!(
        "DetachNetworkInterface&AttachmentId={attachment}&Force=true"
    ));
    assert_eq!(bench.refused(&delete), "InvalidNetworkInterface.InUse");
    bench.wait(30);
    assert_eq!(bench.get(&delete, "return"), "true");
}

/// Facts: 2.1.11, 2.2.3
#[test]
fn a_services_attachment_is_its_own() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let new = NewInterface {
        name: "n".into(),
        subnet_id: subnet,
        groups: Vec::new(),
        description: "EFS mount target".into(),
        interface_type: "efs".into(),
        requester_id: "efs".into(),
        requester_managed: true,
        attachment: Some(NewAttachment {
            service_owned: true,
        }),
        tags: BTreeMap::new(),
        owner: Some("fsmt-1".into()),
    };
    let id = interfaces::create(&mut bench.world, &bench.place, new).unwrap();
    let answer = bench.call("DescribeNetworkInterfaces&Filter.1.Name=attachment.instance-owner-id&Filter.1.Value.1=amazon-aws");
    let attachment = text(&answer, "attachmentId").unwrap();
    assert!(
        attachment.starts_with("ela-attach-") && answer.contains(&id),
        "{answer}"
    );
    assert_eq!(
        bench.refused(&format!("DetachNetworkInterface&AttachmentId={attachment}")),
        "OperationNotPermitted"
    );
}

#[test]
fn a_full_subnet_has_no_address_left() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.get(
        &format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0/28"),
        "subnetId",
    );
    let group = bench.group(&vpc, "g");
    for _ in 0..11 {
        bench.interface(&subnet, &group);
    }
    let form = format!("CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1={group}");
    assert_eq!(bench.refused(&form), "InsufficientFreeAddressesInSubnet");
    assert_eq!(
        bench.get(
            &format!("DescribeSubnets&SubnetId.1={subnet}"),
            "availableIpAddressCount"
        ),
        "0"
    );
}

#[test]
fn lists_are_paged_and_filters_known() {
    let mut bench = Bench::of("largest-page = 4");
    let first = bench.call("DescribeSubnets");
    let token = text(&first, "nextToken").unwrap();
    let second = bench.call(&format!("DescribeSubnets&NextToken={token}"));
    assert_eq!(
        (
            count(&first, "subnetId"),
            count(&second, "subnetId"),
            count(&second, "nextToken")
        ),
        (4, 2, 0)
    );
    assert_eq!(
        bench.refused("DescribeSubnets&Filter.1.Name=colour&Filter.1.Value.1=red"),
        "InvalidParameterValue"
    );
    assert_eq!(
        bench.refused("DescribeSubnets&Colour=red"),
        "UnknownParameter"
    );
    assert_eq!(
        bench.refused("DescribeSubnets&MaxResults=2"),
        "InvalidParameterValue"
    );
    assert_eq!(
        bench.refused("DescribeSubnets&SubnetId.1=subnet-0"),
        "InvalidSubnetID.NotFound"
    );
    assert_eq!(bench.refused("CreateVolume"), "InvalidAction");
    assert_eq!(
        bench.refused("DescribeSubnets&DryRun=true"),
        "DryRunOperation"
    );
}

#[test]
fn tags_are_set_found_and_unset() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.call(&format!(
        "CreateTags&ResourceId.1={vpc}&Tag.1.Key=owner&Tag.1.Value=me"
    ));
    assert_eq!(
        bench.get(
            "DescribeVpcs&Filter.1.Name=tag:owner&Filter.1.Value.1=m*",
            "vpcId"
        ),
        vpc
    );
    assert_eq!(
        bench.get(
            "DescribeTags&Filter.1.Name=key&Filter.1.Value.1=owner",
            "resourceId"
        ),
        vpc
    );
    let revision = bench.world.region(&bench.place).ec2.vpcs[&vpc]
        .meta
        .revision;
    bench.call(&format!("DeleteTags&ResourceId.1={vpc}&Tag.1.Key=owner"));
    assert!(
        bench.world.region(&bench.place).ec2.vpcs[&vpc]
            .meta
            .revision
            > revision
    );
    assert_eq!(count(&bench.call("DescribeTags"), "resourceId"), 0);
    assert_eq!(
        bench.refused(&format!(
            "CreateTags&ResourceId.1={vpc}&Tag.1.Key=aws:x&Tag.1.Value="
        )),
        "InvalidParameterValue"
    );
}

#[test]
fn a_tag_has_room_for_so_many_characters() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    for (key, value, told) in [
        (128, 256, None),
        (
            129,
            256,
            Some("Tag key exceeds the maximum length of 128 characters"),
        ),
        (
            128,
            257,
            Some("Tag value exceeds the maximum length of 256 characters"),
        ),
    ] {
        let (key, value) = ("k".repeat(key), "v".repeat(value));
        let set = bench.call(&format!(
            "CreateTags&ResourceId.1={vpc}&Tag.1.Key={key}&Tag.1.Value={value}"
        ));
        let made = bench.call(&format!(
            "CreateVpc&CidrBlock=10.1.0.0/16&TagSpecification.1.ResourceType=vpc\
             &TagSpecification.1.Tag.1.Key={key}&TagSpecification.1.Tag.1.Value={value}"
        ));
        for answer in [set, made] {
            assert_eq!(text(&answer, "Message").as_deref(), told, "{answer}");
            let code = told.map(|_| "InvalidParameterValue");
            assert_eq!(text(&answer, "Code").as_deref(), code, "{answer}");
        }
    }
}

#[test]
fn tables_are_associated_and_routed() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    let association = bench.get(
        &format!("AssociateRouteTable&RouteTableId={table}&SubnetId={subnet}"),
        "associationId",
    );
    assert_eq!(
        bench.refused(&format!("DeleteRouteTable&RouteTableId={table}")),
        "DependencyViolation"
    );
    let gateway = bench.get("CreateInternetGateway", "internetGatewayId");
    let route = format!(
        "CreateRoute&RouteTableId={table}&DestinationCidrBlock=0.0.0.0/0&GatewayId={gateway}"
    );
    assert_eq!(bench.refused(&route), "InvalidParameterValue");
    bench.call(&format!(
        "AttachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}"
    ));
    assert_eq!(bench.get(&route, "return"), "true");
    assert_eq!(bench.refused(&route), "RouteAlreadyExists");
    assert_eq!(
        bench.refused(&format!(
            "DeleteInternetGateway&InternetGatewayId={gateway}"
        )),
        "DependencyViolation"
    );
    bench.call(&format!(
        "DetachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}"
    ));
    assert!(
        bench
            .call(&format!("DescribeRouteTables&RouteTableId.1={table}"))
            .contains("blackhole")
    );
    bench.call(&format!(
        "DisassociateRouteTable&AssociationId={association}"
    ));
    assert_eq!(
        bench.get(&format!("DeleteRouteTable&RouteTableId={table}"), "return"),
        "true"
    );
}

#[test]
fn a_world_is_saved_and_goes_on() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.get(
        &format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.s3"),
        "vpcEndpointId",
    );
    let saved = serde_json::to_string(&bench.world).unwrap();
    bench.world = serde_json::from_str(&saved).unwrap();
    bench.wait(20);
    assert!(
        bench
            .call("DescribeVpcEndpoints")
            .contains("<state>available<")
    );
}

#[test]
fn a_group_has_sixty_rules_of_a_direction() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let group = bench.group(&vpc, "g");
    let rule = |port: u16| {
        format!(
            "AuthorizeSecurityGroupIngress&GroupId={group}&IpProtocol=tcp&FromPort={port}&ToPort={port}&CidrIp=10.0.0.0/8"
        )
    };
    for port in 1..=60 {
        bench.get(&rule(port), "return");
    }
    assert_eq!(
        bench.refused(&rule(61)),
        "RulesPerSecurityGroupLimitExceeded"
    );
    assert_eq!(bench.refused(&rule(60)), "InvalidPermission.Duplicate");
}

#[test]
fn a_subnet_changes_its_acl() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let of_subnet = format!(
        "DescribeNetworkAcls&Filter.1.Name=association.subnet-id&Filter.1.Value.1={subnet}"
    );
    let (default, association) = (
        bench.get(&of_subnet, "networkAclId"),
        bench.get(&of_subnet, "networkAclAssociationId"),
    );
    assert_eq!(
        bench.refused(&format!("DeleteNetworkAcl&NetworkAclId={default}")),
        "InvalidParameterValue"
    );
    let acl = bench.get(&format!("CreateNetworkAcl&VpcId={vpc}"), "networkAclId");
    let replace = |association: &str, acl: &str| {
        format!("ReplaceNetworkAclAssociation&AssociationId={association}&NetworkAclId={acl}")
    };
    let association = bench.get(&replace(&association, &acl), "newAssociationId");
    assert_eq!(
        bench.refused(&format!("DeleteNetworkAcl&NetworkAclId={acl}")),
        "DependencyViolation"
    );
    bench.get(&replace(&association, &default), "newAssociationId");
    let entry = |number: u16| {
        format!(
            "CreateNetworkAclEntry&NetworkAclId={acl}&RuleNumber={number}&Egress=true&Protocol=6&RuleAction=allow\
             &CidrBlock=0.0.0.0/0&PortRange.From=443&PortRange.To=443"
        )
    };
    for number in 1..=19 {
        bench.get(&entry(number), "return");
    }
    assert_eq!(bench.refused(&entry(19)), "NetworkAclEntryAlreadyExists");
    assert_eq!(bench.refused(&entry(20)), "NetworkAclEntryLimitExceeded");
    bench.call(&format!("DeleteSubnet&SubnetId={subnet}"));
    assert_eq!(
        bench.refused(&format!("DeleteVpc&VpcId={vpc}")),
        "DependencyViolation"
    );
    bench.call(&format!("DeleteNetworkAcl&NetworkAclId={acl}"));
    assert_eq!(
        bench.get(&format!("DeleteVpc&VpcId={vpc}"), "return"),
        "true"
    );
}
