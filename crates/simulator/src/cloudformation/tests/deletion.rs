//! Deletions: order, refusals, retries, exports in use, what is kept.

use super::*;

impl Bench {
    /// Deletes a stack, of which something does not go the first time.
    fn not_deleted(&mut self, name: &str) {
        self.fault(r#"{"match": {"operation": "delete", "times": 1}, "effect": {"kind": "fail"}}"#);
        self.delete(name);
        self.settle();
        assert_eq!(self.status(name), "DELETE_FAILED");
    }
}

/// Facts: 3.2.13, 3.2.18, 3.3.8
#[test]
fn a_stack_goes_in_reverse_and_is_then_known_by_its_arn_alone() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let before = bench.events(&arn).len();
    bench.delete("net");
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "net DELETE_IN_PROGRESS",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_COMPLETE",
            "Vpc DELETE_IN_PROGRESS",
            "Vpc DELETE_COMPLETE",
            "net DELETE_COMPLETE",
        ]
    );
    let answer = bench.describe(&arn);
    assert_eq!(text(&answer, "StackStatus"), "DELETE_COMPLETE");
    assert!(!text(&answer, "DeletionTime").is_empty());
    let name = [("StackName", "net")];
    assert_eq!(
        bench.refused("DescribeStacks", &name),
        "Stack with id net does not exist"
    );
    assert_eq!(
        bench.refused("DescribeStackEvents", &name),
        "Stack [net] does not exist"
    );
    bench.delete("net");
    bench.created("net", GATEWAY);
}

/// Facts: 3.2.22
#[test]
fn a_deleted_stack_is_forgotten_after_ninety_days() {
    let mut bench = Bench::new();
    let arn = bench.created("net", GATEWAY);
    bench.delete("net");
    bench.settle();
    let day = 24.0 * 3600.0;
    bench.wait(89.9 * day);
    assert_eq!(bench.status(&arn), "DELETE_COMPLETE");
    assert!(bench.call("ListStacks", &[]).unwrap().contains(&arn));
    let saved = serde_json::to_string(&bench.world).unwrap();
    bench.world = serde_json::from_str(&saved).unwrap();
    bench.wait(0.1 * day);
    let named = [("StackName", arn.as_str())];
    assert_eq!(
        bench.refused("DescribeStacks", &named),
        format!("Stack with id {arn} does not exist")
    );
    for action in [
        "DescribeStackEvents",
        "DescribeStackResources",
        "ListStackResources",
    ] {
        assert!(
            bench.refused(action, &named).contains("does not exist"),
            "{action}"
        );
    }
    assert!(!bench.call("ListStacks", &[]).unwrap().contains(&arn));
}

/// Facts: 3.4.1, 3.4.2
#[test]
fn an_export_in_use_goes_back_without_a_failure_and_without_effects() {
    let mut bench = Bench::new();
    let arn = bench.created("one", EXPORTER);
    bench.created("two", IMPORTER);
    let set = [
        ("StackName", "one"),
        ("ChangeSetName", "c"),
        ("TemplateBody", NETWORK),
    ];
    bench.call("CreateChangeSet", &set).unwrap();
    bench.settle();
    let before = bench.events(&arn).len();
    let role = roles::ROLE;
    bench.settled_role_for("cloudformation.amazonaws.com");
    bench
        .call("DeleteStack", &[("StackName", "one"), ("RoleARN", role)])
        .unwrap();
    bench.settle();
    bench.wait(4.0);
    let answer = bench.describe("one");
    assert_eq!(text(&answer, "StackStatus"), "CREATE_COMPLETE");
    assert_eq!(
        text(&answer, "StackStatusReason"),
        "Export gateway cannot be deleted as it is in use by two"
    );
    assert!(!answer.contains(role), "{answer}");
    assert_eq!(bench.history(&arn, before), ["one DELETE_IN_PROGRESS"]);
    let shown = bench.call("DescribeChangeSet", &set[..2]).unwrap();
    assert_eq!(text(&shown, "ExecutionStatus"), "AVAILABLE");
    bench.deleted("two");
    bench.deleted("one");
}

/// Facts: 3.4.8
#[test]
fn an_export_goes_when_the_deletion_of_its_stack_begins() {
    let mut bench = Bench::new();
    let one = bench.created("one", EXPORTER);
    bench.delete("one");
    let two = bench.create("two", IMPORTER);
    let exports = bench.call("ListExports", &[]).unwrap();
    assert!(!exports.contains("gateway"), "{exports}");
    bench.settle();
    let story = bench.story(&two, 0);
    let told =
        "two ROLLBACK_IN_PROGRESS: No export named gateway found. Rollback requested by user.";
    assert!(story.iter().any(|it| it == told), "{story:#?}");
    assert_eq!(bench.status(&two), "ROLLBACK_COMPLETE");
    assert_eq!(bench.status(&one), "DELETE_COMPLETE");
}

/// Facts: 3.4.8
#[test]
fn an_export_stays_gone_where_the_deletion_of_its_stack_fails() {
    let mut bench = Bench::new();
    bench.created("one", EXPORTER);
    bench.not_deleted("one");
    let exports = bench.call("ListExports", &[]).unwrap();
    assert!(!exports.contains("gateway"), "{exports}");
    // Who imports the name now imports it from somebody else, and does not hold the first.
    let other = bench.created("other", EXPORTER);
    let two = bench.created("two", IMPORTER);
    bench.deleted("one");
    for neighbour in [&other, &two] {
        assert_eq!(bench.status(neighbour), "CREATE_COMPLETE");
    }
}

#[test]
fn an_exporter_in_use_that_is_being_updated_is_not_deleted() {
    let mut bench = Bench::of("[switches]\ndelete-during-rollback-refused = false\n");
    let arn = bench.created("one", EXPORTER);
    bench.created("two", IMPORTER);
    let wider = EXPORTER.replace(
        "}}\nOutputs",
        "}, More: {Type: AWS::EC2::InternetGateway}}\nOutputs",
    );
    bench.update("one", &wider).unwrap();
    let refusal = bench.refused("DeleteStack", &[("StackName", "one")]);
    assert_eq!(
        refusal,
        "Stack [one] cannot be deleted while in status UPDATE_IN_PROGRESS"
    );
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_COMPLETE");
}

/// Facts: 3.3.9, 3.3.11
#[test]
fn a_dependency_is_tried_for_a_quarter_of_an_hour() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let subnet = bench.physical("net", "Subnet");
    let interface = bench.interface_in(&subnet);
    let before = bench.events(&arn).len();
    let began = bench.now;
    bench.delete("net");
    bench.settle();
    let took = bench.now.since(began).as_secs();
    assert!((900..1000).contains(&took), "{took}");
    let events = bench.events(&arn);
    let failed = &events[events.len() - 2];
    assert_eq!(
        (failed.0.as_str(), failed.1.as_str()),
        ("Subnet", "DELETE_FAILED")
    );
    assert!(
        failed.2.contains(&format!(
            "The subnet '{subnet}' has dependencies and cannot be deleted."
        )),
        "{}",
        failed.2
    );
    assert_eq!(
        bench.history(&arn, before),
        [
            "net DELETE_IN_PROGRESS",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_FAILED",
            "net DELETE_FAILED",
        ]
    );
    assert_eq!(
        text(&bench.describe("net"), "StackStatusReason"),
        "The following resource(s) failed to delete: [Subnet]. "
    );
    // What was in the way goes, and the same request works.
    bench.without_interface(&interface);
    bench.deleted("net");
}

/// Facts: 3.3.15, 3.3.18
#[test]
fn resources_are_retained_after_a_failure_only() {
    let mut bench = Bench::new();
    let arn = bench.created("s", GATEWAY);
    let retain = [("StackName", "s"), ("RetainResources.member.1", "Gateway")];
    let refusal = bench.refused("DeleteStack", &retain);
    assert!(
        refusal.ends_with(
            "specify which resources to retain only when the stack is in the DELETE_FAILED state."
        ),
        "{refusal}"
    );
    bench.not_deleted("s");
    let before = bench.events(&arn).len();
    bench.call("DeleteStack", &retain).unwrap();
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "s DELETE_IN_PROGRESS",
            "Gateway DELETE_SKIPPED",
            "s DELETE_COMPLETE"
        ]
    );
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
}

/// Facts: 3.3.19
#[test]
fn what_is_gone_or_unknown_is_not_retained() {
    let mut bench = Bench::new();
    let template = format!("{NETWORK}  Gateway: {{Type: AWS::EC2::InternetGateway}}\n");
    let arn = bench.created("net", &template);
    let subnet = bench.physical("net", "Subnet");
    bench.interface_in(&subnet);
    bench.delete("net");
    bench.settle();
    let retaining = |other| {
        [
            ("StackName", "net"),
            ("RetainResources.member.1", "Subnet"),
            ("RetainResources.member.2", other),
        ]
    };
    for (other, told) in [
        (
            "Gateway",
            "Do not specify resources that are in the DELETE_COMPLETE state.",
        ),
        ("Gate", "Do not specify unknown resources: [Gate]"),
    ] {
        assert_eq!(
            bench.refused("DeleteStack", &retaining(other)),
            format!("The specified resources to retain must be in a valid state. {told}")
        );
    }
    assert_eq!(bench.status("net"), "DELETE_FAILED");
    bench.call("DeleteStack", &retaining("Vpc")).unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "DELETE_COMPLETE");
}

/// Facts: 3.3.17, 3.1.2
#[test]
fn what_is_to_be_retained_is_skipped() {
    let mut bench = Bench::new();
    let template =
        "Resources: {Gateway: {Type: AWS::EC2::InternetGateway, DeletionPolicy: Retain}}";
    let arn = bench.created("s", template);
    bench.deleted("s");
    assert!(
        bench
            .history(&arn, 0)
            .contains(&"Gateway DELETE_SKIPPED".to_owned())
    );
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
}

/// Facts: 3.5.5
#[test]
fn a_protected_stack_stays() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let protection = |on| [("StackName", "s"), ("EnableTerminationProtection", on)];
    bench
        .call("UpdateTerminationProtection", &protection("true"))
        .unwrap();
    let refusal = bench.refused("DeleteStack", &[("StackName", "s")]);
    assert_eq!(
        refusal,
        "Stack [s] cannot be deleted while TerminationProtection is enabled"
    );
    bench
        .call("UpdateTerminationProtection", &protection("false"))
        .unwrap();
    bench.delete("s");
}

/// Facts: 3.2.1
#[test]
fn a_creation_is_cancelled_by_a_deletion() {
    let mut bench = Bench::new();
    let arn = bench.create("net", NETWORK);
    bench.until(&arn, "Vpc", "CREATE_IN_PROGRESS");
    bench.deleted("net");
    assert!(bench.rows("AWS::EC2::VPC").is_empty());
}

/// Facts: 3.2.9
#[test]
fn a_deletion_takes_over_from_a_rollback() {
    let mut bench = Bench::of("[switches]\ndelete-during-rollback-refused = false\n");
    bench.fault(r#"{"match": {"type": "AWS::EC2::Subnet", "operation": "create"}, "effect": {"kind": "fail"}}"#);
    let arn = bench.create("net", NETWORK);
    bench.until(&arn, "Vpc", "DELETE_IN_PROGRESS");
    bench.deleted("net");
    assert!(bench.rows("AWS::EC2::VPC").is_empty());
}

/// Facts: 3.2.20
#[test]
fn the_old_status_is_shown_for_a_moment() {
    for (scenario, status) in [
        ("", "CREATE_COMPLETE"),
        (
            "[switches]\ndelete-status-lags = false\n",
            "DELETE_IN_PROGRESS",
        ),
    ] {
        let mut bench = Bench::of(scenario);
        let arn = bench.created("net", NETWORK);
        bench.delete("net");
        assert_eq!(bench.status("net"), status);
        let filter = [("StackStatusFilter.member.1", status)];
        assert!(bench.call("ListStacks", &filter).unwrap().contains(&arn));
        // Events and the truth know better.
        assert_eq!(
            bench.history(&arn, 0).pop().unwrap(),
            "net DELETE_IN_PROGRESS"
        );
        let truth = bench.world.rows().into_iter().find(|row| row.id == arn);
        assert_eq!(truth.unwrap().status, "DELETE_IN_PROGRESS");
        bench.wait(4.1);
        assert_eq!(bench.status("net"), "DELETE_IN_PROGRESS");
    }
}
