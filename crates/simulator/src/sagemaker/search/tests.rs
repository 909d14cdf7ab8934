use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::Client;

fn make(client: &mut Client, name: &str, team: &str) {
    let model = json!({
        "ModelName": name, "PrimaryContainer": {"Image": "image"},
        "Tags": [{"Key": "team", "Value": team}],
    });
    client.call("CreateModel", &model).unwrap();
}

fn filtered(name: &str, operator: &str, value: Option<&str>) -> Value {
    let mut filter = json!({"Name": name, "Operator": operator});
    if let Some(value) = value {
        filter["Value"] = json!(value);
    }
    json!({"Resource": "Model", "SortBy": "ModelName", "SortOrder": "Ascending",
        "SearchExpression": {"Filters": [filter]}})
}

fn names(client: &mut Client, input: &Value) -> Vec<String> {
    let found = client.call("Search", input).unwrap();
    let results = found["Results"].as_array().unwrap().clone();
    let name = |result: &Value| {
        result["Model"]["Model"]["ModelName"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    results.iter().map(name).collect()
}

#[test]
fn search_finds_by_tag_and_by_property() {
    let mut client = Client::new();
    make(&mut client, "a", "blue");
    make(&mut client, "b", "red");
    client.wait(90);
    let blue = filtered("Tags.team", "Equals", Some("blue"));
    assert_eq!(names(&mut client, &blue), ["a"]);
    let found = client.call("Search", &blue).unwrap();
    let model = &found["Results"][0]["Model"]["Model"];
    assert_eq!(model["Tags"], json!([{"Key": "team", "Value": "blue"}]));
    let untagged = filtered("Tags.team", "NotExists", None);
    assert!(names(&mut client, &untagged).is_empty());
    let named = filtered("ModelName", "Contains", Some("b"));
    assert_eq!(names(&mut client, &named), ["b"]);
    let unknown = filtered("Colour", "Exists", None);
    assert!(client.call("Search", &unknown).is_err());
    let all = json!({"Resource": "Model", "SortBy": "ModelName", "MaxResults": 1});
    assert_eq!(names(&mut client, &all), ["b"]);
    let token = client.call("Search", &all).unwrap()["NextToken"].clone();
    let next = json!({"Resource": "Model", "SortBy": "ModelName", "NextToken": token});
    assert_eq!(names(&mut client, &next), ["a"]);
}

/// Facts: 1.6.23, F.13
#[test]
fn the_index_lags_behind() {
    for lags in [true, false] {
        let mut client = Client::with(Switches {
            tag_index_lags: lags,
            ..Switches::default()
        });
        let blue = filtered("Tags.team", "Equals", Some("blue"));
        make(&mut client, "a", "blue");
        assert_eq!(names(&mut client, &blue).is_empty(), lags);
        client.wait(90);
        assert_eq!(names(&mut client, &blue), ["a"]);
        let arn = client.rows("AWS::SageMaker::Model")[0].arn.clone();
        let red = json!({"ResourceArn": arn, "Tags": [{"Key": "team", "Value": "red"}]});
        client.call("AddTags", &red).unwrap();
        assert_eq!(names(&mut client, &blue).is_empty(), !lags);
        client.wait(90);
        assert!(names(&mut client, &blue).is_empty());
        let model = json!({"ModelName": "a"});
        client.call("DeleteModel", &model).unwrap();
        let red = filtered("Tags.team", "Equals", Some("red"));
        assert_eq!(names(&mut client, &red).is_empty(), !lags);
        client.wait(90);
        assert!(names(&mut client, &red).is_empty());
    }
}

/// Facts: 1.6.26
#[test]
fn kinds_without_resources_give_nothing_and_unknown_ones_are_refused() {
    let mut client = Client::new();
    for known in ["Project", "FeatureGroup", "PipelineExecution"] {
        let found = client.call("Search", &json!({"Resource": known})).unwrap();
        assert_eq!(found["Results"], json!([]));
    }
    let unknown = json!({"Resource": "EndpointConfig"});
    let (code, text) = client.call("Search", &unknown).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.contains("HyperParameterTuningJob"), "{text}");
}

/// Facts: 1.6.24
#[test]
fn lists_tell_neither_tags_nor_networks() {
    let mut client = Client::new();
    make(&mut client, "a", "blue");
    let listed = client.call("ListModels", &json!({})).unwrap();
    let members: Vec<&String> = listed["Models"][0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["ModelName", "ModelArn", "CreationTime"]);
}

#[test]
fn a_models_record_shows_where_it_is_hosted() {
    for shows in [true, false] {
        let mut client = Client::with(Switches {
            model_records_show_endpoints: shows,
            ..Switches::default()
        });
        make(&mut client, "a", "blue");
        make(&mut client, "b", "blue");
        client.wait(90);
        let config = json!({"EndpointConfigName": "c", "ProductionVariants": [{
            "VariantName": "v", "ModelName": "a",
            "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
        }]});
        client.call("CreateEndpointConfig", &config).unwrap();
        let endpoint = json!({"EndpointName": "e", "EndpointConfigName": "c"});
        client.call("CreateEndpoint", &endpoint).unwrap();
        client.wait(100);
        let hosts = |client: &mut Client| -> Vec<Value> {
            let all = json!({"Resource": "Model", "SortBy": "ModelName", "SortOrder": "Ascending"});
            let found = client.call("Search", &all).unwrap();
            let results = found["Results"].as_array().unwrap();
            results
                .iter()
                .map(|it| it["Model"]["Endpoints"].clone())
                .collect()
        };
        if !shows {
            assert_eq!(hosts(&mut client), [Value::Null, Value::Null]);
            continue;
        }
        assert_eq!(
            hosts(&mut client),
            [json!([]), json!([])],
            "it is being created"
        );
        client.wait(1300);
        let listed = client.call("ListEndpoints", &json!({})).unwrap();
        let listed = &listed["Endpoints"][0];
        let found = hosts(&mut client);
        assert_eq!(found[1], json!([]));
        assert_eq!(found[0][0], *listed);
        let endpoints = json!({"Resource": "Endpoint"});
        let found = client.call("Search", &endpoints).unwrap();
        let record = found["Results"][0].as_object().unwrap();
        assert_eq!(record.keys().collect::<Vec<_>>(), ["Endpoint"]);
    }
}
