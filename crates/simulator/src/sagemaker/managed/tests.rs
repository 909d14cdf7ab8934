use serde_json::{Value, json};

use crate::sagemaker::testing::Client;
use crate::service::Service;

/// Longer than any of them takes to be made or deleted.
const LONG: u64 = 2000;

fn group(name: &str) -> Value {
    json!({
        "FeatureGroupName": name, "RecordIdentifierFeatureName": "user", "EventTimeFeatureName": "at",
        "FeatureDefinitions": [
            {"FeatureName": "user", "FeatureType": "String"}, {"FeatureName": "at", "FeatureType": "Fractional"}],
        "RoleArn": Client::role(),
        "Tags": [{"Key": "team", "Value": "blue"}],
    })
}

fn online(name: &str) -> Value {
    let mut input = group(name);
    input["OnlineStoreConfig"] = json!({"EnableOnlineStore": true});
    input
}

fn offline(name: &str) -> Value {
    let mut input = group(name);
    input["OfflineStoreConfig"] = json!({"S3StorageConfig": {"S3Uri": "s3://bucket/features"}});
    input
}

fn server(name: &str) -> Value {
    json!({
        "TrackingServerName": name, "ArtifactStoreUri": "s3://bucket/runs", "RoleArn": Client::role(),
        "Tags": [{"Key": "team", "Value": "blue"}],
    })
}

fn app(name: &str) -> Value {
    json!({"Name": name, "ArtifactStoreUri": "s3://bucket/runs", "RoleArn": Client::role()})
}

/// ARNs of what the tagging API finds.
fn tagged(client: &mut Client) -> Vec<String> {
    let filter = json!({"TagFilters": [{"Key": "team", "Values": ["blue"]}]});
    let found = client
        .ask(Service::Tagging, "GetResources", &filter)
        .unwrap();
    let found = found["ResourceTagMappingList"].as_array().unwrap();
    let arns = found
        .iter()
        .map(|it| it["ResourceARN"].as_str().unwrap().to_owned());
    arns.collect()
}

/// Facts: 1.6.30
#[test]
fn only_a_description_tells_which_stores_a_feature_group_has() {
    let mut client = Client::new();
    let arn = client
        .call("CreateFeatureGroup", &online("Clicks"))
        .unwrap();
    let arn = arn["FeatureGroupArn"].as_str().unwrap().to_owned();
    assert!(arn.ends_with(":feature-group/clicks"), "{arn}");
    client
        .call("CreateFeatureGroup", &offline("history"))
        .unwrap();
    client.wait(LONG);
    for (name, is_online) in [(arn.as_str(), true), ("Clicks", true), ("history", false)] {
        let asked = json!({"FeatureGroupName": name});
        let told = client.call("DescribeFeatureGroup", &asked).unwrap();
        assert_eq!(told["FeatureGroupStatus"], "Created");
        let store = &told["OnlineStoreConfig"]["EnableOnlineStore"];
        assert_eq!(store == &json!(true), is_online, "{told}");
        let offline = &told["OfflineStoreStatus"]["Status"];
        assert_eq!(offline == "Active", !is_online, "{told}");
    }
    assert_eq!(tagged(&mut client).len(), 2);
    let found = json!({"Resource": "FeatureGroup"});
    let found = client.call("Search", &found).unwrap();
    assert_eq!(found["Results"].as_array().unwrap().len(), 2);
}

/// Facts: 1.6.31
#[test]
fn what_a_feature_group_is_made_from_fits_together() {
    let mut client = Client::new();
    let mut without_role = offline("one");
    without_role["RoleArn"] = Value::Null;
    let mut of_others = online("one");
    of_others["EventTimeFeatureName"] = json!("when");
    let mut counted = online("one");
    counted["FeatureDefinitions"][1]["FeatureType"] = json!("Integral");
    let mut reserved = online("one");
    reserved["FeatureDefinitions"][0]["FeatureName"] = json!("write_time");
    reserved["RecordIdentifierFeatureName"] = json!("write_time");
    for wrong in [group("one"), without_role, of_others, counted, reserved] {
        let (code, text) = client.call("CreateFeatureGroup", &wrong).unwrap_err();
        assert_eq!(code, "ValidationException", "{text}");
    }
    client.call("CreateFeatureGroup", &online("one")).unwrap();
    let again = client.call("CreateFeatureGroup", &online("one"));
    assert_eq!(again.unwrap_err().0, "ResourceInUse");
}

/// Facts: 1.6.32
#[test]
fn what_is_managed_stands_until_it_is_deleted() {
    for (kind, member, input) in [
        ("FeatureGroup", "FeatureGroupName", online("one")),
        ("MlflowTrackingServer", "TrackingServerName", server("one")),
        ("MlflowApp", "Arn", app("one")),
    ] {
        let mut client = Client::new();
        client.call(&format!("Create{kind}"), &input).unwrap();
        let rows = |client: &Client| client.rows(&format!("AWS::SageMaker::{kind}"));
        let row = rows(&client).remove(0);
        assert_eq!(row.status, "Creating");
        let mut one = json!({});
        one[member] = json!(row.id);
        let delete = format!("Delete{kind}");
        let (code, _) = client.call(&delete, &one).unwrap_err();
        assert_eq!(code, "ValidationException");
        client.wait(LONG);
        assert_eq!(rows(&client)[0].status, "Created");
        client.call(&delete, &one).unwrap();
        assert_eq!(rows(&client)[0].status, "Deleting");
        client.wait(LONG);
        assert!(rows(&client).is_empty());
        let describe = format!("Describe{kind}");
        let (code, _) = client.call(&describe, &one).unwrap_err();
        assert_eq!(code, "ResourceNotFound");
    }
}

#[test]
fn what_could_not_be_made_is_deleted_and_what_could_not_be_deleted_is_asked_again() {
    let mut client = Client::new();
    for operation in ["create", "delete"] {
        client.fault(json!({
            "match": {"type": "AWS::SageMaker::MlflowTrackingServer", "operation": operation, "times": 1},
            "effect": {"kind": "fail", "reason": "no"},
        }));
    }
    let one = json!({"TrackingServerName": "runs"});
    let status = |client: &mut Client| {
        let told = client.call("DescribeMlflowTrackingServer", &one).unwrap();
        (
            told["TrackingServerStatus"].clone(),
            told["IsActive"].clone(),
        )
    };
    client
        .call("CreateMlflowTrackingServer", &server("runs"))
        .unwrap();
    client.wait(LONG);
    assert_eq!(
        status(&mut client),
        (json!("CreateFailed"), json!("Inactive"))
    );
    for after in ["DeleteFailed", ""] {
        client.call("DeleteMlflowTrackingServer", &one).unwrap();
        client.wait(LONG);
        if !after.is_empty() {
            assert_eq!(status(&mut client).0, after);
        }
    }
    let left = client.rows("AWS::SageMaker::MlflowTrackingServer");
    assert!(left.is_empty());
}

/// Facts: 1.6.33
#[test]
fn mlflow_apps_are_listed_by_the_domain_whose_default_they_are() {
    let mut client = Client::new();
    let domain = client.domain("team");
    let mut own = app("board");
    own["DefaultDomainIdList"] = json!([domain]);
    client.call("CreateMlflowApp", &own).unwrap();
    // A name is no id.
    client.call("CreateMlflowApp", &app("board")).unwrap();
    let mut wrong = app("other");
    wrong["DefaultDomainIdList"] = json!(["d-absent"]);
    let (code, _) = client.call("CreateMlflowApp", &wrong).unwrap_err();
    assert_eq!(code, "ResourceNotFound");
    client.wait(LONG);
    for (filter, count) in [
        (json!({}), 2),
        (json!({"DefaultForDomainId": domain}), 1),
        (json!({"DefaultForDomainId": "d-other"}), 0),
        (json!({"Status": "Created"}), 2),
        (json!({"Status": "Creating"}), 0),
        (json!({"AccountDefaultStatus": "ENABLED"}), 0),
    ] {
        let listed = client.call("ListMlflowApps", &filter).unwrap();
        let found = listed["Summaries"].as_array().unwrap().len();
        assert_eq!(found, count, "{filter}");
    }
    assert!(
        client
            .call("ListMlflowApps", &json!({"Status": "Pending"}))
            .is_err()
    );
}
