//! The policies of `docs/permissions`: whoever has exactly these is denied nothing in whole lives, and each of their actions
//! is wanted there, or has a reason why not.

use std::collections::BTreeSet;

use jumpstart_vpc::down::{Consent, NamedDomain};
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::history;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{OnFailure, Options, Participants};
use regex::Regex;
use serde_json::{Value, json};
use simulator::permissions::{Policy, Principal};
use simulator::service::Service;
use simulator::{Row, Scenario, World};

use crate::support::hand::{carl, hand, rest};
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, warnings, yes};
use crate::teardowns::{begin, in_halves, put, service_role, start_jobs};

const SEED: u64 = 151;
const FILES: [&str; 3] = ["caller", "options", "stacks"];

/// Who runs the program with the policies. Ann, Bob and Carl may do everything.
const OPERATOR: &str = "olga";
const OPERATOR_ARN: &str = "arn:aws:iam::111122223333:user/olga";

/// The service role, as the policies name it, and the session in which CloudFormation works with it.
const ROLE: &str = "cloudformation-jumpstart-vpc";
const ROLE_SESSION: &str =
    "arn:aws:sts::111122223333:assumed-role/cloudformation-jumpstart-vpc/AWSCloudFormation";

/// What a managed policy may have, without white space (IAM's quota `PolicySize`).
const LARGEST: usize = 6144;

/// How services deny.
const DENIALS: [&str; 3] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
];

/// What the policies allow and no life here comes to want, with the reason.
const UNWANTED: [(&str, &str, &str); 10] = [
    (
        "caller",
        "sagemaker:DescribeHyperParameterTuningJob",
        "with what a tuning job works that Search does not show yet",
    ),
    (
        "caller",
        "elasticfilesystem:DescribeReplicationConfigurations",
        "why a volume that takes part in a replication could not go",
    ),
    (
        "caller",
        "cloudformation:DescribeEvents",
        "why early validation refuses a change set of a template with a mistake",
    ),
    (
        "caller",
        "sagemaker:DescribeFeatureGroup",
        "whether a feature group of a domain has an online store",
    ),
    (
        "caller",
        "sagemaker:DescribeSpace",
        "why a space could not be deleted, or made",
    ),
    (
        "options",
        "sagemaker:DescribeApp",
        "why a starter app could not be made",
    ),
    (
        "options",
        "ec2:DeleteNatGateway",
        "a NAT gateway of somebody's that only stands in our VPC",
    ),
    (
        "options",
        "ec2:DeleteVpnGateway",
        "a gateway of a set of one's own, whose network was left behind",
    ),
    (
        "options",
        "ec2:DeleteInternetGateway",
        "a gateway of a set of one's own, whose network was left behind",
    ),
    (
        "options",
        "sts:DecodeAuthorizationMessage",
        "what a denial of EC2 says: nothing is denied here",
    ),
];

fn read(file: &str) -> Value {
    let text = std::fs::read_to_string(format!("docs/permissions/{file}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn statements(document: &Value) -> &Vec<Value> {
    document["Statement"].as_array().unwrap()
}

fn actions(statement: &Value) -> Vec<&str> {
    let actions = statement["Action"].as_array().unwrap().iter();
    actions.map(|action| action.as_str().unwrap()).collect()
}

/// One policy of several files.
fn policy(files: &[&str]) -> Policy {
    let documents: Vec<Value> = files.iter().map(|file| read(file)).collect();
    let all: Vec<Value> = documents.iter().flat_map(statements).cloned().collect();
    of_statements(&all)
}

fn of_statements(statements: &[Value]) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Policy::read(&document.to_string()).unwrap()
}

/// An account in which the operator has this policy, in the hands of Ann.
fn account(policy: Policy) -> Life {
    let mut scenario = Scenario::default();
    scenario.principals.push(Principal {
        name: OPERATOR.to_owned(),
        policy: Some(policy),
        boundary: None,
    });
    Life::new(scenario, SEED)
}

/// The operator, whose runs have tokens of their own.
fn operator(life: &Life, run: u64) -> Life {
    Life {
        seed: SEED + run,
        ..life.as_caller(OPERATOR)
    }
}

/// Brings the built-in set up, where CloudFormation works with a role or with the caller's rights.
async fn up(life: &Life, role: Option<&str>, given: &[(&str, String)], options: Options) {
    let mut manifest = Manifest::embedded().unwrap();
    for entry in &mut manifest.stacks {
        entry.role_arn = role.map(str::to_owned);
    }
    let risen = life.up_as(ENVIRONMENT, manifest, given, options).await;
    let told = warnings(life);
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}\n{told}");
}

async fn down(life: &Life, consent: Consent, domain: Option<&str>) {
    let named = domain.map(|arn| NamedDomain::parse(arn).unwrap());
    let down = life.down_as(ENVIRONMENT, consent, |request| request.domain = named);
    let fallen = down.await;
    let told = warnings(life);
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}\n{told}");
}

/// Every kind of consent that there is a flag for.
fn all_consent() -> Consent {
    Consent {
        include_located: true,
        delete_logs: true,
        ..force()
    }
}

/// The service role, with a policy of its own.
async fn with_service_role(ann: &Life) -> String {
    let role = service_role(&hand(ann), ROLE).await;
    let document = read("stacks").to_string();
    let members = [
        ("RoleName", ROLE),
        ("PolicyName", "stacks"),
        ("PolicyDocument", document.as_str()),
    ];
    hand(ann).iam("PutRolePolicy", &members, "RequestId").await;
    rest(ann, 60).await;
    role
}

async fn unprotect(ann: &Life) {
    for key in ["network", "endpoints", "studio"] {
        let name = format!("{ENVIRONMENT}-{key}");
        let members = [
            ("StackName", name.as_str()),
            ("EnableTerminationProtection", "false"),
        ];
        let ann = hand(ann);
        ann.cloudformation("UpdateTerminationProtection", &members)
            .await;
    }
}

/// A life with everything that a teardown meets, and with every flag. CloudFormation works with a role of its own, so that
/// the operator is asked for the program's own calls alone.
fn with_a_service_role() -> World {
    paused(SEED, async {
        let ann = account(policy(&["caller", "options"]));
        let role = with_service_role(&ann).await;
        let before = ann.rows();
        let protected = Options {
            protect: true,
            ..Options::default()
        };
        up(&operator(&ann, 1), Some(&role), &[], protected).await;
        let boundary = "arn:aws:iam::111122223333:policy/boundary".to_owned();
        let given = [
            ("IdleTimeoutInMinutes", "180".to_owned()),
            ("PermissionsBoundary", boundary),
        ];
        let changed = Options::default();
        up(&operator(&ann, 2), Some(&role), &given, changed).await;
        ann.session(ENVIRONMENT, 1).await;
        let participants = Participants {
            names: BTreeSet::from(["carl".to_owned()]),
            prune: false,
            starter_app: true,
        };
        let options = Options {
            participants,
            ..Options::default()
        };
        up(&operator(&ann, 3), Some(&role), &given, options).await;
        for thing in [
            "notebook instance",
            "watched and scaled endpoint",
            "policy by hand",
            "inference component",
            "foreign interface",
            "foreign subnet",
            "GuardDuty",
            // These are to be at work still when the teardown begins.
            "training job",
            "pipeline",
        ] {
            assert!(put(&ann, thing).await, "{thing}");
        }
        start_jobs(&ann).await;
        unprotect(&ann).await;
        let domain = only(&ann, "AWS::SageMaker::Domain").arn;
        down(&operator(&ann, 4), all_consent(), Some(&domain)).await;
        assert_eq!(difference(&before, &ann.rows()), Vec::<String>::new());
        ann.shell.snapshot()
    })
}

/// What there is one of.
fn only(life: &Life, kind: &str) -> Row {
    let rows = life.rows().into_values();
    let mut found: Vec<Row> = rows.filter(|row| row.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {found:#?}");
    found.remove(0)
}

/// The statements with the condition that leaves them to CloudFormation (`docs/permissions.md`).
fn for_cloudformation_alone(document: &Value) -> Vec<Value> {
    let mut left = statements(document).clone();
    for statement in &mut left {
        statement["Condition"]["ForAnyValue:StringEquals"]["aws:CalledVia"] =
            json!("cloudformation.amazonaws.com");
    }
    left
}

/// A change of the studio's stack that fails, is kept as it is, and goes back at the next run.
async fn fail_to_change(ann: &Life) {
    let rule = json!({
        "match": {"type": "AWS::SageMaker::Domain", "operation": "update", "times": 1},
        "effect": {"kind": "fail", "reason": "InternalError"},
    });
    post(&ann.shell, "/_simulator/faults", &rule).await;
    let given = [("IdleTimeoutInMinutes", "180".to_owned())];
    let kept = Options {
        on_failure: OnFailure::Keep,
        ..Options::default()
    };
    let olga = operator(ann, 2);
    let manifest = Manifest::embedded().unwrap();
    let failed = olga.up_as(ENVIRONMENT, manifest, &given, kept).await;
    assert_eq!(failed.outcome, Outcome::Failed, "{failed:#?}");
    without_faults(&ann.shell).await;
    up(&operator(ann, 3), None, &given, Options::default()).await;
}

/// A life in which CloudFormation works with the operator's rights. The home volume is kept first, asked about, and deleted
/// then; in the end somebody reads the history.
fn without_a_service_role() -> World {
    paused(SEED, async {
        let documents = FILES.map(read);
        let [caller, options, stacks] = &documents;
        let own = statements(caller).iter().chain(statements(options));
        let own = own.cloned().chain(for_cloudformation_alone(stacks));
        let all: Vec<Value> = own.collect();
        let ann = account(of_statements(&all));
        let before = ann.rows();
        up(&operator(&ann, 1), None, &[], Options::default()).await;
        fail_to_change(&ann).await;
        assert!(put(&ann, "warm pool").await);
        ann.session(ENVIRONMENT, 1).await;
        let kept = Consent {
            delete_spaces: true,
            ..yes()
        };
        down(&operator(&ann, 4), kept, None).await;
        let volume = only(&ann, "AWS::EFS::FileSystem");
        assert!(volume.tags.contains_key("jumpstart-vpc:kept"));
        // Its domain is gone: its access points tell whose homes are in it.
        down(&operator(&ann, 5), yes(), None).await;
        let deleted = Consent {
            delete_efs: true,
            ..yes()
        };
        down(&operator(&ann, 6), deleted, None).await;
        assert_eq!(difference(&before, &ann.rows()), Vec::<String>::new());
        let cx = operator(&ann, 7).context().await;
        let read = history::read(&cx.aws, ENVIRONMENT, BTreeSet::new()).await;
        assert!(!read.unwrap().is_empty());
        ann.shell.snapshot()
    })
}

/// The removal of what all stacks have left behind, with the policy of the program's own calls alone.
fn with_nothing_but_a_vpc() -> World {
    paused(SEED, async {
        let ann = account(policy(&["caller"]));
        let before = ann.rows();
        begin(&ann, "all stacks gone and the VPC left").await;
        down(&operator(&ann, 1), force(), None).await;
        assert_eq!(difference(&before, &ann.rows()), Vec::<String>::new());
        ann.shell.snapshot()
    })
}

/// Carl's parts in our VPC, of kinds that nothing else here has there.
async fn occupy(life: &Life) {
    let stack = format!("{ENVIRONMENT}-network");
    let rows = life.rows().into_values();
    let mut ours = rows.filter(|row| row.stack.as_ref() == Some(&stack));
    let vpc = ours.find(|row| row.kind == "AWS::EC2::VPC").unwrap().id;
    let carl = carl(life);
    let within = [("VpcId", vpc.as_str())];
    for (action, element) in [
        ("CreateRouteTable", "routeTableId"),
        ("CreateNetworkAcl", "networkAclId"),
        (
            "CreateEgressOnlyInternetGateway",
            "egressOnlyInternetGatewayId",
        ),
        ("CreateCarrierGateway", "carrierGatewayId"),
    ] {
        carl.ec2(action, &within, element).await;
    }
    let gateway = carl.ec2("CreateInternetGateway", &[], "internetGatewayId");
    let gateway = gateway.await;
    let members = [("InternetGatewayId", gateway.as_str()), within[0]];
    carl.ec2("AttachInternetGateway", &members, "return").await;
    let kind = [("Type", "ipsec.1")];
    let gateway = carl.ec2("CreateVpnGateway", &kind, "vpnGatewayId").await;
    let members = [("VpnGatewayId", gateway.as_str()), within[0]];
    carl.ec2("AttachVpnGateway", &members, "state").await;
    rest(life, 300).await;
}

/// The removal of what only stands in our VPC. Two gateways are taken off it and stay.
fn among_others() -> World {
    paused(SEED, async {
        let ann = account(policy(&FILES));
        let before = ann.rows();
        begin(&ann, "idle").await;
        occupy(&ann).await;
        down(&operator(&ann, 1), all_consent(), None).await;
        let left = ann.rows().into_iter();
        let left = left.filter(|(key, _)| !before.contains_key(key));
        let left: Vec<String> = left.map(|(_, row)| row.kind).collect();
        assert_eq!(left, ["AWS::EC2::InternetGateway", "AWS::EC2::VPNGateway"]);
        ann.shell.snapshot()
    })
}

/// What was denied to those who have the policies, in a call or in a step of CloudFormation's.
fn denied(world: &World) -> Vec<String> {
    let principals = [OPERATOR_ARN, ROLE_SESSION];
    let asked = principals.into_iter().flat_map(|principal| {
        let answers = world.asked().of(principal);
        let denied = answers.filter(|(_, answers)| answers.denied > 0);
        denied.map(move |(action, _)| format!("{principal} {action}"))
    });
    let calls = world.log().iter().filter(|entry| {
        let code = entry.code.as_deref();
        entry.caller == OPERATOR_ARN && code.is_some_and(|code| DENIALS.contains(&code))
    });
    asked
        .chain(calls.map(|entry| format!("{entry:?}")))
        .collect()
}

/// What a principal wanted, in lower case as IAM compares it.
fn wanted(world: &World, principal: &str) -> BTreeSet<String> {
    let asked = world.asked().of(principal);
    asked.map(|(action, _)| action.to_lowercase()).collect()
}

/// What is wrong with a file whose actions are to be among these, or to have a reason.
fn superfluous(file: &str, wanted: &BTreeSet<String>) -> Vec<String> {
    let document = read(file);
    let allowed: BTreeSet<&str> = statements(&document).iter().flat_map(actions).collect();
    let unwanted = UNWANTED.iter().filter(|(of, ..)| *of == file);
    let excused: BTreeSet<&str> = unwanted.map(|(_, action, _)| *action).collect();
    let is_wanted = |action: &&&str| wanted.contains(&action.to_lowercase());
    let missing = allowed.difference(&excused).filter(|one| !is_wanted(one));
    let missing = missing.map(|action| format!("{file}: nobody wants {action}"));
    let vain = excused.iter().filter(is_wanted);
    let vain = vain.map(|action| format!("{file}: {action} is wanted and needs no reason"));
    let strange = excused.difference(&allowed);
    let strange = strange.map(|action| format!("{file} does not allow {action}"));
    missing.chain(vain).chain(strange).collect()
}

#[test]
fn whole_lives_are_denied_nothing_and_want_all_that_is_allowed() {
    let lives: [fn() -> World; 4] = [
        with_a_service_role,
        without_a_service_role,
        with_nothing_but_a_vpc,
        among_others,
    ];
    let worlds = in_halves(&lives, |live| live());
    let denied: Vec<String> = worlds.iter().flat_map(denied).collect();
    assert!(denied.is_empty(), "{denied:#?}");
    // Where the operator has CloudFormation's rights too, the log tells what the program called itself.
    let calls = worlds.iter().flat_map(World::log);
    let calls = calls.filter(|entry| entry.caller == OPERATOR_ARN);
    let mut own: BTreeSet<String> = calls.map(|entry| entry.action.to_lowercase()).collect();
    own.extend(wanted(&worlds[0], OPERATOR_ARN));
    own.extend(wanted(&worlds[2], OPERATOR_ARN));
    let of_stacks = wanted(&worlds[0], ROLE_SESSION);
    let files = [("caller", &own), ("options", &own), ("stacks", &of_stacks)];
    let wrong = files.map(|(file, wanted)| superfluous(file, wanted));
    let wrong = wrong.concat();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_policies_are_as_iam_takes_them_and_each_statement_is_told_of() {
    let told = std::fs::read_to_string("docs/permissions.md").unwrap();
    let mut sids = BTreeSet::new();
    for file in FILES {
        let document = read(file);
        assert_eq!(document["Version"], "2012-10-17", "{file}");
        let size = document.to_string().len();
        assert!(size <= LARGEST, "{file} has {size} characters");
        for statement in statements(&document) {
            let sid = statement["Sid"].as_str().unwrap();
            assert!(sid.chars().all(|it| it.is_ascii_alphanumeric()), "{sid}");
            assert!(sids.insert(sid.to_owned()), "{sid} stands twice");
            assert!(told.contains(&format!("`{sid}`")), "nothing tells of {sid}");
            assert_eq!(statement["Effect"], "Allow", "{sid}");
            assert!(statement["Resource"].is_string(), "{sid}");
            let actions = actions(statement);
            let sorted = actions.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(sorted && !actions.is_empty(), "{sid}: {actions:?}");
            let exact = |action: &&str| action.contains(':') && !action.contains(['*', '?']);
            assert!(actions.iter().all(exact), "{sid}: {actions:?}");
        }
        policy(&[file]);
    }
}

/// The operations that the sources of the calls name; those of a rehearsal's participants left out.
fn called() -> BTreeSet<String> {
    let services = Service::ALL.into_iter();
    let operations = services.flat_map(Service::operations);
    let known: BTreeSet<&str> = operations.map(|(name, _)| *name).collect();
    let quoted = Regex::new(r#""([A-Z][A-Za-z0-9]+)""#).unwrap();
    let mut called = BTreeSet::new();
    for file in std::fs::read_dir("src/aws").unwrap() {
        let path = file.unwrap().path();
        if path.ends_with("session.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let names = quoted.captures_iter(code).map(|found| found[1].to_owned());
        called.extend(names.filter(|name| known.contains(name.as_str())));
    }
    called
}

#[test]
fn every_call_of_the_program_is_allowed_by_one_of_the_policies() {
    let documents = ["caller", "options"].map(read);
    let allowed: BTreeSet<&str> = documents
        .iter()
        .flat_map(statements)
        .flat_map(actions)
        .filter_map(|action| action.split_once(':').map(|(_, name)| name))
        .collect();
    let called = called();
    assert!(called.len() > 100, "{called:?}");
    // Who calls may always be asked.
    let free = "GetCallerIdentity";
    let missing: Vec<&String> = called
        .iter()
        .filter(|name| *name != free && !allowed.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
