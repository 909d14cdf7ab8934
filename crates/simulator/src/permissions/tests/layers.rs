//! Kinds of policies over one another.

use serde_json::{Value, json};

use super::{Bench, allow, document};

fn deny(action: &str) -> Value {
    document(&[json!({"Effect": "Deny", "Action": action, "Resource": "*"})])
}

fn denied(bench: &mut Bench, permissions: &Value) -> String {
    bench.set_up(permissions);
    let input = json!({"DomainId": "d-1"});
    bench
        .sagemaker("alice", "DeleteDomain", &input)
        .unwrap_err()
        .text
}

fn set_up(policy: &Value, boundary: Option<&Value>, organization: Option<&Value>) -> Value {
    let mut principal = json!({"name": "alice", "policy": policy});
    if let Some(boundary) = boundary {
        principal["boundary"] = boundary.clone();
    }
    let mut permissions = json!({"principal": [principal]});
    if let Some(policy) = organization {
        permissions["organization"] = json!({"service-control-policy": policy.to_string()});
    }
    permissions
}

/// Facts: F.54, F.55
#[test]
fn each_layer_is_named_in_the_denial() {
    let mut bench = Bench::of("");
    let (all, other) = (allow(&["*"]), allow(&["ec2:*"]));
    let no = deny("sagemaker:DeleteDomain");
    for (permissions, cause) in [
        (
            set_up(&no, None, None),
            "with an explicit deny in an identity-based policy",
        ),
        (
            set_up(&all, None, Some(&no)),
            "with an explicit deny in a service control policy",
        ),
        (
            set_up(&all, Some(&no), None),
            "with an explicit deny in a permissions boundary",
        ),
        (
            set_up(&other, None, None),
            "because no identity-based policy allows the sagemaker:DeleteDomain action",
        ),
        (
            set_up(&all, Some(&other), None),
            "because no permissions boundary allows the sagemaker:DeleteDomain action",
        ),
        (
            set_up(&all, None, Some(&other)),
            "because no service control policy allows the sagemaker:DeleteDomain action",
        ),
        // Of several denies the organization's is told, and an explicit one before an implicit one.
        (
            set_up(&no, None, Some(&no)),
            "with an explicit deny in a service control policy",
        ),
        (
            set_up(&no, None, Some(&other)),
            "with an explicit deny in an identity-based policy",
        ),
    ] {
        let text = denied(&mut bench, &permissions);
        assert!(text.ends_with(cause), "{text}");
    }
}

/// Facts: F.54
#[test]
fn a_boundary_grants_nothing_and_a_deny_wins_over_an_allow() {
    let both = document(&[
        json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        json!({"Effect": "Deny", "Action": "ec2:delete*", "Resource": "*"}),
    ]);
    let mut bench = Bench::alice(&both);
    assert!(bench.ec2("alice", "DescribeVpcs", &[]).is_ok());
    let denied = bench
        .ec2("alice", "DeleteVpc", &[("VpcId", "vpc-1")])
        .unwrap_err();
    assert_eq!(denied.code, "UnauthorizedOperation");

    bench.set_up(&json!({"principal": [{"name": "alice", "boundary": allow(&["*"])}]}));
    assert!(bench.ec2("alice", "DescribeVpcs", &[]).is_err());
}

/// Facts: F.54
#[test]
fn a_service_control_policy_of_denies_stands_beside_full_access_and_holds_for_everybody() {
    let mut bench = Bench::of("");
    let policy = deny("ec2:CreateVpc").to_string();
    bench.set_up(&json!({"organization": {"service-control-policy": policy}}));
    assert!(bench.ec2("bob", "DescribeVpcs", &[]).is_ok());
    let denied = bench
        .ec2("bob", "CreateVpc", &[("CidrBlock", "10.9.0.0/16")])
        .unwrap_err();
    assert!(
        denied
            .text
            .contains("with an explicit deny in a service control policy"),
        "{}",
        denied.text
    );
}
