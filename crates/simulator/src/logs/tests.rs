//! Log groups and streams over the wire.

use serde_json::{Value, json};

use crate::Switches;
use crate::row::Scope;
use crate::sagemaker::testing::{Client, Refusal};
use crate::service::Service;
use crate::world::Place;

type Answer = Result<Value, Refusal>;

fn logs(client: &mut Client, action: &str, input: &Value) -> Answer {
    client.ask(Service::Logs, action, input)
}

fn group(name: &str) -> Value {
    json!({"logGroupName": name})
}

fn stream(group: &str, name: &str) -> Value {
    json!({"logGroupName": group, "logStreamName": name})
}

fn with(mut input: Value, member: &str, value: impl Into<Value>) -> Value {
    input[member] = value.into();
    input
}

fn create(client: &mut Client, name: &str) {
    logs(client, "CreateLogGroup", &group(name)).unwrap();
}

/// Every value of a member over all pages, and how many pages there were.
fn all(client: &mut Client, action: &str, input: &Value, member: &str) -> (Vec<String>, usize) {
    let (list, name) = match action {
        "DescribeLogGroups" => ("logGroups", member),
        _ => ("logStreams", member),
    };
    let (mut found, mut pages, mut input) = (Vec::new(), 0, input.clone());
    loop {
        let page = logs(client, action, &input).unwrap();
        let items = page[list].as_array().unwrap();
        found.extend(
            items
                .iter()
                .map(|item| item[name].as_str().unwrap().to_owned()),
        );
        pages += 1;
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => return (found, pages),
        }
    }
}

fn names(client: &mut Client, input: &Value) -> Vec<String> {
    all(client, "DescribeLogGroups", input, "logGroupName").0
}

fn streams(client: &mut Client, input: &Value) -> Vec<String> {
    all(client, "DescribeLogStreams", input, "logStreamName").0
}

fn code(answer: Answer) -> String {
    answer.unwrap_err().0
}

/// An endpoint in service, with one variant.
fn serve(client: &mut Client, name: &str) {
    let role = Client::role();
    let model = json!({"ModelName": name, "ExecutionRoleArn": role, "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &model).unwrap();
    let variant = json!({"VariantName": "AllTraffic", "ModelName": name, "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1});
    let config = json!({"EndpointConfigName": name, "ProductionVariants": [variant]});
    client.call("CreateEndpointConfig", &config).unwrap();
    let endpoint = json!({"EndpointName": name, "EndpointConfigName": name});
    client.call("CreateEndpoint", &endpoint).unwrap();
    client.wait(2000);
}

/// Facts: 5.1
#[test]
fn a_group_is_made_shown_and_deleted() {
    let mut client = Client::new();
    create(&mut client, "/team/a");
    let shown = logs(&mut client, "DescribeLogGroups", &json!({})).unwrap();
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/team/a";
    assert_eq!(
        shown["logGroups"][0],
        json!({"logGroupName": "/team/a", "creationTime": 1_767_603_615_000_i64, "metricFilterCount": 0,
            "arn": format!("{arn}:*"), "logGroupArn": arn, "storedBytes": 0, "logGroupClass": "STANDARD"})
    );
    let again = logs(&mut client, "CreateLogGroup", &group("/team/a")).unwrap_err();
    assert_eq!(
        again,
        (
            "ResourceAlreadyExistsException".to_owned(),
            "The specified log group already exists".to_owned()
        )
    );
    let row = client.rows("AWS::Logs::LogGroup").remove(0);
    assert_eq!(
        (row.id.as_str(), row.scope),
        ("/team/a", Scope::Environment)
    );
    logs(&mut client, "DeleteLogGroup", &group("/team/a")).unwrap();
    let gone = logs(&mut client, "DeleteLogGroup", &group("/team/a")).unwrap_err();
    assert_eq!(
        gone,
        (
            "ResourceNotFoundException".to_owned(),
            "The specified log group does not exist.".to_owned()
        )
    );
}

/// Facts: 5.2
#[test]
fn groups_are_found_by_prefix_pattern_and_page() {
    let mut client = Client::new();
    for name in ["/b/two", "/a/one", "/b/one"] {
        create(&mut client, name);
    }
    let mut find = |input: Value| names(&mut client, &input);
    assert_eq!(find(json!({})), ["/a/one", "/b/one", "/b/two"]);
    assert_eq!(
        find(json!({"logGroupNamePrefix": "/b"})),
        ["/b/one", "/b/two"]
    );
    assert_eq!(
        find(json!({"logGroupNamePattern": "one"})),
        ["/a/one", "/b/one"]
    );
    assert_eq!(find(json!({"logGroupIdentifiers": ["/b/two"]})), ["/b/two"]);
    assert_eq!(
        find(json!({"logGroupClass": "DELIVERY"})),
        Vec::<String>::new()
    );
    client.world.largest_page = Some(1);
    let (found, pages) = all(&mut client, "DescribeLogGroups", &json!({}), "logGroupName");
    assert_eq!((found.len(), pages), (3, 3));
    let brief = json!({"logGroupNamePattern": "two"});
    let brief = logs(&mut client, "DescribeLogGroups", &brief).unwrap();
    assert_eq!(brief["logGroups"][0].as_object().unwrap().len(), 3);
}

/// Facts: 5.3
#[test]
fn what_the_model_does_not_allow_is_refused() {
    let mut client = Client::new();
    create(&mut client, "/a");
    for (action, input) in [
        ("CreateLogGroup", group("")),
        ("CreateLogGroup", group("with space")),
        ("CreateLogGroup", group("aws/mine")),
        (
            "CreateLogGroup",
            with(group("/b"), "logGroupClass", "GLACIER"),
        ),
        ("CreateLogGroup", with(group("/b"), "colour", "red")),
        ("DescribeLogGroups", json!({"limit": 51})),
        ("DescribeLogGroups", json!({"limit": 0})),
        ("DescribeLogGroups", json!({"nextToken": "%"})),
        (
            "DescribeLogGroups",
            json!({"logGroupNamePrefix": "/a", "logGroupNamePattern": "a"}),
        ),
        ("CreateLogStream", stream("/a", "a:b")),
        (
            "PutRetentionPolicy",
            with(group("/a"), "retentionInDays", 2),
        ),
        ("DescribeLogStreams", json!({})),
        ("DescribeLogStreams", with(group("/a"), "orderBy", "Size")),
        (
            "DescribeLogStreams",
            json!({"logGroupName": "/a", "orderBy": "LastEventTime", "logStreamNamePrefix": "x"}),
        ),
    ] {
        let refused = logs(&mut client, action, &input);
        assert_eq!(
            code(refused),
            "InvalidParameterException",
            "{action} {input}"
        );
    }
}

/// Facts: 5.4
#[test]
fn retention_and_tags_change_a_group() {
    let mut client = Client::new();
    create(&mut client, "/a");
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/a";
    let week = with(group("/a"), "retentionInDays", 7);
    logs(&mut client, "PutRetentionPolicy", &week).unwrap();
    let tags = json!({"resourceArn": arn, "tags": {"team": "blue", "cost": "1"}});
    logs(&mut client, "TagResource", &tags).unwrap();
    let untag = json!({"resourceArn": arn, "tagKeys": ["cost"]});
    logs(&mut client, "UntagResource", &untag).unwrap();
    let shown = logs(
        &mut client,
        "ListTagsForResource",
        &json!({"resourceArn": arn}),
    )
    .unwrap();
    assert_eq!(shown, json!({"tags": {"team": "blue"}}));
    let groups = logs(&mut client, "DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(groups["logGroups"][0]["retentionInDays"], json!(7));
    assert_eq!(client.rows("AWS::Logs::LogGroup")[0].revision, 4);
    logs(&mut client, "DeleteRetentionPolicy", &group("/a")).unwrap();
    let groups = logs(&mut client, "DescribeLogGroups", &json!({})).unwrap();
    assert!(groups["logGroups"][0].get("retentionInDays").is_none());

    let mut tag = |arn: String, key: &str| {
        let input = json!({"resourceArn": arn, "tags": {key: "v"}});
        code(logs(&mut client, "TagResource", &input))
    };
    assert_eq!(tag(format!("{arn}:*"), "k"), "InvalidParameterException");
    assert_eq!(tag(arn.to_owned(), "aws:k"), "InvalidParameterException");
    assert_eq!(tag(format!("{arn}b"), "k"), "ResourceNotFoundException");
    let many: Value = (0..50).map(|n| (n.to_string(), json!("v"))).collect();
    let many = json!({"resourceArn": arn, "tags": many});
    assert_eq!(
        code(logs(&mut client, "TagResource", &many)),
        "TooManyTagsException"
    );
}

/// Facts: 5.5
#[test]
fn streams_are_listed_in_either_order() {
    let mut client = Client::new();
    create(&mut client, "/a");
    let now = client.world.now().0;
    for (name, age) in [("x1", 10), ("x2", 30), ("y", 20)] {
        logs(&mut client, "CreateLogStream", &stream("/a", name)).unwrap();
        let events = json!([{"timestamp": now - age, "message": "hello"}]);
        let put = with(stream("/a", name), "logEvents", events);
        logs(&mut client, "PutLogEvents", &put).unwrap();
    }
    client.world.largest_page = Some(2);
    let mut list =
        |member: &str, value: Value| streams(&mut client, &with(group("/a"), member, value));
    assert_eq!(list("descending", json!(true)), ["y", "x2", "x1"]);
    assert_eq!(list("logStreamNamePrefix", json!("x")), ["x1", "x2"]);
    assert_eq!(list("orderBy", json!("LastEventTime")), ["x2", "y", "x1"]);
    let again = logs(&mut client, "CreateLogStream", &stream("/a", "y")).unwrap_err();
    assert_eq!(again.0, "ResourceAlreadyExistsException");
    assert_eq!(again.1, "The specified log stream already exists");
    logs(&mut client, "DeleteLogStream", &stream("/a", "y")).unwrap();
    let gone = logs(&mut client, "DeleteLogStream", &stream("/a", "y")).unwrap_err();
    assert_eq!(gone.1, "The specified log stream does not exist.");
    let lost = logs(&mut client, "DescribeLogStreams", &group("/b")).unwrap_err();
    assert_eq!(lost.1, "The specified log group does not exist.");
}

/// Facts: 5.6
#[test]
fn events_are_counted_and_those_of_other_times_are_rejected() {
    let mut client = Client::new();
    create(&mut client, "/a");
    logs(&mut client, "CreateLogStream", &stream("/a", "s")).unwrap();
    let now = client.world.now().0;
    let hour = 3_600_000;
    let event = |ago: i64| json!({"timestamp": now - ago, "message": "hello"});
    let mut put = |events: Value| {
        let input = with(stream("/a", "s"), "logEvents", events);
        logs(&mut client, "PutLogEvents", &input)
    };
    let taken = put(json!([event(hour), event(0), event(-3 * hour)])).unwrap();
    assert_eq!(
        taken["rejectedLogEventsInfo"],
        json!({"tooNewLogEventStartIndex": 2})
    );
    let old = put(json!([event(15 * 24 * hour)])).unwrap();
    assert_eq!(
        old["rejectedLogEventsInfo"],
        json!({"tooOldLogEventEndIndex": 1})
    );
    assert_eq!(
        code(put(json!([event(0), event(1)]))),
        "InvalidParameterException"
    );
    assert_eq!(
        code(put(json!([event(25 * hour), event(0)]))),
        "InvalidParameterException"
    );
    assert_eq!(code(put(json!([]))), "InvalidParameterException");
    let shown = logs(&mut client, "DescribeLogStreams", &group("/a")).unwrap();
    let shown = &shown["logStreams"][0];
    assert_eq!(
        (
            &shown["firstEventTimestamp"],
            &shown["lastEventTimestamp"],
            &shown["storedBytes"]
        ),
        (&json!(now - hour), &json!(now), &json!(0))
    );
    let groups = logs(&mut client, "DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(groups["logGroups"][0]["storedBytes"], json!(62));
}

/// Facts: 5.7
#[test]
fn an_endpoint_leaves_a_group_of_its_own() {
    let mut client = Client::new();
    serve(&mut client, "chat");
    let name = "/aws/sagemaker/Endpoints/chat";
    assert_eq!(names(&mut client, &json!({})), [name]);
    let found = streams(&mut client, &group(name));
    assert!(
        found.len() == 1 && found[0].starts_with("AllTraffic/i-"),
        "{found:?}"
    );
    client
        .call("DeleteEndpoint", &json!({"EndpointName": "chat"}))
        .unwrap();
    client.wait(2000);
    assert!(client.rows("AWS::SageMaker::Endpoint").is_empty());
    let row = client.rows("AWS::Logs::LogGroup").remove(0);
    assert_eq!((row.id.as_str(), row.scope), (name, Scope::Account));
    let parts = client.rows("AWS::Logs::LogStream");
    assert_eq!(parts[0].parent.as_deref(), Some(name));
    logs(&mut client, "DeleteLogGroup", &group(name)).unwrap();
    assert!(client.rows("AWS::Logs::LogStream").is_empty());
}

/// Facts: 5.7
#[test]
fn whether_endpoints_leave_groups_is_a_switch() {
    let mut client = Client::with(Switches {
        endpoints_leave_log_groups: false,
        ..Switches::default()
    });
    serve(&mut client, "chat");
    assert_eq!(names(&mut client, &json!({})), Vec::<String>::new());
}

/// Facts: 5.8
#[test]
fn an_inference_component_leaves_a_group_of_its_own() {
    let mut client = Client::new();
    client.start_host("chat");
    client.wait(2000);
    let needs = json!({"MinMemoryRequiredInMb": 1024});
    let component = json!({"InferenceComponentName": "part", "EndpointName": "chat", "VariantName": "all",
        "Specification": {"Container": {"Image": "image"}, "ComputeResourceRequirements": needs},
        "RuntimeConfig": {"CopyCount": 1}});
    client.call("CreateInferenceComponent", &component).unwrap();
    client.wait(1000);
    let name = "/aws/sagemaker/InferenceComponents/part";
    assert!(names(&mut client, &json!({})).contains(&name.to_owned()));
    assert!(streams(&mut client, &group(name))[0].starts_with("all/i-"));
}

/// Facts: 5.9
#[test]
fn studios_group_is_shared_and_its_streams_say_whose_they_are() {
    let mut client = Client::new();
    let domain = client.studio();
    let groups = client.rows("AWS::Logs::LogGroup");
    assert_eq!(groups.len(), 1);
    assert_eq!(
        (groups[0].id.as_str(), groups[0].scope),
        ("/aws/sagemaker/studio", Scope::Account)
    );
    let stream = format!("{domain}/lab/JupyterLab/default");
    let found = streams(&mut client, &group("/aws/sagemaker/studio"));
    assert_eq!(found, [stream.as_str()]);
    let row = client.rows("AWS::Logs::LogStream").remove(0);
    assert_eq!(row.id, format!("/aws/sagemaker/studio:{stream}"));
    assert_eq!(
        (row.scope, row.parent.as_deref()),
        (Scope::Account, Some("/aws/sagemaker/studio"))
    );
}

/// Facts: 5.10
#[test]
fn before_anybody_wrote_there_is_no_group() {
    let mut client = Client::new();
    assert_eq!(names(&mut client, &json!({})), Vec::<String>::new());
    assert!(client.rows("AWS::Logs::LogGroup").is_empty());
}

/// A call of CloudFormation: its body, and whether it was accepted.
fn template(retention: u32, policy: &str) -> String {
    let properties = format!("{{LogGroupName: /team/app, RetentionInDays: {retention}}}");
    format!(
        "{{Resources: {{Group: {{Type: AWS::Logs::LogGroup, {policy} Properties: {properties}}}}}, \
         Outputs: {{Arn: {{Value: !GetAtt Group.Arn}}}}}}"
    )
}

fn make_stack(client: &mut Client, name: &str, template: &str) {
    let members = [("StackName", name), ("TemplateBody", template)];
    client.stack("CreateStack", &members);
    client.wait(100);
}

/// Facts: 5.11
#[test]
fn a_stack_makes_changes_and_deletes_a_group() {
    let mut client = Client::new();
    make_stack(&mut client, "logs", &template(7, ""));
    let shown = client.stack("DescribeStacks", &[]);
    assert!(shown.contains("CREATE_COMPLETE"), "{shown}");
    assert!(shown.contains("log-group:/team/app:*"), "{shown}");
    let row = client.rows("AWS::Logs::LogGroup").remove(0);
    assert_eq!(row.stack.as_deref(), Some("logs"));
    assert_eq!(row.tags["aws:cloudformation:logical-id"], "Group");
    let month = template(30, "");
    let members = [("StackName", "logs"), ("TemplateBody", month.as_str())];
    client.stack("UpdateStack", &members);
    client.wait(100);
    let groups = logs(&mut client, "DescribeLogGroups", &json!({})).unwrap();
    assert_eq!(groups["logGroups"][0]["retentionInDays"], json!(30));
    make_stack(&mut client, "second", &template(7, ""));
    let events = client.stack("DescribeStackEvents", &[("StackName", "second")]);
    assert!(
        events.contains("HandlerErrorCode: AlreadyExists"),
        "{events}"
    );
    client.stack("DeleteStack", &[("StackName", "logs")]);
    client.wait(100);
    assert!(client.rows("AWS::Logs::LogGroup").is_empty());
}

/// Facts: 5.11
#[test]
fn a_group_that_is_to_be_retained_outlives_its_stack() {
    let mut client = Client::new();
    make_stack(&mut client, "logs", &template(7, "DeletionPolicy: Retain,"));
    client.stack("DeleteStack", &[("StackName", "logs")]);
    client.wait(100);
    let row = client.rows("AWS::Logs::LogGroup").remove(0);
    assert_eq!((row.id.as_str(), row.stack), ("/team/app", None));
}

/// Facts: 5.12
#[test]
fn a_call_in_the_middle_of_a_stacks_work_is_aborted() {
    let mut client = Client::new();
    let place = Place::new(crate::service::ACCOUNT, "us-east-1");
    client.world.region(&place);
    client.fault(json!({
        "match": {"type": "AWS::Logs::LogGroup", "operation": "create"}, "effect": {"kind": "take", "seconds": 60}
    }));
    let members = [("StackName", "logs"), ("TemplateBody", &template(7, ""))];
    client.stack("CreateStack", &members);
    client.wait(20);
    let aborted = logs(&mut client, "DeleteLogGroup", &group("/team/app")).unwrap_err();
    assert_eq!(aborted.0, "OperationAbortedException");
    client.wait(100);
    logs(&mut client, "DeleteLogGroup", &group("/team/app")).unwrap();
}
