//! Stacks in stacks.

use super::*;

const URL: &str = "https://parts.s3.us-east-1.amazonaws.com/part.yaml";
const STACKS: &str = "AWS::CloudFormation::Stack";
const VPCS: &str = "AWS::EC2::VPC";

/// A VPC with a subnet in it, of a team.
const PART: &str = "
Parameters: {Team: {Type: String}}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: of, Value: !Ref Team}]}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
Outputs: {Id: {Value: !Ref Vpc}}
";

/// What fails where gateways do.
const WITH_GATEWAY: &str = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway, DependsOn: Vpc}
";

/// A stack with one that is nested in it, and more.
fn whole(attributes: &str, properties: &str, more: &str) -> String {
    format!(
        "Resources:\n  Part:\n    Type: AWS::CloudFormation::Stack\n{attributes}    Properties: {{TemplateURL: '{URL}'{properties}}}\n{more}"
    )
}

const BLUE: &str = ", Parameters: {Team: blue}";

/// A gateway that bears what the nested stack gives.
const AFTER: &str = "  Gateway: {Type: AWS::EC2::InternetGateway, Properties: {Tags: [{Key: vpc, Value: !GetAtt Part.Outputs.Id}]}}
Outputs: {Vpc: {Value: !GetAtt [Part, Outputs.Id]}}
";

impl Bench {
    fn with_part(text: &str) -> Self {
        Self::of(&format!("[templates]\n'{URL}' = '''{text}'''\n"))
    }

    /// ARN and name of the nested stack.
    fn part(&mut self, stack: &str) -> (String, String) {
        let arn = self.physical(stack, "Part");
        let name = arn.split('/').nth(1).unwrap().to_owned();
        (arn, name)
    }

    /// Statuses and reasons of a stack itself, without its members'.
    fn own_story(&mut self, arn: &str, name: &str) -> Vec<String> {
        let story = self.story(arn, 0).into_iter();
        let own = story.filter_map(|line| line.strip_prefix(name).map(str::to_owned));
        own.map(|line| line.trim_start().to_owned()).collect()
    }
}

/// Facts: 3.9.1, 3.9.2, 3.9.5
#[test]
fn a_nested_stack_comes_and_goes_as_a_member_of_its_parent() {
    let mut bench = Bench::with_part(PART);
    let arn = bench.created("net", &whole("", BLUE, AFTER));
    let (part, name) = bench.part("net");
    let random = name.strip_prefix("net-Part-").unwrap();
    assert_eq!(random.len(), 12, "{name}");
    assert_eq!(
        bench.story(&arn, 0),
        [
            "net CREATE_IN_PROGRESS: User Initiated",
            "Part CREATE_IN_PROGRESS",
            "Part CREATE_IN_PROGRESS: Resource creation Initiated",
            "Part CREATE_COMPLETE",
            "Gateway CREATE_IN_PROGRESS",
            "Gateway CREATE_IN_PROGRESS: Resource creation Initiated",
            "Gateway CREATE_COMPLETE",
            "net CREATE_COMPLETE",
        ]
    );
    assert_eq!(
        bench.history(&part, 0),
        [
            format!("{name} CREATE_IN_PROGRESS"),
            "Vpc CREATE_IN_PROGRESS".to_owned(),
            "Vpc CREATE_IN_PROGRESS".to_owned(),
            "Vpc CREATE_COMPLETE".to_owned(),
            "Subnet CREATE_IN_PROGRESS".to_owned(),
            "Subnet CREATE_IN_PROGRESS".to_owned(),
            "Subnet CREATE_COMPLETE".to_owned(),
            format!("{name} CREATE_COMPLETE"),
        ]
    );
    let vpc = bench.physical(&part, "Vpc");
    assert_eq!(bench.output("net", "Vpc"), Some(vpc.clone()));
    let rows = bench.world.rows();
    let tags = |kind: &str| {
        let mut rows = rows.iter();
        rows.find(|row| row.kind == kind && row.stack.is_some())
            .map(|row| row.tags.clone())
            .unwrap()
    };
    assert_eq!(tags(GATEWAYS)["vpc"], vpc);
    assert_eq!(tags(VPCS)["of"], "blue");
    let (before, of_part) = (bench.events(&arn).len(), bench.events(&part).len());
    bench.delete("net");
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "net DELETE_IN_PROGRESS",
            "Gateway DELETE_IN_PROGRESS",
            "Gateway DELETE_COMPLETE",
            "Part DELETE_IN_PROGRESS",
            "Part DELETE_COMPLETE",
            "net DELETE_COMPLETE",
        ]
    );
    assert_eq!(
        bench.history(&part, of_part),
        [
            format!("{name} DELETE_IN_PROGRESS"),
            "Subnet DELETE_IN_PROGRESS".to_owned(),
            "Subnet DELETE_COMPLETE".to_owned(),
            "Vpc DELETE_IN_PROGRESS".to_owned(),
            "Vpc DELETE_COMPLETE".to_owned(),
            format!("{name} DELETE_COMPLETE"),
        ]
    );
    assert!(bench.rows(STACKS).is_empty());
    assert!(bench.rows(VPCS).is_empty());
}

/// Facts: 3.9.3, 3.9.10
#[test]
fn a_nested_stack_is_known_by_its_parent_and_has_its_tags_and_protection() {
    let mut bench = Bench::with_part(PART);
    let own = ", Parameters: {Team: blue}, Tags: [{Key: part, Value: one}]";
    let more = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a"),
        ("EnableTerminationProtection", "true"),
        IAM,
    ];
    let arn = bench.create_with("net", &whole("", own, ""), &more);
    bench.settle();
    let (part, name) = bench.part("net");
    let shown = bench.describe(&name);
    for element in ["ParentId", "RootId"] {
        assert_eq!(text(&shown, element), arn);
        assert_eq!(text(&bench.describe("net"), element), "");
    }
    let listed = bench.call("ListStacks", &[]).unwrap();
    assert_eq!(text(&listed, "ParentId"), arn);
    for told in [
        "<DisableRollback>true</DisableRollback>",
        "<EnableTerminationProtection>true</EnableTerminationProtection>",
        "<member>CAPABILITY_IAM</member>",
        "<Key>part</Key><Value>one</Value>",
        "<Key>team</Key><Value>a</Value>",
    ] {
        assert!(shown.contains(told), "{told}: {shown}");
    }
    let row = |bench: &Bench, arn: &str| {
        let mut rows = bench.world.rows().into_iter();
        rows.find(|row| row.id == arn).unwrap()
    };
    assert_eq!(row(&bench, &part).stack.as_deref(), Some("net"));
    assert_eq!(row(&bench, &arn).stack, None);
    let named = [("StackName", name.as_str())];
    assert_eq!(
        bench.refused("DeleteStack", &named),
        format!("Stack [{name}] cannot be deleted while TerminationProtection is enabled")
    );
    let off = ("EnableTerminationProtection", "false");
    let refused = bench.refused("UpdateTerminationProtection", &[named[0], off]);
    assert!(refused.contains("nested stack"), "{refused}");
    let root = [("StackName", "net"), off];
    bench.call("UpdateTerminationProtection", &root).unwrap();
    let shown = bench.describe(&name);
    assert_eq!(text(&shown, "EnableTerminationProtection"), "false");
}

/// Facts: 3.9.4
#[test]
fn a_nested_stack_that_fails_rests_until_its_parent_goes_back() {
    let mut bench = Bench::with_part(WITH_GATEWAY);
    bench.fault(NO_GATEWAY);
    let arn = bench.create("net", &whole("", "", ""));
    bench.settle();
    assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE");
    let (part, name) = bench.part("net");
    let embedded = without_uuids(&format!(
        "Part CREATE_FAILED: Embedded stack {part} was not successfully created: The following resource(s) failed to create: [Gateway]. "
    ));
    assert_eq!(
        bench.story(&arn, 3),
        [
            embedded.as_str(),
            "net ROLLBACK_IN_PROGRESS: The following resource(s) failed to create: [Part]. Rollback requested by user.",
            "Part DELETE_IN_PROGRESS",
            "Part DELETE_COMPLETE",
            "net ROLLBACK_COMPLETE",
        ]
    );
    assert_eq!(
        bench.own_story(&part, &name),
        [
            "CREATE_IN_PROGRESS: User Initiated",
            "CREATE_FAILED: The following resource(s) failed to create: [Gateway].",
            "DELETE_IN_PROGRESS: User Initiated",
            "DELETE_COMPLETE",
        ]
    );
    assert_eq!(bench.rows(STACKS), [arn]);
    assert!(bench.rows(VPCS).is_empty());
}

/// Deletes a stack while somebody's interface is in the way of the nested one; gives the interface.
fn held(bench: &mut Bench, part: &str) -> String {
    let subnet = bench.physical(part, "Subnet");
    let interface = bench.interface_in(&subnet);
    bench.delete("net");
    bench.settle();
    interface
}

/// Facts: 3.9.6
#[test]
fn a_nested_stack_that_cannot_go_keeps_its_parent_until_it_can_or_is_left() {
    let delete = |bench: &mut Bench, interface: &str| {
        let members = [("NetworkInterfaceId", interface)];
        bench
            .send("2016-11-15", "DeleteNetworkInterface", &members)
            .unwrap();
    };
    for is_left in [false, true] {
        let mut bench = Bench::with_part(PART);
        let arn = bench.created("net", &whole("", BLUE, ""));
        let (part, _) = bench.part("net");
        let before = bench.events(&arn).len();
        let interface = held(&mut bench, &part);
        let embedded = without_uuids(&format!(
            "Part DELETE_FAILED: Embedded stack {part} was not successfully deleted: The following resource(s) failed to delete: [Subnet]. "
        ));
        assert_eq!(
            bench.story(&arn, before),
            [
                "net DELETE_IN_PROGRESS: User Initiated",
                "Part DELETE_IN_PROGRESS",
                embedded.as_str(),
                "net DELETE_FAILED: The following resource(s) failed to delete: [Part]. ",
            ]
        );
        assert_eq!(bench.status(&part), "DELETE_FAILED");
        if is_left {
            let retain = [("StackName", "net"), ("RetainResources.member.1", "Part")];
            bench.call("DeleteStack", &retain).unwrap();
            bench.settle();
            assert_eq!(bench.status(&arn), "DELETE_COMPLETE");
            assert_eq!(bench.rows(STACKS), std::slice::from_ref(&part));
            assert_eq!(text(&bench.describe(&part), "ParentId"), arn);
            delete(&mut bench, &interface);
            bench.delete(&part);
        } else {
            delete(&mut bench, &interface);
            bench.delete("net");
        }
        bench.settle();
        for stack in [&arn, &part] {
            assert_eq!(bench.status(stack), "DELETE_COMPLETE", "{is_left}");
        }
        assert!(bench.rows(VPCS).is_empty());
    }
}

/// Facts: 3.9.7
#[test]
fn a_nested_stack_under_retain_stays_with_all_that_it_has() {
    let mut bench = Bench::with_part(PART);
    let arn = bench.created("net", &whole("    DeletionPolicy: Retain\n", BLUE, ""));
    let (part, _) = bench.part("net");
    let before = bench.events(&arn).len();
    bench.delete("net");
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "net DELETE_IN_PROGRESS",
            "Part DELETE_SKIPPED",
            "net DELETE_COMPLETE"
        ]
    );
    assert_eq!(bench.status(&part), "CREATE_COMPLETE");
    assert_eq!(text(&bench.describe(&part), "RootId"), arn);
    assert_eq!(bench.rows(VPCS).len(), 1);
}

/// Facts: 3.9.8
#[test]
fn what_a_nested_stack_cannot_be_made_of_fails_its_parent() {
    let elsewhere = URL.replace("part.yaml", "other.yaml");
    let many: Vec<String> = (0..51)
        .map(|number| format!("{{Key: k{number}, Value: v}}"))
        .collect();
    let s3 = "S3 error: The specified key does not exist.\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";
    for (template, told) in [
        (whole("", BLUE, "").replace(URL, &elsewhere), s3),
        (
            whole("", BLUE, "").replace(URL, "http://example.com/part.yaml"),
            "TemplateURL must be a supported URL.",
        ),
        (whole("", "", ""), "Parameters: [Team] must have values"),
        (
            whole("", ", Parameters: {Team: blue, Other: x}", ""),
            "Parameters: [Other] do not exist in the template",
        ),
        (
            whole("", BLUE, "").replace("blue", &"b".repeat(4_097)),
            "Parameter 'Team' has a value that is longer than 4096 bytes",
        ),
        (
            whole("", &format!("{BLUE}, Tags: [{}]", many.join(", ")), ""),
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ),
    ] {
        let mut bench = Bench::with_part(PART);
        let arn = bench.create("net", &template);
        bench.settle();
        assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE");
        let events = bench.events(&arn);
        let (_, _, reason) = &events[2];
        assert_eq!(reason, told);
        assert_eq!(bench.rows(STACKS), [arn]);
    }
}

/// Facts: 3.9.9
#[test]
fn a_change_of_a_nested_stack_is_refused_and_goes_back() {
    let mut bench = Bench::with_part(PART);
    let template = whole("", BLUE, "");
    let arn = bench.created("net", &template);
    let (part, _) = bench.part("net");
    bench
        .update("net", &template.replace("blue", "red"))
        .unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(bench.status(&part), "CREATE_COMPLETE");
    let timeout = ", Parameters: {Team: blue}, TimeoutInMinutes: 5";
    let other = bench.create("other", &whole("", timeout, ""));
    bench.settle();
    assert_eq!(bench.status(&other), "ROLLBACK_COMPLETE");
}

/// Facts: 3.9.9
#[test]
fn an_update_looks_at_every_nested_stack() {
    let more = |name: &str| whole("", BLUE, &format!("  {name}: {{Type: {GATEWAYS}}}\n"));
    let mut bench = Bench::with_part(PART);
    let arn = bench.created("net", &whole("", BLUE, ""));
    let (part, _) = bench.part("net");
    let (before, of_part) = (bench.events(&arn).len(), bench.events(&part).len());
    bench.update("net", &more("One")).unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_COMPLETE");
    let history = bench.history(&arn, before);
    for told in ["Part UPDATE_IN_PROGRESS", "Part UPDATE_COMPLETE"] {
        assert!(history.contains(&told.to_owned()), "{history:?}");
    }
    assert_eq!(bench.events(&part).len(), of_part);

    let subnet = bench.physical(&part, "Subnet");
    bench.interface_in(&subnet);
    bench.delete(&part);
    bench.settle();
    assert_eq!(bench.status(&part), "DELETE_FAILED");
    bench.update("net", &more("Two")).unwrap();
    bench.settle();
    let told = without_uuids(&format!(
        "Part UPDATE_FAILED: Stack:{part} is in DELETE_FAILED state and can not be updated."
    ));
    let story = bench.story(&arn, before);
    assert!(story.contains(&told), "{story:#?}");
    assert_eq!(bench.status(&arn), "UPDATE_ROLLBACK_FAILED");
    let skipped = [("StackName", "net"), ("ResourcesToSkip.member.1", "Part")];
    bench.call("ContinueUpdateRollback", &skipped).unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "UPDATE_ROLLBACK_COMPLETE");
}

/// Facts: 3.9.6
#[test]
fn whether_a_nested_stack_that_could_not_go_is_tried_again_is_not_known() {
    for is_left in [false, true] {
        let mut bench = Bench::of(&format!(
            "[switches]\nfailed-nested-stacks-are-left = {is_left}\n[templates]\n'{URL}' = '''{PART}'''\n"
        ));
        let arn = bench.created("net", &whole("", BLUE, ""));
        let (part, _) = bench.part("net");
        let interface = held(&mut bench, &part);
        for stack in [&arn, &part] {
            assert_eq!(bench.status(stack), "DELETE_FAILED", "{is_left}");
        }
        bench.without_interface(&interface);
        bench.delete("net");
        bench.settle();
        assert_eq!(bench.status(&arn), "DELETE_COMPLETE", "{is_left}");
        if is_left {
            assert_eq!(bench.rows(STACKS), std::slice::from_ref(&part));
            assert_eq!(bench.status(&part), "DELETE_FAILED");
            assert_eq!(text(&bench.describe(&part), "ParentId"), arn);
            bench.delete(&part);
            bench.settle();
        }
        assert!(bench.rows(STACKS).is_empty(), "{is_left}");
        assert!(bench.rows(VPCS).is_empty(), "{is_left}");
    }
}

/// Facts: 3.9.13
#[test]
fn a_summary_shows_more_capabilities_than_a_creation_needs() {
    let mut bench = Bench::with_part(PART);
    let template = whole("", BLUE, "");
    let reason = "The following resource(s) require capabilities: [AWS::CloudFormation::Stack]";
    for action in ["ValidateTemplate", "GetTemplateSummary"] {
        let shown = bench
            .call(action, &[("TemplateBody", template.as_str())])
            .unwrap();
        for capability in ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"] {
            let member = format!("<member>{capability}</member>");
            assert!(shown.contains(&member), "{action}: {shown}");
        }
        assert_eq!(text(&shown, "CapabilitiesReason"), reason, "{action}");
        let plain = bench.call(action, &[("TemplateBody", GATEWAY)]).unwrap();
        assert!(!plain.contains("CAPABILITY"), "{action}: {plain}");
        assert_eq!(text(&plain, "CapabilitiesReason"), "", "{action}");
    }
    bench.created("net", &template);
}

/// Facts: 3.6.7
#[test]
fn calls_read_templates_by_their_urls() {
    let long = format!("{GATEWAY}\n#{}", "x".repeat(51_200));
    let mut bench = Bench::with_part(&long);
    let by_url = [("StackName", "s"), ("TemplateURL", URL)];
    bench.call("ValidateTemplate", &by_url[1..]).unwrap();
    bench.call("CreateStack", &by_url).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "CREATE_COMPLETE");
    let both = [by_url[0], by_url[1], ("TemplateBody", GATEWAY)];
    for action in ["CreateStack", "UpdateStack"] {
        let refusal = bench.call(action, &both).unwrap_err();
        assert_eq!(refusal.0, "ValidationError", "{action}");
    }
    let elsewhere = URL.replace("part", "other");
    let absent = [("StackName", "t"), ("TemplateURL", elsewhere.as_str())];
    let refused = bench.refused("CreateStack", &absent);
    assert!(refused.starts_with("S3 error: "), "{refused}");
}

#[test]
fn a_world_with_a_nested_stack_is_saved_and_goes_on() {
    let mut bench = Bench::with_part(PART);
    let arn = bench.create("net", &whole("", BLUE, ""));
    bench.until(&arn, "Part", "CREATE_IN_PROGRESS");
    let saved = serde_json::to_string(&bench.world).unwrap();
    bench.world = serde_json::from_str(&saved).unwrap();
    bench.settle();
    assert_eq!(bench.status(&arn), "CREATE_COMPLETE");
    assert_eq!(bench.rows(STACKS).len(), 2);
}

#[test]
fn a_template_stays_what_it_is_under_its_url() {
    let mut bench = Bench::new();
    let put = |bench: &mut Bench, url: &str, text: &str| {
        let body = serde_json::json!({"url": url, "text": text});
        let request = Request {
            method: "POST".into(),
            path: "/_simulator/templates".into(),
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        let answer = crate::control::answer(&mut bench.world, &request);
        answer.unwrap().status
    };
    assert_eq!(put(&mut bench, URL, PART), 200);
    assert_eq!(put(&mut bench, URL, PART), 200);
    assert_eq!(put(&mut bench, URL, GATEWAY), 400);
    assert_eq!(put(&mut bench, "https://example.com/a.yaml", PART), 400);
    bench.created("net", &whole("", BLUE, ""));
    let bad = Scenario::read("[templates]\n'https://example.com/a.yaml' = ''\n");
    assert!(
        bad.unwrap_err()
            .to_string()
            .contains("templates: https://example.com")
    );
}
