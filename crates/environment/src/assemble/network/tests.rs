//! Groups and interfaces: whose they are, what holds them and what they hold.

use std::collections::BTreeMap;

use super::*;
use crate::assemble::assemble;
use crate::decide::Intent;
use crate::facts::{Endpoint, EndpointConfig, Model, NetworkPart, PartKind, Stacks, Tagged, Vpc};
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
    let balancer =
        "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/web/0a1b2c3d4e5f6071";
    let new = "AWS::ElasticLoadBalancingV2::LoadBalancer";
    let classic = "AWS::ElasticLoadBalancing::LoadBalancer";
    let task = "arn:aws:ecs:us-east-1:111122223333:attachment/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
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
