use serde_json::{Value, json};

use crate::row::Scope;
use crate::sagemaker::jobs;
use crate::sagemaker::testing::{Client, Refusal};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn training(client: &mut Client) -> Value {
    let (_, subnets, group) = client.network();
    json!({
        "RoleArn": Client::role(),
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..1]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
    })
}

/// A pipeline of two steps, one after the other.
fn create(client: &mut Client, kind: &str) -> Result<Value, Refusal> {
    let arguments = training(client);
    let definition = json!({"Version": "2020-12-01", "Steps": [
        {"Name": "first", "Type": kind, "Arguments": arguments},
        {"Name": "second_one", "Type": "Training", "Arguments": arguments, "DependsOn": ["first"]},
    ]});
    let pipeline = json!({
        "PipelineName": "flow", "PipelineDefinition": definition.to_string(),
        "ClientRequestToken": TOKEN, "RoleArn": Client::role(),
    });
    client.call("CreatePipeline", &pipeline)
}

fn start(client: &mut Client) -> Value {
    let start = json!({"PipelineName": "flow", "ClientRequestToken": TOKEN});
    let started = client.call("StartPipelineExecution", &start).unwrap();
    json!({"PipelineExecutionArn": started["PipelineExecutionArn"]})
}

fn status(client: &mut Client, execution: &Value) -> Value {
    let shown = client.call("DescribePipelineExecution", execution).unwrap();
    shown["PipelineExecutionStatus"].clone()
}

fn delete(client: &mut Client) -> Result<Value, Refusal> {
    let delete = json!({"PipelineName": "flow", "ClientRequestToken": TOKEN});
    client.call("DeletePipeline", &delete)
}

const JOBS: &str = "AWS::SageMaker::TrainingJob";
const EXECUTIONS: &str = "AWS::SageMaker::PipelineExecution";

/// Facts: 1.6.21
#[test]
fn an_execution_starts_one_job_after_the_other() {
    let mut client = Client::new();
    create(&mut client, "Training").unwrap();
    let execution = start(&mut client);
    assert_eq!(start(&mut client), execution);
    assert_eq!(client.rows(JOBS).len(), 1);
    assert_eq!(client.rows(EXECUTIONS)[0].scope, Scope::Environment);
    assert_eq!(delete(&mut client).unwrap_err().0, "ConflictException");
    client.wait(7200);
    assert_eq!(client.rows(JOBS).len(), 2);
    client.wait(7200);
    assert_eq!(status(&mut client, &execution), "Succeeded");
    assert_eq!(client.rows(EXECUTIONS)[0].scope, Scope::Account);
    let steps = client
        .call("ListPipelineExecutionSteps", &execution)
        .unwrap();
    let step = &steps["PipelineExecutionSteps"][0];
    assert_eq!(step["StepStatus"], "Succeeded");
    let job = step["Metadata"]["TrainingJob"]["Arn"].as_str().unwrap();
    assert!(job.contains("training-job/pipelines-"), "{job}");
    delete(&mut client).unwrap();
    client.wait(60);
    assert!(client.rows(EXECUTIONS).is_empty());
    let (code, _) = delete(&mut client).unwrap_err();
    assert_eq!(code, "ResourceNotFound");
}

/// Facts: 1.6.21
#[test]
fn a_stopped_execution_stops_its_job_and_starts_no_other() {
    let mut client = Client::new();
    create(&mut client, "Training").unwrap();
    let execution = start(&mut client);
    let mut stop = execution.clone();
    stop["ClientRequestToken"] = json!(TOKEN);
    client.call("StopPipelineExecution", &stop).unwrap();
    assert_eq!(status(&mut client, &execution), "Stopping");
    let refused = client.call("StopPipelineExecution", &stop).unwrap_err();
    assert_eq!(refused.0, "ConflictException");
    client.wait(301);
    assert_eq!(status(&mut client, &execution), "Stopped");
    assert_eq!(client.rows(JOBS).len(), 1);
    let listed = json!({"PipelineName": "flow"});
    let listed = client.call("ListPipelineExecutions", &listed).unwrap();
    let summaries = listed["PipelineExecutionSummaries"].as_array().unwrap();
    assert_eq!(summaries.len(), 1);
}

#[test]
fn a_job_that_fails_fails_the_execution() {
    let mut client = Client::new();
    create(&mut client, "Training").unwrap();
    client.fault(json!({"match": {"type": JOBS, "operation": "create"},
        "effect": {"kind": "fail", "reason": "AlgorithmError"}}));
    let execution = start(&mut client);
    client.wait(7200);
    assert_eq!(status(&mut client, &execution), "Failed");
    assert_eq!(client.rows(JOBS).len(), 1);
}

#[test]
fn steps_that_cannot_be_simulated_are_refused() {
    let mut client = Client::new();
    let (code, text) = create(&mut client, "Lambda").unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.contains("Lambda"), "{text}");
    let listed = client.call("ListPipelines", &json!({})).unwrap();
    assert_eq!(listed["PipelineSummaries"], json!([]));
    let input = json!({"TrainingJobName": "x"});
    assert!(jobs::check(jobs::Kind::Training, &input).is_err());
}
