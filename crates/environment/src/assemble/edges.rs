//! Whether the edges of a world keep to what [`Kind::holder_facets`] says of them: a holder in a list that is not named there
//! would be overlooked while that list is not known.

use std::collections::BTreeSet;

use super::assemble;
use crate::decide::{Agreed, DeleteKept, Intent, wanted_gone};
use crate::facts::{
    App, AppOwner, Definition, Domain, Endpoint, EndpointConfig, Export, Facts, FileSystem,
    GroupAssociation, InferenceComponent, Job, JobKind, Log, Member, Model, MonitoringSchedule,
    MountTarget, NetworkInterface, NetworkPart, Notebook, PartKind, Pipeline, Replication,
    RolePolicy, ScalableTarget, SecurityGroup, Space, Stack, Stacks, Tagged, Tags, UserProfile,
    Vpc,
};
use crate::mark;
use crate::plan::{Plan, plan};
use crate::reading::{Facet, Reading};
use crate::resource::{Goes, Kind, Resource};
use crate::world::World;

/// Kinds that hold nothing: what is only told of, and a VPC without its stack, which goes last.
const HOLD_NOTHING: [Kind; 2] = [Kind::Vpc, Kind::Companion];

/// Kinds that nothing holds: two that go with the care that their like need all the same, and the mark, which is written from
/// what its lists tell.
const HELD_BY_NOTHING: [Kind; 3] = [Kind::NatGateway, Kind::ScalableTarget, Kind::DomainMark];

const PARTS: [PartKind; 10] = [
    PartKind::Subnet,
    PartKind::RouteTable,
    PartKind::NetworkAcl,
    PartKind::InternetGateway,
    PartKind::NatGateway,
    PartKind::VpnGateway,
    PartKind::EgressOnlyGateway,
    PartKind::CarrierGateway,
    PartKind::VpcEndpoint,
    PartKind::Instance,
];

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn arn(of: &str) -> String {
    format!("arn:aws:sagemaker:us-east-1:111122223333:{of}")
}

fn role() -> String {
    "arn:aws:iam::111122223333:role/execution".to_owned()
}

fn tags(key: &str, value: &str) -> Tags {
    [(key.to_owned(), value.to_owned())].into()
}

/// The tag that SageMaker puts on what it makes for our domain.
fn of_domain() -> Tags {
    tags(mark::MANAGED_BY_DOMAIN, &arn("domain/d-1"))
}

/// The tag on what is made in our domain.
fn in_domain() -> Tags {
    tags(mark::MADE_IN_DOMAIN, &arn("domain/d-1"))
}

fn member(kind: &str, id: &str) -> Member {
    Member {
        kind: kind.to_owned(),
        id: id.to_owned(),
        status: "CREATE_COMPLETE".to_owned(),
        ..Member::default()
    }
}

fn stack(key: &str, needs: &[&str], members: Vec<Member>) -> Stack {
    Stack {
        arn: format!("arn:demo-{key}").into(),
        name: format!("demo-{key}").into(),
        key: key.to_owned(),
        needs: owned(needs),
        status: "CREATE_COMPLETE".to_owned(),
        members,
        ..Stack::default()
    }
}

/// A network and a studio, from whose network somebody else imports; where it was left behind the network has no stack.
fn stacks(is_left: bool) -> Stacks {
    let mut network = stack(
        "network",
        &[],
        vec![
            member("AWS::EC2::VPC", "vpc-1"),
            member("AWS::EC2::Subnet", "subnet-1"),
            member("AWS::EC2::SecurityGroup", "sg-1"),
            member("AWS::EC2::VPCEndpoint", "vpce-1"),
            Member {
                retained: true,
                ..member("AWS::EC2::SecurityGroup", "sg-kept")
            },
        ],
    );
    network.exports = vec![Export {
        name: "demo-vpc".to_owned(),
        importers: owned(&["demo-studio", "theirs"]),
    }];
    let studio = stack(
        "studio",
        &["network"],
        vec![
            member("AWS::SageMaker::Domain", "d-1"),
            member("AWS::IAM::Role", "execution"),
            member("AWS::SageMaker::UserProfile", "d-1|ann"),
        ],
    );
    let vpc = Vpc {
        id: "vpc-1".to_owned(),
        stack: network.arn.clone(),
        left_by: is_left.then(|| network.name.to_string()),
        domains: Vec::new(),
    };
    let marked = [network, studio].into_iter();
    Stacks {
        marked: marked.skip(usize::from(is_left)).collect(),
        vpcs: vec![vpc],
        role_ids: [("execution".to_owned(), "AROA1".to_owned())].into(),
        ..Stacks::default()
    }
}

fn app(owner: AppOwner, kind: &str) -> App {
    App {
        domain: "d-1".to_owned(),
        owner,
        kind: kind.to_owned(),
        name: "default".to_owned(),
        status: "InService".to_owned(),
        instance: None,
    }
}

/// A domain with people in it, beside somebody else's.
fn studio(facts: &mut Facts) {
    let domain = |id: &str| Domain {
        id: id.to_owned(),
        arn: arn(&format!("domain/{id}")).into(),
        status: "InService".to_owned(),
        ..Domain::default()
    };
    let ann = || AppOwner::UserProfile("ann".to_owned());
    facts.domains = Reading::Known(vec![domain("d-1")]);
    facts.neighbours = vec![domain("d-2")];
    facts.user_profiles = Reading::Known(vec![UserProfile {
        domain: "d-1".to_owned(),
        name: "ann".to_owned(),
        status: "InService".to_owned(),
    }]);
    facts.spaces = Reading::Known(vec![Space {
        domain: "d-1".to_owned(),
        name: "lab".to_owned(),
        status: "InService".to_owned(),
        owner: Some("ann".to_owned()),
        ..Space::default()
    }]);
    facts.apps = Reading::Known(vec![
        app(AppOwner::Space("lab".to_owned()), "JupyterLab"),
        app(ann(), "RStudioServerPro"),
        app(ann(), "RSessionGateway"),
    ]);
}

/// A model, alone and in a component, behind an endpoint that is watched and scaled.
fn inference(facts: &mut Facts) {
    facts.models = Reading::Known(vec![Model {
        name: "llm".to_owned(),
        arn: arn("model/llm"),
        role: Some(role()),
        subnets: owned(&["subnet-1"]),
        groups: owned(&["sg-1"]),
        ..Model::default()
    }]);
    let config = |name: &str, models: &[&str]| EndpointConfig {
        name: name.to_owned(),
        arn: arn(&format!("endpoint-config/{name}")),
        role: Some(role()),
        subnets: owned(&["subnet-1"]),
        models: owned(models),
        ..EndpointConfig::default()
    };
    facts.endpoint_configs = Reading::Known(vec![config("llm", &["llm"]), config("parts", &[])]);
    let endpoint = |name: &str, status: &str| Endpoint {
        name: name.to_owned(),
        arn: arn(&format!("endpoint/{name}")),
        config: name.to_owned(),
        status: status.to_owned(),
        components: vec![InferenceComponent {
            name: format!("{name}-part"),
            status: "InService".to_owned(),
            ..InferenceComponent::default()
        }],
        ..Endpoint::default()
    };
    facts.endpoints = Reading::Known(vec![
        endpoint("llm", "InService"),
        endpoint("parts", "Creating"),
    ]);
    facts.component_models = [("parts-part".to_owned(), "llm".to_owned())].into();
    facts.monitoring_schedules = Reading::Known(vec![MonitoringSchedule {
        name: "hourly".to_owned(),
        status: "Scheduled".to_owned(),
        endpoint: Some("llm".to_owned()),
        ..MonitoringSchedule::default()
    }]);
    let target = |resource: &str, dimension: &str| ScalableTarget {
        resource: resource.to_owned(),
        dimension: format!("sagemaker:{dimension}"),
        ..ScalableTarget::default()
    };
    facts.scalable_targets = Reading::Known(vec![
        target("endpoint/llm/variant/all", "variant:DesiredInstanceCount"),
        target(
            "inference-component/llm-part",
            "inference-component:DesiredCopyCount",
        ),
    ]);
}

fn job(kind: JobKind, name: &str) -> Job {
    Job {
        kind,
        name: name.to_owned(),
        arn: arn(&format!("job/{name}")),
        status: "InProgress".to_owned(),
        role: Some(role()),
        subnets: owned(&["subnet-1"]),
        ..Job::default()
    }
}

/// Everything that works for a while.
fn work(facts: &mut Facts) {
    let mut tuning = job(JobKind::Tuning, "tune");
    tuning.others = vec![Definition {
        role: Some(role()),
        subnets: owned(&["subnet-1"]),
        groups: Vec::new(),
    }];
    let mut transform = job(JobKind::Transform, "transform");
    transform.model = Some("llm".to_owned());
    let mut pool = job(JobKind::Training, "warm");
    pool.is_warm_pool = true;
    facts.jobs = Reading::Known(vec![
        job(JobKind::AutoMl, "auto"),
        job(JobKind::Training, "train"),
        job(JobKind::Processing, "process"),
        tuning,
        transform,
        pool,
    ]);
    facts.pipelines = Reading::Known(vec![Pipeline {
        name: "nightly".to_owned(),
        arn: arn("pipeline/nightly"),
        role: Some(role()),
        tags: in_domain(),
        executions: vec![("arn:execution".to_owned(), "Executing".to_owned())],
    }]);
    facts.notebooks = Reading::Known(vec![Notebook {
        name: "notes".to_owned(),
        arn: arn("notebook-instance/notes"),
        status: "InService".to_owned(),
        role: Some(role()),
        subnet: Some("subnet-1".to_owned()),
        ..Notebook::default()
    }]);
    facts.tagged = Reading::Known(vec![Tagged {
        arn: arn("mlflow-tracking-server/runs"),
        tags: in_domain(),
    }]);
}

/// A replicated home volume.
fn storage(facts: &mut Facts) {
    facts.file_systems = Reading::Known(vec![FileSystem {
        id: "fs-1".to_owned(),
        status: "available".to_owned(),
        tags: of_domain(),
        ..FileSystem::default()
    }]);
    facts.mount_targets = Reading::Known(vec![MountTarget {
        id: "fsmt-1".to_owned(),
        file_system: "fs-1".to_owned(),
        subnet: "subnet-1".to_owned(),
        interface: Some("eni-target".to_owned()),
        status: "available".to_owned(),
    }]);
    facts.replications = [("fs-1".to_owned(), Replication::default())].into();
}

fn group(id: &str, names: &[&str]) -> SecurityGroup {
    let is_ours = id == "sg-1";
    SecurityGroup {
        id: id.to_owned(),
        name: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        tags: if is_ours { Tags::new() } else { of_domain() },
        names_groups: owned(names).into_iter().collect(),
        associations: BTreeSet::new(),
    }
}

fn interface(id: &str, description: &str) -> NetworkInterface {
    NetworkInterface {
        id: id.to_owned(),
        description: description.to_owned(),
        attachment: Some("eni-attach-1".to_owned()),
        status: "in-use".to_owned(),
        subnet: "subnet-1".to_owned(),
        vpc: "vpc-1".to_owned(),
        groups: owned(&["sg-1", "sg-in"]),
        ..NetworkInterface::default()
    }
}

/// The domain's groups, interfaces of everything, and what somebody else has put into the network.
fn network(facts: &mut Facts) {
    let mut shared = group("sg-in", &["sg-out"]);
    shared.associations = [GroupAssociation {
        vpc: "vpc-theirs".to_owned(),
        owner: None,
    }]
    .into();
    facts.security_groups = Reading::Known(vec![
        shared,
        group("sg-out", &["sg-in"]),
        group("sg-1", &["sg-in"]),
        group("sg-kept", &[]),
    ]);
    let of_role = NetworkInterface {
        requester: Some("AROA1:SageMaker".to_owned()),
        groups: owned(&["sg-1"]),
        ..interface("eni-role", "")
    };
    let of_instance = NetworkInterface {
        instance: Some("Instance".to_owned()),
        ..interface("eni-instance", "")
    };
    facts.network_interfaces = Reading::Known(vec![
        interface(
            "eni-app",
            "ENI managed by SageMaker for Studio Domain(d-1) - 0a1b",
        ),
        interface("eni-target", "EFS mount target for fs-1 (fsmt-1)"),
        interface("eni-endpoint", "VPC Endpoint Interface VpcEndpoint"),
        interface("eni-theirs", "ELB app/theirs/0123456789abcdef"),
        of_role,
        of_instance,
    ]);
    let parts = PARTS.iter().map(|kind| NetworkPart {
        kind: *kind,
        id: format!("{kind:?}"),
        vpc: "vpc-1".to_owned(),
        name: None,
        tags: [
            (mark::ENVIRONMENT.to_owned(), "demo".to_owned()),
            (mark::STACK_NAME.to_owned(), "demo-network".to_owned()),
        ]
        .into(),
        status: None,
    });
    facts.network_parts = Reading::Known(parts.collect());
}

/// What somebody put on the role, and what everything wrote.
fn traces(facts: &mut Facts) {
    let policy = |document: Option<&str>| RolePolicy {
        role: "execution".to_owned(),
        policy: "by-hand".to_owned(),
        document: document.map(str::to_owned),
        is_of_stack: false,
    };
    facts.role_policies = Reading::Known(vec![policy(None), policy(Some("{}"))]);
    let log = |group: &str, stream: Option<&str>, of: &str| Log {
        group: group.to_owned(),
        stream: stream.map(str::to_owned),
        of: arn(of),
        ..Log::default()
    };
    facts.logs = Reading::Known(vec![
        log("/aws/sagemaker/Endpoints/llm", None, "endpoint/llm"),
        log("/aws/sagemaker/studio", Some("d-1"), "domain/d-1"),
        log("/aws/sagemaker/TrainingJobs", Some("train"), "job/train"),
    ]);
}

/// One of everything.
fn everything(is_left: bool) -> Facts {
    let mut facts = Facts {
        environment: "demo".to_owned(),
        stacks: Reading::Known(stacks(is_left)),
        ..Facts::default()
    };
    if is_left {
        facts.named_domains = ["d-1".to_owned()].into();
    }
    studio(&mut facts);
    inference(&mut facts);
    work(&mut facts);
    storage(&mut facts);
    network(&mut facts);
    traces(&mut facts);
    facts
}

fn thin_out<T>(rng: &mut fastrand::Rng, list: &mut Reading<Vec<T>>) {
    if let Reading::Known(list) = list {
        list.retain(|_| rng.u8(..8) > 0);
    }
}

/// Some of everything: what one thing is to another depends on what else is there.
fn some(rng: &mut fastrand::Rng) -> Facts {
    let mut facts = everything(rng.bool());
    thin_out(rng, &mut facts.domains);
    thin_out(rng, &mut facts.user_profiles);
    thin_out(rng, &mut facts.spaces);
    thin_out(rng, &mut facts.apps);
    thin_out(rng, &mut facts.models);
    thin_out(rng, &mut facts.endpoint_configs);
    thin_out(rng, &mut facts.endpoints);
    thin_out(rng, &mut facts.file_systems);
    thin_out(rng, &mut facts.mount_targets);
    thin_out(rng, &mut facts.security_groups);
    thin_out(rng, &mut facts.network_interfaces);
    thin_out(rng, &mut facts.tagged);
    thin_out(rng, &mut facts.monitoring_schedules);
    thin_out(rng, &mut facts.jobs);
    thin_out(rng, &mut facts.pipelines);
    thin_out(rng, &mut facts.network_parts);
    facts
}

fn intent(rng: &mut fastrand::Rng) -> Intent {
    let agreed = |is_agreed: bool| {
        if is_agreed { Agreed::All } else { Agreed::None }
    };
    Intent {
        spaces: agreed(rng.bool()),
        notebooks: agreed(rng.bool()),
        policies: agreed(rng.bool()),
        delete_logs: rng.bool(),
        home_volumes: agreed(rng.bool()),
        delete_kept: DeleteKept::None,
        include_located: rng.bool(),
    }
}

/// Whether a list that is not known keeps from going what something in it may hold. Nothing goes at all while the stacks are
/// not known: the mark on a VPC, which holds a domain and what that leaves, is told by their list and named nowhere else.
/// Left things wait for every list, as their VPC does.
fn is_looked_into(list: Facet, held: Kind, is_left: bool) -> bool {
    list == Facet::Stacks || is_left || held.holder_facets().contains(&list)
}

#[test]
fn whatever_may_hold_a_thing_stands_in_a_list_that_has_to_be_known_before_it_goes() {
    let (mut holding, mut held) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..2_000 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (facts, intent) = (some(&mut rng), intent(&mut rng));
        let world = assemble(&facts, &intent);
        for holder in world.resources() {
            let kind = holder.id.kind;
            for thing in &holder.holds {
                let is_left = world.get(thing).is_some_and(|thing| thing.is_left);
                assert!(
                    is_looked_into(kind.facet(), thing.kind, is_left),
                    "seed {seed}: {:?} holds {thing:?}",
                    holder.id
                );
                holding.insert(kind);
                held.insert(thing.kind);
            }
        }
    }
    // Of what never comes nothing would be shown.
    for kind in Kind::ALL {
        let holds = holding.contains(&kind) || HOLD_NOTHING.contains(&kind);
        assert!(holds, "{kind:?} holds nothing");
        let needs_none = kind.holder_facets().is_empty() || HELD_BY_NOTHING.contains(&kind);
        let is_held = needs_none || held.contains(&kind);
        assert!(is_held, "nothing holds {kind:?}");
    }
}

/// Whether a plan brings something to its end, by itself or with what it goes with, or tells what holds it.
fn is_settled(world: &World, plan: &Plan, resource: &Resource) -> bool {
    let mut steps = plan.steps.iter();
    let is_told = steps.any(|step| step.resource == resource.id);
    let owner = match &resource.goes {
        Goes::With(owner) => world.get(owner),
        Goes::By(_) | Goes::Itself | Goes::Kept(_) => None,
    };
    is_told
        || plan.blocked.contains_key(&resource.id)
        || owner.is_some_and(|owner| is_settled(world, plan, owner))
}

#[test]
fn nothing_that_is_to_go_waits_for_itself() {
    for seed in 0..400 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let (mut facts, mut intent) = (some(&mut rng), intent(&mut rng));
        // Whoever stays holds nearly everything.
        facts.neighbours.clear();
        for include_located in [false, true] {
            intent.include_located = include_located;
            let world = assemble(&facts, &intent);
            let plan = plan(&world, &intent);
            let wanted = world.resources().filter(|it| wanted_gone(it, &intent));
            for resource in wanted {
                assert!(
                    is_settled(&world, &plan, resource),
                    "seed {seed}, {include_located}: {resource:?}"
                );
            }
        }
    }
}
