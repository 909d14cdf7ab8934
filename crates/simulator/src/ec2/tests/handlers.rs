//! CloudFormation's handlers.

use super::*;

impl Bench {
    pub(super) fn make(
        &mut self,
        kind: &str,
        logical: &str,
        properties: &Value,
    ) -> Result<String, resource::Failure> {
        let tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        let request = resource::Request {
            place: &self.place,
            stack_name: "s",
            stack_id: "arn:s",
            logical_id: logical,
            properties,
            stack_tags: &tags,
            old_stack_tags: &BTreeMap::new(),
        };
        resource::find(kind)
            .unwrap()
            .create(&mut self.world, &request)
    }

    fn progress(&mut self, kind: &str, id: &str) -> Progress {
        resource::find(kind)
            .unwrap()
            .progress(&mut self.world, &self.place, id)
    }

    fn delete(&mut self, kind: &str, id: &str, properties: &Value) -> Progress {
        resource::find(kind)
            .unwrap()
            .delete(&mut self.world, &self.place, id, properties)
    }
}

const VPC: &str = "AWS::EC2::VPC";

#[test]
fn a_vpc_is_there_at_once_and_done_later() {
    let mut bench = Bench::new();
    let properties = json!({"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": "true"});
    let id = bench.make(VPC, "Vpc", &properties).unwrap();
    assert_eq!(bench.progress(VPC, &id), Progress::Working);
    bench.wait(30);
    assert_eq!(bench.progress(VPC, &id), Progress::Done);
    let vpc = bench.world.region(&bench.place).ec2.vpcs[&id].clone();
    assert!(vpc.dns_hostnames);
    assert_eq!(vpc.meta.tags["aws:cloudformation:logical-id"], "Vpc");
    assert_eq!(vpc.meta.tags["team"], "a");
    assert_eq!(bench.delete(VPC, &id, &properties), Progress::Working);
    bench.wait(10);
    let handler = resource::find(VPC).unwrap();
    assert_eq!(
        handler.deletion(&mut bench.world, &bench.place, &id, &properties),
        Progress::Done
    );
    assert_eq!(bench.delete(VPC, &id, &properties), Progress::Done);
}

#[test]
fn a_refused_deletion_names_its_cause() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    bench.subnet(&vpc, 0);
    let Progress::Failed(failure) = bench.delete(VPC, &vpc, &json!({"CidrBlock": "10.0.0.0/16"}))
    else {
        panic!("not refused");
    };
    assert_eq!(
        (failure.cause.as_str(), failure.handler_code),
        ("DependencyViolation", "InvalidRequest")
    );
    let text =
        "has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400, Request ID: ";
    assert!(failure.message.contains(text), "{}", failure.message);
}

#[test]
fn quotas_are_told_as_service_limits() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        bench.vpc();
    }
    let failure = bench
        .make(VPC, "Vpc", &json!({"CidrBlock": "10.0.0.0/16"}))
        .unwrap_err();
    assert_eq!(failure.handler_code, "ServiceLimitExceeded");
}

#[test]
fn unknown_properties_are_named() {
    let handler = resource::find("AWS::EC2::Subnet").unwrap();
    let problem = handler
        .check(&json!({"VpcId": "v", "CidrBlock": "c", "Colour": 1}))
        .unwrap_err();
    assert!(problem.contains("Colour"), "{problem}");
}

#[test]
fn a_group_with_rules_is_updated_in_place() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let kind = "AWS::EC2::SecurityGroup";
    let of = |port: u16| {
        json!({
            "GroupDescription": "d", "VpcId": vpc,
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": "10.0.0.0/16"}],
        })
    };
    let id = bench.make(kind, "Group", &of(443)).unwrap();
    let tags = BTreeMap::new();
    let place = bench.place.clone();
    let properties = of(2049);
    let request = resource::Request {
        place: &place,
        stack_name: "s",
        stack_id: "arn:s",
        logical_id: "Group",
        properties: &properties,
        stack_tags: &tags,
        old_stack_tags: &BTreeMap::new(),
    };
    resource::find(kind)
        .unwrap()
        .update(&mut bench.world, &id, &of(443), &request)
        .unwrap();
    let answer = bench.call(&format!(
        "DescribeSecurityGroupRules&Filter.1.Name=group-id&Filter.1.Value.1={id}"
    ));
    assert_eq!(count(&answer, "securityGroupRuleId"), 2);
    assert!(
        answer.contains("<fromPort>2049<") && !answer.contains("<fromPort>443<"),
        "{answer}"
    );
    let ingress = json!({"GroupId": id, "IpProtocol": "-1", "SourceSecurityGroupId": id});
    let rule = bench
        .make("AWS::EC2::SecurityGroupIngress", "Self", &ingress)
        .unwrap();
    bench.delete("AWS::EC2::SecurityGroupIngress", &rule, &ingress);
    bench.delete(kind, &id, &properties);
    assert!(!groups::exists(&mut bench.world, &place, &id));
}

/// Facts: 2.3.8
#[test]
fn a_stack_cannot_turn_on_private_names_for_the_inbound_resolver_alone_without_a_gateway() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    for name in ["EnableDnsSupport", "EnableDnsHostnames"] {
        bench.call(&format!("ModifyVpcAttribute&VpcId={vpc}&{name}.Value=true"));
    }
    let subnet = bench.subnet(&vpc, 0);
    let kind = "AWS::EC2::VPCEndpoint";
    let of = |who: &str| {
        json!({
            "VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Interface",
            "SubnetIds": [subnet], "PrivateDnsEnabled": true,
            "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": who},
        })
    };
    let (old, new) = (of("AllResolvers"), of("OnlyInboundResolver"));
    let id = bench.make(kind, "S3", &old).unwrap();
    bench.wait(210);
    let place = bench.place.clone();
    let request = resource::Request {
        place: &place,
        stack_name: "s",
        stack_id: "arn:s",
        logical_id: "S3",
        properties: &new,
        stack_tags: &BTreeMap::new(),
        old_stack_tags: &BTreeMap::new(),
    };
    let handler = resource::find(kind).unwrap();
    let refused = handler.update(&mut bench.world, &id, &old, &request);
    let message = refused.unwrap_err().message;
    assert!(
        message.contains("must have a Gateway endpoint for the service."),
        "{message}"
    );
    let gateway = json!({"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3"});
    bench.make(kind, "Gateway", &gateway).unwrap();
    handler
        .update(&mut bench.world, &id, &old, &request)
        .unwrap();
}

#[test]
fn an_endpoint_takes_ec2s_own_time() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let kind = "AWS::EC2::VPCEndpoint";
    let properties = json!({"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "VpcEndpointType": "Gateway"});
    let id = bench.make(kind, "S3", &properties).unwrap();
    assert_eq!(bench.progress(kind, &id), Progress::Working);
    bench.wait(20);
    assert_eq!(bench.progress(kind, &id), Progress::Done);
    assert_eq!(bench.delete(kind, &id, &properties), Progress::Working);
    bench.wait(20);
    let handler = resource::find(kind).unwrap();
    assert_eq!(
        handler.deletion(&mut bench.world, &bench.place, &id, &properties),
        Progress::Done
    );
}

/// Facts: 2.1.23
#[test]
fn a_gateway_of_a_stack_comes_off_when_the_public_addresses_have_gone() {
    let mut bench = Bench::new();
    let vpc = bench.vpc();
    let subnet = bench.subnet(&vpc, 0);
    bench.call(&format!(
        "ModifySubnetAttribute&SubnetId={subnet}&MapPublicIpOnLaunch.Value=true"
    ));
    let gateway = bench.get("CreateInternetGateway", "internetGatewayId");
    let kind = "AWS::EC2::VPCGatewayAttachment";
    let properties = json!({"VpcId": vpc, "InternetGatewayId": gateway});
    let id = bench.make(kind, "Attachment", &properties).unwrap();
    let run = format!(
        "RunInstances&ImageId=ami-1&InstanceType=t3.micro&MinCount=1&MaxCount=1&SubnetId={subnet}"
    );
    let instance = bench.get(&run, "instanceId");
    let Progress::Failed(failure) = bench.delete(kind, &id, &properties) else {
        panic!("not refused")
    };
    // The engine tries again what is refused with this code.
    assert_eq!(failure.cause, "DependencyViolation");
    bench.call(&format!("TerminateInstances&InstanceId.1={instance}"));
    bench.wait(121);
    assert_eq!(bench.delete(kind, &id, &properties), Progress::Working);
    let answer = bench.call(&format!(
        "DescribeInternetGateways&InternetGatewayId.1={gateway}"
    ));
    assert_eq!(count(&answer, "vpcId"), 0, "{answer}");
}

#[test]
fn a_scripted_failure_of_a_deletion_leaves_the_resource() {
    let mut bench = Bench::of(
        "[[fault]]\nmatch = { type = \"AWS::EC2::VPC\", operation = \"delete\", times = 1 }\n\
         effect = { kind = \"fail\", reason = \"no\", seconds = 3 }\n",
    );
    let vpc = bench.vpc();
    let properties = json!({"CidrBlock": "10.0.0.0/16"});
    assert_eq!(bench.delete(VPC, &vpc, &properties), Progress::Working);
    bench.wait(4);
    assert!(matches!(bench.progress(VPC, &vpc), Progress::Failed(_)));
    assert_eq!(
        count(&bench.call(&format!("DescribeVpcs&VpcId.1={vpc}")), "vpcId"),
        1
    );
}

/// Facts: 7.9, F.28
#[test]
fn a_role_with_policies_of_others_stays() {
    let mut bench = Bench::new();
    let kind = "AWS::IAM::Role";
    let arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess";
    let properties =
        json!({"AssumeRolePolicyDocument": {"Statement": []}, "ManagedPolicyArns": [arn]});
    let id = bench.make(kind, "Role", &properties).unwrap();
    assert!(id.starts_with("s-Role-") && id.len() == 19, "{id}");
    let account = bench.place.account.clone();
    bench
        .world
        .iam(&account)
        .role_mut(&id)
        .unwrap()
        .attached
        .push("arn:aws:iam::aws:policy/Hand".to_owned());
    let Progress::Failed(failure) = bench.delete(kind, &id, &properties) else {
        panic!("not refused")
    };
    assert_eq!(failure.cause, "DeleteConflict");
    bench
        .world
        .iam(&account)
        .role_mut(&id)
        .unwrap()
        .attached
        .retain(|arn| !arn.ends_with("Hand"));
    assert_eq!(bench.delete(kind, &id, &properties), Progress::Working);
    let named = json!({"AssumeRolePolicyDocument": {"Statement": []}, "RoleName": "fixed"});
    bench.make(kind, "A", &named).unwrap();
    let failure = bench.make(kind, "B", &named).unwrap_err();
    assert_eq!(
        failure.message,
        "Resource of type 'AWS::IAM::Role' with identifier 'fixed' already exists."
    );
}
