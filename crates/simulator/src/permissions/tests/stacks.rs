//! CloudFormation's handlers with the permissions of the caller or of the stack's service role.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::handlers;
use super::{Bench, allow, document, text};

const TEMPLATE: &str = r#"{"Resources": {
    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.1.0/24"}},
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}}
}}"#;
const KINDS: [&str; 3] = ["AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::IAM::Role"];

/// What a life of the stack needs, and nothing more.
fn least() -> Vec<&'static str> {
    let mut actions: Vec<&str> = KINDS.into_iter().flat_map(handlers::permissions).collect();
    actions.extend([
        "cloudformation:CreateStack",
        "cloudformation:DescribeStacks",
        "cloudformation:DeleteStack",
    ]);
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn without(left_out: &str) -> Value {
    let actions: Vec<&str> = least()
        .into_iter()
        .filter(|action| *action != left_out)
        .collect();
    assert_eq!(actions.len() + 1, least().len(), "{left_out}");
    allow(&actions)
}

fn create(bench: &mut Bench, more: &[(&str, &str)]) -> String {
    let members = [
        ("StackName", "one"),
        ("TemplateBody", TEMPLATE),
        ("Capabilities.member.1", "CAPABILITY_IAM"),
    ];
    let answer = bench
        .stack("alice", "CreateStack", &[&members[..], more].concat())
        .unwrap();
    bench.settle();
    text(&answer, "StackId")
}

fn status(bench: &mut Bench, arn: &str) -> String {
    let answer = bench
        .stack("root", "DescribeStacks", &[("StackName", arn)])
        .unwrap();
    text(&answer, "StackStatus")
}

/// The reasons of a resource's failures, newest first.
fn failures(bench: &mut Bench, arn: &str, logical: &str) -> Vec<String> {
    let answer = bench
        .stack("root", "DescribeStackEvents", &[("StackName", arn)])
        .unwrap();
    let events = answer
        .split("<member>")
        .filter(|event| text(event, "LogicalResourceId") == logical);
    let failed = events.filter(|event| text(event, "ResourceStatus").ends_with("_FAILED"));
    failed
        .map(|event| text(event, "ResourceStatusReason"))
        .collect()
}

/// Facts: 7.34
#[test]
fn a_stack_lives_and_dies_with_exactly_what_its_handlers_need() {
    let mut bench = Bench::alice(&allow(&least()));
    let arn = create(&mut bench, &[]);
    assert_eq!(status(&mut bench, &arn), "CREATE_COMPLETE");
    bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap();
    bench.settle();
    assert_eq!(status(&mut bench, &arn), "DELETE_COMPLETE");
}

/// Facts: 7.34, 7.35
#[test]
fn without_one_permission_exactly_its_resource_fails_in_aws_words() {
    let mut bench = Bench::alice(&without("ec2:CreateSubnet"));
    let arn = create(&mut bench, &[]);
    assert_eq!(status(&mut bench, &arn), "ROLLBACK_COMPLETE");
    assert!(failures(&mut bench, &arn, "Vpc").is_empty());
    let failures = failures(&mut bench, &arn, "Subnet");
    let start = "Resource handler returned message: \"You are not authorized to perform this operation. User: \
                 arn:aws:iam::111122223333:user/alice is not authorized to perform: ec2:CreateSubnet on resource: \
                 arn:aws:ec2:us-east-1:111122223333:subnet/* because no identity-based policy allows the ec2:CreateSubnet \
                 action. Encoded authorization failure message: ";
    assert!(failures[0].starts_with(start), "{failures:?}");
    assert!(
        failures[0].contains("(Service: Ec2, Status Code: 403, Request ID: "),
        "{failures:?}"
    );
    assert!(
        failures[0].ends_with("HandlerErrorCode: AccessDenied)"),
        "{failures:?}"
    );
}

/// Facts: 7.34
#[test]
fn a_handler_needs_its_reads_and_what_the_schema_declares_besides() {
    for (left_out, logical) in [
        ("ec2:DescribeVpcEncryptionControls", "Vpc"),
        ("iam:ListRolePolicies", "Role"),
    ] {
        let mut bench = Bench::alice(&without(left_out));
        let arn = create(&mut bench, &[]);
        let failures = failures(&mut bench, &arn, logical);
        assert!(failures[0].contains(left_out), "{failures:?}");
    }
}

/// Facts: 7.36
#[test]
fn a_denied_deletion_fails_and_goes_on_when_the_permission_is_there() {
    let mut bench = Bench::alice(&without("ec2:DeleteVpc"));
    let arn = create(&mut bench, &[]);
    bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap();
    bench.settle();
    assert_eq!(status(&mut bench, &arn), "DELETE_FAILED");
    let failures = failures(&mut bench, &arn, "Vpc");
    assert!(
        failures[0]
            .contains("ec2:DeleteVpc on resource: arn:aws:ec2:us-east-1:111122223333:vpc/vpc-"),
        "{failures:?}"
    );
    // Another person may.
    bench
        .stack("root", "DeleteStack", &[("StackName", &arn)])
        .unwrap();
    bench.settle();
    assert_eq!(status(&mut bench, &arn), "DELETE_COMPLETE");
}

/// Facts: 7.36
#[test]
fn a_rollback_works_as_who_asked_for_the_operation() {
    let actions: Vec<&str> = least()
        .into_iter()
        .filter(|action| !["ec2:CreateSubnet", "ec2:DeleteVpc"].contains(action))
        .collect();
    let mut bench = Bench::alice(&allow(&actions));
    let arn = create(&mut bench, &[]);
    assert_eq!(status(&mut bench, &arn), "ROLLBACK_FAILED");
}

/// Facts: 7.37
#[test]
fn policies_may_name_the_resources_of_handlers() {
    let own = |resource: &str, actions: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    let policy = document(&[
        own(
            "arn:aws:cloudformation:*:*:stack/one/*",
            &["cloudformation:*"],
        ),
        own("*", &["ec2:*"]),
        own("arn:aws:iam::*:role/one-Role-*", &["iam:*"]),
    ]);
    let mut bench = Bench::alice(&policy);
    let arn = create(&mut bench, &[]);
    assert_eq!(status(&mut bench, &arn), "CREATE_COMPLETE");
    bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap();
    bench.settle();
    assert_eq!(status(&mut bench, &arn), "DELETE_COMPLETE");
}

/// Facts: 7.42
#[test]
fn a_policy_in_a_stack_asks_only_about_the_kinds_of_principals_that_it_names() {
    let template = r#"{"Resources": {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}}},
        "Policy": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p", "Roles": [{"Ref": "Role"}], "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}}
    }}"#;
    let kinds = ["AWS::IAM::Role", "AWS::IAM::Policy"];
    let life = |left_out: &[&str]| {
        let mut actions: Vec<&str> = kinds.into_iter().flat_map(handlers::permissions).collect();
        actions.retain(|action| !left_out.iter().any(|word| action.contains(word)));
        actions.push("cloudformation:*");
        let mut bench = Bench::alice(&allow(&actions));
        let members = [
            ("StackName", "one"),
            ("TemplateBody", template),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
        ];
        made_and_deleted(&mut bench, &members).1
    };
    let well = ["CREATE_COMPLETE", "DELETE_COMPLETE"];
    assert_eq!(life(&["UserPolicy", "GroupPolicy"]), well);
    assert_ne!(life(&["PutRolePolicy"]), well);
}

fn deployer(bench: &mut Bench) -> String {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let members = [
        ("RoleName", "deployer"),
        ("AssumeRolePolicyDocument", trust),
    ];
    let made = bench.iam("root", "CreateRole", &members).unwrap();
    // Until CloudFormation knows it.
    bench.now = bench.now.plus(std::time::Duration::from_secs(15));
    text(&made, "Arn")
}

/// Facts: 7.38
#[test]
fn with_a_service_role_the_roles_own_policies_decide() {
    let mut bench = Bench::alice(&allow(&["cloudformation:*", "iam:PassRole"]));
    let role = deployer(&mut bench);
    let put = |bench: &mut Bench, policy: &Value| {
        let policy = policy.to_string();
        let members = [
            ("RoleName", "deployer"),
            ("PolicyName", "p"),
            ("PolicyDocument", policy.as_str()),
        ];
        bench.iam("root", "PutRolePolicy", &members).unwrap();
    };
    put(&mut bench, &without("ec2:CreateVpc"));
    let arn = create(&mut bench, &[("RoleARN", &role)]);
    let failed = failures(&mut bench, &arn, "Vpc");
    assert!(
        failed[0].contains("User: arn:aws:sts::111122223333:assumed-role/deployer/AWSCloudFormation is not authorized to perform: ec2:CreateVpc"),
        "{failed:?}"
    );
    bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap();
    bench.settle();
    put(&mut bench, &allow(&least()));
    let arn = create(&mut bench, &[("RoleARN", &role)]);
    assert_eq!(status(&mut bench, &arn), "CREATE_COMPLETE");
}

/// Facts: 7.38
#[test]
fn aws_own_administrator_policy_allows_everything_and_others_are_not_known() {
    for (policy, end) in [
        ("AdministratorAccess", "CREATE_COMPLETE"),
        ("AmazonEC2FullAccess", "ROLLBACK_COMPLETE"),
    ] {
        let mut bench = Bench::alice(&allow(&["cloudformation:*", "iam:PassRole"]));
        let role = deployer(&mut bench);
        let attached = format!("arn:aws:iam::aws:policy/{policy}");
        bench
            .iam(
                "root",
                "AttachRolePolicy",
                &[("RoleName", "deployer"), ("PolicyArn", &attached)],
            )
            .unwrap();
        let arn = create(&mut bench, &[("RoleARN", &role)]);
        let ended = status(&mut bench, &arn);
        let failures = failures(&mut bench, &arn, "Vpc");
        assert_eq!(ended, end, "{failures:?}");
        let loud = failures
            .iter()
            .all(|reason| reason.contains("does not have the policy"));
        assert!(loud, "{failures:?}");
    }
}

/// Facts: 7.39
#[test]
fn a_domain_needs_the_permissions_of_other_services_too() {
    let template = |role: &str, vpc: &str, subnet: &str| {
        json!({"Resources": {"Domain": {"Type": "AWS::SageMaker::Domain", "Properties": {
            "DomainName": "d", "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": [subnet],
            "DefaultUserSettings": {"ExecutionRole": role},
        }}}})
        .to_string()
    };
    for (left_out, told) in [
        (
            "elasticfilesystem:CreateFileSystem",
            "elasticfilesystem:CreateFileSystem",
        ),
        ("kms:CreateGrant", "kms:CreateGrant"),
        (
            "iam:PassRole",
            "iam:PassRole on resource: arn:aws:iam::111122223333:role/studio because no identity-based policy allows the \
             iam:PassRole action (Service: SageMaker, Status Code: 400, ",
        ),
        ("iam:CreateServiceLinkedRole", "iam:CreateServiceLinkedRole"),
    ] {
        let mut actions = handlers::permissions("AWS::SageMaker::Domain");
        actions.push("cloudformation:*");
        actions.retain(|action| *action != left_out);
        let mut bench = Bench::alice(&allow(&actions));
        let role = bench.role("studio");
        let (vpc, subnets) = bench.network();
        let body = template(&role, &vpc, &subnets[0]);
        let members = [("StackName", "one"), ("TemplateBody", body.as_str())];
        let answer = bench.stack("alice", "CreateStack", &members).unwrap();
        bench.settle();
        let failures = failures(&mut bench, &text(&answer, "StackId"), "Domain");
        assert!(failures[0].contains(told), "{left_out}: {failures:?}");
        assert!(
            failures[0].ends_with("HandlerErrorCode: AccessDenied)"),
            "{failures:?}"
        );
    }
}

/// A stack of alice's that is made, as far as it comes, and deleted: its id, and the statuses in which both ended.
fn made_and_deleted(bench: &mut Bench, members: &[(&str, &str)]) -> (String, [String; 2]) {
    let answer = bench.stack("alice", "CreateStack", members).unwrap();
    let arn = text(&answer, "StackId");
    bench.settle();
    let made = status(bench, &arn);
    bench
        .stack("alice", "DeleteStack", &[("StackName", &arn)])
        .unwrap();
    bench.settle();
    // Right after the call the old status may still be shown.
    bench.now = bench.now.plus(Duration::from_secs(60));
    let gone = status(bench, &arn);
    (arn, [made, gone])
}

/// A stack of alice's with one mount target, as far as it comes, and how its deletion ends then.
fn mount_target(actions: &[&str]) -> (Bench, String, [String; 2]) {
    let mut bench = Bench::alice(&allow(actions));
    let (_, subnets) = bench.network();
    let volume = bench.volume();
    let body = json!({"Resources": {"Target": {"Type": "AWS::EFS::MountTarget", "Properties": {
        "FileSystemId": volume, "SubnetId": subnets[0], "SecurityGroups": [],
    }}}})
    .to_string();
    let members = [("StackName", "one"), ("TemplateBody", body.as_str())];
    let (arn, statuses) = made_and_deleted(&mut bench, &members);
    (bench, arn, statuses)
}

/// Facts: 7.40
#[test]
fn a_mount_target_in_a_stack_needs_what_its_calls_need_of_ec2() {
    let needs = [
        "ec2:DescribeSubnets",
        "ec2:DescribeNetworkInterfaces",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
    ];
    let life = |left_out: &str| {
        let mut actions = handlers::permissions("AWS::EFS::MountTarget");
        actions.push("cloudformation:*");
        actions.extend(needs.iter().filter(|action| **action != left_out));
        mount_target(&actions)
    };
    let (_, _, ended) = life("");
    assert_eq!(ended, ["CREATE_COMPLETE", "DELETE_COMPLETE"]);
    for left_out in needs {
        let (mut bench, arn, ended) = life(left_out);
        let expected = match left_out {
            "ec2:DeleteNetworkInterface" => ["CREATE_COMPLETE", "DELETE_FAILED"],
            _ => ["ROLLBACK_COMPLETE", "DELETE_COMPLETE"],
        };
        assert_eq!(ended, expected, "{left_out}");
        let failures = failures(&mut bench, &arn, "Target");
        // EFS does not say what it needs of EC2.
        let told = "User is not authorized to perform that action on the specified resource (Service: Efs, Status Code: 403, ";
        assert!(failures[0].contains(told), "{left_out}: {failures:?}");
    }
}

/// Facts: 7.41
#[test]
fn the_role_of_r_studio_is_passed_by_a_stack_too() {
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let stack = |passed: &str| {
        let everything = json!({"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"});
        let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role(passed)});
        let mut bench = Bench::alice(&document(&[everything, pass]));
        let studio = bench.role("studio");
        bench.role("r-studio");
        let (vpc, subnets) = bench.network();
        let settings =
            json!({"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": role("r-studio")}});
        let body =
            json!({"Resources": {"Domain": {"Type": "AWS::SageMaker::Domain", "Properties": {
                "DomainName": "d", "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": [subnets[0]],
                "DefaultUserSettings": {"ExecutionRole": studio}, "DomainSettings": settings,
            }}}})
            .to_string();
        let members = [("StackName", "one"), ("TemplateBody", body.as_str())];
        let answer = bench.stack("alice", "CreateStack", &members).unwrap();
        bench.settle();
        failures(&mut bench, &text(&answer, "StackId"), "Domain").concat()
    };
    let denied = format!("iam:PassRole on resource: {} ", role("r-studio"));
    let told = stack("studio");
    assert!(told.contains(&denied), "{told}");
    let told = stack("*");
    assert!(!told.contains("iam:PassRole"), "{told}");
}

/// Facts: 3.9.11
#[test]
fn a_nested_stack_needs_what_its_handlers_need() {
    const URL: &str = "https://parts.s3.amazonaws.com/part.json";
    let part = json!({"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}}});
    let nested = json!({"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": URL}});
    let whole = json!({"Resources": {"Part": nested}}).to_string();
    let members = [("StackName", "one"), ("TemplateBody", whole.as_str())];
    let nested = "arn:aws:cloudformation:*:*:stack/one-Part-*";
    for (denied, resource, told) in [
        (
            "cloudformation:CreateStack",
            nested,
            "not authorized to perform: cloudformation:CreateStack",
        ),
        ("ec2:CreateVpc", "*", "failed to create: [Vpc]"),
    ] {
        let mut bench = Bench::alice(&json!({"Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": denied, "Resource": resource},
        ]}));
        bench.world.templates.put(URL, &part.to_string()).unwrap();
        let answer = bench.stack("alice", "CreateStack", &members).unwrap();
        bench.settle();
        let arn = text(&answer, "StackId");
        assert_eq!(status(&mut bench, &arn), "ROLLBACK_COMPLETE", "{denied}");
        let failures = failures(&mut bench, &arn, "Part");
        assert!(failures[0].contains(told), "{failures:?}");
    }
}
