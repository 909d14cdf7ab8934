use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::Client;

/// A model in two subnets, its config and an endpoint that is being made.
pub(super) fn deploy(client: &mut Client) {
    let (_, subnets, group) = client.network();
    let model = json!({
        "ModelName": "llm", "ExecutionRoleArn": Client::role(),
        "PrimaryContainer": {"Image": "image", "Environment": {"A": "b"}},
        "VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..2]},
    });
    client.call("CreateModel", &model).unwrap();
    client.call("CreateEndpointConfig", &config("llm")).unwrap();
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm",
        "Tags": [{"Key": "team", "Value": "blue"}]});
    client.call("CreateEndpoint", &endpoint).unwrap();
}

pub(super) fn config(name: &str) -> Value {
    json!({"EndpointConfigName": name, "ProductionVariants": [
        {"VariantName": "all", "ModelName": "llm", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}]})
}

pub(super) fn describe(client: &mut Client) -> Result<Value, (String, String)> {
    client.call("DescribeEndpoint", &json!({"EndpointName": "llm"}))
}

pub(super) fn delete(client: &mut Client) -> Result<Value, (String, String)> {
    client.call("DeleteEndpoint", &json!({"EndpointName": "llm"}))
}

pub(super) fn interfaces(client: &Client) -> usize {
    let rows = client.rows("AWS::EC2::NetworkInterface");
    rows.iter()
        .filter(|row| row.parent.as_deref() == Some("llm"))
        .count()
}

/// Facts: 1.6.1
#[test]
fn an_endpoint_cannot_be_deleted_before_it_is_made() {
    let mut client = Client::new();
    deploy(&mut client);
    assert_eq!(describe(&mut client).unwrap()["EndpointStatus"], "Creating");
    let (code, text) = delete(&mut client).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(
        text.starts_with("Cannot update in-progress endpoint \"arn:aws:sagemaker"),
        "{text}"
    );
    client.wait(1300);
    assert_eq!(
        describe(&mut client).unwrap()["EndpointStatus"],
        "InService"
    );
    delete(&mut client).unwrap();
    let (_, text) = delete(&mut client).unwrap_err();
    assert!(
        text.starts_with("Cannot update in-progress endpoint"),
        "{text}"
    );
}

/// Facts: 1.6.6, 1.6.12
#[test]
fn interfaces_outlive_their_endpoint() {
    let mut client = Client::new();
    deploy(&mut client);
    assert_eq!(interfaces(&client), 2);
    client.wait(1300);
    delete(&mut client).unwrap();
    while describe(&mut client).is_ok() {
        client.wait(1);
    }
    assert_eq!(interfaces(&client), 2);
    client.wait(1600);
    assert_eq!(interfaces(&client), 0);
}

/// Facts: 1.6.11
#[test]
fn whose_interfaces_they_are() {
    for managed in [false, true] {
        let switches = Switches {
            endpoint_interfaces_requester_managed: managed,
            ..Switches::default()
        };
        let mut client = Client::with(switches);
        deploy(&mut client);
        let place = Client::place();
        let ec2 = &client.world.region(&place).ec2;
        for interface in ec2.interfaces.values() {
            assert!(interface.requester_id.ends_with(":SageMaker"));
            assert_eq!(interface.requester_managed, managed);
            let attachment = interface.attachment.as_ref().unwrap();
            assert!(attachment.id.starts_with("eni-attach-"));
            assert!(!attachment.delete_on_termination);
        }
    }
}

/// Facts: 1.6.1
#[test]
fn a_failed_endpoint_says_why_and_can_be_deleted() {
    let mut client = Client::new();
    client.fault(
        json!({"match": {"type": "AWS::SageMaker::Endpoint", "operation": "create"},
        "effect": {"kind": "fail", "reason": "The container crashed.", "seconds": 1440}}),
    );
    deploy(&mut client);
    client.wait(1400);
    assert!(delete(&mut client).is_err());
    client.wait(100);
    let shown = describe(&mut client).unwrap();
    assert_eq!(
        (&shown["EndpointStatus"], &shown["FailureReason"]),
        (&json!("Failed"), &json!("The container crashed."))
    );
    delete(&mut client).unwrap();
    client.wait(300);
    assert!(
        describe(&mut client)
            .unwrap_err()
            .1
            .contains("Could not find endpoint \"arn:")
    );
}

#[test]
fn an_update_brings_another_config() {
    let mut client = Client::new();
    deploy(&mut client);
    client.wait(1300);
    client
        .call("CreateEndpointConfig", &config("next"))
        .unwrap();
    let update = json!({"EndpointName": "llm", "EndpointConfigName": "next"});
    client.call("UpdateEndpoint", &update).unwrap();
    assert_eq!(describe(&mut client).unwrap()["EndpointStatus"], "Updating");
    assert_eq!(interfaces(&client), 4);
    assert!(delete(&mut client).is_err());
    client.wait(3000);
    let shown = describe(&mut client).unwrap();
    assert_eq!(
        (&shown["EndpointStatus"], &shown["EndpointConfigName"]),
        (&json!("InService"), &json!("next"))
    );
    assert_eq!(interfaces(&client), 2);
}

#[test]
fn an_update_that_fails_leaves_the_old_config() {
    let mut client = Client::new();
    deploy(&mut client);
    client.wait(1300);
    client.fault(
        json!({"match": {"type": "AWS::SageMaker::Endpoint", "operation": "update"},
        "effect": {"kind": "fail", "reason": "No capacity."}}),
    );
    client
        .call("CreateEndpointConfig", &config("next"))
        .unwrap();
    let update = json!({"EndpointName": "llm", "EndpointConfigName": "next"});
    client.call("UpdateEndpoint", &update).unwrap();
    client.wait(3000);
    let shown = describe(&mut client).unwrap();
    assert_eq!(
        (&shown["EndpointConfigName"], &shown["FailureReason"]),
        (&json!("llm"), &json!("No capacity."))
    );
    assert_eq!(interfaces(&client), 2);
}

/// Facts: 1.6.8
#[test]
fn nobody_checks_the_use_of_models_and_configs() {
    let mut client = Client::new();
    deploy(&mut client);
    client
        .call(
            "DeleteEndpointConfig",
            &json!({"EndpointConfigName": "llm"}),
        )
        .unwrap();
    client
        .call("DeleteModel", &json!({"ModelName": "llm"}))
        .unwrap();
    let again = client
        .call("DeleteModel", &json!({"ModelName": "llm"}))
        .unwrap_err();
    assert!(
        again.1.contains("Could not find model \"arn:"),
        "{}",
        again.1
    );
    client.wait(1300);
    delete(&mut client).unwrap();
}

/// Facts: 1.2.16
#[test]
fn what_an_endpoint_is_made_of_must_exist() {
    let mut client = Client::new();
    let (code, text) = client
        .call("CreateEndpointConfig", &config("llm"))
        .unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.contains("Could not find model"), "{text}");
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm"});
    let (_, text) = client.call("CreateEndpoint", &endpoint).unwrap_err();
    assert!(
        text.contains("Could not find endpoint configuration"),
        "{text}"
    );
}

/// An inference component of the name that runs something on an endpoint.
fn component(endpoint: &str, name: &str, source: &Value) -> Value {
    let mut specification = source.clone();
    specification["ComputeResourceRequirements"] = json!({"MinMemoryRequiredInMb": 1024});
    json!({
        "InferenceComponentName": name, "EndpointName": endpoint, "VariantName": "all",
        "Specification": specification, "RuntimeConfig": {"CopyCount": 1},
    })
}

/// Facts: 1.6.28
#[test]
fn an_inference_component_runs_something_on_an_endpoint_without_models() {
    let mut client = Client::new();
    deploy(&mut client);
    client.start_host("host");
    client.start_host("other");
    client.wait(1300);
    let mut create = |endpoint: &str, name: &str, source: Value| {
        let component = component(endpoint, name, &source);
        client.call("CreateInferenceComponent", &component)
    };
    let of_model = json!({"ModelName": "llm"});
    let (code, text) = create("llm", "model", of_model.clone()).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert_eq!(
        text,
        "Inference Components are not supported in this Endpoint. Please make sure this endpoint can deploy inference \
         components."
    );
    let (code, _) = create("host", "none", json!({})).unwrap_err();
    assert_eq!(code, "ValidationException");
    create("host", "model", of_model).unwrap();
    create("host", "image", json!({"Container": {"Image": "image"}})).unwrap();
    let of_nobody = json!({"BaseInferenceComponentName": "nobody"});
    let (code, text) = create("host", "adapter", of_nobody).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(
        text.starts_with("Could not find inference component"),
        "{text}"
    );
    let of_other = json!({"BaseInferenceComponentName": "model"});
    let (code, _) = create("other", "adapter", of_other.clone()).unwrap_err();
    assert_eq!(code, "ValidationException");
    create("host", "adapter", of_other).unwrap();
}

/// Facts: 1.6.10
#[test]
fn inference_components_go_before_their_endpoint() {
    let mut client = Client::new();
    client.start_host("llm");
    let component = component("llm", "part", &json!({"Container": {"Image": "image"}}));
    assert!(client.call("CreateInferenceComponent", &component).is_err());
    client.wait(1300);
    client.call("CreateInferenceComponent", &component).unwrap();
    let one = json!({"InferenceComponentName": "part"});
    assert!(client.call("DeleteInferenceComponent", &one).is_err());
    client.wait(700);
    assert_eq!(delete(&mut client).unwrap_err().0, "ValidationException");
    let listed = client
        .call(
            "ListInferenceComponents",
            &json!({"EndpointNameEquals": "llm"}),
        )
        .unwrap();
    assert_eq!(
        listed["InferenceComponents"][0]["InferenceComponentStatus"],
        "InService"
    );
    client.call("DeleteInferenceComponent", &one).unwrap();
    client.wait(300);
    assert!(client.call("DescribeInferenceComponent", &one).is_err());
    delete(&mut client).unwrap();
}

/// Facts: 1.6.28
#[test]
fn an_update_leaves_inference_components_their_variant() {
    let mut client = Client::new();
    deploy(&mut client);
    client.start_host("host");
    client.wait(1300);
    let component = component("host", "part", &json!({"ModelName": "llm"}));
    client.call("CreateInferenceComponent", &component).unwrap();
    client.wait(700);
    for (config, mut variant) in [
        ("larger", json!({"VariantName": "all"})),
        ("renamed", json!({"VariantName": "most"})),
        (
            "modelled",
            json!({"VariantName": "all", "ModelName": "llm"}),
        ),
    ] {
        variant["InstanceType"] = json!("ml.m5.xlarge");
        variant["InitialInstanceCount"] = json!(1);
        let config = json!({
            "EndpointConfigName": config, "ExecutionRoleArn": Client::role(), "ProductionVariants": [variant],
        });
        client.call("CreateEndpointConfig", &config).unwrap();
    }
    let update = |client: &mut Client, config: &str| {
        let update = json!({"EndpointName": "host", "EndpointConfigName": config});
        client.call("UpdateEndpoint", &update)
    };
    update(&mut client, "larger").unwrap();
    client.wait(3000);
    for config in ["renamed", "modelled"] {
        let (code, text) = update(&mut client, config).unwrap_err();
        assert_eq!(code, "ValidationException");
        assert!(text.contains("inference components"), "{text}");
    }
    let one = json!({"InferenceComponentName": "part"});
    client.call("DeleteInferenceComponent", &one).unwrap();
    assert!(update(&mut client, "renamed").is_err());
    client.wait(300);
    for config in ["renamed", "modelled"] {
        update(&mut client, config).unwrap();
        client.wait(3000);
    }
}

/// Facts: 8.12
#[test]
fn a_subnet_without_addresses_fails_the_endpoint() {
    let mut client = Client::new();
    deploy(&mut client);
    let place = Client::place();
    let (_, subnets, _) = client.network();
    client.wait(1300);
    delete(&mut client).unwrap();
    client.wait(3000);
    client.world.region(&place).ec2.subnets.remove(&subnets[0]);
    client
        .call(
            "CreateEndpoint",
            &json!({"EndpointName": "llm", "EndpointConfigName": "llm"}),
        )
        .unwrap();
    client.wait(1300);
    let shown = describe(&mut client).unwrap();
    assert_eq!(shown["EndpointStatus"], "Failed");
    assert!(
        shown["FailureReason"]
            .as_str()
            .unwrap()
            .contains(&subnets[0])
    );
}

#[test]
fn the_newest_comes_first() {
    let mut client = Client::new();
    deploy(&mut client);
    for name in ["b", "a"] {
        client.wait(10);
        client.call("CreateEndpointConfig", &config(name)).unwrap();
    }
    let names = |answer: &Value| -> Vec<String> {
        let items = answer["EndpointConfigs"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["EndpointConfigName"].as_str().unwrap().to_owned())
            .collect()
    };
    let listed = client.call("ListEndpointConfigs", &json!({})).unwrap();
    assert_eq!(names(&listed), ["a", "b", "llm"]);
    let listed = client.call(
        "ListEndpointConfigs",
        &json!({"SortBy": "Name", "SortOrder": "Descending", "MaxResults": 2}),
    );
    let listed = listed.unwrap();
    assert_eq!(names(&listed), ["llm", "b"]);
    let token = &listed["NextToken"];
    let more =
        json!({"SortBy": "Name", "SortOrder": "Descending", "MaxResults": 2, "NextToken": token});
    assert_eq!(
        names(&client.call("ListEndpointConfigs", &more).unwrap()),
        ["a"]
    );
}

#[test]
fn tags_are_kept_by_arn() {
    let mut client = Client::new();
    deploy(&mut client);
    let arn = describe(&mut client).unwrap()["EndpointArn"].clone();
    let revision = client.rows("AWS::SageMaker::Endpoint")[0].revision;
    let added = json!({"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "b"}]});
    client.call("AddTags", &added).unwrap();
    assert!(client.rows("AWS::SageMaker::Endpoint")[0].revision > revision);
    client
        .call(
            "DeleteTags",
            &json!({"ResourceArn": arn, "TagKeys": ["team"]}),
        )
        .unwrap();
    let listed = client
        .call("ListTags", &json!({"ResourceArn": arn}))
        .unwrap();
    assert_eq!(listed["Tags"], json!([{"Key": "a", "Value": "b"}]));
    assert!(
        client
            .call("ListTags", &json!({"ResourceArn": arn, "MaxResults": 49}))
            .is_err()
    );
    assert!(
        client
            .call("ListTags", &json!({"ResourceArn": "arn:aws:sagemaker:::x"}))
            .is_err()
    );
}
