//! Every hint is met by somebody: a scenario on the simulator provokes it, and the run names it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use jiff::Timestamp;
use jumpstart_vpc::aws::Aws;
use jumpstart_vpc::aws::client::{Access, Fixed};
use jumpstart_vpc::aws::cloudformation::Deployment;
use jumpstart_vpc::clock::Clock;
use jumpstart_vpc::down::{self, Consent};
use jumpstart_vpc::event::{Event, Outcome};
use jumpstart_vpc::hints;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::{Options, Participants};
use serde_json::json;
use simulator::http::Shell;
use simulator::{Scenario, SimTime};

use crate::support::process::{TOOL, ask, foreign_interface, post};
use crate::support::schema::Schema;
use crate::support::{ENVIRONMENT, Life, force, paused};

/// How a hint is provoked.
enum By {
    /// `up` in this world.
    Up(&'static str),
    /// `up` while this call is answered by this code and message.
    UpAnswered(&'static str, &'static str, &'static str),
    /// `up` while a resource of this type fails for this reason.
    UpFails(&'static str, &'static str),
    /// `up` of a set with one template, twice under different names.
    UpTwice(&'static str),
    /// `up` for somebody, then for somebody else while this call is answered by this code and message.
    UpPrunes(&'static str, &'static str, &'static str),
    /// `up`, then `down` while this call is answered by this code and message.
    Down(&'static str, &'static str, &'static str),
    /// `up`, then `down` while a resource of this type fails to go for this reason.
    DownFails(&'static str, &'static str),
    /// `up`, a session, then `down` while this call is answered by this code and message.
    DownAfterSession(&'static str, &'static str, &'static str),
    /// A participant's session in this world.
    Session(&'static str),
    /// A participant's session while this call is answered by this code and message.
    SessionAnswered(&'static str, &'static str, &'static str),
    /// The transport breaks before AWS is reached.
    Wire(&'static str),
    /// In the test of that name below.
    Own,
}

use By::{
    Down, DownAfterSession, DownFails, Own, Session, SessionAnswered, Up, UpAnswered, UpFails,
    UpPrunes, UpTwice, Wire,
};

impl By {
    /// Whether the hint is met by somebody who wants the environment to stand.
    fn goes_up(&self) -> bool {
        matches!(
            self,
            Up(_) | UpAnswered(..) | UpFails(..) | UpTwice(_) | UpPrunes(..)
        )
    }
}

const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
const DOMAIN: &str = "AWS::SageMaker::Domain";
const CALCULATED: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.";
const NETWORK: &str = "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true, EnableDnsSupport: true}\n  Subnet:\n    Type: AWS::EC2::Subnet\n    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}\n";
const ROLE: &str = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: one-for-all\n      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: 'sts:AssumeRole'}]}\n";

const TABLE: &[(&str, By)] = &[
    (
        "clock-skew",
        UpAnswered(
            "sts:GetCallerIdentity",
            "SignatureDoesNotMatch",
            "Signature expired: 20260105T100000Z is now earlier than 20260105T110000Z",
        ),
    ),
    (
        "credentials-expired",
        UpAnswered(
            "sts:GetCallerIdentity",
            "ExpiredToken",
            "The security token included in the request is expired",
        ),
    ),
    (
        "wrong-region",
        UpAnswered(
            "sts:GetCallerIdentity",
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region, not 'us-east-1'.",
        ),
    ),
    (
        "jumpstart-list-empty",
        SessionAnswered(
            "sagemaker:CreateModel",
            "AccessDeniedException",
            "User: arn:aws:sts::111122223333:assumed-role/x/SageMaker is not authorized to perform: sagemaker:ListHubContents on resource: arn:aws:sagemaker:us-east-1:aws:hub/SageMakerPublicHub",
        ),
    ),
    ("no-credentials", Own),
    ("addresses", Own),
    ("inside-itself", Own),
    (
        "region-not-enabled",
        UpAnswered(
            "cloudformation:DescribeStacks",
            "OptInRequired",
            "You are not subscribed to this service",
        ),
    ),
    (
        "wrong-credentials",
        UpAnswered(
            "sts:GetCallerIdentity",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
        ),
    ),
    (
        "wrong-credentials",
        UpAnswered("sts:GetCallerIdentity", "SignatureDoesNotMatch", CALCULATED),
    ),
    (
        "tls-interception",
        Wire("invalid peer certificate: UnknownIssuer"),
    ),
    (
        "service-not-in-region",
        Wire("dns error: failed to lookup address information: Name or service not known"),
    ),
    ("unreachable", Wire("connection refused")),
    (
        "throttled",
        UpAnswered(
            "cloudformation:DescribeStacks",
            "Throttling",
            "Rate exceeded",
        ),
    ),
    (
        "denied-by-scp",
        Up(
            "[organization]\nservice-control-policy = '''{\"Statement\": {\"Effect\": \"Deny\", \"Action\": \"cloudformation:CreateStack\", \"Resource\": \"*\"}}'''\n",
        ),
    ),
    (
        "denied-by-boundary",
        Up(
            "[[principal]]\nname = \"ann\"\npolicy = '''{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}}'''\nboundary = '''{\"Statement\": {\"Effect\": \"Allow\", \"NotAction\": \"cloudformation:CreateStack\", \"Resource\": \"*\"}}'''\n",
        ),
    ),
    (
        "denied-by-endpoint-policy",
        UpAnswered(
            "cloudformation:DescribeStacks",
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: cloudformation:DescribeStacks because no VPC endpoint policy allows the cloudformation:DescribeStacks action",
        ),
    ),
    (
        "service-role-gone",
        UpAnswered(
            "cloudformation:CreateStack",
            "ValidationError",
            "Role arn:aws:iam::111122223333:role/cfn is invalid or cannot be assumed",
        ),
    ),
    (
        "permission",
        Up(
            "[[principal]]\nname = \"ann\"\npolicy = '''{\"Statement\": {\"Effect\": \"Allow\", \"NotAction\": \"cloudformation:CreateStack\", \"Resource\": \"*\"}}'''\n",
        ),
    ),
    ("quota-vpcs", Up("[quotas]\nvpcs = 1\n")),
    (
        "quota-vpc-endpoints",
        Up("[quotas]\ninterface-endpoints = 2\n"),
    ),
    (
        "quota-network-rules",
        UpFails(
            "AWS::EC2::SecurityGroupIngress",
            "The maximum number of rules per security group has been reached.",
        ),
    ),
    ("quota-roles", Up("[quotas]\nroles = 0\n")),
    ("quota-stacks", Up("[quotas]\nstacks = 0\n")),
    ("quota-domains", Up("[quotas]\ndomains = 0\n")),
    (
        "quota-apps",
        Session("[quotas]\n\"Studio JupyterLab Apps running on ml.t3.medium instances\" = 0\n"),
    ),
    (
        "quota-endpoint-instances",
        Session("[quotas]\n\"ml.g5.xlarge for endpoint usage\" = 0\n"),
    ),
    (
        "subnets-too-small",
        UpFails(
            ENDPOINT,
            "Insufficient free addresses: InsufficientFreeAddressesInSubnet",
        ),
    ),
    ("quota", Up("[quotas]\nsubnets = 1\n")),
    ("domain-name-taken", Own),
    ("role-name-taken", UpTwice(ROLE)),
    (
        "export-name-taken",
        UpTwice(
            "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n    Properties: {CidrBlock: 10.0.0.0/16}\nOutputs:\n  VpcId:\n    Value: !Ref Vpc\n    Export: {Name: one-for-all}\n",
        ),
    ),
    (
        "name-taken",
        UpTwice(
            "Resources:\n  Group:\n    Type: AWS::Logs::LogGroup\n    Properties: {LogGroupName: one-for-all}\n",
        ),
    ),
    ("private-dns-conflict", Own),
    ("s3-gateway-missing", Own),
    (
        "zone-without-service",
        UpFails(
            ENDPOINT,
            "The VPC endpoint service com.amazonaws.us-east-1.sts does not support the availability zone of the subnet: subnet-0123456789abcdef0",
        ),
    ),
    ("foreign-holder", Own),
    (
        "service-interface",
        DownAfterSession(
            "ec2:DetachNetworkInterface",
            "OperationNotPermitted",
            "You are not allowed to manage 'ela-attach' attachments.",
        ),
    ),
    (
        "held-in-network",
        Down(
            "ec2:DeleteSecurityGroup",
            "DependencyViolation",
            "resource sg-0123456789abcdef0 has a dependent object",
        ),
    ),
    (
        "default-group",
        Down(
            "ec2:DeleteSecurityGroup",
            "CannotDelete",
            "the specified group: \"sg-0123456789abcdef0\" name: \"default\" cannot be deleted by a user",
        ),
    ),
    ("export-in-use", Own),
    (
        "export-missing",
        UpTwice(
            "Resources:\n  Subnet:\n    Type: AWS::EC2::Subnet\n    Properties: {VpcId: !ImportValue nobodys, CidrBlock: 10.0.0.0/24}\n",
        ),
    ),
    ("termination-protection", Own),
    (
        "domain-creation-unlucky",
        UpFails(
            DOMAIN,
            "ResourceNotFoundError: Unable to create Amazon EFS for domain 'd-1' because KMS key 'null' does not exist.",
        ),
    ),
    ("capability-missing", Own),
    ("template-too-large", Own),
    (
        "template-invalid",
        UpTwice("Resources:\n  Thing:\n    Type: AWS::Nobody::Knows\n"),
    ),
    ("stack-cannot-be-updated", Own),
    ("stack-exists", Own),
    ("role-has-policies", Own),
    (
        "studio-in-use",
        Down(
            "sagemaker:DeleteDomain",
            "ResourceInUse",
            "Unable to delete Domain [x] because UserProfile(s) are associated with it.",
        ),
    ),
    (
        "studio-in-use",
        UpPrunes(
            "sagemaker:DeleteUserProfile",
            "ResourceInUse",
            "Unable to delete UserProfile [arn:aws:sagemaker:us-east-1:111122223333:user-profile/d-0123456789ab/ann] because App(s) are associated with it.",
        ),
    ),
    (
        "bucket-not-empty",
        DownFails(
            "AWS::EC2::VPC",
            "The bucket you tried to delete is not empty (Service: Amazon S3; Status Code: 409; Error Code: BucketNotEmpty)",
        ),
    ),
    (
        "endpoint-in-progress",
        DownAfterSession(
            "sagemaker:DeleteEndpoint",
            "ValidationException",
            "Cannot update in-progress endpoint \"x\".",
        ),
    ),
    (
        "endpoint-held",
        DownAfterSession(
            "sagemaker:DeleteEndpoint",
            "ValidationException",
            "Endpoint x has a monitoring schedule",
        ),
    ),
    (
        "classic-app",
        SessionAnswered(
            "sagemaker:CreateApp",
            "ValidationException",
            "Amazon SageMaker Studio Classic applications can no longer be created.",
        ),
    ),
    (
        "jumpstart-unreachable",
        SessionAnswered(
            "sagemaker:CreateModel",
            "ValidationException",
            "Could not access model data at s3://jumpstart-cache-prod-us-east-1/x.",
        ),
    ),
    (
        "execution-role",
        SessionAnswered(
            "sagemaker:CreateModel",
            "ValidationException",
            "Could not assume role arn:aws:iam::111122223333:role/x.",
        ),
    ),
    (
        "volume-in-use",
        Down(
            "elasticfilesystem:DeleteFileSystem",
            "FileSystemInUse",
            "Cannot delete file system that has mount targets.",
        ),
    ),
    (
        "volume-replicated",
        Down(
            "elasticfilesystem:DeleteFileSystem",
            "ReplicationAlreadyExists",
            "The file system is in a replication configuration",
        ),
    ),
    (
        "key-unusable",
        SessionAnswered(
            "sagemaker:CreateEndpointConfig",
            "ValidationException",
            "KMSInvalidStateException: arn:aws:kms:us-east-1:111122223333:key/1 is pending deletion.",
        ),
    ),
];

fn hints_of(life: &Life) -> Vec<(String, Vec<String>)> {
    let events = life.recorder.0.borrow();
    let hints = events.iter().filter_map(|event| match event {
        Event::Hint { id, next, .. } => Some((id.clone(), next.clone())),
        _ => None,
    });
    hints.collect()
}

async fn answered(life: &Life, (action, code, message): (&str, &str, &str)) {
    let status = if code.contains("AccessDenied") {
        403
    } else {
        400
    };
    let rule = json!({
        "match": {"action": action},
        "answer": {"kind": "error", "code": code, "message": message, "status": status},
    });
    post(&life.shell, "/_simulator/faults", &rule).await;
}

/// A folder with a set of one stack; gone with the value.
pub(super) struct Set(PathBuf);

impl Set {
    pub(super) fn of(name: &str, template: &str, capabilities: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("jumpstart-vpc-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let manifest = format!(
            "[[stack]]\nname = \"one\"\ntemplate = \"one.yaml\"\ncapabilities = [{capabilities}]\n"
        );
        std::fs::write(folder.join("stacks.toml"), manifest).unwrap();
        std::fs::write(folder.join("one.yaml"), template).unwrap();
        Self(folder)
    }

    pub(super) fn manifest(&self) -> Manifest {
        Manifest::in_folder(&self.0).unwrap()
    }
}

impl Drop for Set {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn life(scenario: &str) -> Life {
    Life {
        deadline: Duration::from_secs(3600),
        is_hasty: true,
        ..Life::new(Scenario::read(scenario).unwrap(), 7)
    }
}

/// Plays it, and gives the hints that were told.
async fn provoke(id: &str, by: &By) -> Option<Life> {
    let scenario = match by {
        Up(scenario) | Session(scenario) => scenario,
        _ => "",
    };
    let mut life = life(scenario);
    match by {
        Up(_) => drop(life.up(ENVIRONMENT).await),
        UpAnswered(action, code, message) => {
            answered(&life, (action, code, message)).await;
            life.up(ENVIRONMENT).await;
        }
        UpFails(kind, reason) => {
            let rule = json!({
                "match": {"type": kind, "operation": "create"},
                "effect": {"kind": "fail", "reason": reason},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            life.up(ENVIRONMENT).await;
        }
        UpTwice(template) => {
            let set = Set::of(id, template, "\"CAPABILITY_NAMED_IAM\"");
            life.up_with("first", set.manifest()).await;
            life.up_with("second", set.manifest()).await;
        }
        UpPrunes(action, code, message) => {
            up_for(&life, "ann").await;
            answered(&life, (action, code, message)).await;
            up_for(&life, "bob").await;
        }
        Down(action, code, message) => {
            life.up(ENVIRONMENT).await;
            answered(&life, (action, code, message)).await;
            life.down(ENVIRONMENT, force()).await;
        }
        DownFails(kind, reason) => {
            life.up(ENVIRONMENT).await;
            let rule = json!({
                "match": {"type": kind, "operation": "delete"},
                "effect": {"kind": "fail", "reason": reason},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            life.down(ENVIRONMENT, force()).await;
        }
        DownAfterSession(action, code, message) => {
            life.up(ENVIRONMENT).await;
            life.session(ENVIRONMENT, 1).await;
            answered(&life, (action, code, message)).await;
            life.down(ENVIRONMENT, force()).await;
        }
        Session(_) => session(&life).await,
        SessionAnswered(action, code, message) => {
            life.up(ENVIRONMENT).await;
            answered(&life, (action, code, message)).await;
            fails(&life).await;
        }
        Wire(text) => {
            life.reached_by = Some(broken(text).await);
            life.up(ENVIRONMENT).await;
        }
        Own => return None,
    }
    Some(life)
}

/// `up` for one participant; others go.
async fn up_for(life: &Life, name: &str) {
    let participants = Participants {
        names: [name.to_owned()].into(),
        prune: true,
        ..Participants::default()
    };
    let options = Options {
        participants,
        ..Options::default()
    };
    let manifest = Manifest::embedded().unwrap();
    life.up_as(ENVIRONMENT, manifest, &[], options).await;
}

async fn session(life: &Life) {
    life.up(ENVIRONMENT).await;
    fails(life).await;
}

async fn fails(life: &Life) {
    let error = life.try_session(ENVIRONMENT, 1).await.unwrap_err();
    life.context().await.fail(&error);
}

/// Clients whose every call breaks on the way.
pub(super) async fn broken(text: &'static str) -> Aws {
    let access = Access {
        profile: None,
        only_profile: false,
        region: None,
        http: SharedHttpClient::new(Broken(text)),
        fixed: Some(Fixed {
            endpoint: "https://simulated".into(),
            region: "us-east-1".into(),
            access_key: "ann".into(),
        }),
    };
    let wall = Timestamp::from_millisecond(SimTime::START.0).unwrap();
    Aws::connect(access, &Clock::at(wall, 1.0)).await.unwrap()
}

#[derive(Clone, Debug)]
struct Broken(&'static str);

impl HttpClient for Broken {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Broken {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::io(self.0.into())))
    }
}

/// The rows of one of four parts, so that they can run beside each other.
fn part(number: usize) {
    let mut missed = Vec::new();
    for (id, by) in TABLE.iter().skip(number).step_by(4) {
        paused(7, async {
            let Some(life) = provoke(id, by).await else {
                return;
            };
            let told = hints_of(&life);
            if !told.iter().any(|(found, _)| found == id) {
                let warnings: Vec<Event> = life
                    .recorder
                    .0
                    .borrow()
                    .iter()
                    .filter(|event| matches!(event, Event::Warning { .. }))
                    .cloned()
                    .collect();
                missed.push(format!("{id}: {told:?} {warnings:#?}"));
            }
            for (id, next) in &told {
                is_runnable(id, next);
                let sent_down = |line: &String| line.starts_with("jumpstart-vpc down");
                assert!(
                    !by.goes_up() || !next.iter().any(sent_down),
                    "{id}: {next:?}"
                );
            }
        });
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What a hint tells to run has its names filled in, and says more than where to read about it.
fn is_runnable(id: &str, next: &[String]) {
    for line in next {
        assert!(!line.contains('{'), "{id}: {line}");
        assert!(!line.starts_with("jumpstart-vpc explain"), "{id}: {line}");
    }
    assert!(!next.is_empty(), "{id}");
}

#[test]
fn hints_are_met_one() {
    part(0);
}

#[test]
fn hints_are_met_two() {
    part(1);
}

#[test]
fn hints_are_met_three() {
    part(2);
}

#[test]
fn hints_are_met_four() {
    part(3);
}

#[test]
fn every_hint_has_its_scenario() {
    let provoked: BTreeSet<&str> = TABLE.iter().map(|(id, _)| *id).collect();
    let known: BTreeSet<&str> = hints::ALL.iter().map(|hint| hint.id).collect();
    assert_eq!(provoked, known);
    let own: Vec<&str> = TABLE
        .iter()
        .filter(|(_, by)| matches!(by, Own))
        .map(|(id, _)| *id)
        .collect();
    let source = include_str!("hints.rs");
    for id in own {
        assert!(source.contains(&format!("met(&life, \"{id}\")")), "{id}");
    }
}

/// Every command of ours that a hint tells of can be typed.
#[test]
fn our_own_commands_are_commands() {
    use clap::Parser;
    let mut seen = 0;
    for hint in hints::ALL {
        for line in hint.next {
            let Some(rest) = line.strip_prefix("jumpstart-vpc ") else {
                continue;
            };
            seen += 1;
            let words = ["jumpstart-vpc"].into_iter().chain(rest.split_whitespace());
            let parsed = jumpstart_vpc::cli::Arguments::try_parse_from(words);
            assert!(parsed.is_ok(), "{}: {line}: {parsed:?}", hint.id);
        }
        // What is said in passing has to exist as well.
        let texts = [hint.summary, hint.meaning, hint.cure].join(" ");
        for quoted in texts.split('`').skip(1).step_by(2) {
            let word = quoted.strip_prefix("jumpstart-vpc ").unwrap_or(quoted);
            let word = word.split_whitespace().next().unwrap();
            let known = <jumpstart_vpc::cli::Arguments as clap::CommandFactory>::command();
            let is_known = known.find_subcommand(word).is_some();
            assert!(is_known, "{}: {quoted}", hint.id);
        }
    }
    assert!(seen > 10, "{seen}");
}

/// EC2 tells a denial's reason in a message that only STS opens.
#[test]
fn an_encoded_denial_is_opened_where_that_is_allowed() {
    let policy = |denied: &str| {
        format!(
            "[[principal]]\nname = \"ann\"\npolicy = '''{{\"Statement\": {{\"Effect\": \"Allow\", \"NotAction\": [{denied}], \"Resource\": \"*\"}}}}'''\n"
        )
    };
    let told = |denied: &str| {
        let scenario = policy(denied);
        paused(7, async move {
            let life = life(&scenario);
            let cx = life.context().await;
            let deleted = cx.aws.delete_security_group("sg-0123456789abcdef0").await;
            let error = deleted.unwrap_err();
            cx.fail(&error);
            (error.message, hints_of(&life))
        })
    };
    let (message, hints) = told("\"ec2:DeleteSecurityGroup\"");
    assert!(
        message.contains("Decoded: ec2:DeleteSecurityGroup on "),
        "{message}"
    );
    let (id, next) = &hints[0];
    assert_eq!(
        (id.as_str(), next.len()),
        ("permission", 2),
        "nothing is left to decode: {next:?}"
    );
    assert!(next[0].contains("--policy-source-arn arn:aws:iam::111122223333:user/ann --action-names ec2:DeleteSecurityGroup"), "{next:?}");
    let (message, hints) = told("\"ec2:DeleteSecurityGroup\", \"sts:DecodeAuthorizationMessage\"");
    assert!(message.contains("Encoded authorization"), "{message}");
    assert!(hints[0].1[1].contains("decode-authorization-message"));
}

fn met(life: &Life, id: &str) {
    let told = hints_of(life);
    for (id, next) in &told {
        is_runnable(id, next);
    }
    assert!(told.iter().any(|(found, _)| found == id), "{id}: {told:?}");
}

#[test]
fn clocks_that_differ_are_told_from_expired_credentials() {
    paused(7, async {
        let mut life = life("");
        let expired = (
            "ec2:DescribeAvailabilityZones",
            "RequestExpired",
            "Request has expired.",
        );
        answered(&life, expired).await;
        life.up(ENVIRONMENT).await;
        met(&life, "credentials-expired");
        // The same answer, and this machine is an hour ahead.
        life = life.as_caller("ann");
        let wall = Timestamp::from_millisecond(SimTime::START.0 + 3_600_000).unwrap();
        let access = Access {
            profile: None,
            only_profile: false,
            region: None,
            http: crate::support::connector::InProcess::new(life.shell.clone(), life.gate.clone())
                .client(),
            fixed: Some(Fixed {
                endpoint: "http://simulated".into(),
                region: "us-east-1".into(),
                access_key: "ann".into(),
            }),
        };
        life.reached_by = Some(Aws::connect(access, &Clock::at(wall, 1.0)).await.unwrap());
        life.up(ENVIRONMENT).await;
        met(&life, "clock-skew");
        // So does what otherwise says that the secret key is wrong.
        let life = life.as_caller("ann");
        let calculated = ("sts:GetCallerIdentity", "SignatureDoesNotMatch", CALCULATED);
        answered(&life, calculated).await;
        life.up(ENVIRONMENT).await;
        met(&life, "clock-skew");
    });
}

#[test]
fn without_credentials() {
    let ended = std::process::Command::new(TOOL)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(["down", "--force", "--output", "json"])
        .output()
        .unwrap();
    let life = life("");
    for line in String::from_utf8(ended.stdout).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(Schema::of_lines().check(&line), Ok(()), "{line}");
        if line["event"] == "hint" {
            let event = serde_json::from_value(line).unwrap();
            life.recorder.0.borrow_mut().push(event);
        }
    }
    met(&life, "no-credentials");
}

#[test]
fn names_that_are_taken() {
    paused(7, async {
        let scenario = Scenario::read(include_str!("../../scenarios/neighbour.toml")).unwrap();
        let mut life = life("");
        life.shell = Shell::begin(scenario, Some(7), 1.0).unwrap();
        let risen = life.up("bobs-studio").await;
        assert_eq!(risen.outcome, Outcome::Failed, "{risen:#?}");
        met(&life, "domain-name-taken");
    });
}

#[test]
fn networks_that_endpoints_do_not_like() {
    for (id, endpoints) in [
        (
            "private-dns-conflict",
            "  One:\n    Type: AWS::EC2::VPCEndpoint\n    Properties: {VpcEndpointType: Interface, VpcId: !Ref Vpc, SubnetIds: [!Ref Subnet], ServiceName: com.amazonaws.us-east-1.sts, PrivateDnsEnabled: true}\n  Two:\n    Type: AWS::EC2::VPCEndpoint\n    DependsOn: One\n    Properties: {VpcEndpointType: Interface, VpcId: !Ref Vpc, SubnetIds: [!Ref Subnet], ServiceName: com.amazonaws.us-east-1.sts, PrivateDnsEnabled: true}\n",
        ),
        (
            "s3-gateway-missing",
            "  One:\n    Type: AWS::EC2::VPCEndpoint\n    Properties: {VpcEndpointType: Interface, VpcId: !Ref Vpc, SubnetIds: [!Ref Subnet], ServiceName: com.amazonaws.us-east-1.s3, PrivateDnsEnabled: true}\n",
        ),
    ] {
        paused(7, async {
            let life = life("");
            let set = Set::of(id, &format!("{NETWORK}{endpoints}"), "");
            life.up_with(ENVIRONMENT, set.manifest()).await;
            if id == "private-dns-conflict" {
                met(&life, "private-dns-conflict");
            } else {
                met(&life, "s3-gateway-missing");
            }
        });
    }
}

#[test]
fn what_is_not_ours_in_our_network() {
    paused(7, async {
        let life = life("");
        let risen = life.up(ENVIRONMENT).await;
        let subnet = risen.outputs["network"]["SubnetOneId"]
            .as_str()
            .unwrap()
            .to_owned();
        foreign_interface(&life.shell, &subnet, "theirs").await;
        life.down(ENVIRONMENT, force()).await;
        met(&life, "foreign-holder");
    });
}

#[test]
fn what_is_known_before_anything_is_written() {
    paused(7, async {
        let life = Life {
            is_hasty: false,
            ..life("")
        };
        let given = [("VpcCidr", "10.9.0.0/16".to_owned())];
        life.up_given(ENVIRONMENT, Manifest::embedded().unwrap(), &given)
            .await;
        met(&life, "addresses");
        let risen = life.up(ENVIRONMENT).await;
        let domain = risen.outputs["studio"]["DomainId"].as_str().unwrap();
        let cx = life.context().await;
        let request = down::Request {
            claim: life.claim(&cx, ENVIRONMENT, true).await,
            consent: force(),
            role_arn: None,
            domain: None,
            inside: Some(domain.to_owned()),
            seed: 7,
        };
        let written = life.writes().len();
        let fallen = down::down(&cx, &request).await;
        assert_eq!(fallen.outcome, Outcome::Refused);
        assert_eq!(life.writes().len(), written);
        met(&life, "inside-itself");
    });
}

#[test]
fn what_stacks_refuse() {
    paused(7, async {
        let life = life("");
        life.up(ENVIRONMENT).await;
        // A stack of somebody else's imports what ours exports.
        let template = "Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: theirs, VpcId: !ImportValue jumpstart-vpc-network-VpcId}\n";
        let cx = life.context().await;
        let deployment = Deployment {
            name: "theirs".to_owned(),
            template: template.into(),
            token: "by-hand".into(),
            ..Deployment::default()
        };
        cx.aws.create_stack(&deployment).await.unwrap();
        cx.clock.sleep(Duration::from_secs(300)).await;
        life.down(ENVIRONMENT, force()).await;
        met(&life, "export-in-use");
        let told = hints_of(&life);
        assert!(
            told[0].1[0].contains("list-imports --export-name jumpstart-vpc-network-VpcId"),
            "{told:?}"
        );
        let protect = format!(
            "Action=UpdateTerminationProtection&Version=2010-05-15&StackName={ENVIRONMENT}-network&EnableTerminationProtection=true"
        );
        ask(&life.shell, &protect).await;
        life.down(ENVIRONMENT, force()).await;
        met(&life, "termination-protection");
        // And what it does not let be changed.
        let wrong = "Stack:arn:aws:cloudformation:us-east-1:111122223333:stack/jumpstart-vpc-network/1 is in ROLLBACK_COMPLETE state and can not be updated.";
        answered(
            &life,
            ("cloudformation:CreateChangeSet", "ValidationError", wrong),
        )
        .await;
        life.up(ENVIRONMENT).await;
        met(&life, "stack-cannot-be-updated");
        // A stack of a name that we would use.
        life.up_with("theirs-of", Set::of("exists", NETWORK, "").manifest())
            .await;
        let other = life.as_caller("ann");
        let deployment = Deployment {
            name: "mine-network".to_owned(),
            template: NETWORK.into(),
            token: "by-hand-too".into(),
            ..Deployment::default()
        };
        cx.aws.create_stack(&deployment).await.unwrap();
        cx.clock.sleep(Duration::from_secs(300)).await;
        other.up("mine").await;
        let life = other;
        met(&life, "stack-exists");
    });
}

#[test]
fn templates_that_cloudformation_does_not_take() {
    paused(7, async {
        let life = life("");
        let set = Set::of("capability", ROLE, "");
        life.up_with(ENVIRONMENT, set.manifest()).await;
        met(&life, "capability-missing");
        let large = format!("Metadata: {{Note: {}}}\n{NETWORK}", "x".repeat(52_000));
        let set = Set::of("large", &large, "");
        life.up_with("large", set.manifest()).await;
        met(&life, "template-too-large");
    });
}

#[test]
fn a_role_that_somebody_gave_a_policy() {
    paused(7, async {
        let life = life("");
        let risen = life.up(ENVIRONMENT).await;
        let role = risen.outputs["studio"]["ExecutionRoleArn"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D";
        let made = ask(
            &life.shell,
            &format!(
                "Action=CreatePolicy&Version=2010-05-08&PolicyName=theirs&PolicyDocument={policy}"
            ),
        )
        .await;
        assert!(made.contains("policy/theirs"), "{made}");
        let attach = format!(
            "Action=AttachRolePolicy&Version=2010-05-08&RoleName={role}&PolicyArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Apolicy%2Ftheirs"
        );
        let attached = ask(&life.shell, &attach).await;
        assert!(attached.contains("AttachRolePolicyResponse"), "{attached}");
        let keeps = Consent {
            yes: true,
            ..Consent::default()
        };
        let fallen = life.down(ENVIRONMENT, keeps).await;
        assert_eq!(fallen.outcome, Outcome::Incomplete);
        met(&life, "role-has-policies");
    });
}
