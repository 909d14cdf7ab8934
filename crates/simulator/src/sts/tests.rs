//! Roles that are assumed, and who calls with what that gives.

use std::time::Duration;

use serde_json::json;

use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::Request;
use crate::world::{Reply, World};

const ROLE: &str = "arn:aws:iam::111122223333:role/team/ops";
const IAM: &str = "2010-05-08";
const STS: &str = "2011-06-15";

fn world() -> World {
    let mut scenario = Scenario {
        latency: false.into(),
        ..Scenario::default()
    };
    scenario.rates.enforced = false;
    World::begin(&scenario, None).unwrap()
}

/// An access key, with its token where it is a session's.
#[derive(Clone, Default)]
struct Key {
    id: String,
    token: Option<String>,
}

impl Key {
    fn of(name: &str) -> Self {
        Self {
            id: name.to_owned(),
            token: None,
        }
    }

    /// The credentials out of an answer.
    fn told(answer: &str) -> Self {
        Self {
            id: element(answer, "AccessKeyId"),
            token: Some(element(answer, "SessionToken")),
        }
    }
}

fn element(answer: &str, name: &str) -> String {
    let rest = answer.split(&format!("<{name}>")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {name} in {answer}"));
    rest.split('<').next().unwrap().to_owned()
}

fn call(world: &mut World, key: &Key, version: &str, form: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        let bytes = text.bytes();
        bytes.map(|byte| format!("%{byte:02X}")).collect()
    };
    let pairs = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    let body: Vec<String> = pairs.chain([format!("Version={version}")]).collect();
    let mut request = Request {
        method: "POST".into(),
        path: "/".into(),
        body: body.join("&").into_bytes(),
        ..Request::default()
    };
    let signed = format!(
        "AWS4-HMAC-SHA256 Credential={}/20260105/us-east-1/sts/aws4_request",
        key.id
    );
    request.headers.insert("authorization".to_owned(), signed);
    if let Some(token) = &key.token {
        let name = "x-amz-security-token".to_owned();
        request.headers.insert(name, token.clone());
    }
    match world.handle(world.now(), &request) {
        Reply::Answer(response, _) => String::from_utf8(response.body).unwrap(),
        Reply::Drop(_) => panic!("dropped"),
    }
}

/// A role that trusts whoever the principal of its policy names.
fn role(world: &mut World, action: &str, principal: &serde_json::Value) {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action});
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let form = [
        ("Action", "CreateRole"),
        ("RoleName", "ops"),
        ("Path", "/team/"),
        ("MaxSessionDuration", "7200"),
        ("AssumeRolePolicyDocument", &trust),
    ];
    let made = call(world, &Key::of("ANN"), IAM, &form);
    assert!(made.contains("<RoleId>"), "{made}");
}

fn assume(world: &mut World, key: &Key, more: &[(&str, &str)]) -> String {
    let mut form = vec![("Action", "AssumeRole")];
    for (name, value) in [("RoleArn", ROLE), ("RoleSessionName", "shift")] {
        if !more.iter().any(|(given, _)| *given == name) {
            form.push((name, value));
        }
    }
    form.extend(more);
    call(world, key, STS, &form)
}

fn who(world: &mut World, key: &Key) -> String {
    call(world, key, STS, &[("Action", "GetCallerIdentity")])
}

#[test]
fn whoever_a_role_trusts_becomes_it_until_the_session_ends() {
    let principals = [
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
        json!({"AWS": ["111122223333"]}),
        json!({"AWS": "arn:aws:iam::111122223333:user/ann"}),
        json!({"AWS": "*"}),
        json!("*"),
    ];
    for principal in principals {
        let mut world = world();
        role(&mut world, "sts:AssumeRole", &principal);
        let answer = assume(&mut world, &Key::of("ANN"), &[("ExternalId", "x")]);
        let arn = "arn:aws:sts::111122223333:assumed-role/ops/shift";
        assert_eq!(element(&answer, "Arn"), arn, "{principal}");
        let key = Key::told(&answer);
        let told = who(&mut world, &key);
        assert_eq!(element(&told, "Arn"), arn);
        let id = element(&answer, "AssumedRoleId");
        assert!(id.starts_with("AROA") && id.ends_with(":shift"), "{id}");
        assert_eq!(element(&told, "UserId"), id);
        let without_token = Key::of(&key.id);
        assert!(who(&mut world, &without_token).contains("InvalidClientTokenId"));
        world.advance(SimTime::START.plus(Duration::from_secs(3601)));
        assert!(who(&mut world, &key).contains("ExpiredToken"));
    }
}

#[test]
fn whoever_a_role_does_not_trust_is_denied() {
    let denied = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:";
    let mut world = world();
    let absent = assume(&mut world, &Key::of("ANN"), &[]);
    assert!(
        absent.contains("AccessDenied") && absent.contains(denied),
        "{absent}"
    );
    role(
        &mut world,
        "sts:AssumeRole",
        &json!({"Service": "sagemaker.amazonaws.com"}),
    );
    let refused = assume(&mut world, &Key::of("ANN"), &[]);
    assert!(refused.contains(denied), "{refused}");
    let other_path = [("RoleArn", "arn:aws:iam::111122223333:role/ops")];
    assert!(assume(&mut world, &Key::of("ANN"), &other_path).contains("AccessDenied"));
}

#[test]
fn what_is_asked_for_has_to_be_well_formed() {
    let mut world = world();
    role(&mut world, "sts:AssumeRole", &json!({"AWS": "*"}));
    for (more, told) in [
        (("RoleArn", "ops"), "ops is invalid"),
        (("RoleSessionName", "a b"), "roleSessionName"),
        (("DurationSeconds", "899"), "durationSeconds"),
        (("DurationSeconds", "7201"), "MaxSessionDuration"),
    ] {
        let refused = assume(&mut world, &Key::of("ANN"), &[more]);
        let code = "<Code>ValidationError</Code>";
        assert!(
            refused.contains(code) && refused.contains(told),
            "{refused}"
        );
    }
    // Out of a session no more than an hour.
    let longer = [("DurationSeconds", "7200")];
    let first = Key::told(&assume(&mut world, &Key::of("ANN"), &longer));
    assert!(assume(&mut world, &first, &longer).contains("role chaining"));
    assert!(assume(&mut world, &first, &[]).contains("<SessionToken>"));
}

#[test]
fn a_token_of_a_provider_is_enough_where_the_role_trusts_one() {
    let mut world = world();
    let nobody = Key::default();
    let with = |world: &mut World, token: &str| {
        let form = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "run"),
            ("WebIdentityToken", token),
        ];
        call(world, &nobody, STS, &form)
    };
    role(
        &mut world,
        "sts:AssumeRoleWithWebIdentity",
        &json!({"Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example.com"}),
    );
    assert!(with(&mut world, "no-token").contains("InvalidIdentityToken"));
    let key = Key::told(&with(&mut world, "a.b.c"));
    let told = who(&mut world, &key);
    assert!(told.contains("assumed-role/ops/run"), "{told}");
    // A provider's word does not make a principal of the account.
    assert!(assume(&mut world, &Key::of("ANN"), &[]).contains("AccessDenied"));
}
