//! Worlds so small that their bound can be added up by hand.

use std::time::Duration;

use serde_json::{Value, json};

use super::Slow;
use crate::bound::{creation, removal};
use crate::limits::{Rate, Rates};
use crate::service::{ACCOUNT, Service};

/// How long everything takes here, in seconds.
const TAKES: [(&str, f64); 18] = [
    ("AWS::SageMaker::App delete", 50.0),
    ("AWS::SageMaker::Space delete", 20.0),
    ("AWS::SageMaker::UserProfile delete", 15.0),
    ("AWS::SageMaker::Domain delete", 110.0),
    ("AWS::SageMaker::Endpoint delete", 70.0),
    ("AWS::SageMaker::InferenceComponent delete", 60.0),
    ("AWS::EFS::MountTarget delete", 20.0),
    ("AWS::EFS::FileSystem delete", 8.0),
    ("nfs group tail", 42.0),
    ("app interface tail", 30.0),
    ("endpoint interface tail", 600.0),
    ("interface detach", 5.0),
    ("AWS::EC2::VPC delete", 2.0),
    ("AWS::EC2::VPC create", 10.0),
    ("AWS::EC2::Subnet create", 5.0),
    ("AWS::EC2::SecurityGroup create", 6.0),
    ("AWS::IAM::Role create", 15.0),
    ("AWS::SageMaker::Domain create", 200.0),
];

/// The default VPC with a role to run things as.
fn ground() -> Slow {
    let mut slow = Slow::taking(&TAKES);
    make_role(&mut slow);
    slow
}

pub(super) fn make_role(slow: &mut Slow) {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = json!({"RoleName": "studio", "AssumeRolePolicyDocument": trust});
    slow.ask(Service::Iam, "CreateRole", role);
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/studio")
}

fn network(slow: &mut Slow) -> (String, Vec<String>, String) {
    let ec2 = &slow.world.region(&slow.place).ec2;
    let vpc = ec2.vpcs.keys().next().unwrap().clone();
    let subnets = ec2.subnets.keys().take(2).cloned().collect();
    let group = ec2.default_group(&vpc).unwrap().id.clone();
    (vpc, subnets, group)
}

fn sagemaker(slow: &mut Slow, action: &str, value: Value) {
    slow.ask(Service::SageMaker, action, value);
}

/// A domain with one profile, its space and its app.
pub(super) fn make_domain(slow: &mut Slow) {
    let (vpc, subnets, group) = network(slow);
    let settings = json!({"ExecutionRole": role(), "SecurityGroups": [group]});
    let domain = json!({
        "DomainName": "paper", "AuthMode": "IAM", "AppNetworkAccessType": "VpcOnly", "VpcId": vpc,
        "SubnetIds": subnets, "DefaultUserSettings": settings,
    });
    sagemaker(slow, "CreateDomain", domain);
    let profile = json!({"DomainId": domain_id(slow), "UserProfileName": "alice"});
    sagemaker(slow, "CreateUserProfile", profile);
    make_lab(slow);
}

fn domain_id(slow: &Slow) -> String {
    let rows = slow.world.environment_rows().into_values();
    let mut domains = rows.filter(|row| row.kind == "AWS::SageMaker::Domain");
    domains.next().unwrap().id
}

/// Alice's space and its app.
pub(super) fn make_lab(slow: &mut Slow) {
    let id = domain_id(slow);
    let space = json!({
        "DomainId": id, "SpaceName": "lab", "SpaceSettings": {"AppType": "JupyterLab"},
        "OwnershipSettings": {"OwnerUserProfileName": "alice"}, "SpaceSharingSettings": {"SharingType": "Private"},
    });
    sagemaker(slow, "CreateSpace", space);
    let app =
        json!({"DomainId": id, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"});
    sagemaker(slow, "CreateApp", app);
}

/// So many models that nobody uses.
pub(super) fn make_models(slow: &mut Slow, count: usize) {
    for number in 0..count {
        let model = json!({
            "ModelName": format!("model-{number}"), "ExecutionRoleArn": role(),
            "PrimaryContainer": {"Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/model:1"},
        });
        slow.ask_quickly(Service::SageMaker, "CreateModel", model);
    }
}

pub(super) fn make_endpoint(slow: &mut Slow) {
    let (_, subnets, group) = network(slow);
    let model = json!({
        "ModelName": "llm", "ExecutionRoleArn": role(),
        "PrimaryContainer": {"Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/model:1"},
        "VpcConfig": {"Subnets": subnets, "SecurityGroupIds": [group]},
    });
    sagemaker(slow, "CreateModel", model);
    let variant = json!({
        "VariantName": "all", "ModelName": "llm", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large",
    });
    let config = json!({"EndpointConfigName": "llm", "ProductionVariants": [variant]});
    sagemaker(slow, "CreateEndpointConfig", config);
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm"});
    sagemaker(slow, "CreateEndpoint", endpoint);
}

#[test]
fn a_domain_goes_in_the_time_of_its_chain() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_domain(&mut slow);
    // App, space, profile, domain; then its groups' tail, in which mount targets and volume (20 + 8) go as well. The
    // app's interface lingers beside the space and the profile.
    let on_paper = 50.0 + 20.0 + 15.0 + 110.0 + 42.0;
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs_f64(on_paper));
    assert_eq!(bound.under_limits, bound.time);
}

#[test]
fn an_endpoint_goes_with_its_interfaces_which_need_not_be_waited_for() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_endpoint(&mut slow);
    // The endpoint alone: its interfaces can be detached by hand while it goes (section 2.2), and are not waited for (600).
    let on_paper = 70.0;
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs_f64(on_paper));
}

/// An endpoint with an inference component that is scaled.
fn make_component(slow: &mut Slow) {
    let variant =
        json!({"VariantName": "all", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"});
    let config = json!({
        "EndpointConfigName": "many", "ExecutionRoleArn": role(), "ProductionVariants": [variant],
    });
    sagemaker(slow, "CreateEndpointConfig", config);
    let endpoint = json!({"EndpointName": "many", "EndpointConfigName": "many"});
    sagemaker(slow, "CreateEndpoint", endpoint);
    slow.wait(900);
    let needs = json!({"MinMemoryRequiredInMb": 1024});
    let image = json!({"Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/model:1"});
    let component = json!({
        "InferenceComponentName": "one", "EndpointName": "many", "VariantName": "all",
        "Specification": {"Container": image, "ComputeResourceRequirements": needs},
        "RuntimeConfig": {"CopyCount": 1},
    });
    sagemaker(slow, "CreateInferenceComponent", component);
    let target = json!({
        "ServiceNamespace": "sagemaker", "ResourceId": "inference-component/one",
        "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount", "MinCapacity": 1, "MaxCapacity": 2,
    });
    slow.ask(Service::AutoScaling, "RegisterScalableTarget", target);
}

#[test]
fn an_endpoint_waits_for_its_component_and_nothing_for_a_target() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_component(&mut slow);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs(60 + 70));
}

#[test]
fn two_things_that_have_nothing_to_do_with_each_other_go_at_the_same_time() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_domain(&mut slow);
    make_endpoint(&mut slow);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs(50 + 20 + 15 + 110 + 42));
}

#[test]
fn what_goes_already_needs_only_the_rest_of_its_time() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_endpoint(&mut slow);
    slow.ask_quickly(
        Service::SageMaker,
        "DeleteEndpoint",
        json!({"EndpointName": "llm"}),
    );
    slow.wait(30);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs(70 - 30));
}

#[test]
fn stacks_come_up_in_the_time_of_their_longest_chain() {
    let mut slow = Slow::taking(&TAKES);
    let before = slow.world.clone();
    slow.stack("network", super::NETWORK);
    slow.stack("studio", super::STUDIO);
    // VPC and then the group, the longest of its members; role and then the domain, and the profile after it. What
    // CloudFormation itself takes between its steps comes on top.
    let profile = slow
        .world
        .draw("AWS::SageMaker::UserProfile create", "alice")
        .as_secs_f64();
    let least = 10.0 + 6.0 + 15.0 + 200.0 + profile.min(5.0);
    let bound = creation(&before, &slow.world).unwrap().time.as_secs_f64();
    assert!(bound >= least, "{bound} below {least}");
    assert!(bound <= least + 100.0 + 12.0, "{bound} far above {least}");
}

#[test]
fn a_stack_of_one_member_comes_up_in_exactly_its_time() {
    let mut slow = Slow::taking(&[("AWS::EC2::VPC create", 9.0)]);
    let before = slow.world.clone();
    let template =
        "Resources: {Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: 10.0.0.0/16}}}";
    slow.stack("network", template);
    // The operation begins, and the resource; its handler is asked after longer and longer pauses, and finds the VPC
    // ready half a second late; then the operation ends.
    let questions = 1.5 + 1.75 + 2.0 + 2.25 + 2.5;
    let on_paper = 0.8 + 0.7 + questions + 0.9;
    let bound = creation(&before, &slow.world).unwrap();
    assert_eq!(bound.time, Duration::from_secs_f64(on_paper));
    assert_eq!(bound.under_limits, bound.time);
}

pub(super) fn tight(burst: f64, per_second: f64) -> Rates {
    Rates {
        write: Rate { burst, per_second },
        ..Rates::default()
    }
}

#[test]
fn what_is_sent_for_each_thing_takes_as_long_as_its_rate_lets_it() {
    let mut slow = ground();
    let before = slow.world.clone();
    make_models(&mut slow, 5);
    slow.world.rates = tight(2.0, 0.1);
    // Models go at once; of five deletions two are free, and the others are ten seconds apart.
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::ZERO);
    assert_eq!(bound.under_limits, Duration::from_secs(3 * 10));
    // Beside a domain they have time.
    make_domain(&mut slow);
    let chain = Duration::from_secs(50 + 20 + 15 + 110 + 42);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!((bound.time, bound.under_limits), (chain, chain));
}

#[test]
fn what_could_wait_for_another_or_go_with_it_is_not_counted() {
    let mut slow = ground();
    let before = slow.world.clone();
    slow.stack("network", super::NETWORK);
    slow.stack("studio", super::STUDIO);
    make_lab(&mut slow);
    // Each stack is deleted once, however often the ideal client asks; the lab's app and its space are sent for once, the
    // profile and the domain go with their stack, and the home's two groups are EC2's business.
    slow.world.rates = tight(2.0, 0.001);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.under_limits, bound.time);
    slow.world.rates = tight(1.0, 0.001);
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.under_limits, Duration::from_secs(1000));
}

#[test]
fn a_stack_goes_when_its_last_member_has_gone() {
    let mut slow = ground();
    let before = slow.world.clone();
    slow.stack("network", super::NETWORK);
    slow.stack("studio", super::STUDIO);
    make_lab(&mut slow);
    // The studio's chain and its groups' tail as above, by hand: its stack leaves it. The network's group and subnets go
    // meanwhile, and its VPC waits to be asked for: it is found gone at the second question (1.5 + 1.75), and then the
    // stack's deletion ends.
    let studio = 50.0 + 20.0 + 15.0 + 110.0 + 42.0;
    let network = 1.5 + 1.75 + 0.9;
    let bound = removal(&slow.world, &before).unwrap();
    assert_eq!(bound.time, Duration::from_secs_f64(studio + network));
}
