//! Denials in each service's form.

use serde_json::{Value, json};

use super::{Bench, Refusal, allow, document, text};

const NOTHING: &[&str] = &["sts:Nothing"];

fn refusal(status: u16, code: &str, text: &str) -> Refusal {
    Refusal {
        status,
        code: code.to_owned(),
        text: text.to_owned(),
    }
}

/// Facts: F.50
#[test]
fn ec2_tells_resource_and_cause_and_an_encoded_message() {
    let mut bench = Bench::alice(&allow(NOTHING));
    let denied = bench
        .ec2("alice", "CreateVpc", &[("CidrBlock", "10.9.0.0/16")])
        .unwrap_err();
    assert_eq!(
        (denied.status, denied.code.as_str()),
        (403, "UnauthorizedOperation")
    );
    let start = "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/alice is not \
                 authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:111122223333:vpc/* because no \
                 identity-based policy allows the ec2:CreateVpc action. Encoded authorization failure message: ";
    assert!(denied.text.starts_with(start), "{}", denied.text);
    assert_eq!(bench.logged().as_deref(), Some("UnauthorizedOperation"));

    let denied = bench.ec2("alice", "DescribeVpcs", &[]).unwrap_err();
    assert_eq!(
        denied.text,
        "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/alice is not authorized \
         to perform: ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action"
    );
}

/// Facts: F.50
#[test]
fn a_dry_run_tells_a_denial_like_the_real_call() {
    let mut bench = Bench::alice(&allow(NOTHING));
    let members = [("CidrBlock", "10.9.0.0/16"), ("DryRun", "true")];
    let code = |bench: &mut Bench, who| bench.ec2(who, "CreateVpc", &members).unwrap_err().code;
    assert_eq!(code(&mut bench, "alice"), "UnauthorizedOperation");
    assert_eq!(code(&mut bench, "bob"), "DryRunOperation");
}

/// Facts: F.51
#[test]
fn sts_decodes_the_message_for_those_who_may() {
    let mut bench = Bench::alice(&allow(NOTHING));
    let denied = bench
        .ec2("alice", "CreateVpc", &[("CidrBlock", "10.9.0.0/16")])
        .unwrap_err();
    let message = denied.text.rsplit(' ').next().unwrap().to_owned();
    let members = [("EncodedMessage", message.as_str())];
    let decode = |bench: &mut Bench, who: &str, members: &[(&str, &str)]| {
        bench.query(who, "2011-06-15", "DecodeAuthorizationMessage", members)
    };
    assert_eq!(
        decode(&mut bench, "alice", &members).unwrap_err().code,
        "AccessDenied"
    );
    let decoded = text(
        &decode(&mut bench, "bob", &members).unwrap(),
        "DecodedMessage",
    );
    let decoded: Value = serde_json::from_str(&decoded).unwrap();
    assert_eq!(decoded["allowed"], json!(false));
    assert_eq!(decoded["explicitDeny"], json!(false));
    assert_eq!(
        decoded["context"]["principal"]["arn"],
        json!("arn:aws:iam::111122223333:user/alice")
    );
    assert_eq!(decoded["context"]["action"], json!("ec2:CreateVpc"));
    let invented = [("EncodedMessage", "abc")];
    assert_eq!(
        decode(&mut bench, "bob", &invented).unwrap_err().code,
        "InvalidAuthorizationMessageException"
    );
}

/// Facts: F.52
#[test]
fn sagemaker_denies_with_an_exception_of_status_400() {
    let mut bench = Bench::alice(&allow(NOTHING));
    let denied = bench
        .sagemaker("alice", "DeleteDomain", &json!({"DomainId": "d-1"}))
        .unwrap_err();
    let expected = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sagemaker:DeleteDomain on \
                    resource: arn:aws:sagemaker:us-east-1:111122223333:domain/d-1 because no identity-based policy allows \
                    the sagemaker:DeleteDomain action";
    assert_eq!(denied, refusal(400, "AccessDeniedException", expected));
    let denied = bench
        .sagemaker("alice", "ListDomains", &json!({}))
        .unwrap_err();
    assert!(!denied.text.contains("on resource"), "{}", denied.text);
}

/// Facts: F.52
#[test]
fn cloudformation_and_iam_deny_with_status_403() {
    let mut bench = Bench::alice(&allow(NOTHING));
    let denied = bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap_err();
    let expected = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: cloudformation:DeleteStack on \
                    resource: arn:aws:cloudformation:us-east-1:111122223333:stack/one/* because no identity-based policy \
                    allows the cloudformation:DeleteStack action";
    assert_eq!(denied, refusal(403, "AccessDenied", expected));

    bench.role("one");
    let denied = bench
        .iam("alice", "DeleteRole", &[("RoleName", "one")])
        .unwrap_err();
    let expected = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:DeleteRole on resource: \
                    role one because no identity-based policy allows the iam:DeleteRole action";
    assert_eq!(denied, refusal(403, "AccessDenied", expected));
}

/// Facts: F.52
#[test]
fn efs_denies_with_status_403_and_tells_no_cause() {
    let mut bench = Bench::alice(&allow(&["elasticfilesystem:CreateMountTarget"]));
    let denied = bench.efs("alice", "GET", "file-systems", None).unwrap_err();
    let expected = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: \
                    elasticfilesystem:DescribeFileSystems on the specified resource";
    assert_eq!(denied, refusal(403, "AccessDeniedException", expected));

    let input = json!({"FileSystemId": "fs-1", "SubnetId": "subnet-1"});
    let denied = bench
        .efs("alice", "POST", "mount-targets", Some(&input))
        .unwrap_err();
    let expected = "User is not authorized to perform that action on the specified resource";
    assert_eq!(denied, refusal(403, "AccessDeniedException", expected));
}

/// Facts: F.53
#[test]
fn who_is_calling_is_always_answered() {
    let nothing = document(&[json!({"Effect": "Deny", "Action": "*", "Resource": "*"})]);
    let mut bench = Bench::alice(&nothing);
    let answer = bench
        .query("alice", "2011-06-15", "GetCallerIdentity", &[])
        .unwrap();
    assert_eq!(text(&answer, "Arn"), "arn:aws:iam::111122223333:user/alice");
}

#[test]
fn an_unknown_action_is_not_denied_but_unknown() {
    let mut bench = Bench::alice(&allow(NOTHING));
    assert_eq!(
        bench.ec2("alice", "CreateUnicorn", &[]).unwrap_err().code,
        "InvalidAction"
    );
}
