//! Whole histories of stacks (sections 3.3 and 3.4): every event, with its reason.

use super::*;

const GATEWAY_FAILED: &str = "Gateway CREATE_FAILED: Resource handler returned message: \"no gateway today\" (RequestToken: …, HandlerErrorCode: GeneralServiceException)";

/// A network, and a gateway that has nothing to do with it.
fn with_gateway() -> String {
    format!("{NETWORK}  Gateway: {{Type: AWS::EC2::InternetGateway}}\n")
}

/// Facts: 3.3.1, 3.3.2
#[test]
fn a_creation() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    assert_eq!(
        bench.story(&arn, 0),
        [
            "net CREATE_IN_PROGRESS: User Initiated",
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS: Resource creation Initiated",
            "Vpc CREATE_COMPLETE",
            "Subnet CREATE_IN_PROGRESS",
            "Subnet CREATE_IN_PROGRESS: Resource creation Initiated",
            "Subnet CREATE_COMPLETE",
            "net CREATE_COMPLETE",
        ]
    );
}

/// Facts: 3.3.5, 3.3.6, 3.1.4
#[test]
fn a_failed_creation_goes_back() {
    let mut bench = Bench::new();
    bench.fault(NO_GATEWAY);
    let arn = bench.create("net", &with_gateway());
    bench.settle();
    assert_eq!(
        bench.story(&arn, 0),
        [
            "net CREATE_IN_PROGRESS: User Initiated",
            "Gateway CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS",
            "Gateway CREATE_IN_PROGRESS: Resource creation Initiated",
            "Vpc CREATE_IN_PROGRESS: Resource creation Initiated",
            GATEWAY_FAILED,
            "Vpc CREATE_FAILED: Resource creation cancelled",
            "net ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Gateway, Vpc]. Rollback requested by user.",
            "Gateway DELETE_IN_PROGRESS",
            "Vpc DELETE_IN_PROGRESS",
            "Gateway DELETE_COMPLETE",
            "Vpc DELETE_COMPLETE",
            "net ROLLBACK_COMPLETE",
        ]
    );
}

/// Facts: 3.3.7
#[test]
fn a_failed_creation_rests() {
    let mut bench = Bench::new();
    bench.fault(NO_GATEWAY);
    let arn = bench.create_with("s", GATEWAY, &[("OnFailure", "DO_NOTHING")]);
    bench.settle();
    assert_eq!(
        bench.story(&arn, 0),
        [
            "s CREATE_IN_PROGRESS: User Initiated",
            "Gateway CREATE_IN_PROGRESS",
            "Gateway CREATE_IN_PROGRESS: Resource creation Initiated",
            GATEWAY_FAILED,
            "s CREATE_FAILED: The following resource(s) failed to create: [Gateway].",
        ]
    );
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
}

/// Facts: 3.3.7
#[test]
fn a_failed_creation_is_deleted() {
    let mut bench = Bench::new();
    bench.fault(NO_GATEWAY);
    let arn = bench.create_with("s", GATEWAY, &[("OnFailure", "DELETE")]);
    bench.settle();
    assert_eq!(
        bench.story(&arn, 0)[4..],
        [
            "s DELETE_IN_PROGRESS: The following resource(s) failed to create: [Gateway]. Delete requested by user.",
            "Gateway DELETE_IN_PROGRESS",
            "Gateway DELETE_COMPLETE",
            "s DELETE_COMPLETE",
        ]
    );
    assert!(bench.rows(GATEWAYS).is_empty());
}

/// Facts: 3.3.4, 3.1.3
#[test]
fn an_endpoint_has_its_consistency_checked() {
    for (scenario, checked) in [
        ("", 1),
        ("[switches]\nconfiguration-complete-events = false\n", 0),
    ] {
        let mut bench = Bench::of(scenario);
        let template = format!(
            "{NETWORK}  S3:\n    Type: AWS::EC2::VPCEndpoint\n    Properties: {{VpcId: !Ref Vpc, ServiceName: com.amazonaws.us-east-1.s3}}\n"
        );
        let arn = bench.created("net", &template);
        let name = [("StackName", arn.as_str())];
        let answer = bench.call("DescribeStackEvents", &name).unwrap();
        let detail = "<DetailedStatus>CONFIGURATION_COMPLETE</DetailedStatus>";
        assert_eq!(answer.matches(detail).count(), checked);
        let event = "S3 CREATE_IN_PROGRESS: Eventual consistency check initiated".to_owned();
        assert_eq!(bench.story(&arn, 0).contains(&event), checked == 1);
    }
}

/// A network whose subnet cannot go, after its deletion has failed.
fn stuck(bench: &mut Bench) -> (String, usize) {
    let arn = bench.created("net", &with_gateway());
    let subnet = bench.physical("net", "Subnet");
    bench.interface_in(&subnet);
    let before = bench.events(&arn).len();
    bench.delete("net");
    bench.settle();
    (arn, before)
}

/// Facts: 3.3.8, 3.3.9, 3.3.11
#[test]
fn a_deletion_goes_on_with_what_is_independent() {
    let mut bench = Bench::new();
    let (arn, before) = stuck(&mut bench);
    let subnet = bench.physical("net", "Subnet");
    assert_eq!(
        bench.story(&arn, before),
        [
            "net DELETE_IN_PROGRESS: User Initiated".to_owned(),
            "Gateway DELETE_IN_PROGRESS".to_owned(),
            "Subnet DELETE_IN_PROGRESS".to_owned(),
            "Gateway DELETE_COMPLETE".to_owned(),
            format!(
                "Subnet DELETE_FAILED: Resource handler returned message: \"The subnet '{subnet}' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400, Request ID: …, Extended Request ID: null)\" (RequestToken: …, HandlerErrorCode: InvalidRequest)"
            ),
            "net DELETE_FAILED: The following resource(s) failed to delete: [Subnet]. ".to_owned(),
        ]
    );
}

/// Facts: 3.3.15
#[test]
fn what_failed_is_retained_by_name() {
    let mut bench = Bench::new();
    let (arn, _) = stuck(&mut bench);
    let before = bench.events(&arn).len();
    let retain = [
        ("StackName", "net"),
        ("RetainResources.member.1", "Subnet"),
        ("RetainResources.member.2", "Vpc"),
    ];
    bench.call("DeleteStack", &retain).unwrap();
    bench.settle();
    assert_eq!(
        bench.story(&arn, before),
        [
            "net DELETE_IN_PROGRESS: User Initiated",
            "Subnet DELETE_SKIPPED",
            "Vpc DELETE_SKIPPED",
            "net DELETE_COMPLETE",
        ]
    );
    assert_eq!(bench.rows("AWS::EC2::Subnet").len(), 1);
}

/// Facts: 3.3.16, 3.2.10
#[test]
fn what_failed_and_what_it_depends_on_is_left_by_force() {
    let mut bench = Bench::new();
    let (arn, _) = stuck(&mut bench);
    let before = bench.events(&arn).len();
    let force = [("StackName", "net"), ("DeletionMode", "FORCE_DELETE_STACK")];
    bench.call("DeleteStack", &force).unwrap();
    bench.settle();
    let story = bench.story(&arn, before);
    assert!(story[2].starts_with("Subnet DELETE_FAILED: "), "{story:?}");
    assert_eq!(
        [&story[..2], &story[3..]].concat(),
        [
            "net DELETE_IN_PROGRESS: User Initiated",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_SKIPPED",
            "Vpc DELETE_SKIPPED",
            "net DELETE_COMPLETE",
        ]
    );
    assert_eq!(
        (
            bench.rows("AWS::EC2::Subnet").len(),
            bench.rows("AWS::EC2::VPC").len()
        ),
        (1, 1)
    );
}

/// Facts: 3.3.10
#[test]
fn a_group_that_is_referred_to_is_told_in_older_words() {
    let mut bench = Bench::new();
    let template = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc, GroupDescription: d}}
";
    let arn = bench.created("net", template);
    let (vpc, group) = (bench.physical("net", "Vpc"), bench.physical("net", "Group"));
    let new = [
        ("VpcId", vpc.as_str()),
        ("GroupName", "other"),
        ("GroupDescription", "d"),
    ];
    let made = bench.send("2016-11-15", "CreateSecurityGroup", &new);
    let other = text(&made.unwrap(), "groupId");
    let rule = [
        ("GroupId", other.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "443"),
        ("IpPermissions.1.ToPort", "443"),
        ("IpPermissions.1.Groups.1.GroupId", group.as_str()),
    ];
    bench
        .send("2016-11-15", "AuthorizeSecurityGroupIngress", &rule)
        .unwrap();
    bench.delete("net");
    bench.settle();
    let told = format!(
        "Group DELETE_FAILED: resource {group} has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation; Request ID: …; Proxy: null)"
    );
    assert!(bench.story(&arn, 0).contains(&told));
}

/// Facts: 3.3.12
#[test]
fn an_update_cleans_up() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let before = bench.events(&arn).len();
    let moved = NETWORK.replace("10.0.0.0/24", "10.0.1.0/24");
    bench.update("net", &moved).unwrap();
    bench.settle();
    assert_eq!(
        bench.story(&arn, before),
        [
            "net UPDATE_IN_PROGRESS: User Initiated",
            "Subnet UPDATE_IN_PROGRESS: Requested update requires the creation of a new physical resource; hence creating one.",
            "Subnet UPDATE_IN_PROGRESS: Resource creation Initiated",
            "Subnet UPDATE_COMPLETE",
            "net UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_COMPLETE",
            "net UPDATE_COMPLETE",
        ]
    );
}

/// Facts: 3.3.13
#[test]
fn a_clean_up_tries_three_times_and_its_failure_does_not_fail_the_update() {
    let left = ": Update successful. One or more resources could not be deleted.";
    for (failures, ended, reason, rest) in
        [(2, "DELETE_COMPLETE", "", 0), (3, "DELETE_FAILED", left, 1)]
    {
        let mut bench = Bench::new();
        let arn = bench.created("net", &with_gateway());
        bench.fault(&format!(
            r#"{{"match": {{"type": "AWS::EC2::Subnet", "operation": "delete", "times": {failures}}}, "effect": {{"kind": "fail"}}}}"#
        ));
        let before = bench.events(&arn).len();
        let without = with_gateway().replace("  Subnet:", "  #");
        bench.update("net", &without).unwrap();
        bench.settle();
        let history = bench.history(&arn, before);
        let ended = format!("Subnet {ended}");
        assert_eq!(
            history,
            [
                "net UPDATE_IN_PROGRESS",
                "net UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                "Subnet DELETE_IN_PROGRESS",
                &ended,
                "net UPDATE_COMPLETE",
            ]
        );
        let story = bench.story(&arn, before);
        assert_eq!(story[4], format!("net UPDATE_COMPLETE{reason}"));
        assert_eq!(bench.rows("AWS::EC2::Subnet").len(), rest);
    }
}

/// Facts: 3.3.11
#[test]
fn a_clean_up_is_as_patient_with_a_dependency_as_a_deletion() {
    let mut bench = Bench::new();
    let arn = bench.created("net", &with_gateway());
    let subnet = bench.physical("net", "Subnet");
    let interface = bench.interface_in(&subnet);
    let without = with_gateway().replace("  Subnet:", "  #");
    bench.update("net", &without).unwrap();
    bench.until(&arn, "Subnet", "DELETE_IN_PROGRESS");
    bench.wait(300.0);
    assert_eq!(bench.status(&arn), "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
    bench.without_interface(&interface);
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_COMPLETE");
    assert!(bench.rows("AWS::EC2::Subnet").is_empty());
}

/// Facts: 3.3.14
#[test]
fn a_failed_update_goes_back() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    bench.fault(NO_GATEWAY);
    let before = bench.events(&arn).len();
    bench.update("net", &with_gateway()).unwrap();
    bench.settle();
    assert_eq!(
        bench.story(&arn, before),
        [
            "net UPDATE_IN_PROGRESS: User Initiated",
            "Gateway CREATE_IN_PROGRESS",
            "Gateway CREATE_IN_PROGRESS: Resource creation Initiated",
            GATEWAY_FAILED,
            "net UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Gateway]. ",
            "net UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "Gateway DELETE_IN_PROGRESS",
            "Gateway DELETE_COMPLETE",
            "net UPDATE_ROLLBACK_COMPLETE",
        ]
    );
}

/// Facts: 3.4.1, 3.4.2, 3.4.3, 3.4.11
#[test]
fn an_export_in_use_reverts_with_an_event_or_without() {
    let plain = "Export gateway cannot be deleted as it is in use by three and two";
    let canceled = "Delete canceled. Cannot delete export gateway as it is in use by three and two";
    for (prefix, event, told) in [
        (false, false, plain),
        (true, false, canceled),
        (false, true, plain),
        (true, true, canceled),
    ] {
        let mut bench = Bench::of(&format!(
            "[switches]\ndelete-canceled-prefix = {prefix}\nexport-revert-has-an-event = {event}\n"
        ));
        let arn = bench.created("one", EXPORTER);
        bench.created("two", IMPORTER);
        bench.created("three", IMPORTER);
        let before = bench.events(&arn).len();
        let delete = [("StackName", "one"), ("ClientRequestToken", "down-1")];
        bench.call("DeleteStack", &delete).unwrap();
        bench.wait(2.0);
        bench.wait(4.0);
        let mut story = vec!["one DELETE_IN_PROGRESS: User Initiated".to_owned()];
        story.extend(event.then(|| format!("one CREATE_COMPLETE: {told}")));
        assert_eq!(bench.story(&arn, before), story);
        let events = bench
            .call("DescribeStackEvents", &[("StackName", &arn)])
            .unwrap();
        let of_deletion = "<ClientRequestToken>down-1</ClientRequestToken>";
        assert_eq!(events.matches(of_deletion).count(), story.len());
        let answer = bench.describe("one");
        assert_eq!(text(&answer, "StackStatus"), "CREATE_COMPLETE");
        assert_eq!(text(&answer, "StackStatusReason"), told);
        assert_eq!(bench.rows(GATEWAYS).len(), 3);
    }
}
