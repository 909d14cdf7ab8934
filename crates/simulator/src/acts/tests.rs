//! Scenarios with acts: how first worlds come about, what people do in them, and the examples of the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use crate::bound;
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::Request;
use crate::world::{Reply, World};

fn begin(text: &str) -> World {
    let scenario = Scenario::read(text).unwrap_or_else(|problem| panic!("{problem}"));
    World::begin(&scenario, None).unwrap_or_else(|problem| panic!("{problem}"))
}

fn refused(text: &str) -> String {
    match Scenario::read(text) {
        Err(problem) => problem.message().to_owned(),
        Ok(scenario) => World::begin(&scenario, None).unwrap_err().to_string(),
    }
}

fn pass(world: &mut World, seconds: u64) {
    let until = world.now().plus(Duration::from_secs(seconds));
    world.advance(until);
}

/// A call of SageMaker by `alice`.
fn call(world: &mut World, action: &str, input: &serde_json::Value) -> u16 {
    let headers = [
        ("x-amz-target".to_owned(), format!("SageMaker.{action}")),
        (
            "authorization".to_owned(),
            "AWS4-HMAC-SHA256 Credential=ALICE/20260105/us-east-1/sagemaker/aws4_request"
                .to_owned(),
        ),
    ];
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        headers: headers.into(),
        body: input.to_string().into_bytes(),
        ..Request::default()
    };
    match world.handle(world.now(), &request) {
        Reply::Answer(response, _) => response.status,
        Reply::Drop(_) => 0,
    }
}

/// Statuses of everything in environments of a type, by id.
fn statuses(world: &World, kind: &str) -> BTreeMap<String, String> {
    let rows = world.environment_rows().into_values();
    rows.filter(|row| row.kind == kind)
        .map(|row| (row.id, row.status))
        .collect()
}

/// The log as `caller action code`.
fn log(world: &World) -> Vec<String> {
    let line = |entry: &crate::log::Entry| {
        let caller = entry.caller.rsplit('/').next().unwrap_or_default();
        let code = entry.code.as_deref().unwrap_or("ok");
        format!("{caller} {} {code}", entry.action)
    };
    world.log().iter().map(line).collect()
}

fn examples() -> PathBuf {
    PathBuf::from("../../tests/scenarios")
}

fn example(name: &str) -> World {
    let path = examples().join(format!("{name}.toml"));
    begin(&std::fs::read_to_string(path).unwrap())
}

const VPC: &str = r#"
[[act]]
caller = "bob"
action = "ec2:CreateVpc"
as = "vpc"
input = { CidrBlock = "10.7.0.0/16" }
"#;

#[test]
fn the_world_begins_when_its_acts_are_done() {
    let world = begin(&format!(
        "{VPC}\n[[act]]\ncaller = \"bob\"\naction = \"ec2:CreateSubnet\"\nwait = 90\n\
         input = {{ VpcId = \"${{vpc.vpc.vpcId}}\", CidrBlock = \"10.7.0.0/24\" }}\n"
    ));
    assert_eq!(statuses(&world, "AWS::EC2::Subnet").len(), 1);
    assert_eq!(world.now(), SimTime::START);
    assert_eq!((world.elapsed(), world.log().len()), (Duration::ZERO, 0));
}

#[test]
fn what_was_made_lies_before_the_start() {
    let world = example("neighbour");
    let rows = world.environment_rows();
    let domain = rows
        .values()
        .find(|row| row.kind == "AWS::SageMaker::Domain");
    let input = json!({"DomainId": domain.unwrap().id});
    let mut asked = world.clone();
    assert_eq!(call(&mut asked, "DescribeDomain", &input), 200);
    assert_eq!(world.now(), SimTime::START);
    let state = &asked.region(&crate::world::Place::new(
        crate::service::ACCOUNT,
        "us-east-1",
    ));
    let created = state.ec2.interfaces.values().map(|interface| {
        interface
            .attachment
            .as_ref()
            .map(|attachment| attachment.since)
    });
    assert!(created.flatten().all(|since| since < SimTime::START));
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let path = examples().join("neighbour.toml");
    let scenario = Scenario::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows = |seed| World::begin(&scenario, Some(seed)).unwrap().rows();
    assert_eq!(rows(1), rows(1));
    assert_ne!(rows(1), rows(2));
}

#[test]
fn an_act_that_goes_wrong_is_named_with_its_refusal() {
    for (text, told) in [
        (
            "[[act]]\ncaller = \"bob\"\naction = \"ec2:DeleteVpc\"\ninput = { VpcId = \"vpc-1\" }\n",
            "act 1 (ec2:DeleteVpc of bob) was refused: InvalidVpcID.NotFound",
        ),
        (
            "[[act]]\ncaller = \"bob\"\naction = \"ec2:DeleteVpc\"\ninput = { VpcId = \"vpc-1\" }\nexpect = \"DependencyViolation\"\n",
            "was refused: InvalidVpcID.NotFound",
        ),
        (
            &format!("{VPC}expect = \"VpcLimitExceeded\"\n"),
            "was expected to end with VpcLimitExceeded, but went well",
        ),
        (
            &format!(
                "{VPC}[[act]]\ncaller = \"bob\"\naction = \"ec2:DeleteVpc\"\ninput = {{ VpcId = \"${{vpc.VpcId}}\" }}\n"
            ),
            "the answer has no VpcId there, but requestId, vpc",
        ),
        (
            "[[act]]\ncaller = \"bob\"\naction = \"cloudformation:CreateStack\"\n\
             input = { StackName = \"s\", TemplateBody = 'Resources: {G: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-1, CidrBlock: 10.0.0.0/24}}}' }\n",
            "is ROLLBACK_COMPLETE (say `expect = \"ROLLBACK_COMPLETE\"` where that is meant)",
        ),
    ] {
        let problem = refused(text);
        let told = told.replace("requestId, ", "");
        assert!(problem.contains(&told), "{problem}");
    }
}

#[test]
fn a_mistake_in_an_act_is_found_before_anything_is_done() {
    let act = |rest: &str| format!("[[act]]\ncaller = \"bob\"\n{rest}\n");
    for (text, told) in [
        (
            act("action = \"sagemaker:CreateApps\""),
            "did you mean \"sagemaker:CreateApp\"?",
        ),
        (act("action = \"sagemaker:*\""), "one, not many"),
        (
            act("action = \"sts:GetCallerIdentity\"\nat = -1"),
            "at must be",
        ),
        (
            act("action = \"sts:GetCallerIdentity\"\nat = 1\nsettle = false"),
            "belong to acts without a time",
        ),
        (
            act("action = \"sts:GetCallerIdentity\"\nat = 1\nafter = { action = \"sts:*\" }"),
            "`at` a time or `after` a call",
        ),
        (
            act("action = \"sts:GetCallerIdentity\"\nafter = { action = \"ec2:Remove*\" }"),
            "after: action \"ec2:Remove*\" is not known",
        ),
        (
            act("action = \"ec2:DeleteVpc\"\ninput = { VpcId = \"${vcp.vpc.vpcId}\" }").replacen(
                "[[act]]",
                &format!("{VPC}\n[[act]]"),
                1,
            ),
            "act 2 (ec2:DeleteVpc): answer \"vcp\" is not known; did you mean \"vpc\"?",
        ),
        (format!("{VPC}{VPC}"), "another act is named vpc already"),
        (
            act(
                "action = \"sts:GetCallerIdentity\"\nfault = { match = { type = \"AWS::SageMaker::Ap\" }, effect = { kind = \"stuck\" } }",
            ),
            "did you mean \"AWS::SageMaker::App\"?",
        ),
        (act("action = \"sts:GetCallerIdentity\"\nwhen = 3"), "when"),
    ] {
        let problem = Scenario::read(&text).unwrap_err().to_string();
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn an_import_is_into_a_stack_that_is_there_and_to_a_known_status() {
    let import = |status: &str| format!("[[import]]\nstack = \"s\"\nstatus = \"{status}\"\n");
    let problem = refused(&import("IMPORT_COMPLET"));
    assert!(
        problem.contains(
            "import 1: status \"IMPORT_COMPLET\" is not known; did you mean \"IMPORT_COMPLETE\"?"
        ),
        "{problem}"
    );
    assert_eq!(
        refused(&import("IMPORT_COMPLETE")),
        "import 1 (into s) cannot be done: Stack [s] does not exist"
    );
}

#[test]
fn what_does_not_come_to_rest_must_be_given_a_time() {
    let stuck = |rest: &str| {
        format!(
            "[[act]]\ncaller = \"bob\"\naction = \"elasticfilesystem:CreateFileSystem\"\n\
             input = {{ CreationToken = \"t\" }}\n{rest}\n\
             [act.fault]\nmatch = {{ type = \"AWS::EFS::FileSystem\" }}\neffect = {{ kind = \"stuck\" }}\n"
        )
    };
    let problem = refused(&stuck(""));
    assert!(
        problem.contains("stays creating; give it `wait` or `settle = false`"),
        "{problem}"
    );
    for rest in ["settle = false", "wait = 100"] {
        let world = begin(&stuck(rest));
        let volumes = statuses(&world, "AWS::EFS::FileSystem");
        assert_eq!(volumes.values().collect::<Vec<_>>(), ["creating"], "{rest}");
    }
}

#[test]
fn rates_latency_and_faults_begin_with_the_world() {
    let identity = "[[act]]\ncaller = \"bob\"\naction = \"sts:GetCallerIdentity\"\n";
    let mut world = begin(&format!(
        "[rates]\nread = {{ burst = 1, per_second = 0.001 }}\n\
         [[fault]]\nmatch = {{ action = \"sts:*\", nth = 2 }}\nanswer = {{ kind = \"error\", code = \"Boo\" }}\n\
         {identity}{identity}{identity}{identity}at = 1\n{identity}at = 2\n{identity}at = 3\n"
    ));
    pass(&mut world, 5);
    let wanted = [
        "bob sts:GetCallerIdentity ok",
        "bob sts:GetCallerIdentity Boo",
        "bob sts:GetCallerIdentity Throttling",
    ];
    assert_eq!(log(&world), wanted);
}

#[test]
fn people_act_after_calls_of_others_and_meet_refusals() {
    let mut world = begin(
        r#"
[[act]]
caller = "bob"
action = "sagemaker:DeleteModel"
after = { action = "sagemaker:List*", caller = "*alice", nth = 2, delay = 5 }
input = { ModelName = "nobodys" }

[[act]]
caller = "carol"
action = "sagemaker:DescribeDomain"
at = 30
input = { DomainId = "${made.DomainId}" }

[[act]]
caller = "carol"
action = "sagemaker:CreateDomain"
at = 60
as = "made"
input = { DomainName = "x", AuthMode = "IAM", DefaultUserSettings = {} }
"#,
    );
    for _ in 0..3 {
        assert_eq!(call(&mut world, "ListDomains", &json!({})), 200);
    }
    pass(&mut world, 4);
    assert_eq!(log(&world).len(), 3);
    pass(&mut world, 60);
    let wanted = [
        "bob sagemaker:DeleteModel ValidationException",
        "carol sagemaker:DescribeDomain UnresolvedReference",
        "carol sagemaker:CreateDomain ValidationException",
    ];
    assert_eq!(log(&world)[3..], wanted);
}

#[test]
fn a_fork_has_the_same_future_and_so_has_a_saved_world() {
    let mut world = example("starts-an-app");
    let domain = statuses(&world, "AWS::SageMaker::Domain")
        .into_keys()
        .next()
        .unwrap();
    let app = json!({"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"});
    assert_eq!(call(&mut world, "DeleteApp", &app), 200);
    let mut fork = world.clone();
    let text = serde_json::to_string(&world).unwrap();
    let mut read: World = serde_json::from_str(&text).unwrap();
    for world in [&mut world, &mut fork, &mut read] {
        pass(world, 1000);
    }
    let apps = statuses(&world, "AWS::SageMaker::App");
    let again = format!("{domain}/lab/JupyterLab/again");
    assert_eq!(apps, BTreeMap::from([(again, "InService".to_owned())]));
    for other in [fork, read] {
        assert_eq!((other.rows(), other.log()), (world.rows(), world.log()));
    }
}

/// A domain in the default VPC, with Bob's profile; he makes a space five seconds after the start.
const SPACE_MEANWHILE: &str = r#"
[[act]]
caller = "bob"
action = "ec2:DescribeSubnets"
as = "subnets"

[[act]]
caller = "bob"
action = "ec2:DescribeSecurityGroups"
as = "groups"

[[act]]
caller = "bob"
action = "sagemaker:CreateDomain"
as = "domain"
[act.input]
DomainName = "d"
AuthMode = "IAM"
AppNetworkAccessType = "VpcOnly"
VpcId = "${subnets.subnetSet.0.vpcId}"
SubnetIds = ["${subnets.subnetSet.0.subnetId}"]
DefaultUserSettings = { ExecutionRole = "${role.Role.Arn}", SecurityGroups = ["${groups.securityGroupInfo.0.groupId}"] }

[[act]]
caller = "bob"
action = "sagemaker:CreateUserProfile"
input = { DomainId = "${domain.DomainId}", UserProfileName = "bob" }

[[act]]
caller = "bob"
action = "sagemaker:CreateSpace"
[act.input]
DomainId = "${domain.DomainId}"
SpaceName = "first"
OwnershipSettings = { OwnerUserProfileName = "bob" }
SpaceSharingSettings = { SharingType = "Private" }

[[act]]
caller = "bob"
action = "sagemaker:CreateSpace"
at = 5
[act.input]
DomainId = "${domain.DomainId}"
SpaceName = "second"
OwnershipSettings = { OwnerUserProfileName = "bob" }
SpaceSharingSettings = { SharingType = "Private" }
"#;

#[test]
fn the_bound_of_a_removal_counts_what_people_make_meanwhile() {
    let role = r#"
[[act]]
caller = "bob"
action = "iam:CreateRole"
as = "role"
[act.input]
RoleName = "studio"
AssumeRolePolicyDocument = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
"#;
    let before = begin(&format!("{role}{SPACE_MEANWHILE}"));
    let after = begin(role);
    let quiet = begin(&format!(
        "{role}{}",
        SPACE_MEANWHILE.replace("at = 5", "at = 100000")
    ));
    let bounds = [&before, &quiet].map(|world| bound::removal(world, &after).unwrap().time);
    assert!(bounds[0] > bounds[1], "{bounds:?}");
}

#[test]
fn every_example_begins() {
    let mut count = 0;
    for entry in std::fs::read_dir(examples()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# "),
            "{} says nothing of itself",
            path.display()
        );
        let scenario = Scenario::read(&text);
        let scenario = scenario.unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        if let Err(problem) = World::begin(&scenario, None) {
            panic!("{}: {problem}", path.display());
        }
        count += 1;
    }
    assert_eq!(count, 9);
}

#[test]
fn the_neighbour_lives() {
    let world = example("neighbour");
    for (kind, count) in [
        ("AWS::SageMaker::App", 1),
        ("AWS::SageMaker::Endpoint", 1),
        ("AWS::SageMaker::Domain", 1),
    ] {
        let found = statuses(&world, kind);
        assert_eq!(found.len(), count, "{kind}");
        assert!(
            found.values().all(|status| status == "InService"),
            "{found:?}"
        );
    }
    // Two mount targets, one app, two of the endpoint.
    assert_eq!(statuses(&world, "AWS::EC2::NetworkInterface").len(), 5);
}

#[test]
fn a_dead_domain_leaves_volume_mount_targets_and_groups() {
    let world = example("dead-domain");
    assert!(statuses(&world, "AWS::SageMaker::Domain").is_empty());
    assert!(statuses(&world, "AWS::CloudFormation::Stack").is_empty());
    assert_eq!(statuses(&world, "AWS::EFS::FileSystem").len(), 1);
    assert_eq!(statuses(&world, "AWS::EFS::MountTarget").len(), 2);
    // The VPC's default group, Bob's, and the two of the domain.
    assert_eq!(statuses(&world, "AWS::EC2::SecurityGroup").len(), 4);
}

#[test]
fn stacks_are_in_the_statuses_that_they_are_named_after() {
    let mut world = example("stacks");
    pass(&mut world, 3600);
    let place = crate::world::Place::new(crate::service::ACCOUNT, "us-east-1");
    let stacks = world.region(&place).cloudformation.stacks.values();
    let mut found = 0;
    for stack in stacks {
        let wanted = match stack.name.as_str() {
            "cleanup" => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS".to_owned(),
            "rollback-cleanup" => "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS".to_owned(),
            name => name.to_uppercase().replace('-', "_"),
        };
        assert_eq!(stack.status, wanted, "{}", stack.name);
        found += 1;
    }
    assert_eq!(found, 22);
}

#[test]
fn a_slow_endpoint_stays_in_creating_for_24_minutes() {
    let mut world = example("slow-endpoint");
    let status =
        |world: &World| statuses(world, "AWS::SageMaker::Endpoint")["bobs-endpoint"].clone();
    pass(&mut world, 1370);
    assert_eq!(status(&world), "Creating");
    pass(&mut world, 20);
    assert_eq!(status(&world), "Failed");
}

#[test]
fn an_interface_is_held_for_45_minutes_another_is_abandoned_and_a_third_never_goes() {
    let mut world = example("held-interface");
    let count = |world: &World| {
        let interfaces = statuses(world, "AWS::EC2::NetworkInterface");
        let in_use = interfaces.values().filter(|status| *status == "in-use");
        (in_use.count(), interfaces.len())
    };
    assert_eq!(count(&world), (5, 5));
    pass(&mut world, 40 * 60);
    assert_eq!(count(&world), (4, 5));
    pass(&mut world, 15 * 60);
    assert_eq!(count(&world), (3, 4));
    pass(&mut world, 24 * 3600);
    assert_eq!(count(&world), (3, 4));
}

#[test]
fn a_failed_deletion_can_be_asked_again() {
    let mut world = example("domain-delete-failed");
    let domains = statuses(&world, "AWS::SageMaker::Domain");
    let (id, status) = domains.into_iter().next().unwrap();
    assert_eq!(status, "Delete_Failed");
    assert_eq!(
        call(&mut world, "DeleteDomain", &json!({"DomainId": id})),
        200
    );
    pass(&mut world, 600);
    assert!(statuses(&world, "AWS::SageMaker::Domain").is_empty());
}

#[test]
fn a_throttled_account_refuses_most_of_a_burst() {
    let mut world = example("throttled");
    let answered = (0..20).filter(|_| call(&mut world, "ListApps", &json!({})) == 200);
    assert!(answered.count() <= 2);
    assert!(world.log().iter().any(|entry| entry.latency_ms > 300));
}

/// The blocks of TOML in `docs/scenarios.md`.
#[test]
fn every_example_of_the_documentation_begins() {
    let text = std::fs::read_to_string("../../docs/scenarios.md").unwrap();
    let blocks: Vec<&str> = text
        .split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(blocks.len() >= 5, "{}", blocks.len());
    for block in blocks {
        begin(block);
    }
}

/// A model that somebody makes in Studio, from a place there.
fn made_in_studio(propagation: &str, studio: &str) -> World {
    let neighbour = std::fs::read_to_string(examples().join("neighbour.toml")).unwrap();
    begin(&format!(
        r#"{neighbour}
[[act]]
caller = "bob"
action = "sagemaker:UpdateDomain"
input = {{ DomainId = "${{domain.DomainId}}", TagPropagation = "{propagation}" }}

[[act]]
caller = "bob"
action = "sagemaker:AddTags"
input = {{ ResourceArn = "${{domain.DomainArn}}", Tags = [{{ Key = "cost", Value = "7" }}] }}

[[act]]
caller = "arn:aws:sts::111122223333:assumed-role/bob-studio/SageMaker"
action = "sagemaker:CreateModel"
studio = "${{domain.DomainId}}/{studio}"
[act.input]
ModelName = "made-inside"
PrimaryContainer = {{ Image = "image" }}
Tags = [{{ Key = "own", Value = "yes" }}]
"#
    ))
}

/// Facts: 1.4.9
#[test]
fn what_is_made_in_studio_says_where_it_comes_from() {
    for (propagation, studio, expected) in [
        (
            "DISABLED",
            "bob",
            vec!["own", "sagemaker:domain-arn", "sagemaker:user-profile-arn"],
        ),
        (
            "DISABLED",
            "bob/lab",
            vec![
                "own",
                "sagemaker:domain-arn",
                "sagemaker:space-arn",
                "sagemaker:user-profile-arn",
            ],
        ),
        (
            "ENABLED",
            "bob",
            vec![
                "cost",
                "own",
                "sagemaker:domain-arn",
                "sagemaker:user-profile-arn",
            ],
        ),
    ] {
        let world = made_in_studio(propagation, studio);
        let rows = world.environment_rows();
        let model = &rows["AWS::SageMaker::Model made-inside"];
        assert_eq!(model.tags.keys().collect::<Vec<_>>(), expected);
        let domain = rows
            .values()
            .find(|row| row.kind == "AWS::SageMaker::Domain")
            .unwrap();
        assert_eq!(model.tags["sagemaker:domain-arn"], domain.arn);
    }
}

#[test]
fn a_place_in_studio_has_to_exist() {
    let act = |studio: &str| {
        format!(
            "[[act]]\ncaller = \"bob\"\naction = \"sagemaker:CreateModel\"\nstudio = \"{studio}\"\n\
             input = {{ ModelName = \"m\", PrimaryContainer = {{ Image = \"image\" }} }}\n"
        )
    };
    assert!(refused(&act("d-1")).contains("DOMAIN/PROFILE"));
    assert!(refused(&act("d-1/bob")).contains("Domain [d-1] does not exist."));
    assert!(refused(&act("${domain.DomainId}/bob")).contains("domain"));
}
