use serde_json::{Value, json};

use crate::Switches;
use crate::sagemaker::testing::{Client, Refusal};

/// An endpoint in service that a schedule watches.
fn watched(switches: Switches) -> Client {
    let mut client = Client::with(switches);
    let model = json!({"ModelName": "llm", "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &model).unwrap();
    let config = json!({"EndpointConfigName": "llm", "ProductionVariants": [
        {"VariantName": "all", "ModelName": "llm", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}]});
    client.call("CreateEndpointConfig", &config).unwrap();
    let endpoint = json!({"EndpointName": "llm", "EndpointConfigName": "llm"});
    client.call("CreateEndpoint", &endpoint).unwrap();
    client.wait(1300);
    client
        .call("CreateMonitoringSchedule", &schedule("llm"))
        .unwrap();
    client
}

fn schedule(endpoint: &str) -> Value {
    json!({
        "MonitoringScheduleName": "watch",
        "MonitoringScheduleConfig": {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinition": {
                "MonitoringInputs": [{"EndpointInput":
                    {"EndpointName": endpoint, "LocalPath": "/opt/ml/in"}}],
                "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output":
                    {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/out"}}]},
                "MonitoringResources": {"ClusterConfig":
                    {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
                "MonitoringAppSpecification": {"ImageUri": "image"},
                "RoleArn": Client::role(),
            },
        },
    })
}

fn ask(client: &mut Client, verb: &str) -> Result<Value, Refusal> {
    let one = json!({"MonitoringScheduleName": "watch"});
    client.call(&format!("{verb}MonitoringSchedule"), &one)
}

fn status(client: &mut Client) -> Value {
    ask(client, "Describe").unwrap()["MonitoringScheduleStatus"].clone()
}

fn delete_endpoint(client: &mut Client) -> Result<Value, Refusal> {
    client.call("DeleteEndpoint", &json!({"EndpointName": "llm"}))
}

/// Facts: 1.6.17, F.14
#[test]
fn a_schedule_may_have_to_go_before_its_endpoint() {
    for refuses in [true, false] {
        let mut client = watched(Switches {
            monitoring_schedule_refuses_delete_endpoint: refuses,
            ..Switches::default()
        });
        client.wait(90);
        assert_eq!(delete_endpoint(&mut client).is_err(), refuses);
        if !refuses {
            continue;
        }
        ask(&mut client, "Delete").unwrap();
        assert_eq!(status(&mut client), "Pending");
        assert!(ask(&mut client, "Delete").is_err());
        assert!(delete_endpoint(&mut client).is_err());
        client.wait(90);
        let (code, _) = ask(&mut client, "Describe").unwrap_err();
        assert_eq!(code, "ResourceNotFound");
        delete_endpoint(&mut client).unwrap();
    }
}

/// Facts: 1.6.17
#[test]
fn a_schedule_is_stopped_started_and_listed_by_endpoint() {
    let mut client = watched(Switches::default());
    assert_eq!(status(&mut client), "Pending");
    assert!(ask(&mut client, "Delete").is_err());
    client.wait(90);
    assert_eq!(status(&mut client), "Scheduled");
    ask(&mut client, "Stop").unwrap();
    client.wait(60);
    assert_eq!(status(&mut client), "Stopped");
    ask(&mut client, "Start").unwrap();
    client.wait(60);
    assert_eq!(status(&mut client), "Scheduled");
    for (endpoint, count) in [("llm", 1), ("other", 0)] {
        let listed = json!({"EndpointName": endpoint});
        let listed = client.call("ListMonitoringSchedules", &listed).unwrap();
        let summaries = listed["MonitoringScheduleSummaries"].as_array().unwrap();
        assert_eq!(summaries.len(), count);
    }
    let row = &client.rows("AWS::SageMaker::MonitoringSchedule")[0];
    assert_eq!(row.parent.as_deref(), Some("llm"));
}

#[test]
fn what_a_schedule_watches_must_exist() {
    let mut client = watched(Switches {
        monitoring_schedule_refuses_delete_endpoint: false,
        ..Switches::default()
    });
    let again = client.call("CreateMonitoringSchedule", &schedule("llm"));
    assert_eq!(again.unwrap_err().0, "ResourceInUse");
    let mut other = schedule("nothing");
    other["MonitoringScheduleName"] = json!("other");
    assert!(client.call("CreateMonitoringSchedule", &other).is_err());
    delete_endpoint(&mut client).unwrap();
    let mut late = schedule("llm");
    late["MonitoringScheduleName"] = json!("late");
    let (code, text) = client.call("CreateMonitoringSchedule", &late).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.ends_with("is being deleted."), "{text}");
}
