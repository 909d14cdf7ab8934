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

#[test]
fn each_action_knows_its_own_members() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let base = [("StackName", "s"), ("TemplateBody", NETWORK)];
    for (action, member, value) in [
        ("UpdateStack", "OnFailure", "DELETE"),
        ("UpdateStack", "EnableTerminationProtection", "true"),
        ("UpdateStack", "ChangeSetName", "c"),
        ("UpdateStack", "DisableRollback", "true"),
        ("CreateStack", "ChangeSetName", "c"),
        ("CreateStack", "TimeoutInMinutes", "5"),
        ("CreateStack", "UsePreviousTemplate", "true"),
        ("CreateChangeSet", "OnFailure", "DELETE"),
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
