//! Domain, user profiles, spaces, apps (sections 1.1 to 1.4).

use std::collections::BTreeSet;

use super::{anchors, join_stack, member_of, stacks};
use crate::decide::Intent;
use crate::evidence::Evidence;
use crate::facts::{App, AppOwner, Domain, Facts, SecurityGroup, Space, Tags, UserProfile, Vpc};
use crate::mark;
use crate::resource::{Data, DataKind, Goes, Keeping, Kind, Resource, ResourceId, Status, Verb};

pub(super) fn resources(facts: &Facts, intent: &Intent) -> impl Iterator<Item = Resource> {
    let domains = facts
        .domains
        .items()
        .iter()
        .map(move |found| domain(facts, found));
    let marks = facts
        .vpcs()
        .iter()
        .filter_map(move |vpc| domain_mark(facts, vpc));
    let profiles = facts
        .user_profiles
        .items()
        .iter()
        .map(move |found| profile(facts, found));
    let spaces = facts
        .spaces
        .items()
        .iter()
        .filter_map(move |found| space(facts, found, intent));
    let apps = apps(facts, intent);
    let neighbours = facts.neighbours.iter();
    let neighbours = neighbours.map(move |found| neighbour(facts, found));
    domains
        .chain(neighbours)
        .chain(marks)
        .chain(profiles)
        .chain(spaces)
        .chain(apps)
}

/// Settled statuses take a delete call; the others have to be waited out (section 1.1).
fn status(word: &str) -> Status {
    match word {
        "InService" | "Failed" | "Update_Failed" | "Delete_Failed" => Status::Ready,
        other => Status::on_its_way(other),
    }
}

/// What is in a domain of ours is ours. In somebody else's a stack of ours may have something; what else is there says
/// nothing.
fn part_of_domain(facts: &Facts, domain: &str) -> Vec<Evidence> {
    let mut domains = facts.domains.items().iter();
    let living = domains.find(|found| found.id == domain);
    let living = living.map(|found| found.arn.clone());
    let gone = || {
        let was_ours = facts.domain_ids().contains(domain);
        was_ours.then(|| domain.into())
    };
    let found = living.or_else(gone).into_iter();
    found.map(Evidence::DomainTag).collect()
}

fn domain(facts: &Facts, found: &Domain) -> Resource {
    let mut domain = Resource::new(Kind::Domain, &found.id);
    domain.name = Some(found.name.as_str().into());
    domain.status = status(&found.status);
    domain.evidence = vec![Evidence::DomainTag(found.arn.clone())];
    domain.holds = anchors(facts);
    if let Some(stack) = facts.stack_of(&found.id) {
        member_of(&mut domain, stack, &found.id);
    }
    keep_with_domain(facts, &found.id, &mut domain);
    // While the domain lives its volume, mount targets and groups are in use (section 1.4).
    let volumes = facts
        .file_systems
        .items()
        .iter()
        .filter(|volume| volume.is_home_of(found));
    for volume in volumes {
        domain
            .holds
            .push(ResourceId::new(Kind::FileSystem, &volume.id));
        let targets = facts
            .mount_targets
            .items()
            .iter()
            .filter(|target| target.file_system == volume.id);
        domain
            .holds
            .extend(targets.map(|target| ResourceId::new(Kind::MountTarget, &target.id)));
    }
    // What its apps wrote is found by its id.
    let logs = facts.logs.items().iter();
    let logs = logs.filter(|log| log.stream.is_some() && log.of == found.arn);
    domain
        .holds
        .extend(logs.map(|log| ResourceId::new(Kind::LogStream, super::logs::stream_id(log))));
    for group in facts
        .security_groups
        .items()
        .iter()
        .filter(|group| super::network::is_group_of(group, &found.arn))
    {
        domain
            .holds
            .push(ResourceId::new(Kind::SecurityGroup, &group.id));
        domain
            .holds
            .push(ResourceId::new(Kind::GroupRules, &group.id));
    }
    domain
}

/// Somebody else's domain in our VPC: its apps reach AWS through the interface endpoints, and its subnets are ours.
fn neighbour(facts: &Facts, found: &Domain) -> Resource {
    let mut domain = Resource::new(Kind::Domain, &found.id);
    domain.name = Some(found.name.as_str().into());
    domain.status = status(&found.status);
    domain.evidence = vec![Evidence::Against(found.arn.clone())];
    domain.cure = Some(format!("aws sagemaker delete-domain --domain-id {}", found.id).into());
    domain.holds = anchors(facts);
    domain.holds.extend(stacks::of_endpoints(facts));
    domain
}

/// Before a domain of ours goes, or what it left, its id is written on our VPC: groups and volume are found by it for
/// ever.
fn domain_mark(facts: &Facts, vpc: &Vpc) -> Option<Resource> {
    let missing: BTreeSet<String> = facts
        .domain_ids()
        .into_iter()
        .filter(|domain| !vpc.domains.contains(domain))
        .collect();
    let is_missing = |domain: Option<&str>| domain.is_some_and(|domain| missing.contains(domain));
    let domains = facts.domains.items().iter();
    let domains = domains.filter(|domain| missing.contains(&domain.id));
    let volumes = facts.file_systems.items().iter();
    let volumes = volumes.filter(|volume| is_missing(domain_of(&volume.tags)));
    let groups = facts.security_groups.items().iter();
    let groups = groups.filter(|group| is_missing(domain_of_group(group)));
    let mut mark = Resource::new(Kind::DomainMark, &vpc.id);
    mark.name = Some(domains_to_mark(facts).into());
    let stack = vpc.left_by.as_deref().unwrap_or(&vpc.stack);
    mark.evidence = vec![Evidence::Stack(stack.into())];
    mark.goes = Goes::By(Verb::Tag);
    mark.holds = domains
        .map(|domain| ResourceId::new(Kind::Domain, &domain.id))
        .chain(volumes.map(|volume| ResourceId::new(Kind::FileSystem, &volume.id)))
        .chain(groups.flat_map(|group| {
            [Kind::GroupRules, Kind::SecurityGroup].map(|kind| ResourceId::new(kind, &group.id))
        }))
        .collect();
    (!mark.holds.is_empty()).then_some(mark)
}

/// The domain that SageMaker's tags on something name.
fn domain_of(tags: &Tags) -> Option<&str> {
    let mut arns = [mark::MANAGED_BY_DOMAIN, mark::MADE_IN_DOMAIN]
        .into_iter()
        .filter_map(|key| tags.get(key));
    arns.find_map(|arn| Facts::domain_of_arn(arn))
}

/// The domain that SageMaker's tags on a group name, or else the name that it gave the group.
fn domain_of_group(group: &SecurityGroup) -> Option<&str> {
    domain_of(&group.tags).or_else(|| group.domain_by_name())
}

/// The domains that the mark on our VPC has to name, in its words: those of which something is left. A name is used again
/// and again, and a tag has room for seventeen ids.
fn domains_to_mark(facts: &Facts) -> String {
    let living = facts.domains.items().iter();
    let living = living.map(|domain| domain.id.as_str());
    let volumes = facts.file_systems.items().iter();
    let groups = facts.security_groups.items().iter();
    let tagged = facts.tagged.items().iter();
    let tags = volumes
        .map(|volume| &volume.tags)
        .chain(tagged.map(|tagged| &tagged.tags));
    let ours = facts.domain_ids();
    let left: BTreeSet<&str> = living
        .chain(tags.filter_map(domain_of))
        .chain(groups.filter_map(domain_of_group))
        .filter(|domain| ours.contains(*domain))
        .collect();
    let mut value = String::new();
    for domain in left {
        if value.len() + domain.len() < mark::LONGEST_VALUE {
            value = format!("{value} {domain}");
        }
    }
    value.trim_start().to_owned()
}

/// Whether a domain's template wants it kept, and with it what is in it.
fn is_retained(facts: &Facts, domain: &str) -> bool {
    facts.kept_domains.contains(domain) || super::is_retained(facts, domain)
}

fn keep_with_domain(facts: &Facts, domain: &str, resource: &mut Resource) {
    if is_retained(facts, domain) {
        resource.goes = Goes::Kept(Keeping::DeletionPolicy);
    }
}

fn profile(facts: &Facts, found: &UserProfile) -> Resource {
    let mut profile = Resource::new(
        Kind::UserProfile,
        format!("{}/{}", found.domain, found.name),
    );
    profile.name = Some(found.name.as_str().into());
    profile.status = status(&found.status);
    profile.evidence = part_of_domain(facts, &found.domain);
    profile.holds = anchors(facts);
    profile
        .holds
        .push(ResourceId::new(Kind::Domain, &found.domain));
    // CloudFormation knows a profile as `DOMAIN|NAME` (section 3.8).
    if let Some(stack) = facts.stack_of(&format!("{}|{}", found.domain, found.name)) {
        member_of(
            &mut profile,
            stack,
            &format!("{}|{}", found.domain, found.name),
        );
    }
    keep_with_domain(facts, &found.domain, &mut profile);
    profile
}

/// A space of one of our domains, or one that a stack of ours has in somebody else's.
fn space(facts: &Facts, found: &Space, intent: &Intent) -> Option<Resource> {
    let id = format!("{}/{}", found.domain, found.name);
    let mut space = Resource::new(Kind::Space, &id);
    space.name = Some(found.name.as_str().into());
    space.status = status(&found.status);
    space.evidence = part_of_domain(facts, &found.domain);
    space.holds = anchors(facts);
    space
        .holds
        .push(ResourceId::new(Kind::Domain, &found.domain));
    if let Some(owner) = &found.owner {
        space.holds.push(ResourceId::new(
            Kind::UserProfile,
            format!("{}/{owner}", found.domain),
        ));
    }
    if !intent.spaces.covers(&id) {
        space.goes = Goes::Kept(Keeping::NoConsent);
    }
    if let Some(stack) = facts.stack_of(&format!("{}|{}", found.domain, found.name)) {
        member_of(
            &mut space,
            stack,
            &format!("{}|{}", found.domain, found.name),
        );
    }
    keep_with_domain(facts, &found.domain, &mut space);
    space.data = Some(Box::new(Data {
        kind: DataKind::SpaceVolume,
        id,
        owner: found.owner.clone(),
        size_gib: found.size_gib,
        changed: found.changed,
    }));
    (!space.evidence.is_empty()).then_some(space)
}

/// The apps. One that stays keeps its interface; which of its domain's that is nobody tells, so the first that stays holds
/// them all.
fn apps(facts: &Facts, intent: &Intent) -> impl Iterator<Item = Resource> {
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    let found = facts.apps.items().iter();
    found.map(move |found| {
        let mut app = app(facts, found, intent);
        let stays = matches!(app.goes, Goes::Kept(_)) && app.status != Status::Gone;
        if stays && kept.insert(&found.domain) {
            let interfaces = super::network::interfaces_of_domain(facts, &found.domain);
            app.holds.extend(interfaces);
        }
        app
    })
}

fn app(facts: &Facts, found: &App, intent: &Intent) -> Resource {
    let owner = found.owner.name();
    let mut app = Resource::new(Kind::App, found.id());
    app.name = Some(format!("{} of {owner}", found.kind).into());
    app.status = match found.status.as_str() {
        "InService" => Status::Ready,
        // Deleted apps stay listed for a day; a Failed one neither can nor need be deleted (section 1.4).
        "Deleted" | "Failed" => Status::Gone,
        other => Status::on_its_way(other),
    };
    app.evidence = part_of_domain(facts, &found.domain);
    app.holds = anchors(facts);
    app.holds.push(ResourceId::new(Kind::Domain, &found.domain));
    let owner_kind = match found.owner {
        AppOwner::UserProfile(_) => Kind::UserProfile,
        AppOwner::Space(_) => Kind::Space,
    };
    app.holds.push(ResourceId::new(
        owner_kind,
        format!("{}/{owner}", found.domain),
    ));
    // Sessions go before the server that they are of (operators' notes, item 40).
    if found.kind == "RSessionGateway" {
        let servers = facts.apps.items().iter();
        let servers = servers
            .filter(|server| server.domain == found.domain && server.kind == "RStudioServerPro");
        app.holds
            .extend(servers.map(|server| ResourceId::new(Kind::App, server.id())));
    }
    // Interface endpoints go when no app is left (design, section 7).
    app.holds.extend(stacks::of_endpoints(facts));
    app.holds.extend(super::vpcs::left_endpoints(facts));
    let space = format!("{}/{owner}", found.domain);
    if matches!(found.owner, AppOwner::Space(_)) && !intent.spaces.covers(&space) {
        app.goes = Goes::Kept(Keeping::NoConsent);
    }
    // CloudFormation makes apps of profiles alone, and knows them by all their names (section 3.8).
    if owner_kind == Kind::UserProfile {
        let listed = format!("{}|{}|{}|{owner}", found.name, found.kind, found.domain);
        join_stack(facts, &mut app, &[&listed]);
    }
    keep_with_domain(facts, &found.domain, &mut app);
    app
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use smol_str::SmolStr;

    use super::*;
    use crate::assemble::{assemble, facts_of};
    use crate::decide::{Agreed, Standing, decide};
    use crate::facts::{Member, NetworkInterface, Stack, Stacks};
    use crate::ledger::Ledger;
    use crate::reading::{Facet, Reading};

    /// How an app goes in an environment whose stack has an app of Ann's that its template wants kept.
    fn goes(owner: AppOwner) -> Option<Goes> {
        let member = Member {
            kind: Kind::App.type_name().to_owned(),
            id: "default|JupyterServer|d-1|ann".to_owned(),
            retained: true,
            ..Member::default()
        };
        let stack = Stack {
            name: "demo-studio".into(),
            members: vec![member],
            ..Stack::default()
        };
        let app = App {
            domain: "d-1".to_owned(),
            owner,
            kind: "JupyterServer".to_owned(),
            name: "default".to_owned(),
            status: "InService".to_owned(),
            instance: None,
        };
        let facts = Facts {
            apps: Reading::Known(vec![app]),
            ..facts_of(stack)
        };
        let intent = Intent {
            spaces: Agreed::All,
            ..Intent::default()
        };
        let found = resources(&facts, &intent).last();
        found.map(|app| app.goes)
    }

    #[test]
    fn an_app_that_stays_keeps_the_interfaces_of_its_domain() {
        let app = |name: &str, status: &str| App {
            domain: "d-1".to_owned(),
            owner: AppOwner::Space("lab".to_owned()),
            kind: "JupyterLab".to_owned(),
            name: name.to_owned(),
            status: status.to_owned(),
            instance: None,
        };
        let interface = |id: &str, domain: &str| NetworkInterface {
            id: id.to_owned(),
            description: format!(
                "[DO NOT DELETE] ENI managed by SageMaker for Studio Domain({domain}) - 0a1b"
            ),
            ..NetworkInterface::default()
        };
        let facts = Facts {
            apps: Reading::Known(vec![app("gone", "Deleted"), app("default", "InService")]),
            network_interfaces: Reading::Known(vec![
                interface("eni-1", "d-1"),
                interface("eni-2", "d-2"),
            ]),
            ..Facts::default()
        };
        for (spaces, held) in [(Agreed::None, &["eni-1"][..]), (Agreed::All, &[][..])] {
            let intent = Intent {
                spaces,
                ..Intent::default()
            };
            let found = resources(&facts, &intent);
            let holds = found.flat_map(|app| app.holds);
            let interfaces = holds.filter(|held| held.kind == Kind::NetworkInterface);
            let interfaces: Vec<SmolStr> = interfaces.map(|held| held.id).collect();
            assert_eq!(interfaces, held);
        }
    }

    #[test]
    fn a_space_in_somebody_elses_domain_is_ours_where_a_stack_of_ours_has_it() {
        let space = |name: &str| Space {
            domain: "d-theirs".to_owned(),
            name: name.to_owned(),
            status: "InService".to_owned(),
            ..Space::default()
        };
        let member = Member {
            kind: Kind::Space.type_name().to_owned(),
            id: "d-theirs|guest".to_owned(),
            ..Member::default()
        };
        let stack = Stack {
            name: "demo-guest".into(),
            members: vec![member],
            ..Stack::default()
        };
        let facts = Facts {
            spaces: Reading::Known(vec![space("guest"), space("theirs")]),
            ..facts_of(stack)
        };
        let elsewhere = [("d-theirs".to_owned(), "guest".to_owned())];
        assert_eq!(facts.spaces_elsewhere(), BTreeSet::from(elsewhere));
        for (spaces, goes) in [
            (Agreed::All, Goes::By(Verb::Delete)),
            (Agreed::None, Goes::Kept(Keeping::NoConsent)),
        ] {
            let intent = Intent {
                spaces,
                ..Intent::default()
            };
            let found: Vec<Resource> = resources(&facts, &intent).collect();
            let told: Vec<(&str, &Goes)> = found
                .iter()
                .map(|it| (it.id.id.as_str(), &it.goes))
                .collect();
            assert_eq!(told, [("d-theirs/guest", &goes)]);
            let ours = vec![Evidence::Stack("demo-guest".into())];
            assert!(found.iter().all(|it| it.evidence == ours), "{found:?}");
        }
    }

    #[test]
    fn an_app_that_its_template_wants_kept_is_kept() {
        let ann = || "ann".to_owned();
        let kept = Goes::Kept(Keeping::DeletionPolicy);
        assert_eq!(goes(AppOwner::UserProfile(ann())), Some(kept));
        let deleted = Goes::By(Verb::Delete);
        assert_eq!(goes(AppOwner::Space(ann())), Some(deleted));
    }

    /// The words of the mark on our VPC, and whether it may be written.
    fn mark_of(facts: &Facts) -> Option<(Option<SmolStr>, Standing)> {
        let intent = Intent::default();
        let world = assemble(facts, &intent);
        let decision = decide(&world, &intent, &Ledger::default(), Duration::ZERO);
        let id = ResourceId::new(Kind::DomainMark, "vpc-1");
        let standing = decision.standing.get(&id)?.clone();
        Some((world.get(&id)?.name.clone(), standing))
    }

    #[test]
    fn the_mark_is_not_written_anew_before_every_list_of_what_domains_leave_is_known() {
        let vpc = Vpc {
            id: "vpc-1".to_owned(),
            domains: vec!["d-1".to_owned()],
            ..Vpc::default()
        };
        let mut facts = Facts {
            stacks: Reading::Known(Stacks {
                vpcs: vec![vpc],
                ..Stacks::default()
            }),
            named_domains: ["d-2".to_owned()].into(),
            domains: Reading::Known(vec![Domain {
                id: "d-2".to_owned(),
                status: "InService".to_owned(),
                ..Domain::default()
            }]),
            file_systems: Reading::Known(Vec::new()),
            tagged: Reading::Known(Vec::new()),
            ..Facts::default()
        };
        let waits = Standing::Unknown(Facet::SecurityGroups);
        assert_eq!(mark_of(&facts), Some((Some("d-2".into()), waits)));
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-1";
        facts.security_groups = Reading::Known(vec![SecurityGroup {
            id: "sg-1".to_owned(),
            vpc: "vpc-1".to_owned(),
            tags: [(mark::MANAGED_BY_DOMAIN.to_owned(), arn.to_owned())].into(),
            ..SecurityGroup::default()
        }]);
        let written = Standing::Start(Verb::Tag);
        assert_eq!(mark_of(&facts), Some((Some("d-1 d-2".into()), written)));
    }
}
