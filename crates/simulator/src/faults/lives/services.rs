//! The steps of services: what Bob has, and the call that begins each.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{act, begin, check};
use crate::acts::Act;
use crate::faults::{Effect, EffectKind, Match, Rule};
use crate::scenario::Scenario;
use crate::world::World;

/// Seconds, longer than any step of a service takes by itself.
const TAKES: f64 = 3000.0;

/// Bob's studio, and what he has beside it.
static BOB: LazyLock<String> = LazyLock::new(|| {
    let neighbour = include_str!("../../../../../tests/scenarios/neighbour.toml");
    format!("{neighbour}\n{}", include_str!("bob.toml"))
});

/// The first of Bob's calls of this kind, with another name.
fn again(action: &str, member: &str, name: &str) -> Act {
    let scenario = Scenario::read(&BOB).unwrap();
    let mut acts = scenario.acts.into_iter();
    let mut act = acts.find(|act| act.action.ends_with(action)).unwrap();
    act.faults.clear();
    act.input.insert(member.to_owned(), Value::from(name));
    act
}

/// A call of SageMaker.
fn sagemaker(action: &str, input: Value) -> Act {
    act(&format!("sagemaker:{action}"), input)
}

/// Something of Bob's domain.
fn of_domain(action: &str, member: &str, name: &str) -> Act {
    let mut input = json!({"DomainId": "${domain.DomainId}"});
    input[member] = Value::from(name);
    sagemaker(action, input)
}

fn app(action: &str, space: &str) -> Act {
    let mut act = of_domain(action, "SpaceName", space);
    act.input.insert("AppType".to_owned(), json!("JupyterLab"));
    act.input.insert("AppName".to_owned(), json!("default"));
    act
}

/// Operation, and the call that begins it.
type Step = (&'static str, Act);

/// Domains and what is in them.
fn of_studio() -> Vec<(&'static str, Vec<Step>)> {
    let empty = || json!({"DomainId": "${empty.DomainId}"});
    let mut settings = empty();
    settings["DefaultUserSettings"] = json!({"ExecutionRole": "${role.Role.Arn}"});
    let mut renamed = of_domain("UpdateSpace", "SpaceName", "spare");
    let display = json!("n");
    renamed.input.insert("SpaceDisplayName".to_owned(), display);
    let profile = |action| of_domain(action, "UserProfileName", "carol");
    vec![
        (
            "AWS::SageMaker::Domain",
            vec![
                ("create", again("CreateDomain", "DomainName", "new")),
                ("update", sagemaker("UpdateDomain", settings)),
                ("delete", sagemaker("DeleteDomain", empty())),
            ],
        ),
        (
            "AWS::SageMaker::UserProfile",
            vec![
                (
                    "create",
                    again("CreateUserProfile", "UserProfileName", "new"),
                ),
                ("update", profile("UpdateUserProfile")),
                ("delete", profile("DeleteUserProfile")),
            ],
        ),
        (
            "AWS::SageMaker::Space",
            vec![
                ("create", again("CreateSpace", "SpaceName", "new")),
                ("update", renamed),
                ("delete", of_domain("DeleteSpace", "SpaceName", "spare")),
            ],
        ),
        (
            "AWS::SageMaker::App",
            vec![
                ("create", app("CreateApp", "spare")),
                ("delete", app("DeleteApp", "lab")),
            ],
        ),
    ]
}

/// Endpoints and their components.
fn of_inference() -> Vec<(&'static str, Vec<Step>)> {
    let endpoint = |action| {
        sagemaker(
            action,
            json!({"EndpointName": "bobs-endpoint", "EndpointConfigName": "other"}),
        )
    };
    let one = json!({"EndpointName": "bobs-endpoint"});
    let copy = || json!({"InferenceComponentName": "copy"});
    let mut more = copy();
    more["RuntimeConfig"] = json!({"CopyCount": 2});
    vec![
        (
            "AWS::SageMaker::Endpoint",
            vec![
                ("create", again("CreateEndpoint", "EndpointName", "new")),
                ("update", endpoint("UpdateEndpoint")),
                ("rollback", endpoint("UpdateEndpoint")),
                ("delete", sagemaker("DeleteEndpoint", one)),
            ],
        ),
        (
            "AWS::SageMaker::InferenceComponent",
            vec![
                (
                    "create",
                    again(
                        "CreateInferenceComponent",
                        "InferenceComponentName",
                        "second",
                    ),
                ),
                ("update", sagemaker("UpdateInferenceComponent", more)),
                ("delete", sagemaker("DeleteInferenceComponent", copy())),
            ],
        ),
    ]
}

/// Jobs, pipelines, schedules and notebooks.
fn of_work() -> Vec<(&'static str, Vec<Step>)> {
    let job = |kind: &str, name: &str| {
        let member = format!("{kind}JobName");
        let mut stopped = json!({});
        stopped[&member] = json!(name);
        vec![
            ("create", again(&format!("Create{kind}Job"), &member, "new")),
            ("stop", sagemaker(&format!("Stop{kind}Job"), stopped)),
        ]
    };
    let schedule = |verb: &str| {
        let input = json!({"MonitoringScheduleName": "watch"});
        sagemaker(&format!("{verb}MonitoringSchedule"), input)
    };
    let notebook = |verb: &str, name: &str| {
        let input = json!({"NotebookInstanceName": name});
        sagemaker(&format!("{verb}NotebookInstance"), input)
    };
    let mut larger = notebook("Update", "off");
    let size = json!("ml.t3.large");
    larger.input.insert("InstanceType".to_owned(), size);
    let flow =
        json!({"PipelineName": "flow", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
    vec![
        ("AWS::SageMaker::TrainingJob", job("Training", "fit")),
        ("AWS::SageMaker::ProcessingJob", job("Processing", "clean")),
        ("AWS::SageMaker::TransformJob", job("Transform", "batch")),
        (
            "AWS::SageMaker::Pipeline",
            vec![("delete", sagemaker("DeletePipeline", flow))],
        ),
        (
            "AWS::SageMaker::MonitoringSchedule",
            vec![
                (
                    "create",
                    again("CreateMonitoringSchedule", "MonitoringScheduleName", "new"),
                ),
                ("start", schedule("Start")),
                ("stop", schedule("Stop")),
                ("delete", schedule("Delete")),
            ],
        ),
        (
            "AWS::SageMaker::NotebookInstance",
            vec![
                (
                    "create",
                    again("CreateNotebookInstance", "NotebookInstanceName", "new"),
                ),
                ("start", notebook("Start", "off")),
                ("stop", notebook("Stop", "on")),
                ("update", larger),
                ("delete", notebook("Delete", "off")),
            ],
        ),
    ]
}

/// Feature groups, and what MLflow runs on.
fn of_managed() -> Vec<(&'static str, Vec<Step>)> {
    let delete = |kind: &str, member: &str, id: &str| {
        let mut input = json!({});
        input[member] = json!(id);
        sagemaker(&format!("Delete{kind}"), input)
    };
    let lives = [
        ("AWS::SageMaker::FeatureGroup", "FeatureGroupName", "clicks"),
        (
            "AWS::SageMaker::MlflowTrackingServer",
            "TrackingServerName",
            "runs",
        ),
    ];
    let named = lives.map(|(row, member, id)| {
        let kind = row.rsplit(':').next().unwrap();
        let create = again(&format!("Create{kind}"), member, "new");
        let steps = vec![("create", create), ("delete", delete(kind, member, id))];
        (row, steps)
    });
    let app = vec![
        ("create", again("CreateMlflowApp", "Name", "new")),
        ("delete", delete("MlflowApp", "Arn", "${mlflow.Arn}")),
    ];
    let apps = ("AWS::SageMaker::MlflowApp", app);
    named.into_iter().chain([apps]).collect()
}

/// Volumes and endpoints of networks.
fn of_network() -> Vec<(&'static str, Vec<Step>)> {
    let efs = |action: &str, member: &str, id: &str| {
        let mut input = json!({});
        input[member] = Value::from(id);
        act(&format!("elasticfilesystem:{action}"), input)
    };
    let target =
        json!({"FileSystemId": "${volume.FileSystemId}", "SubnetId": "${one.subnet.subnetId}"});
    let gone = json!({"VpcEndpointId": ["${endpoint.vpcEndpoint.vpcEndpointId}"]});
    let nat = json!({"NatGatewayId": "${nat.natGateway.natGatewayId}"});
    let off = json!({"InstanceId": ["${instance.instancesSet.0.instanceId}"]});
    vec![
        (
            "AWS::EFS::FileSystem",
            vec![
                ("create", again("CreateFileSystem", "CreationToken", "new")),
                (
                    "delete",
                    efs("DeleteFileSystem", "FileSystemId", "${volume.FileSystemId}"),
                ),
            ],
        ),
        (
            "AWS::EFS::MountTarget",
            vec![
                ("create", act("elasticfilesystem:CreateMountTarget", target)),
                (
                    "delete",
                    efs(
                        "DeleteMountTarget",
                        "MountTargetId",
                        "${target.MountTargetId}",
                    ),
                ),
            ],
        ),
        (
            "AWS::EFS::AccessPoint",
            vec![
                ("create", again("CreateAccessPoint", "ClientToken", "new")),
                (
                    "delete",
                    efs(
                        "DeleteAccessPoint",
                        "AccessPointId",
                        "${point.AccessPointId}",
                    ),
                ),
            ],
        ),
        (
            "AWS::EC2::VPCEndpoint",
            vec![
                (
                    "create",
                    again(
                        "CreateVpcEndpoint",
                        "ServiceName",
                        "com.amazonaws.us-east-1.sts",
                    ),
                ),
                ("delete", act("ec2:DeleteVpcEndpoints", gone)),
            ],
        ),
        (
            "AWS::EC2::NatGateway",
            vec![
                (
                    "create",
                    again("CreateNatGateway", "SubnetId", "${two.subnet.subnetId}"),
                ),
                ("delete", act("ec2:DeleteNatGateway", nat)),
            ],
        ),
        (
            "AWS::EC2::Instance",
            vec![
                ("create", again("RunInstances", "ImageId", "ami-2")),
                ("delete", act("ec2:TerminateInstances", off)),
            ],
        ),
    ]
}

/// Every step of a service, and the call that begins it.
pub(super) fn steps() -> Vec<(&'static str, &'static str, Act)> {
    let all = [
        of_studio(),
        of_inference(),
        of_work(),
        of_managed(),
        of_network(),
    ];
    let kinds = all.into_iter().flatten();
    kinds
        .flat_map(|(kind, steps)| steps.into_iter().map(move |(word, act)| (kind, word, act)))
        .collect()
}

/// Bob's world before a step: what rests runs where it is to be stopped, and an update fails where it is taken back.
fn before(base: &World, kind: &str, operation: &str) -> World {
    let mut world = base.clone();
    let now = world.now();
    match (kind, operation) {
        ("AWS::SageMaker::MonitoringSchedule", "stop") => {
            let watch = json!({"MonitoringScheduleName": "watch"});
            world.act(&sagemaker("StartMonitoringSchedule", watch));
            world.advance(now.plus(std::time::Duration::from_secs(600)));
        }
        ("AWS::SageMaker::Endpoint", "rollback") => {
            world.faults().add(now, failing_update());
        }
        _ => {}
    }
    world
}

fn failing_update() -> Rule {
    Rule {
        matches: Match {
            kind: Some("AWS::SageMaker::Endpoint".to_owned()),
            operation: Some("update".to_owned()),
            ..Match::default()
        },
        answer: None,
        effect: Some(Effect {
            kind: EffectKind::Fail,
            reason: None,
            seconds: Some(60.0),
        }),
    }
}

#[test]
fn every_effect_works_on_every_step_of_a_service() {
    let base = begin(&BOB);
    for (kind, operation, act) in steps() {
        let world = before(&base, kind, operation);
        check(&world, kind, operation, &act, TAKES);
    }
}
