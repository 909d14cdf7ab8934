//! Every kind of effect on every step that takes time: in the lives of services, and in those of CloudFormation's
//! handlers.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Effect, EffectKind, Match, Rule};
use crate::acts::{Act, Statuses};
use crate::cloudformation::resource;
use crate::scenario::Scenario;
use crate::world::{Operation, World};

/// Seconds, longer than any step of a service takes by itself.
const OF_SERVICES: f64 = 3000.0;
/// Seconds, longer than an operation of the stack takes by itself.
const OF_HANDLERS: f64 = 500.0;

fn begin(text: &str) -> World {
    let scenario = Scenario::read(text).unwrap_or_else(|problem| panic!("{problem}"));
    World::begin(&scenario, None).unwrap_or_else(|problem| panic!("{problem}"))
}

fn act(action: &str, input: Value) -> Act {
    let input: Map<String, Value> = serde_json::from_value(input).unwrap();
    serde_json::from_value(json!({"caller": "bob", "action": action, "input": input})).unwrap()
}

fn rule(kind: &str, operation: &str, effect: EffectKind, takes: f64) -> Rule {
    let rule = Rule {
        matches: Match {
            kind: Some(kind.to_owned()),
            operation: Some(operation.to_owned()),
            ..Match::default()
        },
        answer: None,
        effect: Some(Effect {
            kind: effect,
            reason: None,
            seconds: (effect == EffectKind::Take).then_some(takes),
        }),
    };
    rule.check().unwrap();
    rule
}

/// Does an act under a rule and returns the statuses before it, shortly before `takes`, and a good while later.
fn live(base: &World, act: &Act, rule: Rule, takes: f64) -> [Statuses; 3] {
    let mut world = base.clone();
    let now = world.now();
    world.faults().add(now, rule);
    let before = Statuses::of(&world);
    world.act(act);
    let refusal = world.log().last().and_then(|entry| entry.code.clone());
    assert_eq!(refusal, None, "{}", act.action);
    let after = [0.9, 2.0].map(|times| {
        world.advance(now.plus(Duration::from_secs_f64(takes * times)));
        Statuses::of(&world)
    });
    let [meanwhile, later] = after;
    [before, meanwhile, later]
}

/// The step takes as long as the rule says, never ends, or fails.
fn check(base: &World, kind: &str, operation: &str, act: &Act, takes: f64) {
    let lived = |effect| live(base, act, rule(kind, operation, effect, takes), takes);
    let told = format!("{operation} of {kind}");
    let [before, meanwhile, later] = lived(EffectKind::Take);
    assert!(meanwhile.at_work_since(&before).is_some(), "{told} takes");
    assert_eq!(later.at_work_since(&before), None, "{told} takes");
    assert_eq!(later.failed_since(&before), None, "{told} takes");

    let [before, _, later] = lived(EffectKind::Stuck);
    assert!(later.at_work_since(&before).is_some(), "{told} is stuck");

    let [before, _, later] = lived(EffectKind::Fail);
    assert_eq!(later.at_work_since(&before), None, "{told} fails");
    match operation {
        "create" => assert!(later.failed_since(&before).is_some(), "{told} fails"),
        _ => assert!(later.has_all_of(kind, &before), "{told} fails"),
    }
}

/// What Bob has beside his studio, all of it at rest.
const MORE: &str = r#"
[[act]]
caller = "bob"
action = "sagemaker:CreateDomain"
as = "empty"
[act.input]
DomainName = "empty"
AuthMode = "IAM"
AppNetworkAccessType = "VpcOnly"
VpcId = "${vpc.vpc.vpcId}"
SubnetIds = ["${one.subnet.subnetId}"]
DefaultUserSettings = { ExecutionRole = "${role.Role.Arn}", SecurityGroups = ["${group.groupId}"] }

[[act]]
caller = "bob"
action = "sagemaker:CreateUserProfile"
input = { DomainId = "${domain.DomainId}", UserProfileName = "carol" }

[[act]]
caller = "bob"
action = "sagemaker:CreateSpace"
[act.input]
DomainId = "${domain.DomainId}"
SpaceName = "spare"
SpaceSettings = { AppType = "JupyterLab" }
OwnershipSettings = { OwnerUserProfileName = "bob" }
SpaceSharingSettings = { SharingType = "Private" }

[[act]]
caller = "bob"
action = "sagemaker:CreateEndpointConfig"
[act.input]
EndpointConfigName = "other"
ProductionVariants = [{ VariantName = "all", ModelName = "bobs-model", InstanceType = "ml.g5.xlarge", InitialInstanceCount = 1 }]

[[act]]
caller = "bob"
action = "sagemaker:CreateEndpointConfig"
[act.input]
EndpointConfigName = "shared"
ExecutionRoleArn = "${role.Role.Arn}"
ProductionVariants = [{ VariantName = "all", InstanceType = "ml.g5.xlarge", InitialInstanceCount = 1 }]

[[act]]
caller = "bob"
action = "sagemaker:CreateEndpoint"
input = { EndpointName = "shared", EndpointConfigName = "shared" }

[[act]]
caller = "bob"
action = "sagemaker:CreateInferenceComponent"
[act.input]
InferenceComponentName = "copy"
EndpointName = "shared"
VariantName = "all"
RuntimeConfig = { CopyCount = 1 }
Specification = { ModelName = "bobs-model", ComputeResourceRequirements = { MinMemoryRequiredInMb = 1024, NumberOfCpuCoresRequired = 1 } }

[[act]]
caller = "bob"
action = "elasticfilesystem:CreateFileSystem"
as = "volume"
input = { CreationToken = "bare" }

[[act]]
caller = "bob"
action = "elasticfilesystem:CreateFileSystem"
as = "mounted"
input = { CreationToken = "mounted" }

[[act]]
caller = "bob"
action = "elasticfilesystem:CreateMountTarget"
as = "target"
input = { FileSystemId = "${mounted.FileSystemId}", SubnetId = "${one.subnet.subnetId}" }

[[act]]
caller = "bob"
action = "elasticfilesystem:CreateAccessPoint"
as = "point"
input = { FileSystemId = "${mounted.FileSystemId}", ClientToken = "point" }

[[act]]
caller = "bob"
action = "ec2:CreateVpcEndpoint"
as = "endpoint"
[act.input]
VpcId = "${vpc.vpc.vpcId}"
ServiceName = "com.amazonaws.us-east-1.logs"
VpcEndpointType = "Interface"
PrivateDnsEnabled = false
SubnetId = ["${one.subnet.subnetId}"]
"#;

/// Type, operation, and the call that begins the step.
#[expect(clippy::too_many_lines, reason = "a table of lives")]
fn steps_of_services() -> Vec<(&'static str, &'static str, Act)> {
    let domain = "${domain.DomainId}";
    let owned = |name: &str| {
        json!({"DomainId": domain, "SpaceName": name, "SpaceSettings": {"AppType": "JupyterLab"},
            "OwnershipSettings": {"OwnerUserProfileName": "bob"}, "SpaceSharingSettings": {"SharingType": "Private"}})
    };
    let app = |space: &str| json!({"DomainId": domain, "SpaceName": space, "AppType": "JupyterLab", "AppName": "default"});
    let new_domain = json!({"DomainName": "new", "AuthMode": "IAM", "AppNetworkAccessType": "VpcOnly",
        "VpcId": "${vpc.vpc.vpcId}", "SubnetIds": ["${one.subnet.subnetId}"],
        "DefaultUserSettings": {"ExecutionRole": "${role.Role.Arn}", "SecurityGroups": ["${group.groupId}"]}});
    let component = json!({"InferenceComponentName": "second", "EndpointName": "shared", "VariantName": "all",
        "RuntimeConfig": {"CopyCount": 1}, "Specification": {"ModelName": "bobs-model",
        "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": 1}}});
    let endpoint = json!({"VpcId": "${vpc.vpc.vpcId}", "ServiceName": "com.amazonaws.us-east-1.sts",
        "VpcEndpointType": "Interface", "PrivateDnsEnabled": false, "SubnetId": ["${one.subnet.subnetId}"]});
    let steps = [
        (
            "AWS::SageMaker::Domain",
            "create",
            "sagemaker:CreateDomain",
            new_domain,
        ),
        (
            "AWS::SageMaker::Domain",
            "update",
            "sagemaker:UpdateDomain",
            json!({"DomainId": "${empty.DomainId}", "DefaultUserSettings": {"ExecutionRole": "${role.Role.Arn}"}}),
        ),
        (
            "AWS::SageMaker::Domain",
            "delete",
            "sagemaker:DeleteDomain",
            json!({"DomainId": "${empty.DomainId}"}),
        ),
        (
            "AWS::SageMaker::UserProfile",
            "create",
            "sagemaker:CreateUserProfile",
            json!({"DomainId": domain, "UserProfileName": "new"}),
        ),
        (
            "AWS::SageMaker::UserProfile",
            "update",
            "sagemaker:UpdateUserProfile",
            json!({"DomainId": domain, "UserProfileName": "carol"}),
        ),
        (
            "AWS::SageMaker::UserProfile",
            "delete",
            "sagemaker:DeleteUserProfile",
            json!({"DomainId": domain, "UserProfileName": "carol"}),
        ),
        (
            "AWS::SageMaker::Space",
            "create",
            "sagemaker:CreateSpace",
            owned("new"),
        ),
        (
            "AWS::SageMaker::Space",
            "update",
            "sagemaker:UpdateSpace",
            json!({"DomainId": domain, "SpaceName": "spare", "SpaceDisplayName": "n"}),
        ),
        (
            "AWS::SageMaker::Space",
            "delete",
            "sagemaker:DeleteSpace",
            json!({"DomainId": domain, "SpaceName": "spare"}),
        ),
        (
            "AWS::SageMaker::App",
            "create",
            "sagemaker:CreateApp",
            app("spare"),
        ),
        (
            "AWS::SageMaker::App",
            "delete",
            "sagemaker:DeleteApp",
            app("lab"),
        ),
        (
            "AWS::SageMaker::Endpoint",
            "create",
            "sagemaker:CreateEndpoint",
            json!({"EndpointName": "new", "EndpointConfigName": "other"}),
        ),
        (
            "AWS::SageMaker::Endpoint",
            "update",
            "sagemaker:UpdateEndpoint",
            json!({"EndpointName": "bobs-endpoint", "EndpointConfigName": "other"}),
        ),
        (
            "AWS::SageMaker::Endpoint",
            "delete",
            "sagemaker:DeleteEndpoint",
            json!({"EndpointName": "bobs-endpoint"}),
        ),
        (
            "AWS::SageMaker::InferenceComponent",
            "create",
            "sagemaker:CreateInferenceComponent",
            component,
        ),
        (
            "AWS::SageMaker::InferenceComponent",
            "delete",
            "sagemaker:DeleteInferenceComponent",
            json!({"InferenceComponentName": "copy"}),
        ),
        (
            "AWS::EFS::FileSystem",
            "create",
            "elasticfilesystem:CreateFileSystem",
            json!({"CreationToken": "new"}),
        ),
        (
            "AWS::EFS::FileSystem",
            "delete",
            "elasticfilesystem:DeleteFileSystem",
            json!({"FileSystemId": "${volume.FileSystemId}"}),
        ),
        (
            "AWS::EFS::MountTarget",
            "create",
            "elasticfilesystem:CreateMountTarget",
            json!({"FileSystemId": "${volume.FileSystemId}", "SubnetId": "${one.subnet.subnetId}"}),
        ),
        (
            "AWS::EFS::MountTarget",
            "delete",
            "elasticfilesystem:DeleteMountTarget",
            json!({"MountTargetId": "${target.MountTargetId}"}),
        ),
        (
            "AWS::EFS::AccessPoint",
            "create",
            "elasticfilesystem:CreateAccessPoint",
            json!({"FileSystemId": "${mounted.FileSystemId}", "ClientToken": "new"}),
        ),
        (
            "AWS::EFS::AccessPoint",
            "delete",
            "elasticfilesystem:DeleteAccessPoint",
            json!({"AccessPointId": "${point.AccessPointId}"}),
        ),
        (
            "AWS::EC2::VPCEndpoint",
            "create",
            "ec2:CreateVpcEndpoint",
            endpoint,
        ),
        (
            "AWS::EC2::VPCEndpoint",
            "delete",
            "ec2:DeleteVpcEndpoints",
            json!({"VpcEndpointId": ["${endpoint.vpcEndpoint.vpcEndpointId}"]}),
        ),
    ];
    let steps = steps.into_iter();
    steps
        .map(|(kind, operation, action, input)| (kind, operation, act(action, input)))
        .collect()
}

#[test]
fn every_effect_works_on_every_step_of_a_service() {
    let neighbour = include_str!("../../../../tests/scenarios/neighbour.toml");
    let base = begin(&format!("{neighbour}{MORE}"));
    for (kind, operation, act) in steps_of_services() {
        check(&base, kind, operation, &act, OF_SERVICES);
    }
}

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
  S3: {Type: 'AWS::EC2::VPCEndpoint', Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.us-east-1.s3, RouteTableIds: [!Ref First], PolicyDocument: {Version: '2012-10-17', Statement: [{Sid: blue, Effect: Allow, Principal: '*', Action: '*', Resource: '*'}]}}}
";

/// Updates of these would need a second gateway in the VPC.
const NOT_UPDATED: [&str; 2] = ["AWS::EC2::Route", "AWS::EC2::VPCGatewayAttachment"];

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
    for handler in resource::all().filter(|handler| STACK.contains(handler.name())) {
        for operation in handler.own_steps() {
            let name = handler.name();
            match operation {
                Operation::Create => check(&empty, name, operation.word(), &create, OF_HANDLERS),
                Operation::Update if NOT_UPDATED.contains(&name) => {}
                Operation::Update => check(&made, name, operation.word(), &update, OF_HANDLERS),
                Operation::Delete => check(&made, name, operation.word(), &delete, OF_HANDLERS),
                Operation::Rollback | Operation::Start | Operation::Stop => {
                    panic!("no handler has a step {}", operation.word())
                }
            }
        }
    }
}
