//! The AWS CLI on the simulator: botocore has to be as happy with it as the tool's own SDK is.
//!
//! `scripts/test` installs the CLI and names it in `JUMPSTART_VPC_TEST_AWS`; a bare `cargo test` passes these over.

use serde_json::Value;

use crate::support::process::{Aws, Ended, Simulator};

/// Simulated minutes pass in real milliseconds: the CLI's waiters look at once and then every half minute.
const FAST: [&str; 4] = ["--speed", "50000", "--seed", "3"];

const NETWORK: &str = "jumpstart-network";
const STACKS: [(&str, &str); 3] = [
    ("network", NETWORK),
    ("endpoints", "jumpstart-endpoints"),
    ("studio", "jumpstart-studio"),
];

/// A simulator and the CLI that drives it, or nothing where there is no CLI.
fn cli(arguments: &[&str]) -> Option<(Simulator, Aws)> {
    let simulator = Simulator::start(arguments);
    let aws = simulator.aws()?;
    Some((simulator, aws))
}

fn deploy(aws: &Aws, template: &str, stack: &str, parameters: &[&str]) -> Ended {
    let mut arguments = vec![
        "cloudformation",
        "deploy",
        "--template-file",
        template,
        "--stack-name",
        stack,
    ];
    arguments.extend(["--capabilities", "CAPABILITY_NAMED_IAM"]);
    if !parameters.is_empty() {
        arguments.push("--parameter-overrides");
        arguments.extend(parameters);
    }
    aws.run(&arguments)
}

/// Deploys the project's three templates by hand.
fn deploy_all(aws: &Aws) {
    let network = ["ZoneOne=use1-az1", "ZoneTwo=use1-az2"];
    let needs_network = format!("NetworkStackName={NETWORK}");
    for (template, stack) in STACKS {
        let parameters: Vec<&str> = match template {
            "network" => network.to_vec(),
            "studio" => vec![&needs_network, "DomainName=by-hand"],
            _ => vec![&needs_network],
        };
        deploy(aws, &format!("stacks/{template}.yaml"), stack, &parameters).succeeded();
    }
}

fn stack_status(aws: &Aws, stack: &str) -> (String, String) {
    let told = aws.json(&["cloudformation", "describe-stacks", "--stack-name", stack]);
    let stack = &told["Stacks"][0];
    let text = |key: &str| stack[key].as_str().unwrap_or_default().to_owned();
    (text("StackStatus"), text("StackStatusReason"))
}

/// Asks for a stack's deletion, and waits for its end with the CLI's own waiter.
fn delete_stack(aws: &Aws, stack: &str) -> Ended {
    aws.run(&["cloudformation", "delete-stack", "--stack-name", stack])
        .succeeded();
    let wait = ["cloudformation", "wait", "stack-delete-complete"];
    aws.run(&[&wait[..], &["--stack-name", stack]].concat())
}

/// Failed events of a stack, as `TYPE REASON`.
fn failures(aws: &Aws, stack: &str) -> Vec<String> {
    let told = aws.json(&[
        "cloudformation",
        "describe-stack-events",
        "--stack-name",
        stack,
    ]);
    let events = told["StackEvents"].as_array().unwrap().iter();
    events
        .filter(|event| event["ResourceStatus"] == "DELETE_FAILED")
        .map(|event| {
            format!(
                "{} {}",
                event["ResourceType"].as_str().unwrap(),
                event["ResourceStatusReason"]
            )
        })
        .collect()
}

#[test]
fn identity_and_a_not_found_error() {
    let Some((_simulator, aws)) = cli(&FAST) else {
        return;
    };
    assert_eq!(
        aws.json(&["sts", "get-caller-identity"])["Account"],
        "111122223333"
    );
    let absent = aws.run(&[
        "cloudformation",
        "describe-stacks",
        "--stack-name",
        "absent",
    ]);
    assert_ne!(absent.code, Some(0));
    assert!(
        absent.err.contains("(ValidationError)")
            && absent.err.contains("Stack with id absent does not exist")
    );
    let absent = aws.run(&["sagemaker", "describe-domain", "--domain-id", "d-absent"]);
    assert!(absent.err.contains("(ResourceNotFound)"), "{}", absent.err);
    let absent = aws.run(&[
        "efs",
        "describe-file-systems",
        "--file-system-id",
        "fs-0123456789abcdef0",
    ]);
    assert!(
        absent.err.contains("(FileSystemNotFound)"),
        "{}",
        absent.err
    );
    let absent = aws.run(&["ec2", "describe-vpcs", "--vpc-ids", "vpc-0123456789abcdef0"]);
    assert!(
        absent.err.contains("(InvalidVpcID.NotFound)"),
        "{}",
        absent.err
    );
    let absent = aws.run(&["iam", "get-role", "--role-name", "absent"]);
    assert!(absent.err.contains("(NoSuchEntity)"), "{}", absent.err);
}

#[test]
fn the_templates_deploy_and_the_traps_of_their_deletion_are_there() {
    let Some((simulator, aws)) = cli(&FAST) else {
        return;
    };
    let before = simulator.rows();
    deploy_all(&aws);
    for (_, stack) in STACKS {
        assert_eq!(stack_status(&aws, stack).0, "CREATE_COMPLETE", "{stack}");
    }

    // The exporter is in use: accepted, and back to where it was with no failed event.
    aws.run(&["cloudformation", "delete-stack", "--stack-name", NETWORK])
        .succeeded();
    let (status, reason) = stack_status(&aws, NETWORK);
    assert_eq!(status, "CREATE_COMPLETE");
    assert!(
        reason.contains("cannot be deleted as it is in use by"),
        "{reason}"
    );
    assert_eq!(failures(&aws, NETWORK), Vec::<String>::new());

    // Both importers go; what CloudFormation leaves of the domain then holds the network.
    for stack in ["jumpstart-studio", "jumpstart-endpoints"] {
        delete_stack(&aws, stack).succeeded();
    }
    let waited = delete_stack(&aws, NETWORK);
    assert_ne!(waited.code, Some(0));
    let (status, reason) = stack_status(&aws, NETWORK);
    assert_eq!(status, "DELETE_FAILED");
    assert!(
        reason.starts_with("The following resource(s) failed to delete: ["),
        "{reason}"
    );
    let failures = failures(&aws, NETWORK);
    assert!(
        failures
            .iter()
            .any(|told| told.starts_with("AWS::EC2::Subnet ")),
        "{failures:?}"
    );

    // By hand, as CLEANUP.md tells.
    clean_up(&aws);
    delete_stack(&aws, NETWORK).succeeded();
    assert_eq!(simulator.rows(), before);
}

/// Mount targets, volume, groups with their rules: what a domain leaves.
fn clean_up(aws: &Aws) {
    let volumes = aws.json(&["efs", "describe-file-systems"]);
    for volume in ids(&volumes["FileSystems"], "FileSystemId") {
        let targets = aws.json(&["efs", "describe-mount-targets", "--file-system-id", &volume]);
        for target in ids(&targets["MountTargets"], "MountTargetId") {
            aws.run(&["efs", "delete-mount-target", "--mount-target-id", &target])
                .succeeded();
        }
        aws.run(&["efs", "delete-file-system", "--file-system-id", &volume])
            .succeeded();
    }
    let groups = aws.json(&[
        "ec2",
        "describe-security-groups",
        "--filters",
        "Name=group-name,Values=security-group-for-inbound-nfs-*,security-group-for-outbound-nfs-*",
    ]);
    let groups = ids(&groups["SecurityGroups"], "GroupId");
    assert_eq!(groups.len(), 2);
    let refused = aws.run(&["ec2", "delete-security-group", "--group-id", &groups[0]]);
    assert!(
        refused.err.contains("(DependencyViolation)"),
        "{}",
        refused.err
    );
    for group in &groups {
        let filter = format!("Name=group-id,Values={group}");
        let rules = aws.json(&["ec2", "describe-security-group-rules", "--filters", &filter]);
        for rule in rules["SecurityGroupRules"].as_array().unwrap() {
            let verb = if rule["IsEgress"] == true {
                "revoke-security-group-egress"
            } else {
                "revoke-security-group-ingress"
            };
            let id = rule["SecurityGroupRuleId"].as_str().unwrap();
            aws.run(&[
                "ec2",
                verb,
                "--group-id",
                group,
                "--security-group-rule-ids",
                id,
            ])
            .succeeded();
        }
    }
    for group in &groups {
        aws.run(&["ec2", "delete-security-group", "--group-id", group])
            .succeeded();
    }
}

fn ids(items: &Value, key: &str) -> Vec<String> {
    items
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[key].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_set_in_the_layout_of_the_sample_deploys() {
    let Some((_simulator, aws)) = cli(&FAST) else {
        return;
    };
    deploy(&aws, "tests/sets/sample/networking.yaml", "core", &[]).succeeded();
    let parameters = ["CoreNetworkingStackName=core", "DomainName=sample"];
    let unnamed = aws.run(&[
        "cloudformation",
        "create-stack",
        "--stack-name",
        "studio",
        "--template-body",
        "file://tests/sets/sample/studio.yaml",
        "--capabilities",
        "CAPABILITY_IAM",
        "--parameters",
        "ParameterKey=CoreNetworkingStackName,ParameterValue=core",
        "ParameterKey=DomainName,ParameterValue=sample",
    ]);
    assert!(
        unnamed.err.contains("(InsufficientCapabilitiesException)"),
        "{}",
        unnamed.err
    );
    deploy(&aws, "tests/sets/sample/studio.yaml", "studio", &parameters).succeeded();
    assert_eq!(stack_status(&aws, "studio").0, "CREATE_COMPLETE");
    let exports = aws.json(&["cloudformation", "list-exports"]);
    assert_eq!(exports["Exports"].as_array().unwrap().len(), 4);
    let importers = aws.json(&[
        "cloudformation",
        "list-imports",
        "--export-name",
        "core-VPC",
    ]);
    assert_eq!(importers["Imports"], serde_json::json!(["studio"]));
    let domains = aws.json(&["sagemaker", "list-domains"]);
    assert_eq!(domains["Domains"][0]["Status"], "InService");
}
