//! Conditions: operators, quantifiers, keys.

use serde_json::{Value, json};

use super::super::policy::{Effect, Policy};
use super::super::question::{Context, Question};
use super::{Bench, document};

fn holds(condition: &Value, context: &Context) -> bool {
    let policy = document(&[
        json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}),
    ]);
    let question = Question {
        action: "ec2:CreateVpc",
        resource: "*",
        context,
    };
    Policy::read(&policy.to_string())
        .unwrap()
        .says(Effect::Allow, &question)
}

#[test]
fn operators_compare_text_globs_arns_and_flags() {
    let context = Context::default()
        .with("aws:RequestedRegion", ["us-east-1"])
        .with("aws:PrincipalArn", ["arn:aws:iam::111122223333:user/alice"])
        .with("aws:ViaAWSService", ["true"]);
    for (condition, expected) in [
        (
            json!({"StringEquals": {"AWS:requestedregion": ["eu-west-1", "us-east-1"]}}),
            true,
        ),
        (
            json!({"StringEquals": {"aws:RequestedRegion": "US-EAST-1"}}),
            false,
        ),
        (
            json!({"StringEqualsIgnoreCase": {"aws:RequestedRegion": "US-EAST-1"}}),
            true,
        ),
        (
            json!({"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
            false,
        ),
        (
            json!({"StringLike": {"aws:RequestedRegion": "us-*-?"}}),
            true,
        ),
        (
            json!({"StringNotLike": {"aws:RequestedRegion": "us-*"}}),
            false,
        ),
        (
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}}),
            true,
        ),
        (
            json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}),
            false,
        ),
        (
            json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:*:user/alice"}}),
            true,
        ),
        (json!({"Bool": {"aws:ViaAWSService": true}}), true),
        (json!({"Bool": {"aws:ViaAWSService": "false"}}), false),
        // All of several operators and keys must hold.
        (
            json!({"StringLike": {"aws:RequestedRegion": "us-*"}, "Bool": {"aws:ViaAWSService": "false"}}),
            false,
        ),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

#[test]
fn a_key_that_is_not_there_equals_nothing() {
    let nothing = Context::default();
    for (condition, expected) in [
        (json!({"StringEquals": {"aws:RequestTag/team": "a"}}), false),
        (
            json!({"StringEqualsIfExists": {"aws:RequestTag/team": "a"}}),
            true,
        ),
        (
            json!({"StringNotEquals": {"aws:RequestTag/team": "a"}}),
            true,
        ),
        (json!({"Null": {"aws:RequestTag/team": "true"}}), true),
        (json!({"Null": {"aws:RequestTag/team": "false"}}), false),
        (
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}}),
            true,
        ),
        (
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}),
            false,
        ),
    ] {
        assert_eq!(holds(&condition, &nothing), expected, "{condition}");
    }
}

#[test]
fn quantifiers_ask_for_all_values_or_for_any() {
    let context = Context::default().with("aws:TagKeys", ["team", "stage"]);
    for (condition, expected) in [
        (
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            false,
        ),
        (
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage", "cost"]}}),
            true,
        ),
        (
            json!({"ForAnyValue:StringLike": {"aws:TagKeys": "st*"}}),
            true,
        ),
        (
            json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "cost"}}),
            false,
        ),
        (
            json!({"ForAllValues:StringNotEquals": {"aws:TagKeys": "team"}}),
            false,
        ),
    ] {
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
}

/// Facts: 7.33
#[test]
fn corporate_guardrails_deny_untagged_resources_roles_without_boundary_and_other_regions() {
    let guardrails = document(&[
        json!({"Effect": "Deny", "Action": "ec2:CreateVpc", "Resource": "*", "Condition": {"Null": {"aws:RequestTag/CostCenter": "true"}}}),
        json!({"Effect": "Deny", "Action": "iam:CreateRole", "NotResource": "arn:aws:iam::*:role/team/*"}),
        json!({"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*", "Condition": {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/limits"}}}),
        json!({"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}}),
    ]);
    let mut bench = Bench::of("");
    bench.set_up(&json!({"organization": {"service-control-policy": guardrails}}));
    let untagged = [("CidrBlock", "10.9.0.0/16")];
    let denied = bench.ec2("alice", "CreateVpc", &untagged).unwrap_err();
    assert!(
        denied
            .text
            .contains("with an explicit deny in a service control policy"),
        "{}",
        denied.text
    );
    let tag = [
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "CostCenter"),
        ("TagSpecification.1.Tag.1.Value", "7"),
    ];
    bench
        .ec2("alice", "CreateVpc", &[&untagged[..], &tag[..]].concat())
        .unwrap();

    let trust = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let role = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", trust),
        ("Path", "/team/"),
    ];
    let boundary = [(
        "PermissionsBoundary",
        "arn:aws:iam::111122223333:policy/limits",
    )];
    assert_eq!(
        bench.iam("alice", "CreateRole", &role).unwrap_err().code,
        "AccessDenied"
    );
    let outside = [&role[..2], &boundary[..]].concat();
    assert_eq!(
        bench.iam("alice", "CreateRole", &outside).unwrap_err().code,
        "AccessDenied"
    );
    let inside = [&role[..], &boundary[..]].concat();
    let refused = bench.iam("alice", "CreateRole", &inside).err();
    assert_ne!(
        refused.map(|refused| refused.code).as_deref(),
        Some("AccessDenied")
    );
}

#[test]
fn tags_of_the_resource_decide() {
    let mine = json!({"StringEquals": {"aws:ResourceTag/owner": "alice"}});
    let policy = document(&[
        json!({"Effect": "Allow", "Action": "ec2:DeleteVpc", "Resource": "*", "Condition": mine}),
    ]);
    let mut bench = Bench::alice(&policy);
    let mut made = |owner: &str| {
        let members = [
            ("CidrBlock", "10.9.0.0/16"),
            ("TagSpecification.1.ResourceType", "vpc"),
            ("TagSpecification.1.Tag.1.Key", "owner"),
            ("TagSpecification.1.Tag.1.Value", owner),
        ];
        super::text(&bench.ec2("root", "CreateVpc", &members).unwrap(), "vpcId")
    };
    let (alices, bobs) = (made("alice"), made("bob"));
    assert_eq!(
        bench
            .ec2("alice", "DeleteVpc", &[("VpcId", &bobs)])
            .unwrap_err()
            .code,
        "UnauthorizedOperation"
    );
    bench
        .ec2("alice", "DeleteVpc", &[("VpcId", &alices)])
        .unwrap();
}
