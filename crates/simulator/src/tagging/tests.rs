//! Tagged resources over the wire.

use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::{Client, Refusal};
use crate::service::Service;

fn ask(client: &mut Client, action: &str, input: &Value) -> Result<Value, Refusal> {
    client.ask(Service::Tagging, action, input)
}

/// An index that shows everything at once.
fn prompt() -> Client {
    Client::with(Switches {
        tag_index_lags: false,
        ..Switches::default()
    })
}

fn model(client: &mut Client, name: &str, team: &str) {
    let input = json!({
        "ModelName": name, "ExecutionRoleArn": Client::role(), "PrimaryContainer": {"Image": "image"},
        "Tags": [{"Key": "team", "Value": team}],
    });
    client.call("CreateModel", &input).unwrap();
}

fn arn(name: &str) -> String {
    format!("arn:aws:sagemaker:us-east-1:111122223333:model/{name}")
}

/// ARNs of all pages.
fn found(client: &mut Client, input: &Value) -> Vec<String> {
    let (mut arns, mut input) = (Vec::new(), input.clone());
    loop {
        let page = ask(client, "GetResources", &input).unwrap();
        let items = page["ResourceTagMappingList"].as_array().unwrap();
        arns.extend(
            items
                .iter()
                .map(|item| item["ResourceARN"].as_str().unwrap().to_owned()),
        );
        let token = page["PaginationToken"].as_str().unwrap();
        if token.is_empty() {
            return arns;
        }
        input["PaginationToken"] = json!(token);
    }
}

fn log_group(client: &mut Client, name: &str) {
    let input = json!({"logGroupName": name, "tags": {"team": "blue"}});
    client.ask(Service::Logs, "CreateLogGroup", &input).unwrap();
}

/// Facts: 0.4
#[test]
fn resources_of_all_services_are_found_by_tag_and_type() {
    let mut client = prompt();
    model(&mut client, "a", "blue");
    model(&mut client, "b", "red");
    log_group(&mut client, "/a");
    let domain = client.domain("studio");
    let log_arn = "arn:aws:logs:us-east-1:111122223333:log-group:/a".to_owned();

    let filter = |key: &str, values: &[&str]| json!({"Key": key, "Values": values});
    let mut find = |input: Value| found(&mut client, &input);
    let blue = json!({"TagFilters": [filter("team", &["blue"])]});
    assert_eq!(find(blue), [log_arn.clone(), arn("a")]);
    let any =
        json!({"TagFilters": [filter("team", &[])], "ResourceTypeFilters": ["sagemaker:model"]});
    assert_eq!(find(any), [arn("a"), arn("b")]);
    let either = json!({"TagFilters": [filter("team", &["red", "green"])]});
    assert_eq!(find(either), [arn("b")]);
    let both = json!({"TagFilters": [filter("team", &["red"]), filter("cost", &[])]});
    assert_eq!(find(both), Vec::<String>::new());
    let listed = json!({"ResourceARNList": [arn("a"), arn("none")]});
    assert_eq!(find(listed), [arn("a")]);

    let mine = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}");
    let managed = filter("ManagedByAmazonSageMakerResource", &[&mine]);
    let groups =
        find(json!({"TagFilters": [managed], "ResourceTypeFilters": ["ec2:security-group"]}));
    assert_eq!(groups.len(), 2, "{groups:?}");
    let of_ec2 = find(json!({"TagFilters": [managed], "ResourceTypeFilters": ["ec2"]}));
    assert!(of_ec2.len() >= 2, "{of_ec2:?}");
    let volumes = find(json!({"TagFilters": [managed],
        "ResourceTypeFilters": ["elasticfilesystem:file-system"]}));
    assert_eq!(volumes.len(), 1);
}

/// Facts: 0.5
#[test]
fn pages_are_as_small_as_asked_for_and_tokens_expire() {
    let mut client = prompt();
    for name in ["a", "b", "c"] {
        model(&mut client, name, "blue");
    }
    let input = json!({"ResourcesPerPage": 1});
    assert_eq!(found(&mut client, &input), [arn("a"), arn("b"), arn("c")]);
    let page = ask(&mut client, "GetResources", &input).unwrap();
    let next = json!({"PaginationToken": page["PaginationToken"]});
    client.wait(16 * 60);
    let refused = ask(&mut client, "GetResources", &next).unwrap_err();
    assert_eq!(refused.0, "PaginationTokenExpiredException");
}

/// Facts: 0.6
#[test]
fn only_what_is_or_was_tagged_is_shown() {
    let mut client = prompt();
    model(&mut client, "a", "blue");
    let bare = json!({"ModelName": "bare", "ExecutionRoleArn": Client::role(), "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &bare).unwrap();
    let untag = json!({"ResourceARNList": [arn("a")], "TagKeys": ["team"]});
    ask(&mut client, "UntagResources", &untag).unwrap();
    let all = ask(&mut client, "GetResources", &json!({})).unwrap();
    assert_eq!(
        all["ResourceTagMappingList"],
        json!([{"ResourceARN": arn("a"), "Tags": []}])
    );
}

/// Facts: 0.7
#[test]
fn what_is_made_and_deleted_is_noticed_late() {
    let mut client = Client::new();
    model(&mut client, "a", "blue");
    log_group(&mut client, "/a");
    assert_eq!(found(&mut client, &json!({})), Vec::<String>::new());
    client.wait(120);
    assert_eq!(found(&mut client, &json!({})).len(), 2);
    client
        .call("DeleteModel", &json!({"ModelName": "a"}))
        .unwrap();
    let group = json!({"logGroupName": "/a"});
    client.ask(Service::Logs, "DeleteLogGroup", &group).unwrap();
    assert_eq!(found(&mut client, &json!({})).len(), 2);
    client.wait(120);
    assert_eq!(found(&mut client, &json!({})), Vec::<String>::new());
}

/// Facts: 0.8
#[test]
fn tags_are_set_and_taken_away_resource_by_resource() {
    let mut client = prompt();
    model(&mut client, "a", "blue");
    log_group(&mut client, "/a");
    let (vpc, _, group) = client.network();
    let ec2 = |kind: &str, id: &str| format!("arn:aws:ec2:us-east-1:111122223333:{kind}/{id}");
    let volume = json!({"CreationToken": "v"});
    let volume = client
        .efs("POST", "file-systems", "", Some(&volume))
        .unwrap();
    let good = [
        arn("a"),
        "arn:aws:logs:us-east-1:111122223333:log-group:/a".to_owned(),
        ec2("vpc", &vpc),
        ec2("security-group", &group),
        volume["FileSystemArn"].as_str().unwrap().to_owned(),
    ];
    let bad = [
        arn("none"),
        "arn:aws:sagemaker:eu-west-1:111122223333:model/a".to_owned(),
        "arn:aws:iam:us-east-1:111122223333:role/studio".to_owned(),
        "nonsense".to_owned(),
    ];
    let all: Vec<&String> = good.iter().chain(&bad).collect();
    let input = json!({"ResourceARNList": all, "Tags": {"cost": "1"}});
    let answer = ask(&mut client, "TagResources", &input).unwrap();
    let failed = answer["FailedResourcesMap"].as_object().unwrap();
    assert_eq!(failed.len(), bad.len(), "{failed:?}");
    assert_eq!(
        failed[&arn("none")]["ErrorCode"],
        json!("InvalidParameterException")
    );
    let tagged = json!({"TagFilters": [{"Key": "cost", "Values": ["1"]}]});
    assert_eq!(found(&mut client, &tagged).len(), good.len());
    let untag = json!({"ResourceARNList": good, "TagKeys": ["cost"]});
    let answer = ask(&mut client, "UntagResources", &untag).unwrap();
    assert_eq!(answer["FailedResourcesMap"], json!({}));
    assert_eq!(found(&mut client, &tagged), Vec::<String>::new());
}

/// Facts: 0.9
#[test]
fn keys_and_values_are_listed_once() {
    let mut client = prompt();
    model(&mut client, "a", "blue");
    model(&mut client, "b", "red");
    model(&mut client, "c", "red");
    let keys = ask(&mut client, "GetTagKeys", &json!({})).unwrap();
    assert_eq!(keys, json!({"PaginationToken": "", "TagKeys": ["team"]}));
    let values = ask(&mut client, "GetTagValues", &json!({"Key": "team"})).unwrap();
    assert_eq!(values["TagValues"], json!(["blue", "red"]));
}

/// Facts: 0.10
#[test]
fn what_the_model_does_not_allow_is_refused() {
    let mut client = prompt();
    let filters: Vec<Value> = (0..51).map(|n| json!({"Key": n.to_string()})).collect();
    for input in [
        json!({"IncludeComplianceDetails": true}),
        json!({"ResourcesPerPage": 0}),
        json!({"ResourcesPerPage": 101}),
        json!({"TagFilters": filters}),
        json!({"TagFilters": [{"Values": ["x"]}]}),
        json!({"ResourceTypeFilters": ["sagemaker:endpiont"]}),
        json!({"ResourceARNList": [arn("a")], "TagFilters": [{"Key": "team"}]}),
        json!({"ResourceARNList": [arn("a")], "ResourcesPerPage": 1}),
        json!({"ResourceARNList": ["a"]}),
        json!({"PaginationToken": "nonsense"}),
        json!({"Color": "red"}),
    ] {
        let refused = ask(&mut client, "GetResources", &input).unwrap_err();
        assert_eq!(refused.0, "InvalidParameterException", "{input}");
    }
}
