//! What calls are checked against, and what they need besides their own action.

use serde_json::{Value, json};

use super::super::{Behalf, may};
use super::{Bench, allow, document, text};

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

fn on(actions: &[&str], resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

/// Facts: F.56
#[test]
fn a_call_is_checked_on_every_resource_that_it_names() {
    let mut bench = Bench::of("");
    let (vpc, _) = bench.network();
    let on_vpc = format!("arn:aws:ec2:*:*:vpc/{vpc}");
    let subnet = on(&["ec2:CreateSubnet"], "arn:aws:ec2:*:*:subnet/*");
    let members = [("VpcId", vpc.as_str()), ("CidrBlock", "172.31.240.0/20")];
    bench.set_up(&json!({"principal": [{"name": "alice", "policy": document(std::slice::from_ref(&subnet))}]}));
    let denied = bench.ec2("alice", "CreateSubnet", &members).unwrap_err();
    assert!(
        denied.text.contains(&format!(
            "on resource: arn:aws:ec2:us-east-1:111122223333:vpc/{vpc} "
        )),
        "{}",
        denied.text
    );
    let both = document(&[subnet, on(&["ec2:createsubnet"], &on_vpc)]);
    bench.set_up(&json!({"principal": [{"name": "alice", "policy": both}]}));
    bench.ec2("alice", "CreateSubnet", &members).unwrap();
}

/// Facts: F.56
#[test]
fn lists_of_ids_names_with_more_parts_and_what_is_tagged() {
    let policy = document(&[
        on(
            &["ec2:DeleteVpcEndpoints"],
            "arn:aws:ec2:*:*:vpc-endpoint/vpce-1",
        ),
        on(
            &["sagemaker:DeleteApp"],
            "arn:aws:sagemaker:*:*:app/d-1/alice/jupyterlab/*",
        ),
        on(&["ec2:CreateTags"], "arn:aws:ec2:*:*:subnet/*"),
    ]);
    let mut bench = Bench::alice(&policy);
    let (vpc, subnets) = bench.network();
    let one = [("VpcEndpointId.1", "vpce-1")];
    assert!(bench.ec2("alice", "DeleteVpcEndpoints", &one).is_ok());
    let two = [("VpcEndpointId.1", "vpce-1"), ("VpcEndpointId.2", "vpce-2")];
    let denied = bench.ec2("alice", "DeleteVpcEndpoints", &two).unwrap_err();
    assert!(
        denied.text.contains("vpc-endpoint/vpce-2 "),
        "{}",
        denied.text
    );

    let mut delete = |space: &str| {
        let input = json!({"DomainId": "d-1", "SpaceName": space, "AppType": "JupyterLab", "AppName": "default"});
        bench
            .sagemaker("alice", "DeleteApp", &input)
            .unwrap_err()
            .code
    };
    assert_eq!(delete("alice"), "ResourceNotFound");
    assert_eq!(delete("bob"), "AccessDeniedException");

    let mut tag = |id: &str| {
        let members = [
            ("ResourceId.1", id),
            ("Tag.1.Key", "a"),
            ("Tag.1.Value", "b"),
        ];
        bench.ec2("alice", "CreateTags", &members).is_ok()
    };
    assert!(tag(&subnets[0]));
    assert!(!tag(&vpc));
}

/// Facts: F.56
#[test]
fn a_stack_that_exists_is_named_with_its_id_and_a_new_one_without() {
    let mut bench = Bench::alice(&allow(&["sts:Nothing"]));
    let template = r#"{"Resources": {"G": {"Type": "AWS::EC2::InternetGateway"}}}"#;
    let members = [("StackName", "one"), ("TemplateBody", template)];
    let denied = bench.stack("alice", "CreateStack", &members).unwrap_err();
    assert!(
        denied.text.contains(":stack/one/* because"),
        "{}",
        denied.text
    );
    let arn = text(
        &bench.stack("root", "CreateStack", &members).unwrap(),
        "StackId",
    );
    let denied = bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap_err();
    assert!(
        denied.text.contains(&format!("on resource: {arn} because")),
        "{}",
        denied.text
    );
}

/// Facts: 7.30
#[test]
fn a_role_is_passed_only_to_whom_the_policy_says() {
    let mut bench = Bench::of("");
    let role = bench.role("studio");
    let passing = |to: &str| {
        let condition = json!({"StringEquals": {"iam:PassedToService": to}});
        let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": condition});
        let policy = document(&[on(&["sagemaker:*"], "*"), pass]);
        json!({"principal": [{"name": "alice", "policy": policy}]})
    };
    let model = json!({"ModelName": "m", "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/i:1"}});
    bench.set_up(&passing("ec2.amazonaws.com"));
    let denied = bench.sagemaker("alice", "CreateModel", &model).unwrap_err();
    assert_eq!(
        (denied.status, denied.code.as_str()),
        (400, "AccessDeniedException")
    );
    let expected = format!(
        "User: {ALICE} is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy \
         allows the iam:PassRole action"
    );
    assert_eq!(denied.text, expected);
    bench.set_up(&passing("sagemaker.amazonaws.com"));
    bench.sagemaker("alice", "CreateModel", &model).unwrap();
}

/// Facts: 7.31
#[test]
fn the_first_domain_needs_the_service_linked_role() {
    let mut bench = Bench::of("");
    let role = bench.role("studio");
    let (vpc, subnets) = bench.network();
    let input = json!({"DomainName": "one", "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": subnets, "DefaultUserSettings": {"ExecutionRole": role}});
    let policy = |more: &[&str]| {
        let mut actions = vec!["sagemaker:*", "iam:PassRole"];
        actions.extend(more);
        json!({"principal": [{"name": "alice", "policy": allow(&actions)}]})
    };
    bench.set_up(&policy(&[]));
    let denied = bench
        .sagemaker("alice", "CreateDomain", &input)
        .unwrap_err();
    assert!(denied.text.contains("iam:CreateServiceLinkedRole on resource: arn:aws:iam::111122223333:role/aws-service-role/notebooks.sagemaker.amazonaws.com/"), "{}", denied.text);
    bench.set_up(&policy(&["iam:CreateServiceLinkedRole"]));
    bench.sagemaker("alice", "CreateDomain", &input).unwrap();
    bench.settle();
    bench.set_up(&policy(&[]));
    let again = bench
        .sagemaker("alice", "CreateDomain", &input)
        .unwrap_err();
    assert_ne!(again.code, "AccessDeniedException");
}

/// Facts: 7.3
#[test]
fn the_first_volume_needs_efs_own_role() {
    let mut bench = Bench::of("");
    let policy = |more: &[&str]| {
        let mut actions = vec!["elasticfilesystem:*"];
        actions.extend(more);
        json!({"principal": [{"name": "alice", "policy": allow(&actions)}]})
    };
    let create = |bench: &mut Bench, token: &str| {
        let input = json!({"CreationToken": token});
        bench.efs("alice", "POST", "file-systems", Some(&input))
    };
    bench.set_up(&policy(&[]));
    let denied = create(&mut bench, "one").unwrap_err();
    // EFS does not say what it needs of another service.
    assert_eq!(
        denied.text,
        "User is not authorized to perform that action on the specified resource"
    );
    bench.set_up(&policy(&["iam:CreateServiceLinkedRole"]));
    create(&mut bench, "one").unwrap();
    bench.set_up(&policy(&[]));
    create(&mut bench, "two").unwrap();
}

/// Facts: F.57
#[test]
fn deleting_a_mount_target_needs_its_interface_to_be_deletable() {
    let mut bench = Bench::of("");
    let (_, subnets) = bench.network();
    let volume = bench.volume();
    let input = json!({"FileSystemId": volume, "SubnetId": subnets[0]});
    let made = bench
        .efs("root", "POST", "mount-targets", Some(&input))
        .unwrap();
    let made: Value = serde_json::from_str(&made).unwrap();
    bench.settle();
    let (target, interface) = (
        made["MountTargetId"].as_str().unwrap(),
        made["NetworkInterfaceId"].as_str().unwrap(),
    );
    let path = format!("mount-targets/{target}");
    let volume = on(
        &["elasticfilesystem:DeleteMountTarget"],
        &format!("arn:aws:elasticfilesystem:*:*:file-system/{volume}"),
    );
    bench.set_up(&json!({"principal": [{"name": "alice", "policy": document(std::slice::from_ref(&volume))}]}));
    let denied = bench.efs("alice", "DELETE", &path, None).unwrap_err();
    assert_eq!(
        denied.text,
        "User is not authorized to perform that action on the specified resource"
    );
    let interface = on(
        &["ec2:DeleteNetworkInterface"],
        &format!("arn:aws:ec2:*:*:network-interface/{interface}"),
    );
    bench.set_up(
        &json!({"principal": [{"name": "alice", "policy": document(&[volume, interface])}]}),
    );
    bench.efs("alice", "DELETE", &path, None).unwrap();
}

/// Facts: F.58
#[test]
fn tags_at_creation_need_the_permission_to_tag() {
    let mut bench = Bench::alice(&allow(&[
        "ec2:CreateVpc",
        "iam:CreateRole",
        "sagemaker:CreateSpace",
        "elasticfilesystem:CreateFileSystem",
    ]));
    let members = [
        ("CidrBlock", "10.9.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "a"),
        ("TagSpecification.1.Tag.1.Value", "b"),
    ];
    let denied = bench.ec2("alice", "CreateVpc", &members).unwrap_err();
    assert!(
        denied
            .text
            .contains("ec2:CreateTags on resource: arn:aws:ec2:us-east-1:111122223333:vpc/*"),
        "{}",
        denied.text
    );
    bench.ec2("alice", "CreateVpc", &members[..1]).unwrap();

    let role = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", "{}"),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "b"),
    ];
    assert!(
        bench
            .iam("alice", "CreateRole", &role)
            .unwrap_err()
            .text
            .contains("iam:TagRole")
    );
    let space = json!({"DomainId": "d-1", "SpaceName": "s", "Tags": [{"Key": "a", "Value": "b"}]});
    let denied = bench.sagemaker("alice", "CreateSpace", &space).unwrap_err();
    assert!(
        denied.text.contains(
            "sagemaker:AddTags on resource: arn:aws:sagemaker:us-east-1:111122223333:space/d-1/s"
        ),
        "{}",
        denied.text
    );
    let volume = json!({"CreationToken": "t", "Tags": [{"Key": "a", "Value": "b"}]});
    let denied = bench
        .efs("alice", "POST", "file-systems", Some(&volume))
        .unwrap_err();
    assert!(
        denied.text.contains("elasticfilesystem:TagResource"),
        "{}",
        denied.text
    );
}

/// Facts: 7.32
#[test]
fn a_service_role_is_passed_to_cloudformation_by_who_names_it() {
    let mut bench = Bench::alice(&allow(&["cloudformation:*"]));
    let role = "arn:aws:iam::111122223333:role/deployer";
    let denied = bench
        .stack(
            "alice",
            "DeleteStack",
            &[("StackName", "one"), ("RoleARN", role)],
        )
        .unwrap_err();
    assert_eq!(denied.code, "AccessDenied");
    assert!(
        denied
            .text
            .contains(&format!("iam:PassRole on resource: {role}")),
        "{}",
        denied.text
    );
    bench
        .stack("alice", "DeleteStack", &[("StackName", "one")])
        .unwrap();
}

/// Facts: F.59
#[test]
fn what_a_service_does_on_the_callers_behalf_is_asked_with_the_callers_policies() {
    let bench = Bench::alice(&allow(&["sagemaker:*"]));
    let place = Bench::place();
    let deregister = "application-autoscaling:DeregisterScalableTarget";
    let target = place.arn("application-autoscaling", "scalable-target/*");
    let alice = Behalf::Caller(ALICE);
    let denial = may(&bench.world, &place, alice, deregister, &target).unwrap_err();
    assert_eq!(
        (denial.action.as_str(), denial.resource.as_str()),
        (deregister, target.as_str())
    );
    assert!(may(&bench.world, &place, alice, "sagemaker:DeleteEndpoint", "*").is_ok());
    let bob = Behalf::Caller("arn:aws:iam::111122223333:user/bob");
    assert!(may(&bench.world, &place, bob, deregister, &target).is_ok());
}
