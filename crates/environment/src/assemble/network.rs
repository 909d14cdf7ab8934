//! Security groups and network interfaces in our VPCs (sections 1.5 and 2.2).

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::{anchors, domain_evidence, go_with, stacks, stacks_of, vpcs};
use super::{companions, inference, parts, present_member};
use crate::attribution;
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Facts, Member, NetworkInterface, SecurityGroup, Stack};
use crate::mark;
use crate::resource::{Goes, Kind, Resource, ResourceId, Status, Verb};

/// Whether SageMaker made a group for the domain.
pub(super) fn is_group_of(group: &SecurityGroup, domain_arn: &str) -> bool {
    let domain = Facts::domain_of_arn(domain_arn);
    domain.is_some() && group.domain() == domain
}

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let groups = facts
        .security_groups
        .items()
        .iter()
        .flat_map(|found| group(facts, found));
    let doubt = doubt(facts);
    let interfaces = facts
        .network_interfaces
        .items()
        .iter()
        .map(|found| interface(facts, found, doubt));
    groups.chain(interfaces).collect()
}

/// Why no interface of a role of ours is cut off, with where to look: something may work with it of which no list tells what
/// it works with.
fn doubt(facts: &Facts) -> Option<&'static str> {
    if inference::has_unresolved(facts) {
        return Some(
            "an endpoint may work with it whose model or config is gone: aws sagemaker list-endpoints",
        );
    }
    companions::has_cluster(facts)
        .then_some("a cluster of the domain may work with it: aws sagemaker list-clusters")
}

/// Whether a VPC is ours: only in one of ours does it matter where something is.
pub(super) fn is_our_vpc(facts: &Facts, id: &str) -> bool {
    facts.vpcs().iter().any(|vpc| vpc.id == id)
}

/// A group, the rules of it that name other groups, and its uses in other VPCs. Members of our stacks go with their stack.
fn group(facts: &Facts, found: &SecurityGroup) -> Vec<Resource> {
    let is_member = facts.is_or_was_member(&found.id);
    let mut resources = associations(facts, found);
    let left = vpcs::left_with(facts, &found.vpc, &found.tags);
    let is_left = left.is_some();
    let evidence = {
        let mut evidence = evidence_of_domain(facts, found);
        if is_our_vpc(facts, &found.vpc) {
            evidence.push(Evidence::Located(found.vpc.as_str().into()));
        }
        evidence.extend(left);
        evidence
    };
    // Rules between members are their stack's; those that somebody wrote would hold for ever what they name: a domain's
    // groups, and a member.
    let named = found.names_groups.iter();
    let named: Vec<&String> = named
        .filter(|id| {
            !is_member || is_of_our_domain(facts, id) || is_held_by_hand(facts, &found.id, id)
        })
        .collect();
    if !named.is_empty() {
        let mut rules = Resource::new(Kind::GroupRules, &found.id);
        rules.name = Some(found.name.as_str().into());
        rules.is_left = is_left;
        rules.evidence.clone_from(&evidence);
        let stack = facts.stack_of(&found.id);
        rules
            .evidence
            .extend(stack.map(|stack| Evidence::Stack(stack.name.clone())));
        rules.goes = Goes::By(Verb::Revoke);
        rules.holds = named
            .iter()
            .map(|named| ResourceId::new(Kind::SecurityGroup, *named))
            .collect();
        rules.holds.extend(stacks_of(facts, named));
        resources.push(rules);
    }
    if !is_member && found.name != "default" {
        let mut group = Resource::new(Kind::SecurityGroup, &found.id);
        group.name = Some(found.name.as_str().into());
        group.is_left = is_left;
        group.owner = found.tags.get(mark::MANAGED_BY_DOMAIN).map(SmolStr::from);
        if attribution::is_of_guard_duty(Some(&found.name), &found.tags) {
            group.owner = Some("GuardDuty".into());
            group.cure = Some(attribution::GUARD_DUTY_CURE.into());
        }
        let mut associations = found.associations.iter();
        let with_ours = associations.find(|it| is_our_vpc(facts, &it.vpc));
        if let Some(association) = with_ours {
            group.cure = Some(attribution::disassociation(&found.id, &association.vpc).into());
        }
        if is_our_vpc(facts, &found.vpc) || with_ours.is_some() {
            group.holds = anchors(facts);
            if verdict(&evidence) != Verdict::Ours {
                group.holds.extend(stacks::of_endpoints(facts));
            }
        }
        group.evidence = evidence;
        vpcs::keep(facts, &mut group, &found.vpc);
        resources.push(group);
    }
    resources
}

/// The uses of a group in other VPCs: each holds the group (operators' notes, item 42). Nothing tells who made one, unless
/// a stack of ours did.
fn associations(facts: &Facts, group: &SecurityGroup) -> Vec<Resource> {
    let found = group.associations.iter();
    let found = found.map(|found| (format!("{}|{}", group.id, found.vpc), found));
    let foreign = found.filter(|(id, _)| !facts.is_or_was_member(id));
    let foreign = foreign.map(|(id, found)| {
        let mut association = Resource::new(Kind::GroupAssociation, id);
        association.name = Some(group.name.as_str().into());
        let account = found.owner.as_ref();
        association.owner = account.map(|id| format!("account {id}").into());
        association.cure = Some(attribution::disassociation(&group.id, &found.vpc).into());
        association.holds = stacks_of(facts, [&group.id]);
        let group = ResourceId::new(Kind::SecurityGroup, &group.id);
        association.holds.push(group);
        association
    });
    foreign.collect()
}

/// What proves of which domain a group is: its tags or, where somebody took them off, the name that SageMaker gave it.
fn evidence_of_domain(facts: &Facts, found: &SecurityGroup) -> Vec<Evidence> {
    let mut evidence = domain_evidence(facts, &found.tags);
    if evidence.is_empty()
        && let Some(domain) = found.domain_by_name()
        && facts.domain_ids().contains(domain)
    {
        evidence.push(Evidence::NamedBy(domain.into()));
    }
    evidence
}

/// Whether SageMaker made a group for a domain of ours.
fn is_of_our_domain(facts: &Facts, id: &str) -> bool {
    let mut groups = facts.security_groups.items().iter();
    groups
        .find(|group| group.id == id)
        .is_some_and(|group| verdict(&evidence_of_domain(facts, group)) == Verdict::Ours)
}

/// The statuses of a member that CloudFormation is at deleting, or has failed to delete. It begins with a member when what
/// its stack made with it has gone (section 3.3).
const GOING: [&str; 2] = ["DELETE_IN_PROGRESS", "DELETE_FAILED"];

/// Whether a rule between members of our stacks holds the group that it names while CloudFormation is deleting that: its
/// stack's own rules have gone by then. Before, nothing between them is touched.
fn is_held_by_hand(facts: &Facts, naming: &str, named: &str) -> bool {
    let stacks = facts.marked().iter();
    let deleted = stacks.filter(|stack| stack.status.starts_with("DELETE_"));
    let mut members = deleted.flat_map(|stack| &stack.members);
    facts.stack_of(naming).is_some()
        && members.any(|member| member.id == named && GOING.contains(&member.status.as_str()))
}

/// Whether groups that are members of our stacks have rules that name others of them.
pub(super) fn has_rules_between_members(facts: &Facts) -> bool {
    let is_member = |id: &String| facts.stack_of(id).is_some();
    let mut groups = facts.security_groups.items().iter();
    groups.any(|group| is_member(&group.id) && group.names_groups.iter().any(is_member))
}

/// Who an interface belongs to, by its description (section 2.2: the only dependable mark).
enum Owner<'a> {
    MountTarget {
        volume: &'a str,
        target: &'a str,
    },
    StudioDomain(&'a str),
    /// A notebook instance, by its ARN.
    Notebook(&'a str),
    /// A SageMaker endpoint, model or job, by the unique id of the role it runs with.
    SageMakerRole(&'a str),
    Unknown,
}

fn owner(found: &NetworkInterface) -> Owner<'_> {
    let text = found.description.as_str();
    if let Some((volume, target)) = mount_target(text) {
        return Owner::MountTarget { volume, target };
    }
    if let Some((_, arn)) = text.split_once("SageMaker Notebook Instance ") {
        return Owner::Notebook(arn);
    }
    if let Some(domain) = studio_domain(text) {
        return Owner::StudioDomain(domain);
    }
    let role = found.sagemaker_role();
    role.map_or(Owner::Unknown, Owner::SageMakerRole)
}

/// The volume and the mount target that an interface's description names.
fn mount_target(description: &str) -> Option<(&str, &str)> {
    let named = description.strip_prefix("EFS mount target for ")?;
    let (volume, target) = named.split_once(" (")?;
    Some((volume, target.trim_end_matches(')')))
}

/// The domain that the description of an app's interface names.
fn studio_domain(description: &str) -> Option<&str> {
    let (_, named) = description.split_once("Studio Domain(")?;
    named.split(')').next()
}

/// The interfaces of a domain's apps.
pub(super) fn interfaces_of_domain(
    facts: &Facts,
    domain: &str,
) -> impl Iterator<Item = ResourceId> {
    let interfaces = facts.network_interfaces.items().iter();
    let of_domain = interfaces.filter(move |it| studio_domain(&it.description) == Some(domain));
    of_domain.map(|it| ResourceId::new(Kind::NetworkInterface, &it.id))
}

/// Ids of what an interface is and is part of, as a stack may have made it: itself, a mount target, an endpoint, a gateway,
/// an instance.
fn wholes(found: &NetworkInterface) -> Vec<String> {
    let target = mount_target(&found.description).map(|(_, target)| target.to_owned());
    let part = attribution::part_of_interface(&found.description, found.instance.as_deref());
    let itself = std::iter::once(found.id.clone());
    itself
        .chain(target)
        .chain(part.map(|part| part.id.to_string()))
        .collect()
}

/// Settles an interface that a stack of ours made, or made what it is part of: it goes with the stack, and holds it only
/// where the template wants that kept. What was deleted lets its interface follow.
fn goes_with_stack(facts: &Facts, found: &NetworkInterface, interface: &mut Resource) -> bool {
    let wholes = wholes(found);
    let named = attribution::named_by_interface(&found.description);
    let is_whole = |member: &Member| {
        wholes.contains(&member.id) || named.is_some_and(|named| named.is(&member.kind, &member.id))
    };
    let made = present_member(facts, is_whole)
        .or_else(|| parts::scaled_by(facts, found.instance.as_ref()?))
        .or_else(|| made_for(facts, found));
    if let Some((stack, member)) = made {
        go_with(interface, stack, member);
        return true;
    }
    let former = wholes.iter().find(|id| facts.is_or_was_member(id));
    if let Some(id) = former {
        interface
            .evidence
            .push(Evidence::NamedBy(id.as_str().into()));
        interface.goes = Goes::Itself;
    }
    former.is_some()
}

/// Settles an interface of what a stack has left behind with its VPC, an endpoint or a NAT gateway: it goes with that. Were
/// it not ours, it would hold what it goes with. An instance does not go, and its interface stays with it.
fn goes_with_left(facts: &Facts, found: &NetworkInterface, interface: &mut Resource) -> bool {
    let part = attribution::part_of_interface(&found.description, found.instance.as_deref());
    let mut parts = facts.network_parts.items().iter();
    let part = part.filter(|part| part.kind != Kind::Instance);
    let left = part.filter(|part| {
        parts.any(|it| it.id == part.id && vpcs::left_with(facts, &it.vpc, &it.tags).is_some())
    });
    let Some(part) = left else {
        return false;
    };
    interface.evidence.push(Evidence::NamedBy(part.id.clone()));
    interface.goes = Goes::With(part);
    interface.holds.extend(anchors(facts));
    true
}

/// What of a stack's an interface was made for whose description names only its service: something of that service's,
/// where all its groups are members of our stacks, and that of the stack with the groups where several have any.
fn made_for<'a>(facts: &'a Facts, found: &NetworkInterface) -> Option<(&'a Stack, &'a Member)> {
    let kinds = attribution::kinds_behind_interface(&found.description)?;
    let groups = found.groups.iter();
    let groups: Option<Vec<&Stack>> = groups.map(|group| facts.stack_of(group)).collect();
    let groups = groups.filter(|stacks| !stacks.is_empty())?;
    let is_it = |member: &&Member| kinds.contains(&member.kind.as_str()) && member.is_present();
    let stacks = facts.marked().iter();
    let made = stacks.filter_map(|stack| Some((stack, stack.members.iter().find(is_it)?)));
    made.max_by_key(|(stack, _)| groups.contains(stack))
}

fn interface(facts: &Facts, found: &NetworkInterface, doubt: Option<&'static str>) -> Resource {
    let mut interface = Resource::new(Kind::NetworkInterface, &found.id);
    interface.name =
        Some(found.description.as_str().into()).filter(|text: &SmolStr| !text.is_empty());
    interface.owner = found.requester.as_ref().map(SmolStr::from);
    if let Some((owner, cure)) = attribution::of_interface(&found.description) {
        interface.owner = Some(SmolStr::new_static(owner));
        interface.cure = Some(SmolStr::new_static(cure));
    }
    if is_our_vpc(facts, &found.vpc) {
        let located = Evidence::Located(found.vpc.as_str().into());
        interface.evidence.push(located);
    }
    let domain_groups = found
        .groups
        .iter()
        .filter(|group| facts.stack_of(group).is_none());
    interface.holds = domain_groups
        .map(|group| ResourceId::new(Kind::SecurityGroup, group))
        .collect();
    interface
        .holds
        .push(ResourceId::new(Kind::Subnet, &found.subnet));
    interface
        .holds
        .extend(stacks_of(facts, found.groups.iter().chain([&found.subnet])));
    if goes_with_stack(facts, found, &mut interface) || goes_with_left(facts, found, &mut interface)
    {
        return interface;
    }
    match owner(found) {
        Owner::MountTarget { volume, target } => {
            interface.goes = Goes::With(ResourceId::new(Kind::MountTarget, target));
            let mut targets = facts.mount_targets.items().iter();
            if is_let_go(found) && !targets.any(|known| known.id == target) {
                interface.goes = Goes::By(Verb::Delete);
            }
            if is_our_volume(facts, volume) {
                interface.evidence.push(Evidence::NamedBy(target.into()));
            } else {
                of_somebody(facts, found, volume, &mut interface);
            }
        }
        Owner::StudioDomain(domain) => {
            let mut domains = facts.domains.items().iter();
            interface.goes =
                detached_where(is_let_go(found) && !domains.any(|known| known.id == domain));
            if facts.domain_ids().contains(domain) {
                interface.evidence.push(Evidence::NamedBy(domain.into()));
            } else {
                of_somebody(facts, found, domain, &mut interface);
                if facts.neighbours.iter().any(|known| known.id == domain) {
                    interface.goes = Goes::With(ResourceId::new(Kind::Domain, domain));
                }
            }
        }
        Owner::Notebook(arn) => {
            let mut notebooks = facts.notebooks.items().iter();
            match notebooks.find(|notebook| notebook.arn == arn) {
                Some(notebook) if super::notebooks::is_ours(facts, notebook) => {
                    interface.evidence.push(Evidence::NamedBy(arn.into()));
                    let owner = ResourceId::new(Kind::Notebook, &notebook.name);
                    interface.goes = Goes::With(owner);
                }
                _ => unexplained(facts, found, &mut interface),
            }
        }
        Owner::SageMakerRole(role) => of_role(facts, found, role, doubt, &mut interface),
        Owner::Unknown => unexplained(facts, found, &mut interface),
    }
    interface
}

/// Whether a service has let go of an interface and left it there: anybody may delete it then (section 2.2).
fn is_let_go(found: &NetworkInterface) -> bool {
    found.status == "available" && found.attachment.is_none()
}

/// An interface of a domain or a volume that is not ours. While it is in use its place makes it nobody's to take.
fn of_somebody(facts: &Facts, found: &NetworkInterface, whose: &str, interface: &mut Resource) {
    unexplained(facts, found, interface);
    if !is_let_go(found) && interface.verdict() == Verdict::Located {
        interface.evidence.push(Evidence::Against(whose.into()));
    }
}

fn is_our_volume(facts: &Facts, volume: &str) -> bool {
    let found = facts
        .file_systems
        .items()
        .iter()
        .find(|found| found.id == volume);
    found.is_some_and(|found| {
        let told = facts
            .domains
            .items()
            .iter()
            .any(|domain| domain.home_volume.as_deref() == Some(volume));
        told || verdict(&domain_evidence(facts, &found.tags)) == Verdict::Ours
    })
}

/// An interface that SageMaker made with a role. One of an endpoint of ours lingers after the endpoint; with an ordinary
/// attachment it may be detached and deleted then instead of waited for (section 2.2). While something works in its subnet
/// that holds it.
fn of_role(
    facts: &Facts,
    found: &NetworkInterface,
    role: &str,
    doubt: Option<&'static str>,
    interface: &mut Resource,
) {
    let of_model = evidence_of_model(facts, found, role);
    let name = facts.role_of_ours(found);
    // When the model has gone before it, nothing but the role tells another run whose it is.
    interface.holds.extend(stacks_of(facts, name));
    if let Some((evidence, certain)) = of_model {
        interface.evidence.push(evidence);
        // A live endpoint holds it (see `endpoint` in `inference`).
        let may_detach = doubt.is_none() && found.is_detachable() && certain;
        interface.goes = detached_where(may_detach || is_let_go(found));
        if let Some(doubt) = doubt {
            interface.cure = Some(doubt.into());
        }
    } else if let Some(name) = name {
        interface.evidence.push(Evidence::Role(role.into()));
        interface.evidence.extend(job_of(facts, found));
        // What works with it may be on none of the lists (a cluster, a compilation job): it is never cut off, and goes
        // when SageMaker lets it go.
        interface.goes = detached_where(is_let_go(found));
        interface.cure = Some(format!(
            "SageMaker made it with role {name}; what still works with it is on none of the lists: aws sagemaker list-clusters, list-compilation-jobs"
        ).into());
    } else {
        unexplained(facts, found, interface);
    }
    if found.status == "detaching" {
        interface.status = Status::on_its_way(&found.status);
    }
}

/// An interface that may be taken is; any other is waited for.
fn detached_where(may_be: bool) -> Goes {
    if may_be {
        Goes::By(Verb::Delete)
    } else {
        Goes::Itself
    }
}

/// A job of ours at work, or a warm pool, where the interface is.
fn job_of(facts: &Facts, found: &NetworkInterface) -> Option<Evidence> {
    let mut jobs = facts.jobs.items().iter();
    let job = jobs.find(|job| {
        job.subnets.contains(&found.subnet)
            && job
                .role
                .as_ref()
                .is_some_and(|role| facts.is_our_role(role))
    })?;
    Some(Evidence::NamedBy(job.arn.as_str().into()))
}

/// Interfaces that SageMaker made with a role of ours.
pub(crate) fn of_our_roles(facts: &Facts) -> impl Iterator<Item = &NetworkInterface> {
    let interfaces = facts.network_interfaces.items().iter();
    interfaces.filter(|found| facts.role_of_ours(found).is_some())
}

/// Interfaces that SageMaker made with a role of ours and that no model, no job and nothing earlier in this run explains.
pub(crate) fn unexplained_by_role(facts: &Facts) -> impl Iterator<Item = &NetworkInterface> {
    of_our_roles(facts).filter(|found| {
        let named = |evidence: &Evidence| matches!(evidence, Evidence::NamedBy(_));
        let proof = facts.proof(Kind::NetworkInterface, &found.id);
        !proof.iter().any(named)
            && job_of(facts, found).is_none()
            && found
                .sagemaker_role()
                .is_some_and(|role| evidence_of_model(facts, found, role).is_none())
    })
}

/// A model of ours with the network of the interface and its role, now or earlier in this run, and whether the role is
/// certain: where IAM does not tell the role's id, the network alone does not make it ours to detach. What was there when
/// the run began may be left of an endpoint that has gone; what came since is an endpoint's only where one runs the model.
fn evidence_of_model(
    facts: &Facts,
    found: &NetworkInterface,
    role: &str,
) -> Option<(Evidence, bool)> {
    // A job says where something worked, not what its interface was.
    let by_model = |evidence: &&Evidence| matches!(evidence, Evidence::NamedBy(arn) if arn.contains(":model/"));
    let mut proof = facts.proof(Kind::NetworkInterface, &found.id).iter();
    if let Some(named) = proof.find(by_model) {
        return Some((named.clone(), facts.role_of_ours(found).is_some()));
    }
    let ids = facts.stacks.known().map(|stacks| &stacks.role_ids);
    let role_id = |arn: &str| ids.and_then(|ids| ids.get(super::workload::role_name(arn)));
    let groups: BTreeSet<&String> = found.groups.iter().collect();
    let has_begun = !facts.proven.is_empty();
    let models = inference::our_models(facts).into_iter();
    let mut models = models.filter(|model| {
        model.subnets.contains(&found.subnet)
            && model.groups.iter().collect::<BTreeSet<_>>() == groups
            && inference::is_ours(facts, model)
            && (!has_begun || inference::is_run(facts, model))
    });
    models.find_map(|model| {
        let id = model.role.as_deref().and_then(role_id);
        let certain = id.map(String::as_str) == Some(role);
        let named = Evidence::NamedBy(model.arn.as_str().into());
        (certain || id.is_none()).then_some((named, certain))
    })
}

/// Nothing on any list explains it. Where that was otherwise earlier in this run, its owner has gone before it and it
/// follows; else it is not ours: where it is in our VPC it holds the network, and the interface endpoints that whoever
/// works with it reaches AWS through. What a service keeps to itself nobody else can take, wherever it is.
fn unexplained(facts: &Facts, found: &NetworkInterface, interface: &mut Resource) {
    let proof = facts.proof(Kind::NetworkInterface, &found.id);
    if !proof.is_empty() {
        interface.evidence = proof.to_vec();
        interface.goes = Goes::Itself;
        return;
    }
    // Part of something of theirs: it goes with that, and nobody else takes it.
    let part = attribution::part_of_interface(&found.description, found.instance.as_deref());
    let mut parts = facts.network_parts.items().iter();
    if let Some(part) = part
        && parts.any(|known| known.id == part.id)
    {
        interface.goes = Goes::With(part);
    } else if !found.is_detachable() && !is_let_go(found) {
        let service = found.requester.as_ref().unwrap_or(&found.description);
        interface
            .evidence
            .push(Evidence::Against(service.as_str().into()));
    }
    if is_our_vpc(facts, &found.vpc) {
        interface.holds.extend(anchors(facts));
        interface.holds.extend(stacks::of_endpoints(facts));
    }
}

#[cfg(test)]
mod tests;
