//! Steps that never end: CloudFormation gives them up.

use super::*;

/// One resource of a type whose steps take time.
const STUCK: [(&str, &str); 6] = [
    ("AWS::EC2::VPC", "{CidrBlock: 10.0.0.0/16}"),
    (
        "AWS::EC2::VPCEndpoint",
        "{VpcId: VPC, ServiceName: com.amazonaws.us-east-1.s3}",
    ),
    ("AWS::EFS::FileSystem", "{}"),
    (
        "AWS::IAM::Role",
        "{AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}",
    ),
    (
        "AWS::KMS::Key",
        "{KeyPolicy: {Statement: [{Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*'}]}}",
    ),
    ("AWS::Logs::LogGroup", "{}"),
];

fn stuck(bench: &mut Bench, kind: &str, operation: &str) {
    bench.fault(&format!(
        r#"{{"match": {{"type": "{kind}", "operation": "{operation}"}}, "effect": {{"kind": "stuck"}}}}"#
    ));
}

/// The reason of the last failure of a member, and how many minutes have passed since an instant.
fn given_up(bench: &mut Bench, arn: &str, logical: &str, since: SimTime) -> (String, u64) {
    let failed = |(member, status, _): &(String, String, String)| {
        member == logical && status.ends_with("_FAILED")
    };
    loop {
        let events = bench.events(arn);
        if let Some((_, _, reason)) = events.into_iter().rfind(failed) {
            return (
                without_uuids(&reason),
                bench.now.since(since).as_secs() / 60,
            );
        }
        bench.wait(60.0);
    }
}

/// Facts: 3.8.10, 3.8.14
#[test]
fn a_handler_that_never_ends_is_given_up() {
    for (kind, properties) in STUCK {
        let minutes = if kind == "AWS::EC2::VPCEndpoint" {
            210
        } else {
            120
        };
        for operation in ["create", "delete"] {
            let mut bench = Bench::new();
            let vpc = bench.send("2016-11-15", "DescribeVpcs", &[]).unwrap();
            let properties = properties.replace("VPC", &text(&vpc, "vpcId"));
            let template =
                format!("Resources: {{It: {{Type: '{kind}', Properties: {properties}}}}}");
            stuck(&mut bench, kind, operation);
            let more = [IAM, ("OnFailure", "DO_NOTHING")];
            let arn = bench.create_with("one", &template, &more);
            let mut since = bench.now;
            if operation == "delete" {
                bench.wait(600.0);
                since = bench.now;
                bench.delete("one");
            }
            bench.wait(10.0);
            let physical = bench.physical("one", "It");
            let (reason, after) = given_up(&mut bench, &arn, "It", since);
            assert_eq!(
                reason,
                without_uuids(&format!(
                    "Resource handler returned message: \"Resource of type '{kind}' with identifier '{physical}' did not \
                     stabilize.\" (RequestToken: …, HandlerErrorCode: NotStabilized)"
                ))
            );
            assert!(
                (minutes..minutes + 3).contains(&after),
                "{kind} {operation}: {after}"
            );
            bench.wait(60.0);
            let ended = format!("{}_FAILED", operation.to_uppercase());
            assert_eq!(bench.status(&arn), ended, "{kind}");
        }
    }
}

/// Facts: 3.8.14
#[test]
fn a_domain_and_a_stuck_change_are_given_up() {
    let mut bench = Bench::new();
    stuck(&mut bench, "AWS::SageMaker::Domain", "create");
    let template = domain(&mut bench, "lab", "");
    let arn = bench.create_with("studio", &template, &[IAM, ("OnFailure", "DO_NOTHING")]);
    let since = bench.now;
    let (reason, after) = given_up(&mut bench, &arn, "Domain", since);
    assert!(
        reason.contains("with identifier 'lab' did not stabilize."),
        "{reason}"
    );
    assert!((120..123).contains(&after), "{after}");

    // A rollback waits for a change that is stuck, but not for ever; then the service refuses to change it back.
    let mut bench = Bench::new();
    let group =
        "Resources: {Group: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: DAYS}}}";
    let arn = bench.created("logs", &group.replace("DAYS", "7"));
    bench.fault(
        r#"{"match": {"type": "AWS::Logs::LogGroup", "operation": "update", "times": 1}, "effect": {"kind": "stuck"}}"#,
    );
    bench.update("logs", &group.replace("DAYS", "14")).unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_ROLLBACK_FAILED");
}

const URL: &str = "https://parts.s3.us-east-1.amazonaws.com/part.yaml";

/// What a handler is waited for for three hours and a half.
const PART: &str = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Endpoint: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcId: !Ref Vpc, ServiceName: com.amazonaws.us-east-1.s3}}
";

/// Facts: 3.9.12
#[test]
fn a_nested_stack_is_waited_for_for_as_long_as_it_takes() {
    let scenario = format!("[templates]\n'{URL}' = '''{PART}'''\n");
    let whole = format!(
        "Resources: {{Part: {{Type: 'AWS::CloudFormation::Stack', Properties: {{TemplateURL: '{URL}'}}}}}}"
    );
    let mut bench = Bench::of(&scenario);
    stuck(&mut bench, "AWS::EC2::VPCEndpoint", "create");
    let arn = bench.create("net", &whole);
    let since = bench.now;
    let (reason, after) = given_up(&mut bench, &arn, "Part", since);
    assert!(reason.starts_with("Embedded stack "), "{reason}");
    assert!((210..215).contains(&after), "{after}");

    // Nor does a clean-up forget it.
    let mut bench = Bench::of(&scenario);
    let arn = bench.created("net", &whole);
    let part = bench.physical("net", "Part");
    stuck(&mut bench, "AWS::EC2::VPCEndpoint", "delete");
    bench.update("net", GATEWAY).unwrap();
    bench.wait(3.0 * 3_600.0);
    assert_eq!(bench.status(&part), "DELETE_IN_PROGRESS");
    let status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS";
    assert_eq!(bench.status(&arn), status);
}

/// Facts: 3.8.14
#[test]
fn a_clean_up_gives_up_what_never_goes() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    stuck(&mut bench, "AWS::EC2::Subnet", "delete");
    let since = bench.now;
    bench
        .update("net", &NETWORK.replace("10.0.0.0/24", "10.0.1.0/24"))
        .unwrap();
    let (_, after) = given_up(&mut bench, &arn, "Subnet", since);
    assert!((120..125).contains(&after), "{after}");
    bench.wait(60.0);
    let answer = bench.describe(&arn);
    assert_eq!(text(&answer, "StackStatus"), "UPDATE_COMPLETE");
    assert!(text(&answer, "StackStatusReason").contains("could not be deleted"));
}
