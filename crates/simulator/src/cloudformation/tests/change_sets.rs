//! Change sets.

use super::*;

impl Bench {
    fn change_set(&mut self, name: &str, kind: &str, more: &[(&str, &str)]) -> String {
        let mut members = vec![
            ("StackName", "s"),
            ("ChangeSetName", name),
            ("ChangeSetType", kind),
        ];
        members.extend(more);
        let made = self.call("CreateChangeSet", &members).unwrap();
        self.settle();
        text(&made, "Id")
    }

    /// A set of what a template changes in a stack.
    fn update_set(&mut self, name: &str, template: &str) -> String {
        self.change_set(name, "UPDATE", &[("TemplateBody", template)])
    }

    fn set(&mut self, arn: &str) -> String {
        self.call("DescribeChangeSet", &[("ChangeSetName", arn)])
            .unwrap()
    }

    /// Whether it can be executed, or what came of it.
    fn execution(&mut self, arn: &str) -> String {
        text(&self.set(arn), "ExecutionStatus")
    }

    /// Logical id, action, replacement and scope of each change.
    fn changes(&mut self, arn: &str) -> Vec<[String; 4]> {
        let answer = self.set(arn);
        answer
            .split("<ResourceChange>")
            .skip(1)
            .map(|change| {
                let scope = text(change, "Scope");
                let scope = scope.replace("<member>", "").replace("</member>", "");
                [
                    text(change, "LogicalResourceId"),
                    text(change, "Action"),
                    text(change, "Replacement"),
                    scope,
                ]
            })
            .collect()
    }

    fn execute(&mut self, arn: &str, token: &str) -> Result<String, Refusal> {
        let members = [("ChangeSetName", arn), ("ClientRequestToken", token)];
        self.call("ExecuteChangeSet", &members)
    }
}

const OWNED: &str = "
Resources:
  Gateway:
    Type: AWS::EC2::InternetGateway
    Properties: {Tags: [{Key: vpc, Value: !Ref Vpc}]}
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
";

/// Fails what is to be done with VPCs.
const NO_VPC: &str = r#"{"match": {"type": "AWS::EC2::VPC"}, "effect": {"kind": "fail"}}"#;

#[test]
fn an_existing_resource_may_refer_to_a_new_one() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let set = bench.update_set("c", OWNED);
    let answer = bench.set(&set);
    assert_eq!(text(&answer, "Status"), "CREATE_COMPLETE", "{answer}");
    assert_eq!(
        bench.changes(&set),
        [
            ["Gateway", "Modify", "False", "Properties"],
            ["Vpc", "Add", "", ""]
        ]
    );
    bench.execute(&set, "t").unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
}

#[test]
fn what_hangs_on_a_replacement_is_replaced_on_condition() {
    let mut bench = Bench::new();
    bench.created("s", NETWORK);
    let moved = NETWORK.replace("10.0.0.0/16", "10.0.0.0/20");
    let set = bench.update_set("c", &moved);
    assert_eq!(
        bench.changes(&set),
        [
            ["Subnet", "Modify", "Conditional", "Properties"],
            ["Vpc", "Modify", "True", "Properties"],
        ]
    );
    let asked = [
        ("ChangeSetName", set.as_str()),
        ("IncludePropertyValues", "true"),
    ];
    let answer = bench.call("DescribeChangeSet", &asked).unwrap();
    let values = |logical: &str| {
        let changes = answer.split("<ResourceChange>");
        let mut of = changes.filter(|change| text(change, "LogicalResourceId") == logical);
        let change = of.next().unwrap_or_default();
        [text(change, "BeforeValue"), text(change, "AfterValue")]
    };
    assert_eq!(values("Vpc"), ["10.0.0.0/16", "10.0.0.0/20"]);
    assert_eq!(values("Subnet")[1], "{{changeSet:KNOWN_AFTER_APPLY}}");
    let removed = bench.update_set("d", GATEWAY);
    let actions: Vec<String> = bench
        .changes(&removed)
        .into_iter()
        .map(|it| it[1].clone())
        .collect();
    assert_eq!(actions, ["Add", "Remove", "Remove"]);
}

const BLOCK: &str = "
Parameters: {Block: {Type: String, Default: 10.0.0.0/16}, Names: {Type: String, Default: 'true'}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Ref Block, EnableDnsSupport: !Ref Names}}
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !GetAtt Vpc.VpcId, GroupDescription: plain}}
";

/// Of each detail: the resource, what it is about, whether it recreates, how it is evaluated, its source and what causes
/// it.
fn details(answer: &str) -> Vec<String> {
    let mut found = Vec::new();
    for change in answer.split("<ResourceChange>").skip(1) {
        for detail in change.split("<Target>").skip(1) {
            let parts = [
                text(change, "LogicalResourceId"),
                text(detail, "Attribute"),
                text(detail, "Name"),
                text(detail, "RequiresRecreation"),
                text(detail, "Evaluation"),
                text(detail, "ChangeSource"),
                text(detail, "CausingEntity"),
            ];
            let parts: Vec<String> = parts.into_iter().filter(|it| !it.is_empty()).collect();
            found.push(parts.join(" "));
        }
    }
    found
}

/// Facts: 3.7.14
#[test]
fn what_is_behind_a_parameter_is_evaluated_later_and_may_replace() {
    let mut bench = Bench::new();
    bench.created("s", BLOCK);
    let parameter = |name, value| {
        [
            ("TemplateBody", BLOCK),
            ("Parameters.member.1.ParameterKey", name),
            ("Parameters.member.1.ParameterValue", value),
        ]
    };
    let set = bench.change_set("c", "UPDATE", &parameter("Block", "10.1.0.0/16"));
    assert_eq!(
        bench.changes(&set),
        [
            ["Group", "Modify", "Conditional", "Properties"],
            ["Vpc", "Modify", "Conditional", "Properties"],
        ]
    );
    assert_eq!(
        details(&bench.set(&set)),
        [
            "Group Properties VpcId Always Dynamic ResourceAttribute Vpc.VpcId",
            "Vpc Properties CidrBlock Always Dynamic ParameterReference Block",
        ]
    );
    let set = bench.change_set("d", "UPDATE", &parameter("Names", "false"));
    assert_eq!(
        bench.changes(&set),
        [["Vpc", "Modify", "False", "Properties"]]
    );
    assert_eq!(
        details(&bench.set(&set)),
        ["Vpc Properties EnableDnsSupport Never Dynamic ParameterReference Names"]
    );
    // What the template itself says is known, and what recreates for sure outweighs the rest.
    let plain = BLOCK
        .replace("plain", "other")
        .replace("!Ref Block", "10.1.0.0/16");
    let set = bench.update_set("e", &plain);
    assert_eq!(
        details(&bench.set(&set)),
        [
            "Group Properties GroupDescription Always Static DirectModification",
            "Group Properties VpcId Always Dynamic ResourceAttribute Vpc.VpcId",
            "Vpc Properties CidrBlock Always Static DirectModification",
        ]
    );
    assert_eq!(
        bench.changes(&set),
        [
            ["Group", "Modify", "True", "Properties"],
            ["Vpc", "Modify", "True", "Properties"],
        ]
    );
}

/// Facts: 3.7.14
#[test]
fn what_is_imported_is_evaluated_later_and_other_tags_are_known() {
    let mut bench = Bench::new();
    let exporter = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Other: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.1.0.0/16}}
Outputs: {A: {Value: !Ref Vpc, Export: {Name: a}}, B: {Value: !Ref Other, Export: {Name: b}}}
";
    bench.created("exporter", exporter);
    let importer = "
Resources:
  Group: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: g, VpcId: !ImportValue a}}
";
    bench.created("s", importer);
    let other = importer.replace("ImportValue a", "ImportValue b");
    let more = [
        ("TemplateBody", other.as_str()),
        ("Tags.member.1.Key", "who"),
        ("Tags.member.1.Value", "me"),
    ];
    let set = bench.change_set("c", "UPDATE", &more);
    assert_eq!(bench.changes(&set)[0][2], "Conditional");
    assert_eq!(
        details(&bench.set(&set)),
        [
            "Group Properties VpcId Always Dynamic DirectModification",
            "Group Tags Never Static DirectModification",
        ]
    );
}

/// Facts: 3.7.14
#[test]
fn other_tags_recreate_a_domain_for_sure() {
    let mut bench = Bench::new();
    let template = domain(&mut bench, "lab", "");
    bench.create_with("s", &template, &[IAM]);
    bench.settle();
    let more = [
        ("TemplateBody", template.as_str()),
        IAM,
        ("Tags.member.1.Key", "who"),
        ("Tags.member.1.Value", "me"),
    ];
    let set = bench.change_set("c", "UPDATE", &more);
    let details = details(&bench.set(&set));
    let tags = "Domain Tags Always Static DirectModification".to_owned();
    assert!(details.contains(&tags), "{details:?}");
}

/// Facts: 3.5.3
#[test]
fn a_set_without_a_change_has_one_of_two_texts() {
    let switch = "[switches]\nempty-change-sets-have-no-updates = true\n";
    for (scenario, told) in [
        ("", "The submitted information didn't contain changes."),
        (switch, "No updates are to be performed."),
    ] {
        let mut bench = Bench::of(scenario);
        bench.created("s", GATEWAY);
        let set = bench.update_set("c", GATEWAY);
        let answer = bench.set(&set);
        assert!(text(&answer, "StatusReason").starts_with(told), "{answer}");
    }
}

/// Facts: 3.5.3
#[test]
fn without_a_change_there_is_no_set() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let set = bench.update_set("c", GATEWAY);
    let answer = bench.set(&set);
    assert_eq!(text(&answer, "Status"), "FAILED");
    assert_eq!(
        text(&answer, "StatusReason"),
        "The submitted information didn't contain changes. Submit different information to create a change set."
    );
    let refusal = bench.execute(&set, "t").unwrap_err();
    assert_eq!(refusal.0, "InvalidChangeSetStatus");
    // A new output is a change, though of no resource.
    let output = format!("{GATEWAY}\nOutputs: {{A: {{Value: b}}}}");
    let set = bench.update_set("d", &output);
    assert_eq!(bench.execution(&set), "AVAILABLE");
}

/// Facts: 3.1.6
#[test]
fn an_execution_may_be_asked_for_twice_and_stays_to_be_seen() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let other = bench.update_set("other", NETWORK);
    let set = bench.update_set("c", OWNED);
    bench.execute(&set, "t").unwrap();
    bench.execute(&set, "t").unwrap();
    assert_eq!(
        bench.execute(&set, "u").unwrap_err().0,
        "InvalidChangeSetStatus"
    );
    assert_eq!(bench.execution(&set), "EXECUTE_IN_PROGRESS");
    bench.settle();
    bench.execute(&set, "t").unwrap();
    assert_eq!(bench.execution(&set), "EXECUTE_COMPLETE");
    assert_eq!(bench.execution(&other), "OBSOLETE");
    assert_eq!(
        bench.execute(&other, "v").unwrap_err().0,
        "InvalidChangeSetStatus"
    );
    // The name is free again.
    let again = bench.update_set("c", GATEWAY);
    assert_ne!(again, set);
    bench.fault(r#"{"match": {"operation": "update"}, "effect": {"kind": "fail"}}"#);
    bench.execute(&again, "w").unwrap();
    bench.settle();
    assert_eq!(bench.execution(&again), "EXECUTE_FAILED");
}

/// Facts: 3.2.14
#[test]
fn a_new_stack_is_what_the_executed_set_says() {
    let mut bench = Bench::new();
    let tags = |value| [("Tags.member.1.Key", "who"), ("Tags.member.1.Value", value)];
    let wanted = |template, value| {
        let mut members = vec![("TemplateBody", template)];
        members.extend(tags(value));
        members
    };
    bench.change_set("one", "CREATE", &wanted(NETWORK, "one"));
    assert_eq!(bench.status("s"), "REVIEW_IN_PROGRESS");
    let set = bench.change_set("two", "CREATE", &wanted(GATEWAY, "two"));
    assert_eq!(bench.changes(&set).len(), 1);
    bench.execute(&set, "t").unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "CREATE_COMPLETE");
    let answer = bench.describe("s");
    assert!(
        answer.contains("<Key>who</Key><Value>two</Value>"),
        "{answer}"
    );
    assert!(bench.rows("AWS::EC2::VPC").is_empty());
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
}

/// Facts: 3.8.1, 3.8.2
#[test]
fn other_tags_replace_what_cannot_change_them() {
    let mut bench = Bench::new();
    let template = domain(&mut bench, "lab", PROFILE);
    let wanted = [("StackName", "s"), ("TemplateBody", template.as_str()), IAM];
    bench.call("CreateStack", &wanted).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "CREATE_COMPLETE");
    let rows = bench.world.rows();
    let profile = rows
        .iter()
        .find(|row| row.kind == "AWS::SageMaker::UserProfile")
        .unwrap();
    assert_eq!(profile.stack.as_deref(), Some("s"));
    let set = bench.change_set(
        "c",
        "UPDATE",
        &[
            wanted[1],
            wanted[2],
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "a"),
        ],
    );
    assert_eq!(
        bench.changes(&set),
        [
            ["Domain", "Modify", "True", "Tags"],
            ["Profile", "Modify", "True", "PropertiesTags"],
            ["Role", "Modify", "False", "Tags"],
        ]
    );
    // The domain's name is taken by the domain itself.
    bench.execute(&set, "t").unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_ROLLBACK_COMPLETE");
}

/// Facts: 3.2.4
#[test]
fn an_execution_may_rest_where_it_fails() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    bench.fault(NO_VPC);
    let set = bench.update_set("c", OWNED);
    let members = [("ChangeSetName", set.as_str()), DISABLED];
    bench.call("ExecuteChangeSet", &members).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_FAILED");
    assert_eq!(bench.execution(&set), "EXECUTE_FAILED");
    bench.world.faults().clear();
    // It goes on in the same way only, which the set itself may ask for too, but not both.
    let set = bench.update_set("d", OWNED);
    assert!(
        bench
            .execute(&set, "t")
            .unwrap_err()
            .1
            .contains("non-terminal [UPDATE_FAILED] state")
    );
    let resting = [("TemplateBody", OWNED), ("OnStackFailure", "DO_NOTHING")];
    let set = bench.change_set("e", "UPDATE", &resting);
    let members = [("ChangeSetName", set.as_str()), DISABLED];
    assert!(
        bench
            .refused("ExecuteChangeSet", &members)
            .contains("OnStackFailure")
    );
    bench.execute(&set, "t").unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
}

/// Facts: 3.1.6
#[test]
fn a_rollback_makes_a_set_obsolete() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    bench.fault(NO_VPC);
    assert_eq!(bench.update_to_rest("s", OWNED), "UPDATE_FAILED");
    bench.world.faults().clear();
    let set = bench.update_set("c", OWNED);
    assert_eq!(bench.execution(&set), "AVAILABLE");
    bench.named("RollbackStack", "s").unwrap();
    assert_eq!(bench.execution(&set), "OBSOLETE");
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        bench.execute(&set, "t").unwrap_err().0,
        "InvalidChangeSetStatus"
    );
}

/// Facts: 3.1.6
#[test]
fn a_set_at_work_stays_and_a_name_needs_its_stack() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let set = bench.update_set("c", OWNED);
    let by_name = [("ChangeSetName", "c")];
    assert!(
        bench
            .refused("DescribeChangeSet", &by_name)
            .contains("StackName")
    );
    bench.execute(&set, "t").unwrap();
    let by_arn = [("ChangeSetName", set.as_str())];
    let refusal = bench.call("DeleteChangeSet", &by_arn).unwrap_err();
    assert_eq!(refusal.0, "InvalidChangeSetStatus");
    bench.settle();
    bench.call("DeleteChangeSet", &by_arn).unwrap();
    bench.call("DeleteChangeSet", &by_arn).unwrap();
    let refusal = bench.call("DescribeChangeSet", &by_arn).unwrap_err();
    assert_eq!(refusal.0, "ChangeSetNotFound");
}

/// Facts: 3.1.6
#[test]
fn a_set_that_is_being_computed_goes_early_or_stays() {
    for goes_early in [false, true] {
        let mut bench = Bench::of(&format!(
            "[switches]\npending-change-sets-can-be-deleted = {goes_early}\n"
        ));
        bench.created("s", GATEWAY);
        for (seconds, status) in [(1.0, "CREATE_PENDING"), (3.0, "CREATE_IN_PROGRESS")] {
            let members = [
                ("StackName", "s"),
                ("ChangeSetName", "c"),
                ("TemplateBody", OWNED),
            ];
            let made = bench.call("CreateChangeSet", &members).unwrap();
            let set = text(&made, "Id");
            let by_arn = [("ChangeSetName", set.as_str())];
            bench.wait(seconds);
            assert_eq!(text(&bench.set(&set), "Status"), status);
            let refusal = bench.execute(&set, "t").unwrap_err();
            assert_eq!(refusal.0, "InvalidChangeSetStatus");
            let deleted = bench.call("DeleteChangeSet", &by_arn);
            if goes_early {
                deleted.unwrap();
                bench.settle();
            } else {
                let (code, told) = deleted.unwrap_err();
                assert_eq!(code, "InvalidChangeSetStatus");
                assert!(
                    told.ends_with(&format!("current status of [{status}]")),
                    "{told}"
                );
                bench.settle();
                assert_eq!(text(&bench.set(&set), "Status"), "CREATE_COMPLETE");
                bench.call("DeleteChangeSet", &by_arn).unwrap();
            }
            let refusal = bench.call("DescribeChangeSet", &by_arn).unwrap_err();
            assert_eq!(refusal.0, "ChangeSetNotFound");
        }
    }
}
