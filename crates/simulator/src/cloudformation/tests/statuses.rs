//! What may be asked of a stack in which status (section 3.2).

use super::*;

const BOTH: &str =
    r#"{"match": {"type": "AWS::EC2::InternetGateway"}, "effect": {"kind": "fail", "seconds": 1}}"#;
const CREATION: &str = r#"{"match": {"type": "AWS::EC2::InternetGateway", "operation": "create"}, "effect": {"kind": "fail", "seconds": 1}}"#;
const DELETION: &str = r#"{"match": {"type": "AWS::EC2::InternetGateway", "operation": "delete"}, "effect": {"kind": "fail", "seconds": 1}}"#;
const WIDER: &str = "
Resources:
  Gateway: {Type: AWS::EC2::InternetGateway}
  Other: {Type: AWS::EC2::InternetGateway}
";

/// A stack `s` in one of the statuses in which stacks rest.
fn resting(status: &str) -> (Bench, String) {
    let mut bench = Bench::new();
    let arn = match status {
        "CREATE_FAILED" => {
            bench.fault(CREATION);
            bench.create_with("s", GATEWAY, &[("OnFailure", "DO_NOTHING")])
        }
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => {
            bench.fault(if status == "ROLLBACK_FAILED" {
                BOTH
            } else {
                CREATION
            });
            bench.create("s", GATEWAY)
        }
        "DELETE_FAILED" => {
            let arn = bench.created("s", GATEWAY);
            bench.fault(DELETION);
            bench.delete("s");
            arn
        }
        "UPDATE_ROLLBACK_COMPLETE" => {
            let arn = bench.created("s", GATEWAY);
            bench.fault(CREATION);
            bench.update("s", WIDER).unwrap();
            arn
        }
        "UPDATE_COMPLETE" => {
            let arn = bench.created("s", GATEWAY);
            bench.update("s", WIDER).unwrap();
            arn
        }
        "IMPORT_COMPLETE" | "IMPORT_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_FAILED" => {
            let arn = bench.created("s", GATEWAY);
            bench.import("s", status).unwrap();
            arn
        }
        _ => bench.created("s", GATEWAY),
    };
    bench.settle();
    bench.world.faults().clear();
    assert_eq!(bench.status("s"), status);
    (bench, arn)
}

/// Facts: 3.2.2, 3.2.8, 3.2.10, 3.5.1, 3.5.6
#[test]
fn a_stack_at_rest_keeps_its_name_and_may_be_deleted_and_perhaps_updated() {
    for (status, updated) in [
        ("CREATE_COMPLETE", true),
        ("UPDATE_COMPLETE", true),
        ("UPDATE_ROLLBACK_COMPLETE", true),
        ("IMPORT_COMPLETE", true),
        ("IMPORT_ROLLBACK_COMPLETE", true),
        ("IMPORT_ROLLBACK_FAILED", false),
        ("CREATE_FAILED", false),
        ("ROLLBACK_COMPLETE", false),
        ("ROLLBACK_FAILED", false),
        ("DELETE_FAILED", false),
    ] {
        let (mut bench, arn) = resting(status);
        let again = [("StackName", "s"), ("TemplateBody", GATEWAY)];
        assert_eq!(
            bench.call("CreateStack", &again).unwrap_err(),
            (
                "AlreadyExistsException".to_owned(),
                "Stack [s] already exists".to_owned()
            )
        );
        let answer = bench.update("s", NETWORK);
        if updated {
            answer.unwrap();
            bench.settle();
            assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
        } else if status != "CREATE_FAILED" {
            assert_eq!(
                answer.unwrap_err(),
                (
                    "ValidationError".to_owned(),
                    format!("Stack:{arn} is in {status} state and can not be updated.")
                )
            );
        }
        bench.delete("s");
        bench.settle();
        assert_eq!(bench.status(&arn), "DELETE_COMPLETE", "{status}");
        assert!(bench.rows(GATEWAYS).is_empty(), "{status}");
    }
}

/// Facts: 3.2.1, 3.2.11
#[test]
fn a_deletion_cancels_a_creation_and_is_not_stopped_itself() {
    let mut bench = Bench::new();
    let arn = bench.create("net", NETWORK);
    bench.until(&arn, "Vpc", "CREATE_IN_PROGRESS");
    let refusal = bench.update("net", GATEWAY).unwrap_err().1;
    assert!(
        refusal.ends_with("is in CREATE_IN_PROGRESS state and can not be updated."),
        "{refusal}"
    );
    let before = bench.events(&arn).len();
    bench.delete("net");
    assert_eq!(
        bench.story(&arn, before),
        [
            "Vpc CREATE_FAILED: Resource creation cancelled",
            "net DELETE_IN_PROGRESS: User Initiated",
        ]
    );
    // Asked again, nothing happens.
    let before = bench.events(&arn).len();
    bench.delete("net");
    assert_eq!(bench.events(&arn).len(), before);
    let refusal = bench.update("net", GATEWAY).unwrap_err().1;
    assert!(
        refusal.ends_with("is in DELETE_IN_PROGRESS state and can not be updated."),
        "{refusal}"
    );
    bench.settle();
    assert_eq!(bench.status(&arn), "DELETE_COMPLETE");
    bench.delete(&arn);
    assert!(bench.rows("AWS::EC2::VPC").is_empty());
}

/// Facts: 3.2.9, 12.7
#[test]
fn whether_a_deletion_waits_for_a_rollback_or_an_update_is_not_known() {
    for (scenario, taken) in [
        ("", false),
        ("[switches]\ndelete-during-rollback-refused = false\n", true),
    ] {
        for (status, otherwise) in [
            ("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
            ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"),
            ("IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"),
            ("IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_COMPLETE"),
        ] {
            let mut bench = Bench::of(scenario);
            let arn = if status == "ROLLBACK_IN_PROGRESS" {
                bench.fault(CREATION);
                bench.create("s", GATEWAY)
            } else {
                bench.created("s", GATEWAY)
            };
            match status {
                "ROLLBACK_IN_PROGRESS" => {}
                "UPDATE_IN_PROGRESS" => drop(bench.update("s", WIDER).unwrap()),
                _ => bench.import("s", status).unwrap(),
            }
            bench.until(&arn, "s", status);
            let answer = bench.call("DeleteStack", &[("StackName", "s")]);
            assert_eq!(answer.is_ok(), taken, "{status}");
            let refusal = bench.update("s", NETWORK).unwrap_err().1;
            assert!(refusal.ends_with("can not be updated."), "{refusal}");
            bench.settle();
            let ended = if taken { "DELETE_COMPLETE" } else { otherwise };
            assert_eq!(bench.status(&arn), ended, "{status}");
        }
    }
}

/// Facts: 3.1.8
#[test]
fn an_import_leads_a_stack_through_statuses_of_its_own() {
    let (begun, going_back) = ("s IMPORT_IN_PROGRESS", "s IMPORT_ROLLBACK_IN_PROGRESS");
    for (status, rest) in [
        ("IMPORT_IN_PROGRESS", &["s IMPORT_COMPLETE"][..]),
        ("IMPORT_COMPLETE", &["s IMPORT_COMPLETE"]),
        (
            "IMPORT_ROLLBACK_IN_PROGRESS",
            &[going_back, "s IMPORT_ROLLBACK_COMPLETE"],
        ),
        (
            "IMPORT_ROLLBACK_FAILED",
            &[going_back, "s IMPORT_ROLLBACK_FAILED"],
        ),
        (
            "IMPORT_ROLLBACK_COMPLETE",
            &[going_back, "s IMPORT_ROLLBACK_COMPLETE"],
        ),
    ] {
        let mut bench = Bench::new();
        let arn = bench.created("s", GATEWAY);
        let (before, gateways) = (bench.events(&arn).len(), bench.rows(GATEWAYS));
        bench.import("s", status).unwrap();
        assert_eq!(bench.status("s"), status);
        bench.settle();
        assert_eq!(bench.history(&arn, before), [&[begun][..], rest].concat());
        assert_eq!(bench.rows(GATEWAYS), gateways, "{status}");
    }
    let mut bench = Bench::new();
    bench.create("s", GATEWAY);
    let problem = bench.import("s", "IMPORT_COMPLETE").unwrap_err();
    assert!(problem.ends_with("is in CREATE_IN_PROGRESS state and can not be updated."));
    bench.settle();
    let members = [
        ("StackName", "s"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "IMPORT"),
        ("TemplateBody", GATEWAY),
    ];
    let refusal = bench.refused("CreateChangeSet", &members);
    assert!(
        refusal.contains("Value 'IMPORT' at 'changeSetType'"),
        "{refusal}"
    );
}

/// Facts: 3.2.15, 3.2.16
#[test]
fn deleting_nothing_is_no_error_and_no_deletion_has_an_answer() {
    let mut bench = Bench::new();
    let nothing = bench.call("DeleteStack", &[("StackName", "none")]).unwrap();
    assert!(!nothing.contains("OperationId"));
    bench.created("s", GATEWAY);
    let answer = bench.call("DeleteStack", &[("StackName", "s")]).unwrap();
    assert!(!answer.contains("OperationId"), "{answer}");
}

/// Facts: 3.2.13, F.34
#[test]
fn the_members_of_a_deleted_stack_are_known_by_its_arn() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let vpc = bench.physical("net", "Vpc");
    bench.delete("net");
    bench.settle();
    for action in ["ListStackResources", "DescribeStackResources"] {
        let answer = bench.call(action, &[("StackName", arn.as_str())]).unwrap();
        assert!(answer.contains(&vpc), "{answer}");
        assert!(bench.call(action, &[("StackName", "net")]).is_err());
    }
    let deleted = [("StackStatusFilter.member.1", "DELETE_COMPLETE")];
    assert!(bench.call("ListStacks", &deleted).unwrap().contains(&arn));
    bench.created("net", GATEWAY);
}

#[test]
fn a_description_of_members_shows_a_hundred_and_the_list_all() {
    use std::fmt::Write as _;
    let mut bench = Bench::new();
    let mut template = "Resources:\n".to_owned();
    for number in 0..101 {
        writeln!(template, "  Group{number}: {{Type: AWS::Logs::LogGroup}}").unwrap();
    }
    bench.created("many", &template);
    let stack = [("StackName", "many")];
    let described = bench.call("DescribeStackResources", &stack).unwrap();
    assert_eq!(described.matches("<LogicalResourceId>").count(), 100);
    let first = bench.call("ListStackResources", &stack).unwrap();
    let token = text(&first, "NextToken");
    let next = [stack[0], ("NextToken", token.as_str())];
    let second = bench.call("ListStackResources", &next).unwrap();
    let listed = [first, second].map(|page| page.matches("<LogicalResourceId>").count());
    assert_eq!(listed.iter().sum::<usize>(), 101);
}

/// Facts: 3.2.21, 3.3.3
#[test]
fn every_event_carries_its_requests_token() {
    let mut bench = Bench::new();
    let token = |token| {
        [
            ("StackName", "s"),
            ("TemplateBody", EXPORTER),
            ("ClientRequestToken", token),
        ]
    };
    let made = bench.call("CreateStack", &token("create-1")).unwrap();
    let arn = text(&made, "StackId");
    bench.settle();
    bench.created("two", IMPORTER);
    let delete = token("delete-1");
    bench.call("DeleteStack", &[delete[0], delete[2]]).unwrap();
    bench.settle();
    let answer = bench
        .call("DescribeStackEvents", &[("StackName", arn.as_str())])
        .unwrap();
    let events: Vec<&str> = answer.split("<member>").skip(1).collect();
    // The deletion that was taken back has one event, the newest; the creation has the others.
    for (at, event) in events.iter().enumerate() {
        let wanted = if at == 0 { "delete-1" } else { "create-1" };
        assert_eq!(text(event, "ClientRequestToken"), wanted);
        assert!(!text(event, "OperationId").is_empty());
    }
    assert_eq!(text(events[0], "ResourceStatus"), "DELETE_IN_PROGRESS");
    assert_eq!(text(events[0], "PhysicalResourceId"), arn);
    let last = events.len() - 1;
    assert_eq!(text(events[last - 1], "PhysicalResourceId"), "");
    assert!(text(events[last - 2], "PhysicalResourceId").starts_with("igw-"));
    assert!(text(events[last - 1], "EventId").starts_with("Gateway-CREATE_IN_PROGRESS-2026-"));
    assert_eq!(text(events[last], "EventId").len(), 36);
}

/// Facts: 3.7.12
#[test]
fn protection_may_be_set_until_a_deletion_begins() {
    let protection = [("StackName", "s"), ("EnableTerminationProtection", "true")];
    for status in ["CREATE_FAILED", "ROLLBACK_COMPLETE", "DELETE_FAILED"] {
        let (mut bench, _) = resting(status);
        bench
            .call("UpdateTerminationProtection", &protection)
            .unwrap();
        assert_eq!(
            bench.refused("DeleteStack", &protection[..1]),
            "Stack [s] cannot be deleted while TerminationProtection is enabled"
        );
    }
    let (mut bench, arn) = resting("CREATE_COMPLETE");
    bench.delete("s");
    assert!(
        bench
            .call("UpdateTerminationProtection", &protection)
            .is_err()
    );
    bench.settle();
    let by_arn = [("StackName", arn.as_str()), protection[1]];
    assert!(bench.call("UpdateTerminationProtection", &by_arn).is_err());
}
