//! Failures that rest, and rollbacks that somebody asks for.

use super::*;

/// A VPC, with host names or without, and perhaps more.
fn template(names: bool, more: &str) -> String {
    format!(
        "Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {names}}}}}\n{more}"
    )
}

const MORE: &str = "  Gateway: {Type: AWS::EC2::InternetGateway, DependsOn: Vpc}\n";

impl Bench {
    fn update_with(
        &mut self,
        name: &str,
        template: &str,
        more: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        let mut members = vec![("StackName", name), ("TemplateBody", template)];
        members.extend(more);
        self.call("UpdateStack", &members)
    }

    /// Updates a stack in such a way that a failure rests, and waits: the status that it comes to.
    pub(super) fn update_to_rest(&mut self, name: &str, template: &str) -> String {
        self.update_with(name, template, &[DISABLED]).unwrap();
        self.settle();
        self.status(name)
    }

    pub(super) fn named(&mut self, action: &str, name: &str) -> Result<String, Refusal> {
        self.call(action, &[("StackName", name)])
    }

    /// A stack whose update failed and rests: its VPC is changed, its gateway is not there.
    fn resting(&mut self) -> String {
        let arn = self.created("net", &template(false, ""));
        self.fault(NO_GATEWAY);
        let status = self.update_to_rest("net", &template(true, MORE));
        assert_eq!(status, "UPDATE_FAILED");
        self.world.faults().clear();
        arn
    }

    /// A stack whose creation failed at its gateway and rests. Gateways go on to fail.
    fn resting_creation(&mut self, name: &str, template: &str) -> String {
        self.fault(NO_GATEWAY);
        let arn = self.create_with(name, template, &[DISABLED]);
        self.settle();
        assert_eq!(self.status(name), "CREATE_FAILED");
        arn
    }
}

/// Facts: 3.2.4
#[test]
fn a_failed_update_rests_and_goes_on_in_its_own_way_alone() {
    let mut bench = Bench::new();
    let arn = bench.resting();
    assert_eq!(
        text(&bench.describe("net"), "StackStatusReason"),
        "The following resource(s) failed to create: [Gateway]. "
    );
    let refusal = bench.update("net", &template(true, MORE)).unwrap_err();
    assert_eq!(refusal.0, "ValidationError");
    assert_eq!(
        refusal.1,
        "This stack is currently in a non-terminal [UPDATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API"
    );
    let before = bench.events(&arn).len();
    let status = bench.update_to_rest("net", &template(true, MORE));
    assert_eq!(status, "UPDATE_COMPLETE");
    let history = bench.history(&arn, before);
    assert!(
        !history.iter().any(|it| it.starts_with("Vpc")),
        "{history:?}"
    );
    // What was left of the failure is gone.
    assert_eq!(bench.rows(GATEWAYS), [bench.physical("net", "Gateway")]);
}

/// Facts: 3.2.4
#[test]
fn a_resting_update_goes_back_on_request() {
    let mut bench = Bench::new();
    let arn = bench.resting();
    let before = bench.events(&arn).len();
    let answer = bench.named("RollbackStack", "net").unwrap();
    assert_eq!(text(&answer, "StackId"), arn);
    bench.settle();
    assert_eq!(
        bench.story(&arn, before),
        [
            "net UPDATE_ROLLBACK_IN_PROGRESS: User Initiated",
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_COMPLETE",
            "net UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "Gateway DELETE_IN_PROGRESS",
            "Gateway DELETE_COMPLETE",
            "net UPDATE_ROLLBACK_COMPLETE",
        ]
    );
    bench.update("net", &template(true, MORE)).unwrap();
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_COMPLETE");
}

/// Facts: 3.2.4
#[test]
fn a_resting_update_can_be_deleted() {
    let mut bench = Bench::new();
    bench.resting();
    bench.deleted("net");
    assert!(bench.rows(GATEWAYS).is_empty() && bench.rows("AWS::EC2::VPC").is_empty());
}

/// Facts: 3.2.4
#[test]
fn what_a_resting_update_would_have_dropped_is_still_a_member() {
    let mut bench = Bench::new();
    bench.created("net", &template(false, MORE));
    let gateway = bench.physical("net", "Gateway");
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::VPC", "operation": "update"}, "effect": {"kind": "fail"}}"#,
    );
    let without = template(true, "");
    assert_eq!(bench.update_to_rest("net", &without), "UPDATE_FAILED");
    assert_eq!(bench.physical("net", "Gateway"), gateway);
    bench.world.faults().clear();
    assert_eq!(bench.update_to_rest("net", &without), "UPDATE_COMPLETE");
    assert!(bench.rows(GATEWAYS).is_empty());
}

/// Facts: 3.2.5
#[test]
fn an_update_that_would_rest_replaces_nothing() {
    let mut bench = Bench::new();
    let arn = bench.created("net", &template(false, ""));
    let vpc = bench.physical("net", "Vpc");
    let moved = template(false, "").replace("10.0.0.0", "10.1.0.0");
    assert_eq!(bench.update_to_rest("net", &moved), "UPDATE_FAILED");
    let story = bench.story(&arn, 0);
    let told =
        "Vpc UPDATE_FAILED: Replacement type updates not supported on stack with disable-rollback.";
    assert!(story.iter().any(|it| it == told), "{story:?}");
    assert_eq!(bench.physical("net", "Vpc"), vpc);
}

/// Facts: 3.2.3
#[test]
fn a_resting_creation_is_completed_by_an_update() {
    let mut bench = Bench::new();
    bench.resting_creation("net", &template(false, MORE));
    assert!(
        bench
            .update("net", &template(true, MORE))
            .unwrap_err()
            .1
            .contains("non-terminal [CREATE_FAILED] state")
    );
    // It fails once more, and rests once more.
    let again = template(true, MORE);
    assert_eq!(bench.update_to_rest("net", &again), "UPDATE_FAILED");
    bench.world.faults().clear();
    assert_eq!(bench.update_to_rest("net", &again), "UPDATE_COMPLETE");
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
}

/// Facts: 3.2.3
#[test]
fn a_resting_creation_goes_away_on_request() {
    for (scenario, begun, ended) in [
        ("", "ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        (
            "[switches]\nrollback-stack-deletes = true\n",
            "DELETE_IN_PROGRESS",
            "DELETE_COMPLETE",
        ),
    ] {
        let mut bench = Bench::of(scenario);
        let arn = bench.resting_creation("net", &template(false, MORE));
        let before = bench.events(&arn).len();
        bench.named("RollbackStack", "net").unwrap();
        bench.settle();
        let story = bench.story(&arn, before);
        assert_eq!(
            (story.first().unwrap(), story.last().unwrap()),
            (
                &format!("net {begun}: User Initiated"),
                &format!("net {ended}")
            )
        );
        assert!(bench.rows(GATEWAYS).is_empty() && bench.rows("AWS::EC2::VPC").is_empty());
    }
}

/// Facts: 3.2.8
#[test]
fn a_rollback_fails_over_what_an_update_dropped_and_cannot_go() {
    let mut bench = Bench::new();
    let subnets = bench.send("2016-11-15", "DescribeSubnets", &[]).unwrap();
    let (vpc, subnet) = (text(&subnets, "vpcId"), text(&subnets, "subnetId"));
    let both = format!(
        "Resources:\n  Group: {{Type: AWS::EC2::SecurityGroup, Properties: {{VpcId: {vpc}, GroupDescription: d}}}}\n  Gateway: {{Type: AWS::EC2::InternetGateway, DependsOn: Group}}\n"
    );
    bench.resting_creation("s", &both);
    let group = bench.physical("s", "Group");
    assert_eq!(bench.update_to_rest("s", GATEWAY), "UPDATE_FAILED");
    let with_group = [
        ("SubnetId", subnet.as_str()),
        ("SecurityGroupId.1", group.as_str()),
    ];
    let made = bench.send("2016-11-15", "CreateNetworkInterface", &with_group);
    let interface = text(&made.unwrap(), "networkInterfaceId");
    bench.named("RollbackStack", "s").unwrap();
    bench.settle();
    let answer = bench.describe("s");
    assert_eq!(text(&answer, "StackStatus"), "ROLLBACK_FAILED");
    assert_eq!(
        text(&answer, "StackStatusReason"),
        "The following resource(s) failed to delete: [Group]. "
    );
    assert!(bench.rows(GATEWAYS).is_empty());
    // What was in the way goes, and the group is not forgotten.
    bench.without_interface(&interface);
    bench.deleted("s");
    assert!(!bench.rows("AWS::EC2::SecurityGroup").contains(&group));
}

/// Facts: 3.3.16
#[test]
fn force_skips_nothing_that_it_has_just_deleted() {
    let mut bench = Bench::new();
    let wide = "
Resources:
  One: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Two: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway, DependsOn: [One, Two]}
";
    let arn = bench.resting_creation("s", wide);
    let two = bench.physical("s", "Two");
    assert_eq!(bench.update_to_rest("s", GATEWAY), "UPDATE_FAILED");
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::VPC", "operation": "delete"}, "effect": {"kind": "fail"}}"#,
    );
    bench.delete("s");
    bench.settle();
    assert_eq!(bench.status("s"), "DELETE_FAILED");
    bench.world.faults().clear();
    bench.fault(&format!(
        r#"{{"match": {{"type": "AWS::EC2::VPC", "resource": "{two}", "operation": "delete"}}, "effect": {{"kind": "fail"}}}}"#
    ));
    let before = bench.events(&arn).len();
    let force = [("StackName", "s"), ("DeletionMode", "FORCE_DELETE_STACK")];
    bench.call("DeleteStack", &force).unwrap();
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "s DELETE_IN_PROGRESS",
            "One DELETE_IN_PROGRESS",
            "One DELETE_COMPLETE",
            "Two DELETE_IN_PROGRESS",
            "Two DELETE_FAILED",
            "Two DELETE_SKIPPED",
            "s DELETE_COMPLETE",
        ]
    );
    assert_eq!(bench.rows("AWS::EC2::VPC"), [two]);
}

/// Facts: 3.2.12
#[test]
fn what_goes_back_has_to_be_in_the_right_status() {
    let mut bench = Bench::new();
    bench.created("net", NETWORK);
    for action in [
        "RollbackStack",
        "ContinueUpdateRollback",
        "CancelUpdateStack",
    ] {
        let refusal = bench.named(action, "net").unwrap_err();
        assert_eq!(
            refusal,
            (
                "ValidationError".to_owned(),
                format!("{action} cannot be called from current stack status")
            )
        );
        let refusal = bench.named(action, "none").unwrap_err();
        assert_eq!(refusal.1, "Stack [none] does not exist");
    }
}

/// Facts: 3.2.6
#[test]
fn a_failed_rollback_is_continued() {
    for skip in [false, true] {
        let mut bench = Bench::new();
        let arn = bench.created("net", &template(false, ""));
        bench.fault(NO_GATEWAY);
        bench.fault(
            r#"{"match": {"type": "AWS::EC2::VPC", "operation": "update", "nth": 2}, "effect": {"kind": "fail"}}"#,
        );
        bench.update("net", &template(true, MORE)).unwrap();
        bench.settle();
        assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_FAILED");
        let refusal = bench.update("net", NETWORK).unwrap_err().1;
        assert!(
            refusal.ends_with("is in UPDATE_ROLLBACK_FAILED state and can not be updated."),
            "{refusal}"
        );
        let wrong = [
            ("StackName", "net"),
            ("ResourcesToSkip.member.1", "Gateway"),
        ];
        assert!(
            bench
                .refused("ContinueUpdateRollback", &wrong)
                .contains("[Gateway]")
        );
        if !skip {
            bench.world.faults().clear();
        }
        let before = bench.events(&arn).len();
        let members = [("StackName", "net"), ("ResourcesToSkip.member.1", "Vpc")];
        let members = if skip { &members[..] } else { &members[..1] };
        bench.call("ContinueUpdateRollback", members).unwrap();
        bench.settle();
        let story = bench.story(&arn, before);
        let vpc: &[&str] = if skip {
            &["Vpc UPDATE_COMPLETE"]
        } else {
            &["Vpc UPDATE_IN_PROGRESS", "Vpc UPDATE_COMPLETE"]
        };
        assert_eq!(
            story,
            [
                &["net UPDATE_ROLLBACK_IN_PROGRESS: User Initiated"],
                vpc,
                &[
                    "net UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
                    "Gateway DELETE_IN_PROGRESS",
                    "Gateway DELETE_COMPLETE",
                    "net UPDATE_ROLLBACK_COMPLETE",
                ]
            ]
            .concat()
        );
    }
}

/// Facts: 3.2.7
#[test]
fn an_update_is_cancelled() {
    let mut bench = Bench::new();
    let arn = bench.created("net", &template(false, ""));
    let before = bench.events(&arn).len();
    bench.update("net", &template(true, MORE)).unwrap();
    bench.until(&arn, "Vpc", "UPDATE_IN_PROGRESS");
    bench.named("CancelUpdateStack", "net").unwrap();
    bench.settle();
    assert_eq!(
        bench.story(&arn, before)[..4],
        [
            "net UPDATE_IN_PROGRESS: User Initiated",
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_FAILED: Resource update cancelled",
            "net UPDATE_ROLLBACK_IN_PROGRESS: User Initiated",
        ]
    );
    assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_COMPLETE");
    assert!(bench.rows(GATEWAYS).is_empty());
}

/// Facts: 3.7.10
#[test]
fn what_is_new_goes_in_a_rollback_though_its_policy_says_retain() {
    let retained = "Resources:\n  Vpc: {Type: AWS::EC2::VPC, DeletionPolicy: Retain, Properties: {CidrBlock: 10.0.0.0/16}}\n";
    let both = format!("{retained}{MORE}");
    for (flag, left) in [("false", 1), ("true", 0)] {
        let flag = ("RetainExceptOnCreate", flag);
        let mut bench = Bench::new();
        bench.fault(NO_GATEWAY);
        bench.create_with("net", &both, &[flag]);
        bench.settle();
        assert_eq!(bench.status("net"), "ROLLBACK_COMPLETE");
        assert_eq!(bench.rows("AWS::EC2::VPC").len(), left);
        let mut bench = Bench::new();
        bench.created(
            "net",
            "Resources: {Other: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}}",
        );
        bench.fault(NO_GATEWAY);
        let wider = format!(
            "{both}  Other: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.1.0.0/16}}}}\n"
        );
        bench.update_with("net", &wider, &[flag]).unwrap();
        bench.settle();
        assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_COMPLETE");
        assert_eq!(bench.rows("AWS::EC2::VPC").len(), left + 1);
    }
}
