//! Early validation of change sets (section 3.7).

use super::*;

impl Bench {
    /// Makes a change set for the stack `s` and lets it be computed.
    fn proposed(&mut self, kind: &str, template: &str, more: &[(&str, &str)]) -> String {
        let mut members = vec![
            ("StackName", "s"),
            ("ChangeSetName", "c"),
            ("ChangeSetType", kind),
            ("TemplateBody", template),
            IAM,
        ];
        members.extend(more);
        let made = self.call("CreateChangeSet", &members).unwrap();
        self.settle();
        text(&made, "Id")
    }

    fn shown(&mut self, set: &str) -> String {
        let members = [("ChangeSetName", set)];
        self.call("DescribeChangeSet", &members).unwrap()
    }

    fn findings(&mut self, set: &str) -> Vec<String> {
        let members = [("ChangeSetName", set), ("Filters.FailedEvents", "true")];
        let answer = self.call("DescribeEvents", &members).unwrap();
        let events = answer.split("<member>").skip(1);
        events
            .filter(|event| text(event, "EventType") == "VALIDATION_ERROR")
            .map(str::to_owned)
            .collect()
    }
}

/// Facts: 3.7.5, 3.7.6, 3.7.7, 3.7.8
#[test]
fn an_unknown_property_fails_the_set_and_is_told_by_events_alone() {
    let mut bench = Bench::new();
    let template =
        "Resources: {Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, Color: red}}}";
    let set = bench.proposed("CREATE", template, &[]);
    let answer = bench.shown(&set);
    assert_eq!(text(&answer, "Status"), "FAILED");
    assert_eq!(
        text(&answer, "StatusReason"),
        "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
    );
    assert!(!answer.contains("Color"), "{answer}");
    let findings = bench.findings(&set);
    assert_eq!(findings.len(), 1);
    for (element, wanted) in [
        ("OperationType", "CREATE_CHANGESET"),
        ("LogicalResourceId", "Vpc"),
        ("ResourceType", "AWS::EC2::VPC"),
        ("ValidationName", "PROPERTY_VALIDATION"),
        ("ValidationFailureMode", "FAIL"),
        ("ValidationStatus", "FAILED"),
        ("ValidationPath", "/Resources/Vpc/Properties"),
    ] {
        assert_eq!(text(&findings[0], element), wanted);
    }
    assert!(text(&findings[0], "ValidationStatusReason").contains("Color"));
    let refusal = bench.call("ExecuteChangeSet", &[("ChangeSetName", set.as_str())]);
    assert_eq!(refusal.unwrap_err().0, "InvalidChangeSetStatus");
    // The empty stack stays, and holds its name until it is deleted.
    assert_eq!(bench.status("s"), "REVIEW_IN_PROGRESS");
    let create = [("StackName", "s"), ("TemplateBody", GATEWAY)];
    assert_eq!(
        bench.call("CreateStack", &create).unwrap_err().0,
        "AlreadyExistsException"
    );
    bench.delete("s");
    bench.settle();
    bench.created("s", GATEWAY);
}

/// Facts: 3.7.5, 3.7.9
#[test]
fn a_taken_name_is_found_where_the_type_is_covered() {
    let mut bench = Bench::new();
    let template = domain(&mut bench, "lab", "");
    let made = [
        ("StackName", "first"),
        ("TemplateBody", template.as_str()),
        IAM,
    ];
    bench.call("CreateStack", &made).unwrap();
    bench.settle();
    let set = bench.proposed("CREATE", &template, &[]);
    assert!(text(&bench.shown(&set), "StatusReason").contains("ResourceExistenceCheck"));
    let findings = bench.findings(&set);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        text(&findings[0], "ValidationName"),
        "NAME_CONFLICT_VALIDATION"
    );
    assert_eq!(
        text(&findings[0], "ValidationStatusReason"),
        "Resource of type 'AWS::SageMaker::Domain' with identifier 'lab' already exists."
    );
    // Nobody looks for names of roles.
    let role = |name: &str| {
        format!(
            "Resources: {{Role: {{Type: AWS::IAM::Role, Properties: {{RoleName: {name}, Color: red, AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: []}}}}}}}}"
        )
    };
    bench.delete("s");
    bench.settle();
    let named = [("Capabilities.member.1", "CAPABILITY_NAMED_IAM")];
    let mut members = vec![
        ("StackName", "s"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
    ];
    let template = role("taken");
    members.push(("TemplateBody", &template));
    members.extend(named);
    let made = bench.call("CreateChangeSet", &members).unwrap();
    bench.settle();
    let answer = bench.shown(&text(&made, "Id"));
    assert_eq!(text(&answer, "Status"), "CREATE_COMPLETE", "{answer}");
}

/// Facts: 3.7.5
#[test]
fn validation_can_be_switched_off_and_does_not_judge_what_it_cannot_know() {
    let mut bench = Bench::new();
    let template =
        "Resources: {Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, Color: red}}}";
    let set = bench.proposed("CREATE", template, &[("DisableValidation", "true")]);
    assert_eq!(text(&bench.shown(&set), "Status"), "CREATE_COMPLETE");
    bench.delete("s");
    bench.settle();
    let template = domain(&mut bench, "lab", PROFILE);
    let set = bench.proposed("CREATE", &template, &[]);
    let answer = bench.shown(&set);
    assert_eq!(text(&answer, "Status"), "CREATE_COMPLETE", "{answer}");
}

/// Facts: 3.8.1, 3.8.2, 3.5.16
#[test]
fn a_changed_name_or_tag_replaces_the_domain_and_the_same_name_is_taken_by_itself() {
    let mut bench = Bench::new();
    let template = domain(&mut bench, "lab", "");
    let other = domain(&mut bench, "other", "");
    let members = |template, tag| {
        [
            ("StackName", "s"),
            ("TemplateBody", template),
            IAM,
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", tag),
        ]
    };
    let arn = text(
        &bench.call("CreateStack", &members(&template, "a")).unwrap(),
        "StackId",
    );
    bench.settle();
    let domain = bench.physical("s", "Domain");
    bench.call("UpdateStack", &members(&template, "b")).unwrap();
    bench.settle();
    let story = bench.story(&arn, 0);
    let told = "Domain UPDATE_FAILED: Resource handler returned message: \"Resource of type 'AWS::SageMaker::Domain' with identifier 'lab' already exists.\" (RequestToken: …, HandlerErrorCode: AlreadyExists)";
    assert!(story.iter().any(|it| it == told), "{story:#?}");
    assert_eq!(bench.status("s"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(bench.physical("s", "Domain"), domain);
    bench.call("UpdateStack", &members(&other, "a")).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
    assert_ne!(bench.physical("s", "Domain"), domain);
    // The handler knows no retention: the home volume of the first is still there.
    assert_eq!(bench.rows("AWS::EFS::FileSystem").len(), 2);
}

/// Facts: 3.5.15, F.33
#[test]
fn a_domain_that_fails_is_told_in_either_words() {
    for (scenario, told) in [
        (
            "",
            "Resource of type 'AWS::SageMaker::Domain' with identifier 'lab' did not stabilize.",
        ),
        (
            "[switches]\ndomain-failure-tells-cause = true\n",
            "failed to stabilize during domain creation with the following error: no volume",
        ),
    ] {
        let mut bench = Bench::of(scenario);
        bench.fault(
            r#"{"match": {"type": "AWS::SageMaker::Domain", "operation": "create"},
                "effect": {"kind": "fail", "reason": "no volume"}}"#,
        );
        let template = domain(&mut bench, "lab", "");
        let arn = bench.create_with("s", &template, &[IAM]);
        bench.settle();
        assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE");
        let story = bench.story(&arn, 0);
        let failed = story
            .iter()
            .find(|it| it.starts_with("Domain CREATE_FAILED"));
        let failed = failed.unwrap();
        assert!(
            failed.contains(told) && failed.ends_with("HandlerErrorCode: NotStabilized)"),
            "{failed}"
        );
    }
}

/// Facts: 3.8.5
#[test]
fn a_rolled_back_domain_leaves_its_volume_behind() {
    let mut bench = Bench::new();
    bench.fault(
        r#"{"match": {"type": "AWS::SageMaker::UserProfile", "operation": "create"}, "effect": {"kind": "fail"}}"#,
    );
    let template = domain(&mut bench, "lab", PROFILE);
    bench.create_with("s", &template, &[IAM]);
    bench.settle();
    assert_eq!(bench.status("s"), "ROLLBACK_COMPLETE");
    assert!(bench.rows("AWS::SageMaker::Domain").is_empty());
    assert_eq!(bench.rows("AWS::EFS::FileSystem").len(), 1);
}
