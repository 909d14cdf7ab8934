//! Bounds of lives that somebody lives slowly, of worlds whose bound is known on paper, and of a thousand clients that
//! try their luck.

mod clients;
mod paper;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::{creation, removal};
use crate::durations::{Changes, Spread};
use crate::faults::Rule;
use crate::limits::Rates;
use crate::scenario::Scenario;
use crate::service::{self, Invocation, Service};
use crate::wire::Input;
use crate::world::{Call, Place, World};

const NETWORK: &str = "
Resources:
  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}
  One: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-east-1a}}
  Two: {Type: 'AWS::EC2::Subnet', Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b}}
  Group: {Type: 'AWS::EC2::SecurityGroup', Properties: {VpcId: !Ref Vpc, GroupDescription: apps}}
Outputs:
  Vpc: {Value: !Ref Vpc, Export: {Name: vpc}}
  One: {Value: !Ref One, Export: {Name: one}}
  Two: {Value: !Ref Two, Export: {Name: two}}
  Group: {Value: !GetAtt Group.GroupId, Export: {Name: group}}
";
const STUDIO: &str = "
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: 'sts:AssumeRole'}]}
  Domain:
    Type: AWS::SageMaker::Domain
    Properties:
      DomainName: bound
      AuthMode: IAM
      AppNetworkAccessType: VpcOnly
      VpcId: !ImportValue vpc
      SubnetIds: [!ImportValue one, !ImportValue two]
      DefaultUserSettings: {ExecutionRole: !GetAtt Role.Arn, SecurityGroups: [!ImportValue group]}
  Profile:
    Type: AWS::SageMaker::UserProfile
    Properties: {DomainId: !Ref Domain, UserProfileName: alice}
";
/// Whether apps reach SageMaker's API is all the same to a bound.
const ENDPOINTS: &str = "
Resources:
  Api:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.us-east-1.sagemaker.api
      VpcId: !ImportValue vpc
      SubnetIds: [!ImportValue one]
      SecurityGroupIds: [!ImportValue group]
";

/// Somebody who lets a while pass after everything.
struct Slow {
    world: World,
    place: Place,
}

impl Slow {
    fn new() -> Self {
        Self::taking(&[])
    }

    fn seeded(seed: u64) -> Self {
        Self::of(seed, &[])
    }

    /// Where some things take exactly so many seconds.
    fn taking(exactly: &[(&str, f64)]) -> Self {
        Self::of(11, exactly)
    }

    fn of(seed: u64, exactly: &[(&str, f64)]) -> Self {
        let rates = Rates {
            enforced: false,
            ..Rates::default()
        };
        let scenario = Scenario {
            latency: false.into(),
            rates,
            durations: Changes {
                entries: exactly
                    .iter()
                    .map(|(name, seconds)| ((*name).to_owned(), always(*seconds)))
                    .collect(),
                ..Changes::default()
            },
            ..Scenario::default()
        };
        Self {
            world: World::begin(&scenario, Some(seed)).unwrap(),
            place: place(),
        }
    }

    fn wait(&mut self, seconds: u64) {
        let now = self.world.now().plus(Duration::from_secs(seconds));
        self.world.advance(now);
    }

    fn ask(&mut self, service: Service, action: &str, value: Value) {
        self.ask_quickly(service, action, value);
        self.wait(900);
    }

    fn ask_quickly(&mut self, service: Service, action: &str, value: Value) {
        let textual = !service.speaks_json();
        let invocation = Invocation {
            service,
            action: action.to_owned(),
            input: Input { value, textual },
        };
        let mut call = Call::of(&mut self.world, &self.place, "arn:aws:iam::1:user/slow");
        service::perform(&mut call, &invocation).unwrap();
    }

    fn stack(&mut self, name: &str, template: &str) {
        let input = json!({"StackName": name, "TemplateBody": template, "Capabilities": ["CAPABILITY_IAM"]});
        self.ask(Service::CloudFormation, "CreateStack", input);
    }

    fn statuses(&self) -> BTreeMap<String, String> {
        let rows = self.world.rows().into_iter();
        let stacks = rows.filter(|row| row.kind == "AWS::CloudFormation::Stack");
        stacks.map(|row| (row.arn, row.status)).collect()
    }
}

fn place() -> Place {
    Place::new(service::ACCOUNT, "us-east-1")
}

/// A spread without any spread.
fn always(seconds: f64) -> Spread {
    Spread {
        least: seconds,
        median: seconds,
        p99: seconds,
        most: None,
    }
}

#[test]
fn the_bounds_lie_below_what_somebody_needed_and_above_the_longest_draw() {
    let mut slow = Slow::new();
    let before = slow.world.clone();
    slow.stack("network", NETWORK);
    slow.stack("studio", STUDIO);
    assert!(
        slow.statuses()
            .values()
            .all(|status| status == "CREATE_COMPLETE")
    );
    let standing = slow.world.clone();
    let up = creation(&before, &standing).unwrap();
    assert!(up.time < Duration::from_secs(900), "{up:?}");
    assert!(
        up.time > Duration::from_secs(130),
        "a domain alone takes longer than {up:?}"
    );
    assert_eq!(up.under_limits, up.time);

    paper::make_lab(&mut slow);
    let down = removal(&slow.world, &before).unwrap();
    assert!(
        down.time > Duration::from_secs(60 + 20 + 10 + 5),
        "{down:?}"
    );
    assert!(down.time < Duration::from_secs(1500), "{down:?}");
}

#[test]
fn what_nobody_can_do_has_no_bound() {
    let mut slow = Slow::new();
    paper::make_role(&mut slow);
    let before = slow.world.clone();
    paper::make_endpoint(&mut slow);
    assert!(removal(&slow.world, &before).is_some());
    // However often its deletion is asked for, it never comes to an end.
    let stuck = json!({
        "match": {"type": "AWS::SageMaker::Endpoint", "operation": "delete"}, "effect": {"kind": "stuck"},
    });
    let stuck: Rule = serde_json::from_value(stuck).unwrap();
    let now = slow.world.now();
    slow.world.faults().add(now, stuck);
    assert_eq!(removal(&slow.world, &before), None);
}

#[test]
fn protection_is_lifted_and_costs_no_time() {
    let mut slow = Slow::new();
    let before = slow.world.clone();
    slow.stack("network", NETWORK);
    let unprotected = removal(&slow.world, &before);
    assert!(unprotected.is_some());
    let network = slow.statuses().into_keys().next().unwrap();
    let protect = json!({"StackName": network, "EnableTerminationProtection": "true"});
    let action = "UpdateTerminationProtection";
    slow.ask(Service::CloudFormation, action, protect);
    assert_eq!(removal(&slow.world, &before), unprotected);
}

const NESTED: &str = "https://parts.s3.us-east-1.amazonaws.com/network.yaml";

#[test]
fn nested_stacks_come_with_their_root_and_bear_its_protection() {
    let mut slow = Slow::new();
    let before = slow.world.clone();
    slow.world.templates.put(NESTED, NETWORK).unwrap();
    let whole = format!(
        "Resources: {{Part: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: '{NESTED}'}}}}}}"
    );
    slow.stack("whole", &whole);
    let unprotected = removal(&slow.world, &before);
    assert!(unprotected.is_some());
    let protect = json!({"StackName": "whole", "EnableTerminationProtection": "true"});
    let action = "UpdateTerminationProtection";
    slow.ask(Service::CloudFormation, action, protect);
    assert_eq!(removal(&slow.world, &before), unprotected);
    // The studio imports what is in the nested stack.
    slow.stack("studio", STUDIO);
    let statuses = slow.statuses();
    assert_eq!(statuses.len(), 3, "{statuses:?}");
    let mut statuses = statuses.values();
    assert!(statuses.all(|status| status == "CREATE_COMPLETE"));
    let up = creation(&before, &slow.world).unwrap();
    assert!(up.time < Duration::from_secs(900), "{up:?}");
}

#[test]
fn policies_that_hold_a_role_of_a_stack_are_taken_off_at_once() {
    let mut slow = Slow::new();
    let before = slow.world.clone();
    let template = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: {Statement: []}}}}";
    slow.stack("studio", template);
    let free = removal(&slow.world, &before);
    assert!(free.is_some());
    let rows = slow.world.environment_rows().into_values();
    let mut roles = rows.filter(|row| row.kind == "AWS::IAM::Role");
    let role = roles.next().unwrap().id;
    let policy = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess";
    let managed = json!({"RoleName": role, "PolicyArn": policy});
    slow.ask(Service::Iam, "AttachRolePolicy", managed);
    let document = r#"{"Statement": []}"#;
    let inline = json!({"RoleName": role, "PolicyName": "more", "PolicyDocument": document});
    slow.ask(Service::Iam, "PutRolePolicy", inline);
    assert_eq!(removal(&slow.world, &before), free);
}
