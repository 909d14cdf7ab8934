//! How policies are set up and lifted.

use serde_json::json;

use super::{Bench, allow, principal};
use crate::scenario::Scenario;
use crate::wire::Request;

#[test]
fn only_principals_with_an_entry_are_restricted_unless_there_is_a_default() {
    let mut bench = Bench::alice(&allow(&["ec2:*"]));
    assert!(bench.sagemaker("alice", "ListDomains", &json!({})).is_err());
    assert!(bench.sagemaker("bob", "ListDomains", &json!({})).is_ok());
    let text = format!(
        "default-policy = '''{}'''\n{}",
        allow(&["iam:*"]),
        principal("alice", &allow(&["*"]))
    );
    let mut bench = Bench::of(&text);
    assert!(bench.sagemaker("alice", "ListDomains", &json!({})).is_ok());
    assert!(bench.sagemaker("bob", "ListDomains", &json!({})).is_err());
}

#[test]
fn nothing_is_checked_until_somebody_asks_for_it_and_lifting_it_ends_it() {
    let mut bench = Bench::of("");
    assert!(bench.world.permissions.is_open());
    bench.set_up(&json!({"principal": [{"name": "alice"}]}));
    assert!(bench.sagemaker("alice", "ListDomains", &json!({})).is_err());
    let lift = Request {
        method: "DELETE".into(),
        path: "/_simulator/permissions".into(),
        ..Request::default()
    };
    crate::control::answer(&mut bench.world, &lift).unwrap();
    assert!(bench.world.permissions.is_open());
    assert!(bench.sagemaker("alice", "ListDomains", &json!({})).is_ok());
}

#[test]
fn what_policies_were_asked_can_be_read() {
    let mut bench = Bench::alice(&allow(&["sagemaker:ListDomains"]));
    bench.sagemaker("alice", "ListDomains", &json!({})).unwrap();
    bench
        .sagemaker("alice", "ListModels", &json!({}))
        .unwrap_err();
    // Nobody restricts him.
    bench.sagemaker("bob", "ListDomains", &json!({})).unwrap();
    let request = Request {
        method: "GET".into(),
        path: "/_simulator/permissions".into(),
        ..Request::default()
    };
    let answer = crate::control::answer(&mut bench.world, &request).unwrap();
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let expected = json!({"arn:aws:iam::111122223333:user/alice": {
        "sagemaker:ListDomains": {"allowed": 1, "denied": 0},
        "sagemaker:ListModels": {"allowed": 0, "denied": 1},
    }});
    assert_eq!(told, expected);
}

#[test]
fn what_is_not_known_is_refused_when_it_is_read() {
    let statement = |rest: &str| format!(r#"{{"Statement": {{"Effect": "Allow", {rest}}}}}"#);
    let action = r#""Action": "ec2:*", "Resource": "*""#;
    for (document, problem) in [
        ("{".to_owned(), "Syntax errors in policy"),
        (r#"{"Statement": [], "Versoin": "1"}"#.to_owned(), "Versoin"),
        (
            r#"{"Statement": [], "Version": "2020-01-01"}"#.to_owned(),
            "2020-01-01",
        ),
        (
            statement(r#""Resource": "*""#),
            "either Action or NotAction",
        ),
        (
            statement(r#""Action": "ec2:*""#),
            "either Resource or NotResource",
        ),
        (
            statement(r#""Action": "CreateVpc", "Resource": "*""#),
            "CreateVpc has no vendor",
        ),
        (
            statement(r#""Action": "ec2:*", "Resource": "vpc-1""#),
            "vpc-1 is neither an ARN",
        ),
        (
            statement(&format!(r#"{action}, "Principal": "*""#)),
            "Principal",
        ),
        (
            statement(r#""Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:vpc/${aws:username}""#),
            "variables",
        ),
        (
            statement(&format!(
                r#"{action}, "Condition": {{"DateLessThan": {{"aws:CurrentTime": "x"}}}}"#
            )),
            "DateLessThan",
        ),
        (
            statement(&format!(
                r#"{action}, "Condition": {{"StringEquals": {{"aws:SourceIp": "x"}}}}"#
            )),
            "aws:SourceIp",
        ),
        (
            statement(&format!(
                r#"{action}, "Condition": {{"StringEquals": {{"aws:TagKeys": "x"}}}}"#
            )),
            "ForAllValues",
        ),
        (
            statement(&format!(
                r#"{action}, "Condition": {{"Null": {{"aws:TagKeys": "x"}}}}"#
            )),
            "true or false",
        ),
    ] {
        let text = format!("[[principal]]\nname = \"alice\"\npolicy = '''{document}'''\n");
        let refused = Scenario::read(&text).unwrap_err().to_string();
        assert!(refused.contains(problem), "{refused}");
    }
    let refused = |text: &str| Scenario::read(text).unwrap_err().to_string();
    assert!(refused("[[principal]]\nname = \"Alice\"\n").contains("lower case"));
    let twice = "[[principal]]\nname = \"a\"\n[[principal]]\nname = \"a\"\n";
    assert!(refused(twice).contains("two entries"));
    assert!(refused("[organization]\nscp = \"\"\n").contains("scp"));
}

#[test]
fn a_world_with_policies_is_saved_and_read_back() {
    let bench = Bench::alice(&allow(&["ec2:*"]));
    let saved = serde_json::to_string(&bench.world).unwrap();
    let read: crate::World = serde_json::from_str(&saved).unwrap();
    assert_eq!(read.permissions, bench.world.permissions);
}
