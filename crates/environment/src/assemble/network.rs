//! Security groups and network interfaces in our VPCs (sections 1.5 and 2.2).

use std::collections::BTreeSet;

use super::{anchors, domain_evidence, stacks_of, studio, vpcs};
use crate::attribution;
use crate::evidence::{Evidence, Verdict, verdict};
use crate::facts::{Facts, NetworkInterface, SecurityGroup};
use crate::mark;
use crate::resource::{Goes, Kind, Resource, ResourceId, Status, Verb};

/// Whether SageMaker made a group for the domain.
pub(super) fn is_group_of(group: &SecurityGroup, domain_arn: &str) -> bool {
    group
        .tags
        .get(mark::MANAGED_BY_DOMAIN)
        .is_some_and(|arn| arn == domain_arn)
}

pub(super) fn resources(facts: &Facts) -> Vec<Resource> {
    let groups = facts
        .security_groups
        .items()
        .iter()
        .flat_map(|found| group(facts, found));
    // What an endpoint runs may have been deleted under it: nothing is cut off then that may be its own.
    let may_cut_off = !super::inference::has_unresolved(facts);
    let interfaces = facts
        .network_interfaces
        .items()
        .iter()
        .map(|found| interface(facts, found, may_cut_off));
    groups.chain(interfaces).collect()
}

/// Whether a VPC is ours: only in one of ours does it matter where something is.
pub(super) fn is_our_vpc(facts: &Facts, id: &str) -> bool {
    facts.vpcs().iter().any(|vpc| vpc.id == id)
}

/// A group and the rules of it that name other groups. Members of our stacks go with their stack.
fn group(facts: &Facts, found: &SecurityGroup) -> Vec<Resource> {
    let is_member = facts.is_or_was_member(&found.id);
    let mut resources = Vec::new();
    let evidence = {
        let mut evidence = domain_evidence(facts, &found.tags);
        if is_our_vpc(facts, &found.vpc) {
            evidence.push(Evidence::Located(found.vpc.clone()));
        }
        evidence.extend(vpcs::left_with(facts, &found.vpc, &found.tags));
        evidence
    };
    // Rules between members are their stack's; those that somebody wrote for a domain's groups would hold these for ever.
    let named = found.names_groups.iter();
    let named: Vec<&String> = named
        .filter(|id| !is_member || is_of_our_domain(facts, id))
        .collect();
    if !named.is_empty() {
        let mut rules = Resource::new(Kind::GroupRules, &found.id);
        rules.name = Some(found.name.clone());
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
        if !is_member {
            rules.holds.extend(stacks_of(facts, named));
        }
        resources.push(rules);
    }
    if !is_member && found.name != "default" {
        let mut group = Resource::new(Kind::SecurityGroup, &found.id);
        group.name = Some(found.name.clone());
        group.owner = found.tags.get(mark::MANAGED_BY_DOMAIN).cloned();
        if attribution::is_of_guard_duty(Some(&found.name), &found.tags) {
            group.owner = Some("GuardDuty".to_owned());
            group.cure = Some(attribution::GUARD_DUTY_CURE.to_owned());
        }
        if let Some(vpc) = &found.associated {
            group.cure = Some(format!(
                "aws ec2 disassociate-security-group-vpc --group-id {} --vpc-id {vpc}",
                found.id
            ));
        }
        if is_our_vpc(facts, &found.vpc) || found.associated.is_some() {
            group.holds = anchors(facts);
            if verdict(&evidence) != Verdict::Ours {
                group.holds.extend(studio::endpoint_stacks(facts));
            }
        }
        group.evidence = evidence;
        resources.push(group);
    }
    resources
}

/// Whether SageMaker made a group for a domain of ours.
fn is_of_our_domain(facts: &Facts, id: &str) -> bool {
    let mut groups = facts.security_groups.items().iter();
    groups
        .find(|group| group.id == id)
        .is_some_and(|group| verdict(&domain_evidence(facts, &group.tags)) == Verdict::Ours)
}

/// Who an interface belongs to, by its description (section 2.2: the only dependable mark).
enum Owner<'a> {
    VpcEndpoint(&'a str),
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
    if let Some(id) = text.strip_prefix("VPC Endpoint Interface ") {
        return Owner::VpcEndpoint(id);
    }
    if let Some((volume, rest)) = text
        .strip_prefix("EFS mount target for ")
        .and_then(|rest| rest.split_once(" ("))
    {
        return Owner::MountTarget {
            volume,
            target: rest.trim_end_matches(')'),
        };
    }
    if let Some((_, arn)) = text.split_once("SageMaker Notebook Instance ") {
        return Owner::Notebook(arn);
    }
    if let Some((_, rest)) = text.split_once("Studio Domain(") {
        return Owner::StudioDomain(rest.split(')').next().unwrap_or(rest));
    }
    let role = found.sagemaker_role();
    role.map_or(Owner::Unknown, Owner::SageMakerRole)
}

fn interface(facts: &Facts, found: &NetworkInterface, may_cut_off: bool) -> Resource {
    let mut interface = Resource::new(Kind::NetworkInterface, &found.id);
    interface.name = Some(found.description.clone()).filter(|text| !text.is_empty());
    interface.owner.clone_from(&found.requester);
    if let Some((owner, cure)) = attribution::of_interface(&found.description) {
        interface.owner = Some(owner.to_owned());
        interface.cure = Some(cure.to_owned());
    }
    if is_our_vpc(facts, &found.vpc) {
        let located = Evidence::Located(found.vpc.clone());
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
    match owner(found) {
        Owner::VpcEndpoint(id) => match facts.stack_of(id) {
            Some(stack) => {
                interface.evidence.push(Evidence::NamedBy(id.to_owned()));
                interface.goes = Goes::With(super::held_stack(stack));
                interface
                    .holds
                    .retain(|held| *held != super::held_stack(stack));
            }
            None if facts.is_or_was_member(id) => {
                interface.evidence.push(Evidence::NamedBy(id.to_owned()));
                interface.goes = Goes::Itself;
            }
            None => {
                let mut parts = facts.network_parts.items().iter();
                let left = parts
                    .find(|part| part.id == id)
                    .and_then(|part| vpcs::left_with(facts, &part.vpc, &part.tags));
                if left.is_some() {
                    interface.evidence.push(Evidence::NamedBy(id.to_owned()));
                    interface.goes = Goes::With(ResourceId::new(Kind::VpcEndpoint, id));
                    interface.holds.extend(anchors(facts));
                } else {
                    unexplained(facts, found, &mut interface);
                }
            }
        },
        Owner::MountTarget { volume, target } => {
            interface.goes = Goes::With(ResourceId::new(Kind::MountTarget, target));
            let mut targets = facts.mount_targets.items().iter();
            if is_let_go(found) && !targets.any(|known| known.id == target) {
                interface.goes = Goes::By(Verb::Delete);
            }
            if is_our_volume(facts, volume) {
                interface
                    .evidence
                    .push(Evidence::NamedBy(target.to_owned()));
            } else {
                of_somebody(facts, found, volume, &mut interface);
            }
        }
        Owner::StudioDomain(domain) => {
            let mut domains = facts.domains.items().iter();
            interface.goes =
                detached_where(is_let_go(found) && !domains.any(|known| known.id == domain));
            if facts.domain_ids().contains(domain) {
                interface
                    .evidence
                    .push(Evidence::NamedBy(domain.to_owned()));
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
                    interface.evidence.push(Evidence::NamedBy(arn.to_owned()));
                    let owner = ResourceId::new(Kind::Notebook, &notebook.name);
                    interface.goes = Goes::With(owner);
                }
                _ => unexplained(facts, found, &mut interface),
            }
        }
        Owner::SageMakerRole(role) => of_role(facts, found, role, may_cut_off, &mut interface),
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
        interface.evidence.push(Evidence::Against(whose.to_owned()));
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
    may_cut_off: bool,
    interface: &mut Resource,
) {
    let of_model = evidence_of_model(facts, found, role);
    if let Some((evidence, certain)) = of_model {
        interface.evidence.push(evidence);
        // A live endpoint holds it (see `endpoint` in `inference`).
        let may_detach = may_cut_off && found.is_detachable() && certain;
        interface.goes = detached_where(may_detach || is_let_go(found));
        if !may_cut_off {
            interface
                .holds
                .extend(stacks_of(facts, role_of(facts, found)));
            interface.cure = Some(
                "an endpoint may work with it whose model or config is gone: aws sagemaker list-endpoints".to_owned(),
            );
        }
    } else if let Some(name) = role_of(facts, found) {
        interface.evidence.push(Evidence::Role(role.to_owned()));
        interface.evidence.extend(job_of(facts, found));
        interface.holds.extend(stacks_of(facts, [name]));
        // What works with it may be on none of the lists (a cluster, a compilation job): it is never cut off, and goes
        // when SageMaker lets it go.
        interface.goes = detached_where(is_let_go(found));
        interface.cure = Some(format!(
            "SageMaker made it with role {name}; what still works with it is on none of the lists: aws sagemaker list-clusters, list-compilation-jobs, list-auto-ml-jobs"
        ));
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

/// The name of the role of ours with which SageMaker made an interface.
fn role_of<'a>(facts: &'a Facts, found: &NetworkInterface) -> Option<&'a String> {
    let role = found.sagemaker_role()?;
    let mut roles = facts.stacks.known()?.role_ids.iter();
    roles.find(|(_, id)| *id == role).map(|(name, _)| name)
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
    Some(Evidence::NamedBy(job.arn.clone()))
}

/// Interfaces that SageMaker made with a role of ours.
pub(crate) fn of_our_roles(facts: &Facts) -> impl Iterator<Item = &NetworkInterface> {
    let interfaces = facts.network_interfaces.items().iter();
    interfaces.filter(|found| role_of(facts, found).is_some())
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
/// certain: where IAM does not tell the role's id, the network alone does not make it ours to detach.
fn evidence_of_model(
    facts: &Facts,
    found: &NetworkInterface,
    role: &str,
) -> Option<(Evidence, bool)> {
    // A job says where something worked, not what its interface was.
    let by_model = |evidence: &&Evidence| matches!(evidence, Evidence::NamedBy(arn) if arn.contains(":model/"));
    let mut proof = facts.proof(Kind::NetworkInterface, &found.id).iter();
    if let Some(named) = proof.find(by_model) {
        return Some((named.clone(), true));
    }
    let ids = facts.stacks.known().map(|stacks| &stacks.role_ids);
    let role_id = |arn: &str| ids.and_then(|ids| ids.get(super::workload::role_name(arn)));
    let groups: BTreeSet<&String> = found.groups.iter().collect();
    let models = super::inference::our_models(facts).into_iter();
    let mut models = models.filter(|model| {
        model.subnets.contains(&found.subnet)
            && model.groups.iter().collect::<BTreeSet<_>>() == groups
            && super::inference::is_ours(facts, model)
    });
    models.find_map(|model| {
        let id = model.role.as_deref().and_then(role_id);
        let certain = id.map(String::as_str) == Some(role);
        let named = Evidence::NamedBy(model.arn.clone());
        (certain || id.is_none()).then_some((named, certain))
    })
}

/// Nothing on any list explains it. Where that was otherwise earlier in this run, its owner has gone before it and it
/// follows; else it is not ours: where it is in our VPC it holds the network, and the interface endpoints that whoever
/// works with it reaches AWS through.
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
    }
    if is_our_vpc(facts, &found.vpc) {
        interface.holds.extend(anchors(facts));
        interface.holds.extend(studio::endpoint_stacks(facts));
    }
}
