//! Updates: in place, by replacement, cleaned up, and back again.

use super::*;

/// A gateway and a VPC that carries the gateway's id.
fn network(cidr: &str, more: &str) -> String {
    format!(
        "
Resources:
  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: {cidr}}}{more}}}
  Subnet: {{Type: AWS::EC2::Subnet, Properties: {{VpcId: !Ref Vpc, CidrBlock: {}}}{more}}}
",
        cidr.replace("/16", "/24")
    )
}

/// Facts: 3.3.12
#[test]
fn a_replacement_is_cleaned_up_dependents_first() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let before = bench.events(&arn).len();
    bench.update("net", &network("10.1.0.0/16", "")).unwrap();
    bench.settle();
    assert_eq!(
        bench.history(&arn, before),
        [
            "net UPDATE_IN_PROGRESS",
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_COMPLETE",
            "Subnet UPDATE_IN_PROGRESS",
            "Subnet UPDATE_IN_PROGRESS",
            "Subnet UPDATE_COMPLETE",
            "net UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "Subnet DELETE_IN_PROGRESS",
            "Subnet DELETE_COMPLETE",
            "Vpc DELETE_IN_PROGRESS",
            "Vpc DELETE_COMPLETE",
            "net UPDATE_COMPLETE",
        ]
    );
    assert_eq!(bench.rows("AWS::EC2::VPC").len(), 1);
}

#[test]
fn policies_keep_what_is_replaced_or_dropped() {
    let mut bench = Bench::new();
    let keeping = ", UpdateReplacePolicy: Retain, DeletionPolicy: Retain";
    bench.created("net", &network("10.0.0.0/16", keeping));
    bench
        .update("net", &network("10.1.0.0/16", keeping))
        .unwrap();
    bench.settle();
    assert_eq!(bench.rows("AWS::EC2::VPC").len(), 2);
    let arn = text(&bench.update("net", GATEWAY).unwrap(), "StackId");
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_COMPLETE");
    assert_eq!(bench.rows("AWS::EC2::VPC").len(), 2);
    let skipped = bench
        .history(&arn, 0)
        .into_iter()
        .filter(|it| it.ends_with("DELETE_SKIPPED"));
    assert_eq!(skipped.count(), 4);
}

/// Facts: 3.3.14
#[test]
fn a_failed_update_goes_back() {
    let mut bench = Bench::new();
    let arn = bench.created("net", NETWORK);
    let vpc = bench.physical("net", "Vpc");
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::InternetGateway"}, "effect": {"kind": "fail", "seconds": 2}}"#,
    );
    let before = bench.events(&arn).len();
    let changed = network("10.1.0.0/16", "") + "  Gateway: {Type: AWS::EC2::InternetGateway}\n";
    bench.update("net", &changed).unwrap();
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(bench.physical("net", "Vpc"), vpc);
    assert_eq!(bench.rows("AWS::EC2::VPC"), [vpc]);
    let history = bench.history(&arn, before);
    // Whatever the queue held for the update is void: nothing is completed after the rollback has begun.
    let rollback = history
        .iter()
        .position(|it| it == "net UPDATE_ROLLBACK_IN_PROGRESS")
        .unwrap();
    let after: Vec<&String> = history[rollback + 1..]
        .iter()
        .filter(|it| !it.starts_with("net"))
        .collect();
    assert!(
        after.iter().all(|it| it.contains("DELETE_")),
        "{history:#?}"
    );
    bench.deleted("net");
}

#[test]
fn a_change_in_place_is_changed_back_once() {
    let mut bench = Bench::new();
    let template = |names: bool, more: &str| {
        format!(
            "Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {names}}}}}\n{more}"
        )
    };
    let arn = bench.created("net", &template(false, ""));
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::InternetGateway"}, "effect": {"kind": "fail", "seconds": 60}}"#,
    );
    let before = bench.events(&arn).len();
    let more = "  Gateway: {Type: AWS::EC2::InternetGateway}\n";
    bench.update("net", &template(true, more)).unwrap();
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_COMPLETE");
    let vpc: Vec<String> = bench
        .history(&arn, before)
        .into_iter()
        .filter(|it| it.starts_with("Vpc"))
        .collect();
    assert_eq!(
        vpc,
        [
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_COMPLETE",
            "Vpc UPDATE_IN_PROGRESS",
            "Vpc UPDATE_COMPLETE"
        ]
    );
}

/// Facts: 3.4.4, 3.4.9
#[test]
fn imports_shrink_with_the_template() {
    let mut bench = Bench::new();
    bench.created("one", EXPORTER);
    bench.created("two", IMPORTER);
    let refusal = |bench: &mut Bench| {
        bench
            .call("ListImports", &[("ExportName", "gateway")])
            .err()
    };
    assert!(refusal(&mut bench).is_none());
    let without = "Resources: {Other: {Type: AWS::EC2::InternetGateway}}";
    bench.update("two", without).unwrap();
    bench.settle();
    assert_eq!(
        refusal(&mut bench).unwrap().1,
        "Export 'gateway' is not imported by any stack."
    );
    // And an export that nobody imports may go.
    bench
        .update("one", &format!("{GATEWAY}\nOutputs: {{Id: {{Value: x}}}}"))
        .unwrap();
    bench.settle();
    assert_eq!(bench.status("one"), "UPDATE_COMPLETE");
}

/// Facts: 3.4.5
#[test]
fn an_export_in_use_is_neither_dropped_nor_changed() {
    let mut bench = Bench::new();
    let arn = bench.created("one", EXPORTER);
    bench.created("two", IMPORTER);
    bench
        .update("one", &format!("{GATEWAY}\nOutputs: {{Id: {{Value: x}}}}"))
        .unwrap();
    bench.settle();
    assert_eq!(bench.status("one"), "UPDATE_ROLLBACK_COMPLETE");
    let told = bench
        .events(&arn)
        .into_iter()
        .find(|it| it.1 == "UPDATE_ROLLBACK_IN_PROGRESS");
    assert_eq!(
        told.unwrap().2,
        "Export gateway cannot be deleted as it is in use by two"
    );
}

/// Facts: 3.5.2
#[test]
fn only_what_changes_something_is_an_update() {
    let mut bench = Bench::new();
    bench.created("s", GATEWAY);
    let same = "Description: said otherwise\nResources:\n  Gateway:\n    Type: AWS::EC2::InternetGateway\n";
    assert_eq!(
        bench.update("s", same).unwrap_err().1,
        "No updates are to be performed."
    );
    bench
        .update(
            "s",
            &format!("{GATEWAY}\nOutputs: {{Id: {{Value: !Ref Gateway}}}}"),
        )
        .unwrap();
    bench.settle();
    assert_eq!(
        bench.output("s", "Id"),
        Some(bench.physical("s", "Gateway"))
    );
}

#[test]
fn the_stacks_tags_reach_its_resources() {
    let mut bench = Bench::new();
    let arn = bench.created("s", GATEWAY);
    let tagged = |key| {
        [
            ("StackName", "s"),
            ("UsePreviousTemplate", "true"),
            ("Tags.member.1.Key", key),
            ("Tags.member.1.Value", "v"),
        ]
    };
    let before = bench.events(&arn).len();
    bench.call("UpdateStack", &tagged("team")).unwrap();
    bench.settle();
    let history = bench.history(&arn, before);
    assert!(
        history.contains(&"Gateway UPDATE_COMPLETE".to_owned()),
        "{history:?}"
    );
    let tags = |bench: &Bench| {
        let row = bench
            .world
            .rows()
            .into_iter()
            .find(|row| row.kind == GATEWAYS);
        row.unwrap().tags
    };
    assert_eq!(tags(&bench)["team"], "v");
    bench.call("UpdateStack", &tagged("owner")).unwrap();
    bench.settle();
    assert_eq!(tags(&bench)["owner"], "v");
    assert!(!tags(&bench).contains_key("team"));
    let refusal = bench.refused("UpdateStack", &tagged("owner"));
    assert_eq!(refusal, "No updates are to be performed.");
}

#[test]
fn every_type_that_takes_tags_gets_the_stacks() {
    let mut bench = Bench::new();
    let template = format!(
        "{NETWORK}  Table: {{Type: AWS::EC2::RouteTable, Properties: {{VpcId: !Ref Vpc}}}}
  Group: {{Type: AWS::EC2::SecurityGroup, Properties: {{VpcId: !Ref Vpc, GroupDescription: d}}}}
  Acl: {{Type: AWS::EC2::NetworkAcl, Properties: {{VpcId: !Ref Vpc}}}}
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.${{AWS::Region}}.s3
      RouteTableIds: [!Ref Table]
  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{Service: sagemaker.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}}}}}
  Volume: {{Type: AWS::EFS::FileSystem}}
  Access: {{Type: AWS::EFS::AccessPoint, Properties: {{FileSystemId: !Ref Volume}}}}
"
    );
    let with = |value| {
        [
            ("StackName", "s"),
            ("TemplateBody", template.as_str()),
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", value),
        ]
    };
    bench.call("CreateStack", &with("a")).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "CREATE_COMPLETE");
    bench.call("UpdateStack", &with("b")).unwrap();
    bench.settle();
    assert_eq!(bench.status("s"), "UPDATE_COMPLETE");
    let rows = bench.world.rows();
    let members: Vec<_> = rows
        .iter()
        .filter(|row| row.stack.as_deref() == Some("s"))
        .collect();
    assert_eq!(members.len(), 9);
    for row in members {
        assert_eq!(
            row.tags.get("team").map(String::as_str),
            Some("b"),
            "{}",
            row.kind
        );
    }
}

#[test]
fn a_subnet_moves_to_another_route_table_in_place() {
    let mut bench = Bench::new();
    let template = |table: &str| {
        format!(
            "{NETWORK}  One: {{Type: AWS::EC2::RouteTable, Properties: {{VpcId: !Ref Vpc}}}}
  Two: {{Type: AWS::EC2::RouteTable, Properties: {{VpcId: !Ref Vpc}}}}
  Use:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {{SubnetId: !Ref Subnet, RouteTableId: !Ref {table}}}
"
        )
    };
    let arn = bench.created("net", &template("One"));
    let id = bench.physical("net", "Use");
    let before = bench.events(&arn).len();
    bench.update("net", &template("Two")).unwrap();
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_COMPLETE");
    let history = bench.history(&arn, before);
    assert!(
        !history.iter().any(|it| it.contains("DELETE_")),
        "{history:?}"
    );
    let now = bench.physical("net", "Use");
    assert_ne!(now, id);
    let two = bench.physical("net", "Two");
    let state = &bench.world.region(&Bench::place()).ec2;
    assert_eq!(state.association(&now).unwrap().0, two);
    bench.deleted("net");
}

#[test]
fn a_deletion_takes_over_from_a_clean_up() {
    let mut bench = Bench::of("[switches]\ndelete-during-rollback-refused = false\n");
    let arn = bench.created("net", NETWORK);
    bench.update("net", &network("10.1.0.0/16", "")).unwrap();
    bench.until(&arn, "Subnet", "DELETE_IN_PROGRESS");
    bench.deleted("net");
    assert!(bench.rows("AWS::EC2::VPC").is_empty() && bench.rows("AWS::EC2::Subnet").is_empty());
}

#[test]
fn what_a_failed_rollback_left_goes_with_the_stack() {
    let mut bench = Bench::new();
    let template = |names: bool, more: &str| {
        format!(
            "Resources:\n  Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.0.0.0/16, EnableDnsHostnames: {names}}}}}\n{more}"
        )
    };
    bench.created("net", &template(false, ""));
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::RouteTable"}, "effect": {"kind": "fail", "seconds": 60}}"#,
    );
    bench.fault(
        r#"{"match": {"type": "AWS::EC2::VPC", "operation": "update", "nth": 2}, "effect": {"kind": "fail"}}"#,
    );
    let more = "  Gateway: {Type: AWS::EC2::InternetGateway}\n  Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}\n";
    bench.update("net", &template(true, more)).unwrap();
    bench.settle();
    assert_eq!(bench.status("net"), "UPDATE_ROLLBACK_FAILED");
    assert_eq!(bench.rows(GATEWAYS).len(), 1);
    bench.world.faults().clear();
    bench.deleted("net");
    assert!(bench.rows(GATEWAYS).is_empty() && bench.rows("AWS::EC2::VPC").is_empty());
}

/// Facts: 3.4.6
#[test]
fn an_export_in_use_keeps_its_value() {
    let mut bench = Bench::new();
    let arn = bench.created("one", EXPORTER);
    bench.created("two", IMPORTER);
    bench
        .update("one", &EXPORTER.replace("!Ref Gateway", "x"))
        .unwrap();
    bench.settle();
    assert_eq!(bench.status("one"), "UPDATE_ROLLBACK_COMPLETE");
    let told =
        "one UPDATE_ROLLBACK_IN_PROGRESS: Export gateway cannot be updated as it is in use by two";
    assert!(bench.story(&arn, 0).iter().any(|it| it == told));
}

/// Facts: 3.4.4
#[test]
fn only_what_was_resolved_is_an_import() {
    let mut bench = Bench::new();
    bench.created("one", EXPORTER);
    bench.created(
        "two",
        "
Description: it could say !ImportValue gateway
Conditions: {Never: !Equals [a, b]}
Resources:
  Other:
    Type: AWS::EC2::InternetGateway
    Properties: {Tags: [{Key: other, Value: !If [Never, !ImportValue gateway, none]}]}
",
    );
    let imports = [("ExportName", "gateway")];
    assert_eq!(
        bench.refused("ListImports", &imports),
        "Export 'gateway' is not imported by any stack."
    );
    bench.deleted("one");
}

/// Facts: 3.4.8, 3.4.10
#[test]
fn an_update_looks_for_its_imports_before_it_changes_anything() {
    let mut bench = Bench::new();
    let gateway = "Resources:\n  Gateway: {Type: AWS::EC2::InternetGateway}\n";
    let arn = bench.created("two", gateway);
    let more = "  Other: {Type: AWS::EC2::InternetGateway}\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    \
                Properties: {GroupDescription: apps, VpcId: !ImportValue nobodys}\n";
    let seen = bench.story(&arn, 0).len();
    bench.update("two", &format!("{gateway}{more}")).unwrap();
    bench.settle();
    let story = bench.story(&arn, seen);
    assert_eq!(
        story.get(1).map(String::as_str),
        Some("two UPDATE_ROLLBACK_IN_PROGRESS: No export named nobodys found.")
    );
    assert!(
        !story.iter().any(|it| it.starts_with("Other")),
        "{story:#?}"
    );
    assert_eq!(bench.status("two"), "UPDATE_ROLLBACK_COMPLETE");
}

/// Facts: 3.4.8
#[test]
fn an_import_of_nothing_fails() {
    let mut bench = Bench::new();
    let arn = bench.create("two", IMPORTER);
    bench.settle();
    assert_eq!(bench.status(&arn), "ROLLBACK_COMPLETE");
    let story = bench.story(&arn, 0);
    assert!(
        story
            .iter()
            .any(|it| it.contains("No export named gateway found")),
        "{story:#?}"
    );
}
