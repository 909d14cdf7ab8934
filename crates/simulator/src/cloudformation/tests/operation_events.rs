//! Operations and their events (section 3.7).

use super::*;

impl Bench {
    /// Operation id, type and event type of everything that DescribeEvents tells, newest first.
    fn operation_events(&mut self, members: &[(&str, &str)]) -> Vec<[String; 4]> {
        let answer = self.call("DescribeEvents", members).unwrap();
        let events = answer.split("<member>").skip(1);
        events
            .map(|event| {
                [
                    "OperationId",
                    "OperationType",
                    "EventType",
                    "OperationStatus",
                ]
                .map(|element| text(event, element))
            })
            .collect()
    }

    /// Types and ids of what was done to a stack, newest first.
    fn operations(&mut self, arn: &str) -> Vec<(String, String)> {
        let answer = self.describe(arn);
        let (_, operations) = answer.split_once("<LastOperations>").unwrap();
        let (operations, _) = operations.split_once("</LastOperations>").unwrap();
        let members = operations.split("<member>").skip(1);
        members
            .map(|it| (text(it, "OperationType"), text(it, "OperationId")))
            .collect()
    }
}

/// Facts: 3.7.1, 3.7.2, 3.2.17
#[test]
fn every_operation_has_an_id_and_a_rollback_one_of_its_own() {
    let mut bench = Bench::new();
    let members = [
        ("StackName", "net"),
        ("TemplateBody", NETWORK),
        ("ClientRequestToken", "t-1"),
    ];
    let made = bench.call("CreateStack", &members).unwrap();
    let (arn, created) = (text(&made, "StackId"), text(&made, "OperationId"));
    bench.settle();
    bench.fault(r#"{"match": {"type": "AWS::EC2::InternetGateway", "operation": "create"}, "effect": {"kind": "fail"}}"#);
    let wider = format!("{NETWORK}  Gateway: {{Type: AWS::EC2::InternetGateway}}\n");
    let answer = bench.update("net", &wider).unwrap();
    let updated = text(&answer, "OperationId");
    bench.settle();
    let operations = bench.operations(&arn);
    let kinds: Vec<&str> = operations.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["ROLLBACK", "UPDATE_STACK", "CREATE_STACK"]);
    assert_eq!((&operations[1].1, &operations[2].1), (&updated, &created));
    let answer = bench.call("ListStacks", &[]).unwrap();
    assert!(answer.contains("<LastOperations>"));

    let of = [("OperationId", created.as_str())];
    let events = bench.operation_events(&of);
    assert_eq!(events.len(), 8);
    assert!(
        events
            .iter()
            .all(|it| it[0] == created && it[1] == "CREATE_STACK")
    );
    assert_eq!(events[0][2..], ["STACK_EVENT", "SUCCEEDED"]);
    assert_eq!(events[1][2..], ["PROGRESS_EVENT", ""]);
    assert_eq!(events[7][2..], ["STACK_EVENT", "IN_PROGRESS"]);
    let answer = bench.call("DescribeEvents", &of).unwrap();
    assert_eq!(answer.matches("<ClientRequestToken>t-1<").count(), 8);

    let failed = [("StackName", "net"), ("Filters.FailedEvents", "true")];
    let events = bench.operation_events(&failed);
    assert_eq!(
        events,
        [[updated.as_str(), "UPDATE_STACK", "PROVISIONING_ERROR", ""]]
    );
    let rollback = [("OperationId", operations[0].1.as_str())];
    assert!(!bench.operation_events(&rollback).is_empty());
    bench.delete("net");
    bench.settle();
    assert_eq!(bench.operations(&arn)[0].0, "DELETE_STACK");
    let id = bench.operations(&arn)[0].1.clone();
    let events = bench.operation_events(&[("OperationId", id.as_str())]);
    assert_eq!(events[0][1..], ["DELETE_STACK", "STACK_EVENT", "SUCCEEDED"]);
}

/// Facts: 3.7.3
#[test]
fn something_has_to_be_named_and_to_exist() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let told = "One of ChangeSetName, OperationId or StackName must be specified";
    assert_eq!(bench.refused("DescribeEvents", &[]), told);
    assert_eq!(
        bench.refused("DescribeEvents", &[("ChangeSetName", "c")]),
        told
    );
    assert_eq!(
        bench.refused("DescribeEvents", &[("StackName", "none")]),
        "Stack [none] does not exist"
    );
    for members in [
        &[("OperationId", "none")][..],
        &[("StackName", "s"), ("ChangeSetName", "c")],
        &[("StackName", "s"), ("Filters.Color", "red")],
    ] {
        assert!(
            bench.call("DescribeEvents", members).is_err(),
            "{members:?}"
        );
    }
}

/// Facts: 3.7.4
#[test]
fn events_of_operations_come_in_pages() {
    let mut bench = Bench::of("largest-page = 3\n");
    bench.created("net", NETWORK);
    let (mut seen, mut token) = (0, String::new());
    loop {
        let members = [("StackName", "net"), ("NextToken", token.as_str())];
        let members = if token.is_empty() {
            &members[..1]
        } else {
            &members
        };
        let page = bench.call("DescribeEvents", members).unwrap();
        seen += page.matches("<EventId>").count();
        token = text(&page, "NextToken");
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, 8);
}
