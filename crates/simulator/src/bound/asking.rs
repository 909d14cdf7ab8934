//! How each kind of thing is removed by hand.

use serde_json::{Value, json};

use super::{Ideal, place_of};
use crate::ec2::groups::Direction;
use crate::row::Row;
use crate::sagemaker::{profiles, spaces};
use crate::service::Service;
use crate::world::Place;

/// `ClientRequestToken` of the ideal client, who asks for nothing twice.
const TOKEN: &str = "ideal-ideal-ideal-ideal-ideal-ideal";

/// Whether a member of a stack may be removed by hand: what lives in SageMaker, and volumes, which CloudFormation cannot
/// remove in time.
pub(super) fn goes_by_hand(kind: &str) -> bool {
    let volumes = ["AWS::EFS::MountTarget", "AWS::EFS::FileSystem"];
    kind.starts_with("AWS::SageMaker::") || volumes.contains(&kind)
}

/// Whether it may be once its stack has failed to remove it.
pub(super) fn goes_by_hand_alone(kind: &str) -> bool {
    let kinds = [
        "AWS::Logs::LogGroup",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::NetworkInterface",
    ];
    kinds.contains(&kind)
}

/// Asks for one thing; whether it is accepted is the world's business. `retention` is the `RetentionPolicy` of domains.
pub(super) fn ask(ideal: &mut Ideal, row: &Row, retention: &str) {
    let (domain, name) = row.id.split_once('/').unwrap_or((&row.id, ""));
    if is_held(ideal, row, domain, name) {
        return;
    }
    let mut sagemaker = |action: &str, input: Value| {
        ideal.ask_about(row, Service::SageMaker, action, input);
    };
    match row.kind.as_str() {
        "AWS::SageMaker::App" => {
            let pieces: Vec<&str> = row.id.splitn(4, '/').collect();
            let &[domain, owner, kind, name] = pieces.as_slice() else {
                return;
            };
            for member in ["SpaceName", "UserProfileName"] {
                let input =
                    json!({"DomainId": domain, member: owner, "AppType": kind, "AppName": name});
                sagemaker("DeleteApp", input);
            }
        }
        "AWS::SageMaker::Space" => {
            sagemaker(
                "DeleteSpace",
                json!({"DomainId": domain, "SpaceName": name}),
            );
        }
        "AWS::SageMaker::UserProfile" => {
            let input = json!({"DomainId": domain, "UserProfileName": name});
            sagemaker("DeleteUserProfile", input);
        }
        "AWS::SageMaker::Domain" => {
            let retention = json!({"HomeEfsFileSystem": retention});
            let input = json!({"DomainId": row.id, "RetentionPolicy": retention});
            sagemaker("DeleteDomain", input);
        }
        "AWS::SageMaker::InferenceComponent" => {
            let input = json!({"InferenceComponentName": row.id});
            sagemaker("DeleteInferenceComponent", input);
        }
        "AWS::SageMaker::Endpoint" => {
            sagemaker("DeleteEndpoint", json!({"EndpointName": row.id}));
        }
        "AWS::SageMaker::EndpointConfig" => {
            sagemaker(
                "DeleteEndpointConfig",
                json!({"EndpointConfigName": row.id}),
            );
        }
        "AWS::SageMaker::Model" => sagemaker("DeleteModel", json!({"ModelName": row.id})),
        "AWS::EFS::MountTarget" => {
            let input = json!({"MountTargetId": row.id});
            ideal.ask_about(row, Service::Efs, "DeleteMountTarget", input);
        }
        "AWS::EFS::FileSystem" => {
            let input = json!({"FileSystemId": row.id});
            ideal.ask_about(row, Service::Efs, "DeleteFileSystem", input);
        }
        "AWS::Logs::LogGroup" if row.stack.is_none() => {
            let input = json!({"logGroupName": row.id});
            ideal.ask_about(row, Service::Logs, "DeleteLogGroup", input);
        }
        "AWS::Logs::LogStream" => {
            let (group, stream) = row.id.split_once(':').unwrap_or((&row.id, ""));
            let input = json!({"logGroupName": group, "logStreamName": stream});
            ideal.ask_about(row, Service::Logs, "DeleteLogStream", input);
        }
        "AWS::ApplicationAutoScaling::ScalableTarget" => remove_target(ideal, row),
        "AWS::EC2::SecurityGroup" if row.stack.is_none() => {
            remove_group(ideal, row);
        }
        "AWS::EC2::NetworkInterface" if row.stack.is_none() => {
            remove_interface(ideal, row);
        }
        kind => {
            for (action, input) in endings(kind, &row.id) {
                ideal.ask_about(row, Service::SageMaker, action, input);
            }
        }
    }
}

/// Lifts the termination protection of a stack, as whoever may delete it may do: that of a nested one is its root's.
pub(super) fn lift_protection(ideal: &mut Ideal, place: &Place, arn: &str) {
    let state = &ideal.world.region(place).cloudformation;
    if let Some(stack) = state.find(arn).filter(|stack| stack.protected) {
        let input = json!({"StackName": stack.top(), "EnableTerminationProtection": "false"});
        let action = "UpdateTerminationProtection";
        ideal.ask(place, Service::CloudFormation, action, input);
    }
}

/// Takes off a role what its stack's removal was refused for: policies of others, at the instant of the refusal. The
/// stack's own would go with the role then, too.
pub(super) fn take_policies_off(ideal: &mut Ideal, place: &Place, role: &str) {
    let Some(held) = ideal.world.iam(&place.account).roles.get(role) else {
        return;
    };
    let attached = held.attached.clone();
    let inline: Vec<String> = held.inline.keys().cloned().collect();
    for arn in attached {
        let input = json!({"RoleName": role, "PolicyArn": arn});
        ideal.ask(place, Service::Iam, "DetachRolePolicy", input);
    }
    for name in inline {
        let input = json!({"RoleName": role, "PolicyName": name});
        ideal.ask(place, Service::Iam, "DeleteRolePolicy", input);
    }
}

/// Whether it would be refused for what is still in it. A workshop has a thousand of these for as long as its apps live: to
/// ask each of them at each instant takes minutes.
fn is_held(ideal: &mut Ideal, row: &Row, domain: &str, name: &str) -> bool {
    let (world, place) = (&mut ideal.world, place_of(row));
    let holder = match row.kind.as_str() {
        "AWS::SageMaker::Space" => spaces::holder(world, &place, domain, name),
        "AWS::SageMaker::UserProfile" => profiles::holder(world, &place, domain, name),
        _ => None,
    };
    holder.is_some()
}

/// What ends jobs, and what works by itself as they do.
fn endings(kind: &str, id: &str) -> Vec<(&'static str, Value)> {
    let named = |member: &str| json!({ member: id });
    let with_token = |member: &str| json!({ member: id, "ClientRequestToken": TOKEN });
    match kind {
        "AWS::SageMaker::MonitoringSchedule" => {
            vec![("DeleteMonitoringSchedule", named("MonitoringScheduleName"))]
        }
        "AWS::SageMaker::NotebookInstance" => vec![
            ("StopNotebookInstance", named("NotebookInstanceName")),
            ("DeleteNotebookInstance", named("NotebookInstanceName")),
        ],
        "AWS::SageMaker::TrainingJob" => {
            let none = json!({"KeepAlivePeriodInSeconds": 0});
            let update = json!({"TrainingJobName": id, "ResourceConfig": none});
            vec![
                ("UpdateTrainingJob", update),
                ("StopTrainingJob", named("TrainingJobName")),
            ]
        }
        "AWS::SageMaker::ProcessingJob" => {
            vec![("StopProcessingJob", named("ProcessingJobName"))]
        }
        "AWS::SageMaker::TransformJob" => {
            vec![("StopTransformJob", named("TransformJobName"))]
        }
        "AWS::SageMaker::HyperParameterTuningJob" => vec![(
            "StopHyperParameterTuningJob",
            named("HyperParameterTuningJobName"),
        )],
        "AWS::SageMaker::AutoMLJob" => vec![("StopAutoMLJob", named("AutoMLJobName"))],
        "AWS::SageMaker::PipelineExecution" => {
            vec![("StopPipelineExecution", with_token("PipelineExecutionArn"))]
        }
        "AWS::SageMaker::Pipeline" => vec![("DeletePipeline", with_token("PipelineName"))],
        "AWS::SageMaker::FeatureGroup" => {
            vec![("DeleteFeatureGroup", named("FeatureGroupName"))]
        }
        "AWS::SageMaker::MlflowTrackingServer" => {
            vec![("DeleteMlflowTrackingServer", named("TrackingServerName"))]
        }
        "AWS::SageMaker::MlflowApp" => vec![("DeleteMlflowApp", named("Arn"))],
        _ => Vec::new(),
    }
}

/// That of an inference component may stay without it.
fn remove_target(ideal: &mut Ideal, row: &Row) {
    let mut named = row.id.split('|');
    let input = json!({
        "ResourceId": named.next(), "ScalableDimension": named.next(), "ServiceNamespace": named.next(),
    });
    ideal.ask_about(row, Service::AutoScaling, "DeregisterScalableTarget", input);
}

fn remove_group(ideal: &mut Ideal, row: &Row) {
    let (place, id) = (place_of(row), &row.id);
    for (direction, action) in [
        (Direction::Ingress, "RevokeSecurityGroupIngress"),
        (Direction::Egress, "RevokeSecurityGroupEgress"),
    ] {
        let groups = &ideal.world.region(&place).ec2.groups;
        let rules: Vec<String> = groups
            .get(id)
            .into_iter()
            .flat_map(|group| group.rules.values())
            .filter(|rule| rule.direction == direction)
            .map(|rule| rule.id.clone())
            .collect();
        if !rules.is_empty() {
            let input = json!({"GroupId": id, "SecurityGroupRuleId": rules});
            ideal.ask_about(row, Service::Ec2, action, input);
        }
    }
    let input = json!({"GroupId": id});
    ideal.ask_about(row, Service::Ec2, "DeleteSecurityGroup", input);
}

fn remove_interface(ideal: &mut Ideal, row: &Row) {
    let (place, id) = (place_of(row), &row.id);
    let interfaces = &ideal.world.region(&place).ec2.interfaces;
    let attachment = interfaces
        .get(id)
        .and_then(|interface| interface.attachment.as_ref())
        .filter(|attachment| !attachment.detaching)
        .map(|attachment| attachment.id.clone());
    if let Some(attachment) = attachment {
        let input = json!({"AttachmentId": attachment, "Force": "true"});
        ideal.ask_about(row, Service::Ec2, "DetachNetworkInterface", input);
    }
    let input = json!({"NetworkInterfaceId": id});
    ideal.ask_about(row, Service::Ec2, "DeleteNetworkInterface", input);
}
