//! Creations: events in order, failures, rollbacks.

use super::*;

#[test]
fn a_stack_is_made_in_the_order_of_its_references() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    assert_eq!(
        bench.history(&arn, 0),
        [
            "net CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_COMPLETE",
            "Subnet CREATE_IN_PROGRESS",
            "Subnet CREATE_IN_PROGRESS",
            "Subnet CREATE_COMPLETE",
            "net CREATE_COMPLETE",
        ]
    );
    let events = bench.events(&arn);
    assert_eq!(events[0].2, "User Initiated");
    assert_eq!(
        (events[1].2.as_str(), events[2].2.as_str()),
        ("", "Resource creation Initiated")
    );
    let answer = bench
        .call("DescribeStackEvents", &[("StackName", "net")])
        .unwrap();
    assert!(
        answer.contains("<EventId>Subnet-CREATE_COMPLETE-2026-"),
        "{answer}"
    );
}

#[test]
fn a_failure_cancels_the_others_and_goes_back() {
    let mut bench = Bench::new();
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::InternetGateway", "operation": "create"},
            "effect": {"kind": "fail", "reason": "no gateway today", "seconds": 1}}"#,
    );
    let template = format!("{NETWORK}  Gateway: {{Type: AWS::EC2::InternetGateway}}\n");
    let arn = bench.create("net", &template);
    bench.settle();
    assert_eq!(bench.status("net"), "ROLLBACK_COMPLETE");
    let events = bench.events(&arn);
    let find = |logical: &str, status: &str| {
        let event = events
            .iter()
            .find(|event| event.0 == logical && event.1 == status);
        event.map(|event| event.2.clone()).unwrap_or_default()
    };
    let failed = find("Gateway", "CREATE_FAILED");
    assert!(
        failed
            .starts_with("Resource handler returned message: \"no gateway today\" (RequestToken: ")
            && failed.ends_with(", HandlerErrorCode: GeneralServiceException)"),
        "{failed}"
    );
    assert_eq!(find("Vpc", "CREATE_FAILED"), "Resource creation cancelled");
    assert_eq!(
        find("net", "ROLLBACK_IN_PROGRESS"),
        "The following resource(s) failed to create: [Gateway, Vpc]. Rollback requested by user."
    );
    // The VPC was begun when it was cancelled: the rollback removes it, and nothing of its creation comes back.
    let vpc: Vec<String> = bench
        .history(&arn, 0)
        .into_iter()
        .filter(|it| it.starts_with("Vpc"))
        .collect();
    assert_eq!(
        vpc,
        [
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_IN_PROGRESS",
            "Vpc CREATE_FAILED",
            "Vpc DELETE_IN_PROGRESS",
            "Vpc DELETE_COMPLETE",
        ]
    );
    assert_eq!(
        (bench.rows("AWS::EC2::VPC"), bench.rows(GATEWAYS)),
        (vec![], vec![])
    );
    let refusal = bench.update("net", NETWORK).unwrap_err().1;
    assert!(
        refusal.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."),
        "{refusal}"
    );
}

#[test]
fn what_stays_after_a_failure_is_the_callers_choice() {
    let failing = r#"{"match": {"operation": "create"}, "effect": {"kind": "fail"}}"#;
    for (member, value, status) in [
        ("OnFailure", "DO_NOTHING", "CREATE_FAILED"),
        ("DisableRollback", "true", "CREATE_FAILED"),
        ("OnFailure", "DELETE", "DELETE_COMPLETE"),
    ] {
        let mut bench = Bench::new();
        bench.fault(failing);
        let members = [
            ("StackName", "s"),
            ("TemplateBody", GATEWAY),
            (member, value),
        ];
        let arn = text(&bench.call("CreateStack", &members).unwrap(), "StackId");
        bench.settle();
        assert_eq!(bench.status(&arn), status, "{member}={value}");
    }
}

#[test]
fn a_refused_creation_leaves_nothing() {
    let mut bench = Bench::new();
    let template = "
Conditions: {Odd: !Equals [!FindInMap [No, such, map], x]}
Resources: {Gateway: {Type: AWS::EC2::InternetGateway, Condition: Odd}}
";
    let members = [("StackName", "s"), ("TemplateBody", template)];
    let refusal = bench.refused("CreateStack", &members);
    assert_eq!(
        refusal,
        "Template error: condition Odd cannot be evaluated: Template error: Unable to get mapping for No::such::map"
    );
    assert!(bench.rows("AWS::CloudFormation::Stack").is_empty());
    bench.created("s", GATEWAY);
}

/// Facts: 3.4.7
#[test]
fn an_export_has_one_owner() {
    let mut bench = Bench::new();
    bench.created("one", EXPORTER);
    let arn = bench.create("two", EXPORTER);
    bench.settle();
    assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE");
    let told = bench
        .events(&arn)
        .into_iter()
        .find(|event| event.1 == "ROLLBACK_IN_PROGRESS");
    let told = told.unwrap().2;
    assert!(
        told.starts_with("Export with name gateway is already exported by stack one."),
        "{told}"
    );
}

/// Facts: 8.35
#[test]
fn a_failed_domain_counts_and_the_quota_is_told() {
    for (general, code) in [
        (false, "ServiceLimitExceeded"),
        (true, "GeneralServiceException"),
    ] {
        let mut bench = Bench::of(&format!(
            "[quotas]\ndomains = 0\n[switches]\nquotas-are-general-exceptions = {general}\n"
        ));
        let template = domain(&mut bench, "lab", "");
        let arn = bench.create_with("s", &template, &[IAM]);
        bench.settle();
        let failed = bench
            .events(&arn)
            .into_iter()
            .find(|event| event.1 == "CREATE_FAILED")
            .unwrap();
        assert!(
            failed.2.contains("The account-level service limit 'Total domains' is 0 Domains, with current utilization of 0 Domains and a request delta of 1 Domains.")
                && failed.2.contains(&format!("HandlerErrorCode: {code})")),
            "{}",
            failed.2
        );
    }
}

/// Facts: 3.4.10
#[test]
fn a_missing_import_is_noticed_before_anything_is_made() {
    let mut bench = Bench::new();
    let template = "
Resources:
  Gateway: {Type: 'AWS::EC2::InternetGateway'}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: apps, VpcId: !ImportValue nobodys}
";
    let arn = bench.create("early", template);
    bench.settle();
    assert_eq!(
        bench.history(&arn, 0),
        [
            "early CREATE_IN_PROGRESS",
            "early ROLLBACK_IN_PROGRESS",
            "early ROLLBACK_COMPLETE",
        ]
    );
    assert_eq!(
        bench.events(&arn)[1].2,
        "No export named nobodys found. Rollback requested by user."
    );
}
