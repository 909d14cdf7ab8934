//! One step, sent and answered.

use std::collections::BTreeSet;

use environment::evidence::Verdict;
use environment::facts::{AppOwner, JobKind, NetworkPart, PartKind};
use environment::ledger::Action;
use environment::resource::{Goes, Verb};
use environment::{Answer, Facet, Kind, ResourceId, mark};

use super::consent;
use super::teardown::Teardown;
use crate::aws::{CallError, Class};

/// The status of a domain, a profile or a space whose deletion has failed (section 1.1).
const DELETE_FAILED: &str = "Delete_Failed";

impl Teardown<'_> {
    /// Takes one step and says how it was answered.
    pub(super) async fn take(&self, action: &Action) -> Answer {
        let (_, id) = action;
        if id.kind == Kind::Stack {
            // What failed before is judged by what is there now, member by member.
            if self.ledger.borrow().attempts(action) > 0 {
                self.inventory.read(Facet::Stacks).await;
                self.inventory.read(Facet::RolePolicies).await;
                if let Some(policy) = self.policy_that_holds(id) {
                    return Answer::Held(format!("policy {policy} is on its role"));
                }
            }
            return self.delete_stack(action, &id.id).await;
        }
        self.learn_failure(action).await;
        match self.call(action).await {
            Ok(()) => Answer::Accepted,
            Err(error) => self.answer(action, error),
        }
    }

    /// A policy that stands in the way of a stack's deletion and that nobody knew of before it failed.
    fn policy_that_holds(&self, stack: &ResourceId) -> Option<String> {
        let world = self.world();
        let mut holders = world.holders(stack);
        let policy = holders.find(|holder| {
            let kinds = [Kind::AttachedPolicy, Kind::InlinePolicy];
            kinds.contains(&holder.id.kind) && matches!(holder.goes, Goes::By(_))
        })?;
        Some(policy.id.id.to_string())
    }

    /// Learns why something is still there that was asked to go and could not: no list tells it (section 1.1). Where it cannot
    /// be read either, it is asked to go again all the same.
    async fn learn_failure(&self, action: &Action) {
        let (_, id) = action;
        let attempts = self.ledger.borrow().attempts(action);
        if attempts == 0 || !self.could_not_go(id) {
            return;
        }
        let aws = self.inventory.aws();
        let (parent, name) = id.id.split_once('/').unwrap_or(("", id.id.as_str()));
        let why = if id.kind == Kind::Domain {
            aws.domain(&id.id).await.map(|domain| domain.failure)
        } else if id.kind == Kind::UserProfile {
            aws.profile_failure(parent, name).await
        } else {
            aws.space_failure(parent, name).await
        };
        if let Ok(Some(why)) = why {
            self.note_reason(action, DELETE_FAILED, why);
        }
    }

    /// Whether a domain, a profile or a space stands in the status of a deletion that has failed.
    fn could_not_go(&self, id: &ResourceId) -> bool {
        let facts = self.inventory.facts();
        let is_it = |domain: &str, name: &str| id.id.split_once('/') == Some((domain, name));
        let status = if id.kind == Kind::Domain {
            let mut domains = facts.domains.items().iter();
            let found = domains.find(|it| it.id == id.id);
            found.map(|it| it.status.as_str())
        } else if id.kind == Kind::UserProfile {
            let mut profiles = facts.user_profiles.items().iter();
            let found = profiles.find(|it| is_it(&it.domain, &it.name));
            found.map(|it| it.status.as_str())
        } else if id.kind == Kind::Space {
            let mut spaces = facts.spaces.items().iter();
            let found = spaces.find(|it| is_it(&it.domain, &it.name));
            found.map(|it| it.status.as_str())
        } else {
            None
        };
        status == Some(DELETE_FAILED)
    }

    /// What an error means for the step.
    pub(super) fn answer(&self, action: &Action, error: CallError) -> Answer {
        let text = format!("{}: {}", error.code, error.message);
        let answer = match error.class {
            Class::NotFound => Answer::Gone,
            Class::Held => Answer::Held(text),
            Class::Throttled | Class::Unreachable => Answer::NotSent(text),
            // Not the step has failed: nobody may take any until there are new credentials.
            Class::Expired => {
                self.expired.set(true);
                Answer::NotSent(text)
            }
            Class::Denied | Class::NoCredentials | Class::Other => Answer::Failed(text),
        };
        self.note_error(action, error);
        answer
    }

    async fn call(&self, (verb, id): &Action) -> Result<(), CallError> {
        let aws = self.inventory.aws();
        let (parent, name) = id.id.split_once('/').unwrap_or(("", id.id.as_str()));
        match id.kind {
            Kind::App => self.delete_app(&id.id).await,
            Kind::Space => aws.delete_space(parent, name).await,
            Kind::UserProfile => aws.delete_user_profile(parent, name).await,
            Kind::Domain => aws.delete_domain(&id.id).await,
            Kind::InferenceComponent | Kind::Endpoint => self.delete_writer(id).await,
            Kind::EndpointConfig => {
                let deleted = aws.delete_endpoint_config(&id.id).await;
                let absent = |error: &CallError| error.class == Class::NotFound;
                if deleted.as_ref().err().is_none_or(absent) {
                    self.inventory.forget_config(&id.id);
                }
                deleted
            }
            Kind::Model => aws.delete_model(&id.id).await,
            Kind::DomainMark => self.mark_domains(&id.id).await,
            Kind::KeptMark => self.mark_volume(&id.id).await,
            Kind::MountTarget => aws.delete_mount_target(&id.id).await,
            Kind::FileSystem => self.delete_volume(&id.id).await,
            Kind::GroupRules => aws.revoke_group_rules(&id.id, &self.named_groups(id)).await,
            Kind::SecurityGroup => aws.delete_security_group(&id.id).await,
            Kind::NetworkInterface => self.delete_interface(&id.id).await,
            Kind::MonitoringSchedule => aws.delete_monitoring_schedule(&id.id).await,
            Kind::ScalableTarget => {
                let (resource, dimension) = id.id.split_once('|').unwrap_or((&id.id, ""));
                aws.deregister_scalable_target(resource, dimension).await
            }
            Kind::PipelineExecution => {
                let token = self.token();
                aws.stop_pipeline_execution(&id.id, &token).await
            }
            Kind::Pipeline => {
                let token = self.token();
                aws.delete_pipeline(&id.id, &token).await
            }
            Kind::AutoMlJob => aws.stop_job(JobKind::AutoMl, &id.id).await,
            Kind::TuningJob => aws.stop_job(JobKind::Tuning, &id.id).await,
            Kind::TrainingJob => aws.stop_job(JobKind::Training, &id.id).await,
            Kind::ProcessingJob => aws.stop_job(JobKind::Processing, &id.id).await,
            Kind::TransformJob => aws.stop_job(JobKind::Transform, &id.id).await,
            Kind::WarmPool => aws.end_warm_pool(&id.id).await,
            Kind::Notebook => self.delete_notebook(&id.id).await,
            Kind::AttachedPolicy => aws.detach_policy(parent, name).await,
            Kind::InlinePolicy => {
                consent::show_texts(self.events, self.inventory, |policy| policy == id.id);
                aws.delete_inline_policy(parent, name).await
            }
            Kind::LogGroup => aws.delete_log_group(&id.id).await,
            Kind::LogStream => {
                let (group, stream) = id.id.split_once(':').unwrap_or((&id.id, ""));
                aws.delete_log_stream(group, stream).await
            }
            Kind::Subnet
            | Kind::RouteTable
            | Kind::NetworkAcl
            | Kind::InternetGateway
            | Kind::NatGateway
            | Kind::VpnGateway
            | Kind::EgressOnlyGateway
            | Kind::CarrierGateway
            | Kind::VpcEndpoint => self.remove_part(*verb, &id.id).await,
            Kind::Vpc => aws.delete_vpc(&id.id).await,
            // Stacks are not removed by one call, the others are never removed by us.
            Kind::Stack
            | Kind::Retained
            | Kind::Companion
            | Kind::Instance
            | Kind::GroupAssociation
            | Kind::Replication => Ok(()),
        }
    }

    /// Deletes a part of the network; somebody else's gateway is only taken off our VPC. A VPN gateway of ours counts as held
    /// while it is being taken off.
    async fn remove_part(&self, verb: Verb, id: &str) -> Result<(), CallError> {
        let aws = self.inventory.aws();
        let Some(part) = self.network_part(id) else {
            return Ok(());
        };
        let deletes = verb == Verb::Delete;
        if part.is_detached() {
            // It may have come off since the step was decided on: somebody else's stays.
            return if deletes {
                self.delete_gateway(&part).await
            } else {
                Ok(())
            };
        }
        let gone = aws.delete_network_part(part.kind, id, &part.vpc).await;
        let is_attached = matches!(part.kind, PartKind::InternetGateway | PartKind::VpnGateway);
        if !(deletes && is_attached) {
            return gone;
        }
        match gone {
            Err(error) if error.class != Class::NotFound => Err(error),
            // One that is off already is still there.
            Ok(()) | Err(_) => self.delete_gateway(&part).await,
        }
    }

    /// Deletes a gateway of ours that is off its VPC.
    async fn delete_gateway(&self, gateway: &NetworkPart) -> Result<(), CallError> {
        let aws = self.inventory.aws();
        if gateway.kind == PartKind::InternetGateway {
            aws.delete_internet_gateway(&gateway.id).await
        } else {
            aws.delete_vpn_gateway(&gateway.id).await
        }
    }

    fn network_part(&self, id: &str) -> Option<NetworkPart> {
        let facts = self.inventory.facts();
        let mut parts = facts.network_parts.items().iter();
        parts.find(|part| part.id == id).cloned()
    }

    /// Deletes a notebook instance; one in service is stopped first, and deleted when it has stopped.
    async fn delete_notebook(&self, name: &str) -> Result<(), CallError> {
        let in_service = {
            let facts = self.inventory.facts();
            let mut notebooks = facts.notebooks.items().iter();
            notebooks.any(|found| found.name == name && found.status == "InService")
        };
        if in_service {
            self.inventory.aws().stop_notebook(name).await
        } else {
            self.inventory.aws().delete_notebook(name).await
        }
    }

    async fn delete_app(&self, id: &str) -> Result<(), CallError> {
        let pieces: Vec<&str> = id.splitn(4, '/').collect();
        let &[domain, owner, kind, name] = pieces.as_slice() else {
            return Ok(());
        };
        let in_space = {
            let facts = self.inventory.facts();
            let mut apps = facts.apps.items().iter();
            apps.any(|app| {
                app.domain == domain
                    && app.name == name
                    && app.kind == kind
                    && app.owner == AppOwner::Space(owner.to_owned())
            })
        };
        let owner = if in_space {
            AppOwner::Space(owner.to_owned())
        } else {
            AppOwner::UserProfile(owner.to_owned())
        };
        self.inventory
            .aws()
            .delete_app(domain, &owner, kind, name)
            .await
    }

    /// The groups that the rules name which are to be revoked.
    fn named_groups(&self, rules: &ResourceId) -> BTreeSet<String> {
        let world = self.world();
        let held = world.get(rules).into_iter().flat_map(|rules| &rules.holds);
        let groups = held.filter(|id| id.kind == Kind::SecurityGroup);
        groups.map(|id| id.id.to_string()).collect()
    }

    /// Writes the ids of the domains of which something is left on our VPC, in place of those that stand there. Where the lists
    /// that tell them have been forgotten since, or no mark is missing any more, it leaves what is written.
    async fn mark_domains(&self, vpc: &str) -> Result<(), CallError> {
        let world = self.world();
        let mark = world.get(&ResourceId::new(Kind::DomainMark, vpc));
        let mark = mark.filter(|mark| world.unknown_holders(mark).is_none());
        let Some(domains) = mark.and_then(|mark| mark.name.clone()) else {
            return Ok(());
        };
        self.inventory.aws().tag(vpc, mark::DOMAIN, &domains).await
    }

    /// Writes on a volume whose it is and, where it is kept, since when.
    async fn mark_volume(&self, volume: &str) -> Result<(), CallError> {
        let aws = self.inventory.aws();
        let environment = self.inventory.facts().environment.clone();
        let mut tags = vec![
            (mark::ENVIRONMENT, environment.as_str()),
            (mark::OWNER, self.owner.as_str()),
        ];
        let now = aws.service_time().to_string();
        let world = self.world();
        let found = world.get(&ResourceId::new(Kind::FileSystem, volume));
        if found.is_some_and(|found| matches!(found.goes, Goes::Kept(_))) {
            tags.push((mark::KEPT, &now));
        }
        aws.tag_file_system(volume, &tags).await
    }

    /// Deletes an endpoint or an inference component, and marks before what it has written.
    async fn delete_writer(&self, writer: &ResourceId) -> Result<(), CallError> {
        self.mark_logs(writer).await?;
        let aws = self.inventory.aws();
        if writer.kind == Kind::Endpoint {
            aws.delete_endpoint(&writer.id).await
        } else {
            aws.delete_inference_component(&writer.id).await
        }
    }

    /// Where logs are to go as well: writes on the group of an endpoint or of a component whose it is, and when its writer was
    /// told to go. Once that is gone nothing else would lead to the group, should this run end before the group is deleted.
    /// Who may not write it goes on without.
    async fn mark_logs(&self, writer: &ResourceId) -> Result<(), CallError> {
        let is_ours = |it: &environment::Resource| it.verdict() == Verdict::Ours;
        if !self.intent.delete_logs || !self.world().get(writer).is_some_and(is_ours) {
            return Ok(());
        }
        let Some(group) = self.inventory.log_group_of(writer) else {
            return Ok(());
        };
        let (environment, account, is_of_stack) = {
            let facts = self.inventory.facts();
            let is_of_stack = facts.stack_of(&group).is_some();
            (
                facts.environment.clone(),
                facts.account.clone(),
                is_of_stack,
            )
        };
        // Its stack leads to it.
        if is_of_stack {
            return Ok(());
        }
        let aws = self.inventory.aws();
        let now = aws.service_time().to_string();
        let tags = [
            (mark::ENVIRONMENT, environment.as_str()),
            (mark::OWNER, self.owner.as_str()),
            (mark::ENDED, now.as_str()),
        ];
        match aws.tag_log_group(&account, &group, &tags).await {
            // It has written nothing.
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) if matches!(error.class, Class::Denied | Class::Other) => {
                let without = "a mark on the log groups of what is deleted";
                self.inventory.go_on_without(without, &error);
                Ok(())
            }
            marked => marked,
        }
    }

    /// Deletes a volume. One that is part of a replication is refused with the code of one that is in use, or with none of its
    /// own (operators' notes, item 41), so that a question tells it. It is asked to go again when the replication has ended.
    async fn delete_volume(&self, volume: &str) -> Result<(), CallError> {
        let Err(refusal) = self.inventory.aws().delete_file_system(volume).await else {
            return Ok(());
        };
        if !matches!(refusal.class, Class::Held | Class::Other) {
            return Err(refusal);
        }
        match self.inventory.read_replication(volume).await {
            Ok(true) => Err(CallError {
                class: Class::Held,
                ..refusal
            }),
            // Nobody knows yet whether the refusal lasts.
            Err(error)
                if matches!(
                    error.class,
                    Class::Throttled | Class::Unreachable | Class::Expired
                ) =>
            {
                Err(error)
            }
            Ok(false) | Err(_) => Err(refusal),
        }
    }

    /// Detaches an interface that is still attached and deletes it; while it is being detached it counts as held.
    async fn delete_interface(&self, interface: &str) -> Result<(), CallError> {
        let aws = self.inventory.aws();
        let attachment = {
            let facts = self.inventory.facts();
            let mut interfaces = facts.network_interfaces.items().iter();
            interfaces
                .find(|found| found.id == interface)
                .and_then(|found| found.attachment.clone())
        };
        if let Some(attachment) = attachment {
            match aws.detach_network_interface(&attachment).await {
                Err(error) if error.class != Class::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        aws.delete_network_interface(interface).await
    }
}
