//! What leads an endpoint from one status to another, and what is refused meanwhile.

use serde_json::{Value, json};

use super::tests::{config, delete, deploy, describe, interfaces};
use crate::Switches;
use crate::cloudformation::resource::{self, Progress};
use crate::sagemaker::testing::{Client, Refusal};

fn status(client: &mut Client) -> String {
    let shown = describe(client).unwrap();
    shown["EndpointStatus"].as_str().unwrap().to_owned()
}

fn update(client: &mut Client) -> Result<Value, Refusal> {
    let update = json!({"EndpointName": "llm", "EndpointConfigName": "next"});
    client.call("UpdateEndpoint", &update)
}

fn fail(client: &mut Client, operation: &str) {
    client.fault(json!({
        "match": {"type": "AWS::SageMaker::Endpoint", "operation": operation},
        "effect": {"kind": "fail", "reason": "No capacity."},
    }));
}

/// An endpoint in service, and a config to bring it to.
fn in_service(switches: Switches) -> Client {
    let mut client = Client::with(switches);
    deploy(&mut client);
    client.wait(1300);
    client
        .call("CreateEndpointConfig", &config("next"))
        .unwrap();
    client
}

fn wait_for(client: &mut Client, wanted: &str) {
    for _ in 0..100_000 {
        if status(client) == wanted {
            return;
        }
        client.wait(1);
    }
    panic!("never {wanted}");
}

/// Facts: 1.6.1, 1.6.15
#[test]
fn a_failed_update_rolls_back() {
    let mut client = in_service(Switches::default());
    fail(&mut client, "update");
    update(&mut client).unwrap();
    let (_, text) = delete(&mut client).unwrap_err();
    assert!(text.starts_with("Cannot update in-progress"), "{text}");
    wait_for(&mut client, "RollingBack");
    assert!(
        describe(&mut client)
            .unwrap()
            .get("FailureReason")
            .is_none()
    );
    let (_, text) = delete(&mut client).unwrap_err();
    assert!(text.starts_with("Cannot update in-progress"), "{text}");
    wait_for(&mut client, "InService");
    let shown = describe(&mut client).unwrap();
    assert_eq!(shown["EndpointConfigName"], "llm");
    assert_eq!(shown["FailureReason"], "No capacity.");
    client.wait(1600);
    assert_eq!(interfaces(&client), 2);
}

/// What CloudFormation's handler makes of the endpoint.
fn handled(client: &mut Client) -> Progress {
    let arn = describe(client).unwrap()["EndpointArn"].clone();
    let handler = resource::find("AWS::SageMaker::Endpoint").unwrap();
    handler.progress(&mut client.world, &Client::place(), arn.as_str().unwrap())
}

/// Facts: 1.6.15
#[test]
fn an_update_of_a_stack_fails_when_the_endpoint_rolls_back() {
    let mut client = in_service(Switches::default());
    assert_eq!(handled(&mut client), Progress::Done);
    fail(&mut client, "update");
    update(&mut client).unwrap();
    wait_for(&mut client, "RollingBack");
    assert_eq!(handled(&mut client), Progress::Working);
    wait_for(&mut client, "InService");
    let Progress::Failed(failure) = handled(&mut client) else {
        panic!("a success");
    };
    assert!(
        failure.message.ends_with("did not stabilize."),
        "{failure:?}"
    );
    client.world.faults().clear();
    update(&mut client).unwrap();
    client.wait(1300);
    assert_eq!(handled(&mut client), Progress::Done);
}

/// Facts: 1.6.1, 1.6.15
#[test]
fn a_failed_rollback_leaves_a_mix_that_can_be_deleted() {
    let mut client = in_service(Switches::default());
    fail(&mut client, "update");
    fail(&mut client, "rollback");
    update(&mut client).unwrap();
    wait_for(&mut client, "UpdateRollbackFailed");
    assert_eq!(interfaces(&client), 4);
    delete(&mut client).unwrap();
    client.wait(2000);
    assert!(describe(&mut client).is_err());
    assert_eq!(interfaces(&client), 0);
}

/// Facts: 1.6.4, 1.6.5, F.11
#[test]
fn a_crash_keeps_the_endpoint_in_creation_for_24_minutes() {
    let mut client = Client::new();
    fail(&mut client, "create");
    deploy(&mut client);
    client.wait(1380 - 1);
    assert_eq!(status(&mut client), "Creating");
    assert!(delete(&mut client).is_err());
    client.wait(200);
    assert_eq!(status(&mut client), "Failed");
    client
        .call("CreateEndpointConfig", &config("next"))
        .unwrap();
    let (_, text) = update(&mut client).unwrap_err();
    assert!(text.starts_with("Cannot update failed endpoint"), "{text}");
    delete(&mut client).unwrap();
}

/// Facts: F.11
#[test]
fn a_missing_model_is_noticed_after_an_hour_or_at_once() {
    for refused in [false, true] {
        let switches = Switches {
            missing_model_refused: refused,
            ..Switches::default()
        };
        let mut client = in_service(switches);
        let model = json!({"ModelName": "llm"});
        client.call("DeleteModel", &model).unwrap();
        let other = json!({"EndpointName": "other", "EndpointConfigName": "next"});
        let made = client.call("CreateEndpoint", &other);
        assert_eq!(made.is_err(), refused);
        if refused {
            continue;
        }
        let describe = json!({"EndpointName": "other"});
        client.wait(3500);
        let shown = client.call("DescribeEndpoint", &describe).unwrap();
        assert_eq!(shown["EndpointStatus"], "Creating");
        assert!(client.call("DeleteEndpoint", &describe).is_err());
        client.wait(200);
        let shown = client.call("DescribeEndpoint", &describe).unwrap();
        assert_eq!(shown["EndpointStatus"], "Failed");
        let reason = shown["FailureReason"].as_str().unwrap();
        assert!(reason.contains("Could not find model"), "{reason}");
    }
}

/// Facts: 1.6.2
#[test]
fn under_maintenance_an_endpoint_is_left_alone() {
    let mut client = in_service(Switches {
        endpoints_are_maintained: true,
        ..Switches::default()
    });
    wait_for(&mut client, "SystemUpdating");
    assert!(update(&mut client).is_err());
    assert!(delete(&mut client).is_err());
    let listed = json!({"StatusEquals": "SystemUpdating"});
    let listed = client.call("ListEndpoints", &listed).unwrap();
    assert_eq!(listed["Endpoints"].as_array().unwrap().len(), 1);
    wait_for(&mut client, "InService");
    delete(&mut client).unwrap();
}

/// Facts: 1.6.3
#[test]
fn an_endpoint_out_of_service_is_listed_and_can_be_deleted() {
    let mut client = Client::with(Switches {
        endpoints_are_maintained: true,
        ..Switches::default()
    });
    fail(&mut client, "maintain");
    deploy(&mut client);
    wait_for(&mut client, "OutOfService");
    let shown = describe(&mut client).unwrap();
    assert_eq!(shown["FailureReason"], "No capacity.");
    let listed = json!({"StatusEquals": "OutOfService"});
    let listed = client.call("ListEndpoints", &listed).unwrap();
    assert_eq!(listed["Endpoints"].as_array().unwrap().len(), 1);
    delete(&mut client).unwrap();
    assert_eq!(status(&mut client), "Deleting");
    client.wait(2000);
    assert!(describe(&mut client).is_err());
}

/// Facts: 1.6.9
#[test]
fn an_endpoint_outlives_its_config() {
    let mut client = in_service(Switches::default());
    let gone = json!({"EndpointConfigName": "llm"});
    client.call("DeleteEndpointConfig", &gone).unwrap();
    let shown = describe(&mut client).unwrap();
    assert_eq!(shown["EndpointConfigName"], "llm");
    let (code, _) = client.call("DescribeEndpointConfig", &gone).unwrap_err();
    assert_eq!(code, "ValidationException");
}

/// Facts: 1.6.14
#[test]
fn what_was_just_made_may_not_be_seen_yet() {
    let mut client = Client::with(Switches {
        new_models_are_seen_late: true,
        ..Switches::default()
    });
    let model = json!({"ModelName": "llm", "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &model).unwrap();
    let (code, _) = client
        .call("CreateEndpointConfig", &config("llm"))
        .unwrap_err();
    assert_eq!(code, "ValidationException");
    client.wait(10);
    client.call("CreateEndpointConfig", &config("llm")).unwrap();
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm"});
    assert!(client.call("CreateEndpoint", &endpoint).is_err());
    client.wait(10);
    client.call("CreateEndpoint", &endpoint).unwrap();
}

/// Facts: F.12
#[test]
fn a_config_has_a_network_of_its_own() {
    let mut client = Client::new();
    let (_, subnets, group) = client.network();
    let network = json!({"SecurityGroupIds": [group], "Subnets": &subnets[..2]});
    let made = json!({
        "EndpointConfigName": "parts", "ExecutionRoleArn": Client::role(), "VpcConfig": network,
        "ProductionVariants": [
            {"VariantName": "all", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}],
    });
    client.call("CreateEndpointConfig", &made).unwrap();
    let shown = json!({"EndpointConfigName": "parts"});
    let shown = client.call("DescribeEndpointConfig", &shown).unwrap();
    assert_eq!(shown["VpcConfig"], network);
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "parts"});
    client.call("CreateEndpoint", &endpoint).unwrap();
    assert_eq!(interfaces(&client), 2);
}

#[test]
fn weights_and_capacities_change_in_place() {
    let mut client = in_service(Switches::default());
    let change = json!({"EndpointName": "llm", "DesiredWeightsAndCapacities": [
        {"VariantName": "all", "DesiredInstanceCount": 3}]});
    client
        .call("UpdateEndpointWeightsAndCapacities", &change)
        .unwrap();
    let shown = describe(&mut client).unwrap();
    let variant = &shown["ProductionVariants"][0];
    assert_eq!(shown["EndpointStatus"], "Updating");
    assert_eq!(variant["CurrentInstanceCount"], 1);
    assert_eq!(variant["DesiredInstanceCount"], 3);
    wait_for(&mut client, "InService");
    let shown = describe(&mut client).unwrap();
    assert_eq!(shown["ProductionVariants"][0]["CurrentInstanceCount"], 3);
    assert_eq!(interfaces(&client), 2);
}

/// Facts: 8.10, 8.11
#[test]
fn instances_have_a_quota() {
    let mut client = Client::new();
    let quota = "ml.m5.large for endpoint usage";
    client.world.quotas.set(quota, 1).unwrap();
    deploy(&mut client);
    let other = json!({"EndpointName": "other", "EndpointConfigName": "llm"});
    let (code, text) = client.call("CreateEndpoint", &other).unwrap_err();
    assert_eq!(code, "ResourceLimitExceeded");
    let wanted = "The account-level service limit 'ml.m5.large for endpoint usage' is 1 Instances, with current \
                  utilization of 1 Instances and a request delta of 1 Instances.";
    assert!(text.starts_with(wanted), "{text}");
    client.wait(1300);
    client
        .call("CreateEndpointConfig", &config("next"))
        .unwrap();
    assert_eq!(update(&mut client).unwrap_err().0, "ResourceLimitExceeded");
    client.world.quotas.set(quota, 2).unwrap();
    update(&mut client).unwrap();
    let other = client.call("CreateEndpoint", &other);
    assert_eq!(other.unwrap_err().0, "ResourceLimitExceeded");
}

#[test]
fn a_component_is_updated() {
    let mut client = Client::new();
    client.start_host("llm");
    client.wait(1300);
    let component = json!({
        "InferenceComponentName": "part", "EndpointName": "llm", "VariantName": "all",
        "Specification": {"Container": {"Image": "image"},
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
        "RuntimeConfig": {"CopyCount": 1},
    });
    client.call("CreateInferenceComponent", &component).unwrap();
    let copies =
        json!({"InferenceComponentName": "part", "DesiredRuntimeConfig": {"CopyCount": 2}});
    let update = "UpdateInferenceComponentRuntimeConfig";
    assert!(client.call(update, &copies).is_err());
    client.wait(700);
    client.call(update, &copies).unwrap();
    let one = json!({"InferenceComponentName": "part"});
    let shown = client.call("DescribeInferenceComponent", &one).unwrap();
    assert_eq!(shown["InferenceComponentStatus"], "Updating");
    assert_eq!(
        shown["RuntimeConfig"],
        json!({"DesiredCopyCount": 2, "CurrentCopyCount": 1})
    );
    let container = &shown["Specification"]["Container"];
    assert_eq!(container["DeployedImage"]["SpecifiedImage"], "image");
    assert!(client.call("DeleteInferenceComponent", &one).is_err());
    client.wait(700);
    let shown = client.call("DescribeInferenceComponent", &one).unwrap();
    assert_eq!(shown["RuntimeConfig"]["CurrentCopyCount"], 2);
}
