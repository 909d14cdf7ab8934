//! Security groups and network interfaces in our VPCs (sections 1.5 and 2.2).

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::{anchors, domain_evidence, go_with, stacks_of, studio, vpcs};
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
        group.owner = found
            .tags
            .get(mark::MANAGED_BY_DOMAIN)
            .cloned()
            .map(SmolStr::from);
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
                group.holds.extend(studio::endpoint_stacks(facts));
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
        association.owner = found
            .owner
            .as_ref()
            .map(|id| format!("account {id}"))
            .map(SmolStr::from);
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
    let is_it = |member: &&Member| {
        kinds.contains(&member.kind.as_str()) && !member.id.is_empty() && !member.is_gone()
    };
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
        interface.holds.extend(studio::endpoint_stacks(facts));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::assemble::assemble;
    use crate::decide::Intent;
    use crate::facts::{
        Endpoint, EndpointConfig, Model, NetworkPart, PartKind, Stacks, Tagged, Vpc,
    };
    use crate::plan::{Step, plan};
    use crate::reading::Reading;
    use crate::resource::Keeping;
    use crate::world::World;

    const STACK: &str = "arn:demo-network";
    const FUNCTION: &str = "AWS::Lambda::Function";

    /// What a description names, by its type and id; an instance and the interface itself are named otherwise.
    const PARTS: [(&str, &str, &str); 6] = [
        (
            "Interface for NAT Gateway nat-1",
            "AWS::EC2::NatGateway",
            "nat-1",
        ),
        (
            "EFS mount target for fs-1 (fsmt-1)",
            "AWS::EFS::MountTarget",
            "fsmt-1",
        ),
        (
            "VPC Endpoint Interface vpce-1",
            "AWS::EC2::VPCEndpoint",
            "vpce-1",
        ),
        (
            "AWS Lambda VPC ENI-report-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            FUNCTION,
            "report",
        ),
        ("", "AWS::EC2::Instance", "i-1"),
        ("", "AWS::EC2::NetworkInterface", "eni-1"),
    ];

    fn member(kind: &str, id: &str) -> Member {
        Member {
            kind: kind.to_owned(),
            id: id.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            ..Member::default()
        }
    }

    /// An environment of one stack, which has our VPC, a subnet and these.
    fn facts(members: Vec<Member>) -> Facts {
        let network = [
            member("AWS::EC2::VPC", "vpc-1"),
            member("AWS::EC2::Subnet", "subnet-1"),
        ];
        let stack = Stack {
            arn: STACK.into(),
            name: "demo-network".into(),
            members: network.into_iter().chain(members).collect(),
            ..Stack::default()
        };
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            stack: STACK.into(),
            ..Vpc::default()
        };
        Facts {
            stacks: Reading::Known(Stacks {
                marked: vec![stack],
                vpcs: vec![vpc],
                ..Stacks::default()
            }),
            ..Facts::default()
        }
    }

    /// The rules by hand of one group of our stack that name another, while these are the statuses of the stack and of the
    /// other group.
    fn rules_by_hand(of_stack: &str, of_group: &str) -> Option<Resource> {
        let mut named = member("AWS::EC2::SecurityGroup", "sg-2");
        named.status = of_group.to_owned();
        let mut facts = facts(vec![member("AWS::EC2::SecurityGroup", "sg-1"), named]);
        if let Reading::Known(stacks) = &mut facts.stacks {
            for stack in &mut stacks.marked {
                stack.status = of_stack.to_owned();
            }
        }
        let found = SecurityGroup {
            id: "sg-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            names_groups: ["sg-2".to_owned()].into(),
            ..SecurityGroup::default()
        };
        let mut resources = group(&facts, &found).into_iter();
        resources.find(|it| it.id.kind == Kind::GroupRules)
    }

    #[test]
    fn rules_between_our_groups_stay_until_cloudformation_is_at_what_they_name() {
        for (of_stack, of_group) in [
            ("CREATE_COMPLETE", "CREATE_COMPLETE"),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS"),
            ("DELETE_IN_PROGRESS", "CREATE_COMPLETE"),
            ("DELETE_FAILED", "DELETE_COMPLETE"),
        ] {
            assert_eq!(rules_by_hand(of_stack, of_group), None, "{of_stack}");
        }
        for status in ["DELETE_IN_PROGRESS", "DELETE_FAILED"] {
            let rules = rules_by_hand(status, status).unwrap();
            assert_eq!(rules.goes, Goes::By(Verb::Revoke), "{status}");
            assert_eq!(rules.verdict(), Verdict::Ours, "{status}");
            let named = ResourceId::new(Kind::SecurityGroup, "sg-2");
            assert_eq!(rules.holds, [named, stack()], "{status}");
        }
    }

    #[test]
    fn the_name_of_a_group_tells_its_domain_where_no_tag_does() {
        let mut facts = facts(Vec::new());
        facts.named_domains = ["d-ours".to_owned()].into();
        let verdict_of = |name: &str, tagged: Option<&str>| {
            let arn = |id: &str| format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{id}");
            let tag = tagged.map(|id| (mark::MANAGED_BY_DOMAIN.to_owned(), arn(id)));
            let found = SecurityGroup {
                name: name.to_owned(),
                tags: tag.into_iter().collect(),
                ..SecurityGroup::default()
            };
            verdict(&evidence_of_domain(&facts, &found))
        };
        for name in SecurityGroup::names_for("d-ours") {
            assert_eq!(verdict_of(&name, None), Verdict::Ours, "{name}");
            let theirs = verdict_of(&name, Some("d-theirs"));
            assert_eq!(theirs, Verdict::Foreign, "{name}");
            let longer = format!("{name}x");
            assert_eq!(verdict_of(&longer, None), Verdict::Foreign, "{longer}");
        }
        assert_eq!(verdict_of("theirs", Some("d-ours")), Verdict::Ours);
    }

    fn stack() -> ResourceId {
        ResourceId::new(Kind::Stack, STACK)
    }

    /// An interface in our subnet that its service keeps to itself.
    fn found(description: &str) -> NetworkInterface {
        NetworkInterface {
            id: "eni-1".to_owned(),
            description: description.to_owned(),
            is_requester_managed: true,
            attachment: Some("ela-attach-1".to_owned()),
            status: "in-use".to_owned(),
            subnet: "subnet-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            ..NetworkInterface::default()
        }
    }

    /// The interface of a part, in an environment with that part.
    fn of_part(description: &str, part: Member) -> Resource {
        let found = NetworkInterface {
            instance: (part.kind == "AWS::EC2::Instance").then(|| part.id.clone()),
            ..found(description)
        };
        interface(&facts(vec![part]), &found, None)
    }

    #[test]
    fn what_a_stack_made_goes_with_it_and_holds_it_only_where_it_is_kept() {
        for (description, kind, id) in PARTS {
            let mut part = member(kind, id);
            let made = of_part(description, part.clone());
            assert_eq!(made.goes, Goes::With(stack()), "{id}");
            assert_eq!(made.verdict(), Verdict::Ours, "{id}");
            assert!(!made.holds.contains(&stack()), "{id}: {made:?}");
            part.retained = true;
            let kept = of_part(description, part);
            assert_eq!(kept.goes, Goes::Kept(Keeping::DeletionPolicy), "{id}");
            assert!(kept.holds.contains(&stack()), "{id}: {kept:?}");
        }
    }

    #[test]
    fn what_a_stack_has_deleted_lets_its_interface_follow() {
        let parts = PARTS.into_iter();
        for (description, kind, id) in parts.filter(|(_, kind, _)| *kind != FUNCTION) {
            let mut part = member(kind, id);
            part.status = "DELETE_COMPLETE".to_owned();
            let left = of_part(description, part);
            assert_eq!(left.verdict(), Verdict::Ours, "{id}");
            assert_eq!(left.goes, Goes::Itself, "{id}");
        }
    }

    #[test]
    fn what_a_service_keeps_to_itself_is_nobodys_to_take() {
        // A function of theirs, whose name begins as ours does, and a role of ours that has its name.
        let theirs = "AWS Lambda VPC ENI-report-daily-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        let facts = facts(vec![
            member(FUNCTION, "report"),
            member("AWS::IAM::Role", "report-daily"),
        ]);
        for description in [theirs, "ELB app/theirs/0123456789abcdef"] {
            let kept = interface(&facts, &found(description), None);
            assert_eq!(kept.verdict(), Verdict::Foreign, "{description}");
            assert!(kept.holds.contains(&stack()), "{description}: {kept:?}");
        }
        let let_go = NetworkInterface {
            attachment: None,
            status: "available".to_owned(),
            ..found(theirs)
        };
        let let_go = interface(&facts, &let_go, None);
        assert_eq!(let_go.verdict(), Verdict::Located);
        assert_eq!(let_go.goes, Goes::By(Verb::Delete));
    }

    /// An interface that a service made, with these groups, in an environment whose stack has a group and these.
    fn of_service(description: &str, groups: &[&str], members: Vec<Member>) -> Resource {
        let group = member("AWS::EC2::SecurityGroup", "sg-1");
        let found = NetworkInterface {
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            ..found(description)
        };
        let members = std::iter::once(group).chain(members).collect();
        interface(&facts(members), &found, None)
    }

    #[test]
    fn what_a_service_made_for_something_of_our_stacks_goes_with_that() {
        let balancer = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0a1b2c3d4e5f6071";
        let new = "AWS::ElasticLoadBalancingV2::LoadBalancer";
        let classic = "AWS::ElasticLoadBalancing::LoadBalancer";
        let task =
            "arn:aws:ecs:us-east-1:111122223333:attachment/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
        for (description, kind, id) in [
            ("ELB app/web/0a1b2c3d4e5f6071", new, balancer),
            ("ELB web", classic, "web"),
            ("Amazon EKS web", "AWS::EKS::Cluster", "web"),
            ("RDSNetworkInterface", "AWS::RDS::DBInstance", "orders"),
            ("RDSNetworkInterface", "AWS::RDS::DBCluster", "orders"),
            (task, "AWS::ECS::Service", "arn:web"),
        ] {
            let made = of_service(description, &["sg-1"], vec![member(kind, id)]);
            assert_eq!(made.verdict(), Verdict::Ours, "{description}");
            assert_eq!(made.goes, Goes::With(stack()), "{description}");
            assert!(!made.holds.contains(&stack()), "{description}: {made:?}");
            // A role may have the same name.
            let role = vec![member("AWS::IAM::Role", id)];
            let theirs = of_service(description, &["sg-1"], role);
            assert_eq!(theirs.verdict(), Verdict::Foreign, "{description}");
        }
    }

    #[test]
    fn a_database_with_somebody_elses_group_is_not_ours_because_we_have_one() {
        for groups in [&["sg-theirs"][..], &["sg-1", "sg-theirs"][..], &[][..]] {
            let ours = vec![member("AWS::RDS::DBInstance", "orders")];
            let theirs = of_service("RDSNetworkInterface", groups, ours);
            assert_eq!(theirs.verdict(), Verdict::Foreign, "{groups:?}");
            assert!(theirs.holds.contains(&stack()), "{groups:?}: {theirs:?}");
        }
    }

    #[test]
    fn an_instance_of_a_scaling_group_brings_its_interface() {
        let mut facts = facts(vec![member("AWS::AutoScaling::AutoScalingGroup", "fleet")]);
        facts.network_parts = Reading::Known(vec![NetworkPart {
            kind: PartKind::Instance,
            id: "i-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags: [("aws:autoscaling:groupName".to_owned(), "fleet".to_owned())].into(),
            status: None,
        }]);
        let found = NetworkInterface {
            instance: Some("i-1".to_owned()),
            is_requester_managed: false,
            attachment: Some("eni-attach-1".to_owned()),
            ..found("")
        };
        let its = interface(&facts, &found, None);
        assert_eq!(its.verdict(), Verdict::Ours);
        assert_eq!(its.goes, Goes::With(stack()));
    }

    /// An environment with a model, and an interface that SageMaker made with its role in its network.
    fn of_model() -> (Facts, NetworkInterface) {
        let mut facts = facts(vec![member("AWS::IAM::Role", "execution")]);
        if let Reading::Known(stacks) = &mut facts.stacks {
            stacks.role_ids = [("execution".to_owned(), "AROA1".to_owned())].into();
        }
        facts.models = Reading::Known(vec![Model {
            name: "llm".to_owned(),
            arn: "arn:aws:sagemaker:us-east-1:111122223333:model/llm".to_owned(),
            role: Some("arn:aws:iam::111122223333:role/execution".to_owned()),
            subnets: vec!["subnet-1".to_owned()],
            ..Model::default()
        }]);
        let found = NetworkInterface {
            requester: Some("AROA1:SageMaker".to_owned()),
            is_requester_managed: false,
            attachment: Some("eni-attach-1".to_owned()),
            ..found("")
        };
        (facts, found)
    }

    fn goes(facts: &Facts, found: &NetworkInterface) -> Goes {
        interface(facts, found, doubt(facts)).goes
    }

    fn remember(facts: &mut Facts, found: &NetworkInterface) {
        let seen = interface(facts, found, None);
        facts.remember(&World::new(vec![seen], BTreeMap::new()));
    }

    #[test]
    fn its_roles_stack_waits_for_what_lingers_after_an_endpoint() {
        let (mut facts, mut found) = of_model();
        found.is_requester_managed = true;
        let studio = Stack {
            arn: "arn:demo-studio".into(),
            members: vec![member("AWS::IAM::Role", "execution")],
            ..Stack::default()
        };
        if let Reading::Known(stacks) = &mut facts.stacks {
            for stack in &mut stacks.marked {
                stack.members.retain(|it| it.kind != "AWS::IAM::Role");
            }
            stacks.marked.push(studio);
        }
        let lingers = interface(&facts, &found, doubt(&facts));
        assert_eq!(lingers.goes, Goes::Itself);
        let studio = ResourceId::new(Kind::Stack, "arn:demo-studio");
        assert!(lingers.holds.contains(&studio), "{lingers:?}");
    }

    #[test]
    fn nothing_is_cut_off_that_a_cluster_may_work_with() {
        let (mut facts, found) = of_model();
        // An endpoint may have gone before the run began.
        assert_eq!(goes(&facts, &found), Goes::By(Verb::Delete));
        facts.tagged = Reading::Known(vec![Tagged {
            arn: "arn:aws:sagemaker:us-east-1:111122223333:cluster/big".to_owned(),
            ..Tagged::default()
        }]);
        assert_eq!(goes(&facts, &found), Goes::Itself);
    }

    #[test]
    fn what_comes_since_is_an_endpoints_only_where_one_runs_the_model() {
        let (mut facts, found) = of_model();
        remember(&mut facts, &found);
        assert_eq!(goes(&facts, &found), Goes::By(Verb::Delete));
        let new = NetworkInterface {
            id: "eni-2".to_owned(),
            ..found
        };
        assert_eq!(goes(&facts, &new), Goes::Itself);
        remember(&mut facts, &new);
        assert_eq!(goes(&facts, &new), Goes::Itself);
        facts.endpoints = Reading::Known(vec![Endpoint {
            config: "llm".to_owned(),
            ..Endpoint::default()
        }]);
        facts.endpoint_configs = Reading::Known(vec![EndpointConfig {
            name: "llm".to_owned(),
            models: vec!["llm".to_owned()],
            ..EndpointConfig::default()
        }]);
        assert_eq!(goes(&facts, &new), Goes::By(Verb::Delete));
    }

    #[test]
    fn a_role_that_nobody_tells_of_does_not_become_certain_by_being_remembered() {
        let (mut facts, found) = of_model();
        if let Reading::Known(stacks) = &mut facts.stacks {
            stacks.role_ids.clear();
        }
        for _ in 0..2 {
            assert_eq!(goes(&facts, &found), Goes::Itself);
            remember(&mut facts, &found);
        }
    }

    /// The steps that lead to the end when everything is known, by what they are about, each with what it needs.
    fn steps(facts: &Facts, include_located: bool) -> Vec<(SmolStr, Vec<String>)> {
        let intent = Intent {
            include_located,
            ..Intent::default()
        };
        let mut world = assemble(facts, &intent);
        world.unknown.clear();
        let steps = plan(&world, &intent).steps.into_iter();
        let step = |step: Step| (step.resource.id, step.needs);
        steps.map(step).collect()
    }

    /// An endpoint with its interface in our subnet, which has this group, and a stack of its own or that of the network.
    fn with_endpoint(group: &str, has_stack: bool) -> Facts {
        let endpoint = member("AWS::EC2::VPCEndpoint", "vpce-1");
        let mut facts = if has_stack {
            facts(Vec::new())
        } else {
            facts(vec![endpoint.clone()])
        };
        if let Reading::Known(stacks) = &mut facts.stacks
            && has_stack
        {
            stacks.marked.push(Stack {
                arn: "arn:demo-endpoints".into(),
                name: "demo-endpoints".into(),
                members: vec![endpoint],
                ..Stack::default()
            });
        }
        facts.network_interfaces = Reading::Known(vec![NetworkInterface {
            groups: vec![group.to_owned()],
            ..found("VPC Endpoint Interface vpce-1")
        }]);
        facts
    }

    #[test]
    fn somebodys_group_on_an_endpoint_of_ours_waits_for_the_endpoints_stack_and_not_that_for_it() {
        for (has_stack, endpoints, last) in [
            (true, "arn:demo-endpoints", Some(STACK)),
            (false, STACK, None),
        ] {
            let mut facts = with_endpoint("sg-theirs", has_stack);
            facts.security_groups = Reading::Known(vec![SecurityGroup {
                id: "sg-theirs".to_owned(),
                name: "theirs".to_owned(),
                vpc: "vpc-1".to_owned(),
                ..SecurityGroup::default()
            }]);
            let told = steps(&facts, true);
            let order: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
            let expected = [endpoints, "sg-theirs"].into_iter().chain(last);
            assert_eq!(order, expected.collect::<Vec<_>>());
            assert_eq!(told[0].1, Vec::<String>::new());
            let deletion = format!("delete-stack:AWS::CloudFormation::Stack:{endpoints}");
            assert_eq!(told[1].1, [deletion]);
            // Where nobody says so it stays, and with it all that it holds.
            assert!(steps(&facts, false).is_empty());
        }
    }

    #[test]
    fn a_left_subnet_waits_for_the_endpoints_in_it_and_not_their_stack_for_it() {
        let mut facts = with_endpoint("sg-gone", true);
        facts.environment = "demo".to_owned();
        if let Reading::Known(stacks) = &mut facts.stacks {
            stacks.marked.retain(|stack| stack.arn != STACK);
            for vpc in &mut stacks.vpcs {
                vpc.left_by = Some("demo-network".to_owned());
            }
        }
        let left = |kind: PartKind, id: &str| NetworkPart {
            kind,
            id: id.to_owned(),
            vpc: "vpc-1".to_owned(),
            name: None,
            tags: [
                (mark::ENVIRONMENT.to_owned(), "demo".to_owned()),
                (mark::STACK_NAME.to_owned(), "demo-network".to_owned()),
            ]
            .into(),
            status: None,
        };
        facts.network_parts = Reading::Known(vec![
            left(PartKind::Subnet, "subnet-1"),
            left(PartKind::RouteTable, "rtb-1"),
        ]);
        let told = steps(&facts, false);
        let order: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
        let expected = ["arn:demo-endpoints", "subnet-1", "rtb-1", "vpc-1"];
        assert_eq!(order, expected);
    }
}
