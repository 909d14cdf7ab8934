//! Limits of templates, names and stacks (section 3.6).

use super::*;

/// `count` members of a section, each with a number in its name.
fn many(count: usize, member: impl Fn(usize) -> String) -> String {
    let members: Vec<String> = (0..count).map(member).collect();
    members.join("\n")
}

/// Facts: 3.6.1, 3.6.2, 3.5.10
#[test]
fn templates_have_limits() {
    let mut bench = Bench::new();
    let gateways = |count| {
        let members = many(count, |n| {
            format!("  G{n}: {{Type: AWS::EC2::InternetGateway}}")
        });
        format!("Resources:\n{members}\n")
    };
    let parameters = many(201, |n| format!("  P{n}: {{Type: String, Default: x}}"));
    let mappings = many(201, |n| format!("  M{n}: {{a: {{b: c}}}}"));
    let outputs = many(201, |n| format!("  O{n}: {{Value: x}}"));
    for (template, told) in [
        (
            gateways(501),
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            format!("Parameters:\n{parameters}\n{GATEWAY}"),
            "Number of parameters, 201",
        ),
        (
            format!("Mappings:\n{mappings}\n{GATEWAY}"),
            "Number of mappings, 201",
        ),
        (
            format!("{GATEWAY}\nOutputs:\n{outputs}\n"),
            "Number of outputs, 201",
        ),
        (
            format!("{GATEWAY}\n#{}", "x".repeat(51_200)),
            "Member must have length less than or equal to 51200",
        ),
        (
            format!("Description: {}\n{GATEWAY}", "x".repeat(1_025)),
            "1024",
        ),
    ] {
        let members = [("StackName", "s"), ("TemplateBody", template.as_str())];
        let refusal = bench.call("CreateStack", &members).unwrap_err();
        assert_eq!(refusal.0, "ValidationError");
        assert!(refusal.1.contains(told), "{}", refusal.1);
    }
    let most = gateways(500);
    let members = [("StackName", "s"), ("TemplateBody", most.as_str())];
    bench.call("CreateStack", &members).unwrap();
}

/// Facts: 3.6.3
#[test]
fn names_have_a_form() {
    let mut bench = Bench::new();
    let long = "s".repeat(129);
    for bad in ["1s", "a_b", "-a", "", long.as_str()] {
        let members = [("StackName", bad), ("TemplateBody", GATEWAY)];
        let refusal = bench.call("CreateStack", &members).unwrap_err();
        assert_eq!(refusal.0, "ValidationError");
        assert!(refusal.1.contains("'stackName'"), "{}", refusal.1);
    }
    bench.created(&"s".repeat(128), GATEWAY);
}

/// Facts: 3.6.4, 3.5.11, 3.2.14
#[test]
fn a_region_has_so_many_stacks() {
    let mut bench = Bench::of("[quotas]\nstacks = 2\n");
    bench.created("one", GATEWAY);
    let review = [
        ("StackName", "two"),
        ("TemplateBody", GATEWAY),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
    ];
    bench.call("CreateChangeSet", &review).unwrap();
    let third = [("StackName", "three"), ("TemplateBody", GATEWAY)];
    assert_eq!(
        bench.call("CreateStack", &third).unwrap_err(),
        (
            "LimitExceededException".to_owned(),
            "Limit for stack has been exceeded".to_owned()
        )
    );
    bench.settle();
    bench.delete("two");
    bench.settle();
    bench.call("CreateStack", &third).unwrap();
}

/// Facts: 3.5.4
#[test]
fn capabilities_are_asked_for() {
    let mut bench = Bench::new();
    let role = |name: &str| {
        format!(
            "Resources: {{Role: {{Type: AWS::IAM::Role, Properties: {{{name}AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: []}}}}}}}}"
        )
    };
    let (plain, named) = (role(""), role("RoleName: r, "));
    let macros = format!("Transform: AWS::LanguageExtensions\n{GATEWAY}");
    for (template, given, needed) in [
        (&plain, None, "CAPABILITY_IAM"),
        (&named, Some("CAPABILITY_IAM"), "CAPABILITY_NAMED_IAM"),
        (
            &macros,
            Some("CAPABILITY_NAMED_IAM"),
            "CAPABILITY_AUTO_EXPAND",
        ),
    ] {
        let mut members = vec![("StackName", "s"), ("TemplateBody", template.as_str())];
        members.extend(given.map(|given| ("Capabilities.member.1", given)));
        assert_eq!(
            bench.call("CreateStack", &members).unwrap_err(),
            (
                "InsufficientCapabilitiesException".to_owned(),
                format!("Requires capabilities : [{needed}]")
            )
        );
    }
    // Nobody expands macros here.
    let members = [
        ("StackName", "s"),
        ("TemplateBody", macros.as_str()),
        ("Capabilities.member.1", "CAPABILITY_AUTO_EXPAND"),
    ];
    assert!(bench.refused("CreateStack", &members).contains("Transform"));
    let members = [
        ("StackName", "s"),
        ("TemplateBody", plain.as_str()),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
    ];
    bench.call("CreateStack", &members).unwrap();
}
