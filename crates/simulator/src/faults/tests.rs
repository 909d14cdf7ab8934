//! Rules: what they match, how often, and which are refused.

use serde_json::json;

use super::*;
use crate::sagemaker::testing::Client;
use crate::service::Service;

fn rule(text: &str) -> Rule {
    serde_json::from_str(text).unwrap()
}

fn call<'a>(action: &'a str, resources: &'a [String]) -> Subject<'a> {
    Subject::Call {
        action,
        resources,
        caller: "arn:aws:iam::1:user/a",
    }
}

#[test]
fn globs() {
    assert!(glob(b"sagemaker:Delete*", b"sagemaker:DeleteApp"));
    assert!(!glob(b"sagemaker:Delete*", b"ec2:DeleteVpc"));
    assert!(glob(b"d-?", b"d-1") && !glob(b"d-?", b"d-"));
}

#[test]
fn the_nth_call_and_the_number_of_times() {
    let mut faults = Faults::default();
    faults.add(
        SimTime::START,
        rule(r#"{"match": {"action": "ec2:*", "nth": 2, "times": 2}, "answer": {"kind": "throttle"}}"#),
    );
    let hits: Vec<bool> = (0..5)
        .map(|_| {
            faults
                .find(SimTime::START, 1, call("ec2:DeleteVpc", &[]))
                .is_some()
        })
        .collect();
    assert_eq!(hits, [false, true, true, false, false]);
}

#[test]
fn the_nth_call_counts_from_the_coming_of_the_rule() {
    let mut faults = Faults::default();
    faults.add(
        SimTime::START,
        rule(
            r#"{"match": {"action": "ec2:*", "nth": 3, "after": 10}, "answer": {"kind": "throttle"}}"#,
        ),
    );
    let mut hit = |seconds| {
        let now = SimTime::START.plus(std::time::Duration::from_secs(seconds));
        faults.find(now, 1, call("ec2:DeleteVpc", &[])).is_some()
    };
    assert_eq!(
        [hit(0), hit(1), hit(11), hit(12)],
        [false, false, true, false]
    );
}

#[test]
fn what_cannot_be_done_is_refused_by_name() {
    for (text, field) in [
        (
            r#"{"match": {}, "answer": {"kind": "slow", "seconds": -1}}"#,
            "answer.seconds",
        ),
        (
            r#"{"match": {}, "answer": {"kind": "error", "status": 7}}"#,
            "answer.status",
        ),
        (
            r#"{"match": {}, "answer": {"kind": "error", "message": "\u0001"}}"#,
            "answer.message",
        ),
        (
            r#"{"match": {}, "effect": {"kind": "take", "seconds": 1e300}}"#,
            "effect.seconds",
        ),
        (
            r#"{"match": {"after": -2}, "effect": {"kind": "stuck"}}"#,
            "match.after",
        ),
        (
            r#"{"match": {"probability": 2}, "effect": {"kind": "stuck"}}"#,
            "match.probability",
        ),
        (r#"{"match": {}}"#, "either"),
    ] {
        let problem = rule(text).check().unwrap_err();
        assert!(problem.contains(field), "{problem}");
    }
}

#[test]
fn an_effect_is_no_answer() {
    let mut faults = Faults::default();
    faults.add(
        SimTime::START,
        rule(r#"{"match": {"type": "AWS::SageMaker::App"}, "effect": {"kind": "stuck"}}"#),
    );
    assert!(
        faults
            .find(SimTime::START, 1, call("sagemaker:DeleteApp", &[]))
            .is_none()
    );
    let life = Subject::Life {
        kind: "AWS::SageMaker::App",
        operation: "delete",
        id: "x",
    };
    assert!(faults.find(SimTime::START, 1, life).is_some());
}

#[test]
fn a_rule_that_can_never_apply_is_refused_with_the_nearest_name() {
    for (text, told) in [
        (
            r#"{"match": {"type": "AWS::Sagemaker::Apps"}, "effect": {"kind": "stuck"}}"#,
            "did you mean \"AWS::SageMaker::App\"?",
        ),
        (
            r#"{"match": {"type": "AWS::SageMaker::*", "operation": "deleted"}, "effect": {"kind": "stuck"}}"#,
            "did you mean \"delete\"?",
        ),
        (
            r#"{"match": {"type": "AWS::SageMaker::App", "operation": "update"}, "effect": {"kind": "stuck"}}"#,
            "steps that take time: create and delete",
        ),
        (
            r#"{"match": {"type": "AWS::S3::Bucket"}, "effect": {"kind": "stuck"}}"#,
            "is not known",
        ),
        (
            r#"{"match": {"action": "sagemaker:DeletApp"}, "answer": {"kind": "throttle"}}"#,
            "did you mean \"sagemaker:DeleteApp\"?",
        ),
        (
            r#"{"match": {"action": "sagemaker:Remove*"}, "answer": {"kind": "throttle"}}"#,
            "is not known",
        ),
        (
            r#"{"match": {"type": "AWS::SageMaker::App"}, "effect": {"kind": "take"}}"#,
            "how long",
        ),
        (
            r#"{"match": {"type": "AWS::SageMaker::App"}, "effect": {"kind": "stuck", "seconds": 3}}"#,
            "never ends",
        ),
    ] {
        let problem = rule(text).check().unwrap_err();
        assert!(problem.contains(told), "{problem}");
    }
}

#[test]
fn a_rule_fits_whatever_takes_time() {
    for (kind, operation) in known::steps() {
        for effect in [
            r#"{"kind": "fail"}"#,
            r#"{"kind": "stuck"}"#,
            r#"{"kind": "take", "seconds": 5}"#,
        ] {
            let text = format!(
                r#"{{"match": {{"type": "{kind}", "operation": "{operation}"}}, "effect": {effect}}}"#
            );
            rule(&text).check().unwrap();
        }
    }
}

#[test]
fn whatever_a_service_starts_stops_or_takes_back_can_go_wrong() {
    for (kind, operation) in [
        ("AWS::SageMaker::NotebookInstance", "start"),
        ("AWS::SageMaker::TrainingJob", "stop"),
        ("AWS::SageMaker::Endpoint", "rollback"),
    ] {
        let text = format!(
            r#"{{"match": {{"type": "{kind}", "operation": "{operation}"}}, "effect": {{"kind": "stuck"}}}}"#
        );
        rule(&text).check().unwrap();
    }
}

/// Facts: F.15
#[test]
fn expired_credentials_are_told_in_each_services_words() {
    let mut client = Client::new();
    let expired = json!({"match": {"action": "*"}, "answer": {"kind": "expired-credentials"}});
    client.fault(expired);
    for (service, action) in [
        (Service::SageMaker, "ListDomains"),
        (Service::AutoScaling, "DescribeScalableTargets"),
        (Service::Logs, "DescribeLogGroups"),
        (Service::Quotas, "ListServices"),
        (Service::Tagging, "GetResources"),
    ] {
        let refused = client.ask(service, action, &json!({})).unwrap_err();
        assert_eq!(refused.0, "ExpiredTokenException", "{action}");
    }
    let refused = client.efs("GET", "file-systems", "", None).unwrap_err();
    assert_eq!(refused.0, "ExpiredTokenException");
    for (version, action, code) in [
        ("2016-11-15", "DescribeVpcs", "RequestExpired"),
        ("2010-05-15", "DescribeStacks", "ExpiredToken"),
        ("2010-05-08", "ListRoles", "ExpiredToken"),
        ("2011-06-15", "GetCallerIdentity", "ExpiredToken"),
    ] {
        let answer = client.query(version, action, &[]);
        assert!(answer.contains(&format!("<Code>{code}</Code>")), "{answer}");
    }
}
