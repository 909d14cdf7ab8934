//! The steps of CloudFormation's handlers that take time by themselves.

use std::time::Duration;

use serde_json::json;

use super::{act, begin, check};
use crate::cloudformation::resource;
use crate::world::Operation;

/// Seconds, longer than an operation of the stack takes by itself.
const TAKES: f64 = 500.0;

/// A member of every type whose handler takes time itself; an update turns what is blue green, and a few values more.
const STACK: &str = "
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.8.0.0/16, Tags: [{Key: team, Value: blue}]}}
  Subnet: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.8.0.0/24, Tags: [{Key: team, Value: blue}]}}
  Group: {Type: 'AWS::EC2::SecurityGroup', Properties: {VpcId: !Ref Vpc, GroupDescription: apps, Tags: [{Key: team, Value: blue}]}}
  In: {Type: 'AWS::EC2::SecurityGroupIngress', Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8, Description: blue}}
  Out: {Type: 'AWS::EC2::SecurityGroupEgress', Properties: {GroupId: !GetAtt Group.GroupId, IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8, Description: blue}}
  First: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc, Tags: [{Key: team, Value: blue}]}}
  Second: {Type: 'AWS::EC2::RouteTable', Properties: {VpcId: !Ref Vpc}}
  Routed: {Type: 'AWS::EC2::SubnetRouteTableAssociation', Properties: {RouteTableId: !Ref First, SubnetId: !Ref Subnet}}
  Gateway: {Type: 'AWS::EC2::InternetGateway', Properties: {Tags: [{Key: team, Value: blue}]}}
  Attachment: {Type: 'AWS::EC2::VPCGatewayAttachment', Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  Route: {Type: 'AWS::EC2::Route', DependsOn: Attachment, Properties: {RouteTableId: !Ref Second, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}}
  Acl: {Type: 'AWS::EC2::NetworkAcl', Properties: {VpcId: !Ref Vpc, Tags: [{Key: team, Value: blue}]}}
  Entry: {Type: 'AWS::EC2::NetworkAclEntry', Properties: {NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: '-1', RuleAction: allow, CidrBlock: 10.9.0.0/16}}
  Fenced: {Type: 'AWS::EC2::SubnetNetworkAclAssociation', Properties: {NetworkAclId: !Ref Acl, SubnetId: !Ref Subnet}}
  Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}, Tags: [{Key: team, Value: blue}]}}
  Policy: {Type: 'AWS::IAM::Policy', Properties: {PolicyName: p, Roles: [!Ref Role], PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: blue, Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}}
  Managed: {Type: 'AWS::IAM::ManagedPolicy', Properties: {PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: blue, Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}}}
  Key: {Type: 'AWS::KMS::Key', Properties: {Tags: [{Key: team, Value: blue}]}}
  Log: {Type: 'AWS::Logs::LogGroup', Properties: {Tags: [{Key: team, Value: blue}]}}
  S3: {Type: 'AWS::EC2::VPCEndpoint', Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.us-east-1.s3, RouteTableIds: [!Ref First], PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: blue, Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}}}
";

/// Updates of these would need a second gateway in the VPC.
pub(super) const NOT_UPDATED: [&str; 2] = ["AWS::EC2::Route", "AWS::EC2::VPCGatewayAttachment"];

/// The steps of handlers that the stack's life goes through.
pub(super) fn steps() -> impl Iterator<Item = (&'static str, Operation)> {
    let handlers = resource::all().filter(|handler| STACK.contains(handler.name()));
    let steps = handlers.flat_map(|handler| {
        let own = handler.own_steps().iter();
        own.map(move |operation| (handler.name(), *operation))
    });
    steps.filter(|(name, operation)| *operation != Operation::Update || !NOT_UPDATED.contains(name))
}

#[test]
fn every_effect_works_on_every_step_of_a_handler() {
    let changed = STACK
        .replace("blue", "green")
        .replace("10.9.0.0/16", "10.10.0.0/16")
        .replace("RouteTableId: !Ref First", "RouteTableId: !Ref Second");
    let stack = |template: &str| json!({"StackName": "all", "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]});
    let create = act("cloudformation:CreateStack", stack(STACK));
    let update = act("cloudformation:UpdateStack", stack(&changed));
    let delete = act("cloudformation:DeleteStack", json!({"StackName": "all"}));
    let empty = begin("");
    let mut made = empty.clone();
    made.act(&create);
    made.advance(made.now().plus(Duration::from_secs(3600)));
    for (name, operation) in steps() {
        let (world, act) = match operation {
            Operation::Create => (&empty, &create),
            Operation::Update => (&made, &update),
            Operation::Delete => (&made, &delete),
            Operation::Rollback | Operation::Start | Operation::Stop | Operation::Maintain => {
                panic!("no handler has a step {}", operation.word())
            }
        };
        check(world, name, operation.word(), act, TAKES);
    }
}
