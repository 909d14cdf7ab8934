//! What the account's quotas refuse, to callers and to stacks (section 8).

use super::*;

impl Bench {
    /// Refused with this code, and with this text.
    fn limited(&mut self, form: &str, code: &str, what: &str) {
        let answer = self.call(form);
        assert_eq!(text(&answer, "Code").as_deref(), Some(code), "{answer}");
        let message = format!("The maximum number of {what} has been reached.");
        assert!(answer.contains(&message), "{answer}");
    }
}

/// Facts: 8.20, 8.31
#[test]
fn vpcs_of_a_region() {
    let mut bench = Bench::of("[quotas]\nvpcs = 2\n");
    bench.vpc();
    bench.limited(
        "CreateVpc&CidrBlock=10.0.0.0/16",
        "VpcLimitExceeded",
        "VPCs",
    );
    let properties = json!({"CidrBlock": "10.0.0.0/16"});
    let failure = bench.make("AWS::EC2::VPC", "Vpc", &properties).unwrap_err();
    assert_eq!(failure.handler_code, "ServiceLimitExceeded");
    let start = "The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: ";
    assert!(failure.message.starts_with(start), "{}", failure.message);
}

/// Facts: 8.21, 8.22
#[test]
fn endpoints_of_a_vpc_and_of_a_region() {
    let mut bench = Bench::of("[quotas]\ninterface-endpoints = 1\ngateway-endpoints = 1\n");
    let (vpc, other) = (bench.vpc(), bench.vpc());
    let gateway = |vpc: &str, service: &str| {
        format!("CreateVpcEndpoint&VpcId={vpc}&ServiceName=com.amazonaws.us-east-1.{service}")
    };
    let (code, what) = ("VpcEndpointLimitExceeded", "VPC endpoints");
    bench.get(&gateway(&vpc, "s3"), "vpcEndpointId");
    bench.limited(&gateway(&other, "dynamodb"), code, what);
    let interface = |vpc: &str, service: &str| {
        format!(
            "{}&VpcEndpointType=Interface&PrivateDnsEnabled=false",
            gateway(vpc, service)
        )
    };
    bench.get(&interface(&vpc, "sts"), "vpcEndpointId");
    bench.limited(&interface(&vpc, "logs"), code, what);
    bench.get(&interface(&other, "sts"), "vpcEndpointId");
    let properties = json!({"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.kms", "VpcEndpointType": "Interface"});
    let failure = bench
        .make("AWS::EC2::VPCEndpoint", "Kms", &properties)
        .unwrap_err();
    assert_eq!(failure.handler_code, "ServiceLimitExceeded");
}

/// Facts: 8.21, 8.22, 8.23, 8.24, 8.26, 8.27
#[test]
fn the_defaults_are_awss() {
    let quotas = crate::quotas::Quotas::default();
    for (name, limit) in [
        (crate::quotas::VPCS, 5),
        (crate::quotas::SUBNETS, 200),
        (crate::quotas::NETWORK_ACLS, 200),
        (crate::quotas::ACL_RULES, 20),
        (crate::quotas::GROUP_RULES, 60),
        (crate::quotas::INTERFACE_GROUPS, 5),
        (crate::quotas::GROUPS, 2500),
        (crate::quotas::INTERFACES, 5000),
        (crate::quotas::INTERFACE_ENDPOINTS, 50),
        (crate::quotas::GATEWAY_ENDPOINTS, 20),
        (crate::quotas::ROLES, 1000),
    ] {
        assert_eq!(quotas.limit(name), limit, "{name}");
    }
}

/// Facts: 2.1.16, 8.23, 8.24, 8.26, 8.27, 8.28
#[test]
fn parts_of_a_vpc() {
    let mut bench = Bench::of(
        "[quotas]\nsubnets = 1\nroute-tables = 2\nnetwork-acls = 2\nnetwork-acl-rules = 2\nsecurity-groups = 4\n\
         security-group-rules = 1\ninterface-security-groups = 1\nnetwork-interfaces = 1\n",
    );
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    let second = format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.9.0/24");
    bench.limited(&second, "SubnetLimitExceeded", "subnets");
    let table = format!("CreateRouteTable&VpcId={vpc}");
    bench.get(&table, "routeTableId");
    bench.limited(&table, "RouteTableLimitExceeded", "route tables");
    let acl_form = format!("CreateNetworkAcl&VpcId={vpc}");
    let acl = bench.get(&acl_form, "networkAclId");
    bench.limited(&acl_form, "NetworkAclLimitExceeded", "network ACLs");
    let entry = |number: u8| {
        format!(
            "CreateNetworkAclEntry&NetworkAclId={acl}&RuleNumber={number}&Egress=true&Protocol=-1&RuleAction=allow\
             &CidrBlock=0.0.0.0/0"
        )
    };
    bench.get(&entry(1), "return");
    let code = "NetworkAclEntryLimitExceeded";
    bench.limited(&entry(2), code, "network acl entries");
    let properties = json!({"NetworkAclId": acl, "RuleNumber": 3, "Egress": true, "Protocol": -1, "RuleAction": "allow",
        "CidrBlock": "0.0.0.0/0"});
    let failure = bench
        .make("AWS::EC2::NetworkAclEntry", "Entry", &properties)
        .unwrap_err();
    assert_eq!(
        (failure.cause.as_str(), failure.handler_code),
        (code, "ServiceLimitExceeded")
    );
    let (one, other) = (bench.group(&vpc, "one"), bench.group(&vpc, "other"));
    let third = format!("CreateSecurityGroup&VpcId={vpc}&GroupName=x&GroupDescription=d");
    bench.limited(&third, "SecurityGroupLimitExceeded", "security groups");
    let rule = format!(
        "AuthorizeSecurityGroupEgress&GroupId={one}&IpProtocol=tcp&FromPort=1&ToPort=1&CidrIp=10.0.0.0/8"
    );
    let code = "RulesPerSecurityGroupLimitExceeded";
    bench.limited(&rule, code, "rules per security group");
    let two = format!(
        "CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1={one}&SecurityGroupId.2={other}"
    );
    let code = "SecurityGroupsPerInterfaceLimitExceeded";
    bench.limited(&two, code, "security groups per interface");
    bench.interface(&subnet, &one);
    let another = format!("CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1={one}");
    bench.limited(
        &another,
        "NetworkInterfaceLimitExceeded",
        "network interfaces",
    );
}

/// Facts: 8.33
#[test]
fn routes_of_a_table_have_a_quota() {
    let mut bench = Bench::of("[quotas]\nroutes = 2\n");
    let vpc = bench.vpc();
    let gateway = bench.get("CreateInternetGateway", "internetGatewayId");
    bench.call(&format!(
        "AttachInternetGateway&InternetGatewayId={gateway}&VpcId={vpc}"
    ));
    let table = bench.get(&format!("CreateRouteTable&VpcId={vpc}"), "routeTableId");
    let route = |block: &str| {
        format!("CreateRoute&RouteTableId={table}&GatewayId={gateway}&DestinationCidrBlock={block}")
    };
    let made = bench.call(&route("192.168.0.0/16"));
    assert!(made.contains("true"), "{made}");
    bench.limited(&route("172.16.0.0/16"), "RouteLimitExceeded", "routes");
    let replaced = route("192.168.0.0/16").replace("CreateRoute", "ReplaceRoute");
    let replaced = bench.call(&replaced);
    assert!(replaced.contains("true"), "{replaced}");
}
