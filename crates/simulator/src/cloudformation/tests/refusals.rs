//! What is refused at the call, and by which name.

use super::*;

#[test]
fn what_a_template_may_not_say_is_named() {
    let mut bench = Bench::new();
    let gateway =
        |more: &str| format!("Resources: {{A: {{Type: AWS::EC2::InternetGateway{more}}}}}");
    for (template, named) in [
        ("Resources: {A: {Type: AWS::EC2::Nothing}}".to_owned(), "AWS::EC2::Nothing"),
        (gateway(", Properties: {Tags: {Fn::Nothing: x}}"), "Fn::Nothing"),
        (gateway(", Propertys: {}"), "Propertys"),
        (gateway(", Properties: {Tags: !Ref Nobody}"), "Nobody"),
        (gateway(", DependsOn: Nobody"), "Nobody"),
        (gateway(", Condition: Nobody"), "Nobody"),
        (gateway(", DeletionPolicy: Keep"), "DeletionPolicy Keep"),
        (gateway(", UpdateReplacePolicy: RetainExceptOnCreate"), "UpdateReplacePolicy"),
        (gateway(", Properties: {Tags: !If [Nobody, [], []]}"), "Nobody"),
        (gateway("") + "\nOutputs: {O: {Value: !GetAtt A.Color}}", "attribute type Color"),
        (gateway("") + "\nOutputs: {O: {Value: !Sub '${A.Color}'}}", "attribute type Color"),
        (
            "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: AWS::EC2::InternetGateway}\n  \
             B: {Type: AWS::EC2::InternetGateway, Condition: Never}\nOutputs: {O: {Value: !Ref B}}"
                .to_owned(),
            "dependencies [B] in the Outputs block",
        ),
        (
            "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: AWS::EC2::InternetGateway, \
             Properties: {Tags: [{Key: k, Value: !Ref B}]}}\n  B: {Type: AWS::EC2::InternetGateway, Condition: Never}"
                .to_owned(),
            "dependencies [B] in the Resources block",
        ),
        ("{\"Description\": \"\\u0001\", \"Resources\": {}}".to_owned(), "not allowed"),
        (format!("Description: {}\n{GATEWAY}", "d".repeat(1025)), "description"),
    ] {
        let members = [("StackName", "s"), ("TemplateBody", template.as_str())];
        let refusal = bench.call("CreateStack", &members).unwrap_err();
        assert_eq!(refusal.0, "ValidationError");
        assert!(refusal.1.contains(named), "{template}\n{}", refusal.1);
    }
    assert!(bench.rows("AWS::CloudFormation::Stack").is_empty());
}

#[test]
fn a_branch_that_does_not_count_may_name_what_is_not_made() {
    let mut bench = Bench::new();
    bench.created(
        "s",
        "Conditions: {Never: !Equals [a, b]}\nResources:\n  A: {Type: AWS::EC2::InternetGateway}\n  \
         B: {Type: AWS::EC2::InternetGateway, Condition: Never}\nOutputs: {O: {Value: !If [Never, !Ref B, none]}}",
    );
    assert_eq!(bench.output("s", "O").as_deref(), Some("none"));
}

#[test]
fn an_unknown_property_fails_its_resource() {
    let mut bench = Bench::new();
    let arn = bench.create(
        "s",
        "Resources: {A: {Type: AWS::EC2::InternetGateway, Properties: {Color: red}}}",
    );
    bench.settle();
    let failed = bench
        .events(&arn)
        .into_iter()
        .find(|it| it.1 == "CREATE_FAILED")
        .unwrap();
    assert!(failed.2.contains("Color"), "{}", failed.2);
}

#[test]
fn a_logical_id_keeps_its_type() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let other = "Resources: {Gateway: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}";
    assert_eq!(
        bench.update("s", other).unwrap_err().1,
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: [Gateway]"
    );
}

/// Facts: 3.1.1, 3.1.5
#[test]
fn each_action_knows_its_own_members() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let base = [("StackName", "s"), ("TemplateBody", NETWORK)];
    for (action, member, value) in [
        ("UpdateStack", "OnFailure", "DELETE"),
        ("UpdateStack", "EnableTerminationProtection", "true"),
        ("UpdateStack", "ChangeSetName", "c"),
        ("CreateStack", "ChangeSetName", "c"),
        ("CreateStack", "TimeoutInMinutes", "5"),
        ("CreateStack", "UsePreviousTemplate", "true"),
        ("CreateChangeSet", "OnFailure", "DELETE"),
        ("CreateChangeSet", "RetainExceptOnCreate", "true"),
    ] {
        let mut members = base.to_vec();
        members.push((member, value));
        let refusal = bench.call(action, &members).unwrap_err();
        assert_eq!(refusal.0, "ValidationError");
        assert!(
            refusal.1.contains(member),
            "{action} {member}: {}",
            refusal.1
        );
    }
    for (action, member) in [
        ("ListExports", "ExportName"),
        ("ValidateTemplate", "StackName"),
        ("DescribeChangeSet", "ClientRequestToken"),
        ("DescribeStackResources", "NextToken"),
        ("DescribeEvents", "ClientRequestToken"),
    ] {
        let refusal = bench.refused(action, &[(member, "x")]);
        assert!(refusal.contains(member), "{action} {member}: {refusal}");
    }
    for (action, member, value) in [
        (
            "CreateStack",
            "Capabilities.member.1",
            "CAPABILITY_EVERYTHING",
        ),
        ("CreateStack", "OnFailure", "WEEP"),
        ("ListStacks", "StackStatusFilter.member.1", "CREATED"),
    ] {
        let mut members = if action == "ListStacks" {
            vec![]
        } else {
            base.to_vec()
        };
        members.push((member, value));
        let refusal = bench.refused(action, &members);
        assert!(
            refusal.contains(value) && refusal.contains("enum value set"),
            "{refusal}"
        );
    }
}

/// Facts: 3.6.5
#[test]
fn no_stack_has_more_than_fifty_tags() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let names: Vec<[String; 2]> = (1..=51)
        .map(|n| {
            [
                format!("Tags.member.{n}.Key"),
                format!("Tags.member.{n}.Value"),
            ]
        })
        .collect();
    let mut members = vec![("StackName", "s"), ("TemplateBody", NETWORK)];
    for [key, value] in &names {
        members.extend([(key.as_str(), key.as_str()), (value.as_str(), "v")]);
    }
    for action in ["CreateStack", "UpdateStack"] {
        assert!(
            bench.refused(action, &members).contains("'tags'"),
            "{action}"
        );
    }
    members.push(("ChangeSetName", "c"));
    assert!(
        bench
            .refused("CreateChangeSet", &members)
            .contains("'tags'")
    );
}

/// Facts: 3.3.3
#[test]
fn events_come_in_pages_newest_first() {
    let mut bench = Bench::of("largest-page = 3\n");
    bench.create("net", NETWORK);
    bench.settle();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let members = [("StackName", "net"), ("NextToken", token.as_str())];
        let page = bench.call("DescribeStackEvents", &members).unwrap();
        let events: Vec<&str> = page.split("<member>").skip(1).collect();
        assert!(events.len() <= 3);
        seen.extend(events.iter().map(|event| text(event, "Timestamp")));
        token = text(&page, "NextToken");
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 8);
    assert!(seen.is_sorted_by(|one, other| one >= other), "{seen:?}");
}

#[test]
fn what_no_xml_can_carry_is_refused_and_every_refusal_has_its_line_and_its_date() {
    let mut bench = Bench::new();
    let refusal = bench
        .call("DescribeStacks", &[("StackName", "a\u{1}b")])
        .unwrap_err();
    assert_eq!(refusal.0, "ValidationError");
    let line = bench.world.log().last().unwrap().clone();
    assert_eq!(
        (line.action.as_str(), line.code.as_deref()),
        ("cloudformation:DescribeStacks", Some("ValidationError"))
    );
    let request = Request {
        method: "POST".into(),
        path: "/".into(),
        body: b"Action=Dance&Version=1".to_vec(),
        ..Request::default()
    };
    let Reply::Answer(response, _) = bench.world.handle(bench.now, &request) else {
        panic!("dropped");
    };
    let date = response.headers.iter().find(|(name, _)| name == "date");
    assert_eq!(date.unwrap().1, bench.now.http_date());
    assert_eq!(bench.world.log().last().unwrap().action, "sts:Dance");
}

/// Facts: 3.5.7, 3.5.8, 3.5.9, 3.5.13, 3.5.14, 3.1.5
#[test]
fn refusals_are_in_the_words_of_cloudformation() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let parameters = format!("Parameters: {{P: {{Type: String}}}}\n{GATEWAY}");
    let new = [("StackName", "new"), ("TemplateBody", GATEWAY)];
    let given = [
        ("Parameters.member.1.ParameterKey", "Q"),
        ("Parameters.member.1.ParameterValue", "x"),
    ];
    let wanting = [new[0], ("TemplateBody", parameters.as_str())];
    for (action, members, code, told) in [
        (
            "CreateStack",
            &[
                &new[..],
                &[("OnFailure", "DELETE"), ("DisableRollback", "false")],
            ]
            .concat(),
            "ValidationError",
            "Either DisableRollback or OnFailure can be specified, not both.",
        ),
        (
            "DeleteStack",
            &vec![("StackName", "s"), ("DeletionMode", "x")],
            "ValidationError",
            "1 validation error detected: Value 'x' at 'deletionMode' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, FORCE_DELETE_STACK]",
        ),
        (
            "CreateStack",
            &wanting.to_vec(),
            "ValidationError",
            "Parameters: [P] must have values",
        ),
        (
            "CreateStack",
            &[&new[..], &given].concat(),
            "ValidationError",
            "Parameters: [Q] do not exist in the template",
        ),
        (
            "DescribeChangeSet",
            &vec![("StackName", "s"), ("ChangeSetName", "c")],
            "ChangeSetNotFound",
            "ChangeSet [c] does not exist",
        ),
        (
            "UpdateStack",
            &new.to_vec(),
            "ValidationError",
            "Stack [new] does not exist",
        ),
    ] {
        let refusal = bench.call(action, members).unwrap_err();
        assert_eq!(refusal, (code.to_owned(), told.to_owned()), "{action}");
    }
    bench.fault(
        r#"{"match": {"action": "cloudformation:ListStacks"}, "answer": {"kind": "throttle"}}"#,
    );
    let refusal = bench.call("ListStacks", &[]).unwrap_err();
    assert_eq!(
        refusal,
        ("Throttling".to_owned(), "Rate exceeded".to_owned())
    );
}

/// Facts: 3.3.18, 3.5.5
#[test]
fn force_is_for_failures_alone() {
    let mut bench = Bench::new();
    let arn = bench.created("s", GATEWAY);
    let force = [("StackName", "s"), ("DeletionMode", "FORCE_DELETE_STACK")];
    assert!(
        bench
            .refused("DeleteStack", &force)
            .contains("DELETE_FAILED state")
    );
    let retain = [("StackName", "s"), ("RetainResources.member.1", "Gateway")];
    assert_eq!(
        bench.refused("DeleteStack", &retain),
        format!(
            "Invalid operation on stack [{arn}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state."
        )
    );
}

/// Facts: 3.5.17
#[test]
fn the_name_of_a_role_is_taken_once() {
    let mut bench = Bench::new();
    let template = "Resources: {Role: {Type: AWS::IAM::Role, Properties: {RoleName: r, AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}}}";
    let named = [("Capabilities.member.1", "CAPABILITY_NAMED_IAM")];
    bench.create_with("one", template, &named);
    bench.settle();
    let arn = bench.create_with("two", template, &named);
    bench.settle();
    let told = "Role CREATE_FAILED: Resource handler returned message: \"Resource of type 'AWS::IAM::Role' with identifier 'r' already exists.\" (RequestToken: …, HandlerErrorCode: AlreadyExists)";
    let story = bench.story(&arn, 0);
    assert!(story.iter().any(|it| it == told), "{story:#?}");
}
