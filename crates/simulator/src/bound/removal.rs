//! The bound of a removal: everything that the later world has no more, asked for at every instant.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Bound, Ideal, Standing, place_of};
use crate::cloudformation::STACK_TYPE;
use crate::ec2::groups::Direction;
use crate::row::Row;
use crate::service::Service;
use crate::world::{Place, World};

/// `ClientRequestToken` of the ideal client, who asks for nothing twice.
const TOKEN: &str = "ideal-ideal-ideal-ideal-ideal-ideal";

/// One of the ways in which a removal can be gone about; the bound is that of the shortest.
#[derive(Clone, Copy)]
struct Way {
    /// Whether stacks are asked for before what is in them by hand, or after.
    stacks_first: bool,
    /// Whether stacks with interface endpoints wait for the last app.
    endpoints_after_apps: bool,
    /// `RetentionPolicy` of domains.
    retention: &'static str,
}

/// The least time from `before` to a world without what `after` has no more, or nothing where no client can do it.
pub fn removal(before: &World, after: &World) -> Option<Bound> {
    let left = after.environment_rows();
    let mut targets = before.environment_rows();
    targets.retain(|key, _| !left.contains_key(key));
    let volumes_go = left.values().all(|row| row.kind != "AWS::EFS::FileSystem");
    let retentions: &[&str] = if volumes_go {
        &["Retain", "Delete"]
    } else {
        &["Retain"]
    };
    let both = [false, true].into_iter();
    both.clone()
        .flat_map(|stacks_first| both.clone().map(move |after| (stacks_first, after)))
        .flat_map(|(stacks_first, endpoints_after_apps)| {
            retentions.iter().map(move |retention| Way {
                stacks_first,
                endpoints_after_apps,
                retention,
            })
        })
        .filter_map(|way| Removal::new(way, &left, targets.clone()).run(Ideal::on(before)))
        .min()
}

pub(super) struct Removal<'a> {
    way: Way,
    /// What the later world has. What people make meanwhile and is not among it must go too.
    left: &'a BTreeMap<String, Row>,
    targets: BTreeMap<String, Row>,
    /// The targets are others than when stacks were tried last.
    changed: bool,
}

impl<'a> Removal<'a> {
    fn new(way: Way, left: &'a BTreeMap<String, Row>, targets: BTreeMap<String, Row>) -> Self {
        Self {
            way,
            left,
            targets,
            changed: true,
        }
    }

    /// What is to go, for somebody who goes about it in any order.
    #[cfg(test)]
    pub(super) fn at_random(
        left: &'a BTreeMap<String, Row>,
        targets: BTreeMap<String, Row>,
        stacks_first: bool,
        retain: bool,
    ) -> Self {
        let way = Way {
            stacks_first,
            endpoints_after_apps: false,
            retention: if retain { "Retain" } else { "Delete" },
        };
        Self::new(way, left, targets)
    }

    /// Asks for those that `wanted` says, stacks as they are; whether everything is gone.
    #[cfg(test)]
    pub(super) fn turn_at_random(
        &mut self,
        ideal: &mut Ideal,
        mut wanted: impl FnMut() -> bool,
    ) -> bool {
        let chosen: Vec<Row> = self
            .targets
            .values()
            .filter(|_| wanted())
            .cloned()
            .collect();
        for row in chosen {
            let place = place_of(&row);
            if row.kind == STACK_TYPE {
                delete_stack(ideal, &place, &row.id);
            } else {
                self.ask(ideal, &row);
            }
        }
        self.forget_gone(ideal);
        self.targets.is_empty()
    }

    fn run(mut self, mut ideal: Ideal) -> Option<Bound> {
        ideal.until(|ideal| {
            self.turn(ideal, true);
            if self.targets.is_empty() {
                Standing::Done
            } else {
                Standing::Waiting
            }
        })
    }

    /// Asks for everything that is still there. What a stack at work removes itself is left to it.
    fn turn(&mut self, ideal: &mut Ideal, with_stacks: bool) {
        self.forget_gone(ideal);
        if with_stacks && self.way.stacks_first {
            self.ask_stacks(ideal);
        }
        let at_work = stacks_at_work(ideal);
        let things = self.targets.values().filter(|row| {
            let stack = row.stack.as_ref();
            row.kind != STACK_TYPE && stack.is_none_or(|stack| !at_work.contains(stack))
        });
        let things: Vec<Row> = things.cloned().collect();
        for row in &things {
            self.ask(ideal, row);
        }
        self.forget_gone(ideal);
        if with_stacks && !self.way.stacks_first {
            self.ask_stacks(ideal);
        }
    }

    fn forget_gone(&mut self, ideal: &Ideal) {
        let there = ideal.world.environment_rows();
        let before = self.targets.len();
        self.targets.retain(|key, _| there.contains_key(key));
        self.changed |= self.targets.len() < before;
        for (key, row) in there {
            if !self.left.contains_key(&key) && !self.targets.contains_key(&key) {
                self.targets.insert(key, row);
                self.changed = true;
            }
        }
    }

    /// Deletes every stack whose deletion would now run to its end. Tried again only when something has come or gone.
    fn ask_stacks(&mut self, ideal: &mut Ideal) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let stacks = self.targets.values();
        let stacks: Vec<Row> = stacks
            .filter(|row| row.kind == STACK_TYPE)
            .cloned()
            .collect();
        for stack in stacks {
            let place = place_of(&stack);
            let waits = self.way.endpoints_after_apps && self.has_apps_and_endpoints(&stack);
            if waits || status(ideal, &place, &stack.id).ends_with("_IN_PROGRESS") {
                continue;
            }
            let mut trial = ideal.clone();
            if !delete_stack(&mut trial, &place, &stack.id) {
                continue;
            }
            let mut rest = Self::new(self.way, self.left, self.targets.clone());
            let ended = trial.until(|trial| {
                rest.turn(trial, false);
                match status(trial, &place, &stack.id).as_str() {
                    "DELETE_COMPLETE" => Standing::Done,
                    "DELETE_FAILED" if failed_members_are_gone(trial, &place, &stack.id) => {
                        Standing::Done
                    }
                    "DELETE_IN_PROGRESS" => Standing::Waiting,
                    _ => Standing::Impossible,
                }
            });
            if ended.is_some() {
                delete_stack(ideal, &place, &stack.id);
            }
        }
    }

    /// Whether a stack has endpoints that the apps which are still there may need to go.
    fn has_apps_and_endpoints(&self, stack: &Row) -> bool {
        let name = stack.arn.split('/').nth(1);
        let mut members = self.targets.values();
        let has_endpoints =
            members.any(|row| row.kind == "AWS::EC2::VPCEndpoint" && row.stack.as_deref() == name);
        let mut targets = self.targets.values();
        has_endpoints && targets.any(|row| row.kind == "AWS::SageMaker::App")
    }

    /// Asks for one thing; whether it is accepted is the world's business.
    fn ask(&self, ideal: &mut Ideal, row: &Row) {
        let place = place_of(row);
        let (domain, name) = row.id.split_once('/').unwrap_or((&row.id, ""));
        let mut sagemaker = |action: &str, input: Value| {
            ideal.ask(&place, Service::SageMaker, action, input);
        };
        match row.kind.as_str() {
            "AWS::SageMaker::App" => {
                let pieces: Vec<&str> = row.id.splitn(4, '/').collect();
                let &[domain, owner, kind, name] = pieces.as_slice() else {
                    return;
                };
                for member in ["SpaceName", "UserProfileName"] {
                    let input = json!({"DomainId": domain, member: owner, "AppType": kind, "AppName": name});
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
                let retention = json!({"HomeEfsFileSystem": self.way.retention});
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
                ideal.ask(&place, Service::Efs, "DeleteMountTarget", input);
            }
            "AWS::EFS::FileSystem" => {
                let input = json!({"FileSystemId": row.id});
                ideal.ask(&place, Service::Efs, "DeleteFileSystem", input);
            }
            "AWS::Logs::LogGroup" if row.stack.is_none() => {
                let input = json!({"logGroupName": row.id});
                ideal.ask(&place, Service::Logs, "DeleteLogGroup", input);
            }
            "AWS::Logs::LogStream" => {
                let (group, stream) = row.id.split_once(':').unwrap_or((&row.id, ""));
                let input = json!({"logGroupName": group, "logStreamName": stream});
                ideal.ask(&place, Service::Logs, "DeleteLogStream", input);
            }
            "AWS::EC2::SecurityGroup" if row.stack.is_none() => {
                remove_group(ideal, &place, &row.id);
            }
            "AWS::EC2::NetworkInterface" if row.stack.is_none() => {
                remove_interface(ideal, &place, &row.id);
            }
            kind => {
                for (action, input) in endings(kind, &row.id) {
                    ideal.ask(&place, Service::SageMaker, action, input);
                }
            }
        }
    }
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
        "AWS::SageMaker::PipelineExecution" => {
            vec![("StopPipelineExecution", with_token("PipelineExecutionArn"))]
        }
        "AWS::SageMaker::Pipeline" => vec![("DeletePipeline", with_token("PipelineName"))],
        _ => Vec::new(),
    }
}

/// Names of the stacks that are being deleted.
fn stacks_at_work(ideal: &Ideal) -> BTreeSet<String> {
    let regions = ideal.world.places();
    let stacks = regions.flat_map(|(_, region)| region.cloudformation.live());
    let at_work = stacks.filter(|stack| stack.status == "DELETE_IN_PROGRESS");
    at_work.map(|stack| stack.name.clone()).collect()
}

/// Deletes a stack; what failed before in it, and is gone, is retained (section 3.3).
fn delete_stack(ideal: &mut Ideal, place: &Place, arn: &str) -> bool {
    let retain = failed_members(ideal, place, arn);
    let retain: Vec<&String> = retain.iter().map(|(logical, _)| logical).collect();
    let mut input = json!({"StackName": arn});
    if !retain.is_empty() {
        input["RetainResources"] = json!(retain);
    }
    ideal.ask(place, Service::CloudFormation, "DeleteStack", input)
}

/// Logical and physical ids of the members whose deletion failed.
fn failed_members(ideal: &mut Ideal, place: &Place, arn: &str) -> Vec<(String, String)> {
    let state = &ideal.world.region(place).cloudformation;
    let members = state.find(arn).into_iter().flat_map(|stack| &stack.members);
    let failed = members.filter(|(_, member)| member.status == "DELETE_FAILED");
    failed
        .map(|(logical, member)| (logical.clone(), member.physical.clone()))
        .collect()
}

/// Whether all that failed in a stack's deletion exists no more.
fn failed_members_are_gone(ideal: &mut Ideal, place: &Place, arn: &str) -> bool {
    let failed = failed_members(ideal, place, arn);
    let there = ideal.world.environment_rows();
    let exists = |physical: &str| {
        let id = physical.replace('|', "/");
        there
            .values()
            .any(|row| row.id == id || row.arn == physical)
    };
    failed.iter().all(|(_, physical)| !exists(physical))
}

fn status(ideal: &mut Ideal, place: &Place, arn: &str) -> String {
    let state = &ideal.world.region(place).cloudformation;
    let stack = state.find(arn);
    stack.map(|stack| stack.status.clone()).unwrap_or_default()
}

fn remove_group(ideal: &mut Ideal, place: &Place, id: &str) {
    for (direction, action) in [
        (Direction::Ingress, "RevokeSecurityGroupIngress"),
        (Direction::Egress, "RevokeSecurityGroupEgress"),
    ] {
        let groups = &ideal.world.region(place).ec2.groups;
        let rules: Vec<String> = groups
            .get(id)
            .into_iter()
            .flat_map(|group| group.rules.values())
            .filter(|rule| rule.direction == direction)
            .map(|rule| rule.id.clone())
            .collect();
        if !rules.is_empty() {
            let input = json!({"GroupId": id, "SecurityGroupRuleId": rules});
            ideal.ask(place, Service::Ec2, action, input);
        }
    }
    let input = json!({"GroupId": id});
    ideal.ask(place, Service::Ec2, "DeleteSecurityGroup", input);
}

fn remove_interface(ideal: &mut Ideal, place: &Place, id: &str) {
    let interfaces = &ideal.world.region(place).ec2.interfaces;
    let attachment = interfaces
        .get(id)
        .and_then(|interface| interface.attachment.as_ref())
        .filter(|attachment| !attachment.detaching)
        .map(|attachment| attachment.id.clone());
    if let Some(attachment) = attachment {
        let input = json!({"AttachmentId": attachment, "Force": "true"});
        ideal.ask(place, Service::Ec2, "DetachNetworkInterface", input);
    }
    let input = json!({"NetworkInterfaceId": id});
    ideal.ask(place, Service::Ec2, "DeleteNetworkInterface", input);
}
