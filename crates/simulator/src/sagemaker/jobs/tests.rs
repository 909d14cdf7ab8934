use serde_json::{Value, json};

use crate::row::Scope;
use crate::sagemaker::testing::Client;

/// A training job in two subnets.
pub(in crate::sagemaker) fn training(client: &mut Client, name: &str, keep_alive: u64) -> Value {
    // Nobody has warm pools who has not asked for them.
    let pools = "ml.m5.large for training warm pool usage";
    client.world.quotas.set(pools, 20).unwrap();
    let (_, subnets, group) = client.network();
    json!({
        "TrainingJobName": name, "RoleArn": Client::role(),
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1,
            "VolumeSizeInGB": 10, "KeepAlivePeriodInSeconds": keep_alive},
        "VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..2]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
    })
}

fn processing(client: &mut Client, name: &str) -> Value {
    let (_, subnets, group) = client.network();
    json!({
        "ProcessingJobName": name, "RoleArn": Client::role(),
        "ProcessingResources": {"ClusterConfig": {
            "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
        "AppSpecification": {"ImageUri": "image"},
        "NetworkConfig": {"VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..1]}},
    })
}

fn describe(client: &mut Client, name: &str) -> Value {
    let one = json!({"TrainingJobName": name});
    client.call("DescribeTrainingJob", &one).unwrap()
}

fn interfaces(client: &Client, owner: &str) -> usize {
    let rows = client.rows("AWS::EC2::NetworkInterface");
    let of_owner = rows
        .iter()
        .filter(|row| row.parent.as_deref() == Some(owner));
    of_owner.count()
}

fn pools(client: &mut Client, status: &str) -> Vec<String> {
    let listed = client
        .call("ListTrainingJobs", &json!({"WarmPoolStatusEquals": status}))
        .unwrap();
    let jobs = listed["TrainingJobSummaries"].as_array().unwrap().clone();
    let name = |job: &Value| job["TrainingJobName"].as_str().unwrap().to_owned();
    jobs.iter().map(name).collect()
}

/// Facts: 1.6.18
#[test]
fn a_job_holds_interfaces_until_after_its_end_and_stays_recorded() {
    let mut client = Client::new();
    let job = training(&mut client, "fit", 0);
    client.call("CreateTrainingJob", &job).unwrap();
    let again = client.call("CreateTrainingJob", &job).unwrap_err();
    assert_eq!(again.0, "ResourceInUse");
    assert_eq!(interfaces(&client, "fit"), 2);
    let shown = describe(&mut client, "fit");
    assert_eq!(shown["TrainingJobStatus"], "InProgress");
    assert_eq!(shown["VpcConfig"], job["VpcConfig"]);
    let kind = "AWS::SageMaker::TrainingJob";
    assert_eq!(client.rows(kind)[0].scope, Scope::Environment);
    client.wait(7200);
    let shown = describe(&mut client, "fit");
    assert_eq!(shown["TrainingJobStatus"], "Completed");
    assert_eq!(
        shown["ModelArtifacts"]["S3ModelArtifacts"],
        "s3://bucket/out/fit/output/model.tar.gz"
    );
    client.wait(600);
    assert_eq!(interfaces(&client, "fit"), 0);
    assert_eq!(client.rows(kind)[0].scope, Scope::Account);
}

/// Facts: 1.6.18
#[test]
fn a_stopped_job_does_not_complete() {
    let mut client = Client::new();
    let job = processing(&mut client, "clean");
    client.call("CreateProcessingJob", &job).unwrap();
    assert_eq!(interfaces(&client, "clean"), 1);
    let one = json!({"ProcessingJobName": "clean"});
    client.call("StopProcessingJob", &one).unwrap();
    let (code, text) = client.call("StopProcessingJob", &one).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.ends_with("is in status Stopping."), "{text}");
    client.wait(10_000);
    let shown = client.call("DescribeProcessingJob", &one).unwrap();
    assert_eq!(shown["ProcessingJobStatus"], "Stopped");
    assert_eq!(interfaces(&client, "clean"), 0);
    let unknown = json!({"ProcessingJobName": "other"});
    let (code, _) = client.call("StopProcessingJob", &unknown).unwrap_err();
    assert_eq!(code, "ResourceNotFound");
}

#[test]
fn of_an_unknown_training_job_only_a_text_tells() {
    let mut client = Client::new();
    let unknown = json!({"TrainingJobName": "other"});
    for action in ["DescribeTrainingJob", "StopTrainingJob"] {
        let (code, text) = client.call(action, &unknown).unwrap_err();
        assert_eq!(code, "ValidationException", "{action}");
        assert_eq!(text, "Requested resource not found.", "{action}");
    }
}

/// Facts: 1.6.18
#[test]
fn a_transform_job_is_in_the_network_of_its_model() {
    let mut client = Client::new();
    let (_, subnets, group) = client.network();
    let model = json!({
        "ModelName": "llm", "ExecutionRoleArn": Client::role(),
        "PrimaryContainer": {"Image": "image"},
        "VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..2]},
    });
    client.call("CreateModel", &model).unwrap();
    let job = json!({
        "TransformJobName": "batch", "ModelName": "llm",
        "TransformInput": {"DataSource": {"S3DataSource":
            {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    });
    client.call("CreateTransformJob", &job).unwrap();
    assert_eq!(interfaces(&client, "batch"), 2);
    let listed = json!({"StatusEquals": "InProgress"});
    let listed = client.call("ListTransformJobs", &listed).unwrap();
    assert_eq!(
        listed["TransformJobSummaries"][0]["TransformJobName"],
        "batch"
    );
    let wrong = json!({"StatusEquals": "InService"});
    assert!(client.call("ListTransformJobs", &wrong).is_err());
}

/// Facts: 1.6.19
#[test]
fn a_warm_pool_keeps_its_interfaces_until_it_is_let_go() {
    let mut client = Client::new();
    let job = training(&mut client, "fit", 21_600);
    client.call("CreateTrainingJob", &job).unwrap();
    assert_eq!(pools(&mut client, "InUse"), ["fit"]);
    client.wait(9000);
    assert_eq!(pools(&mut client, "Available"), ["fit"]);
    assert_eq!(interfaces(&client, "fit"), 2);
    let row = &client.rows("AWS::SageMaker::TrainingJob")[0];
    assert_eq!(row.scope, Scope::Environment);
    let none = json!({"TrainingJobName": "fit", "ResourceConfig": {"KeepAlivePeriodInSeconds": 0}});
    client.call("UpdateTrainingJob", &none).unwrap();
    assert_eq!(pools(&mut client, "Terminated"), ["fit"]);
    assert_eq!(interfaces(&client, "fit"), 2);
    client.wait(600);
    assert_eq!(interfaces(&client, "fit"), 0);
    assert!(client.call("UpdateTrainingJob", &none).is_err());
}

/// Facts: 1.6.19
#[test]
fn a_warm_pool_ends_by_itself_or_is_taken_over() {
    let mut client = Client::new();
    let job = training(&mut client, "fit", 3600);
    client.call("CreateTrainingJob", &job).unwrap();
    while describe(&mut client, "fit")["TrainingJobStatus"] != "Completed" {
        client.wait(10);
    }
    let next = training(&mut client, "next", 3600);
    client.call("CreateTrainingJob", &next).unwrap();
    assert_eq!(
        describe(&mut client, "fit")["WarmPoolStatus"]["ReusedByJob"],
        "next"
    );
    assert_eq!(
        (interfaces(&client, "fit"), interfaces(&client, "next")),
        (0, 2)
    );
    client.wait(7200 + 3600);
    assert_eq!(pools(&mut client, "Terminated"), ["next"]);
    client.wait(600);
    assert!(client.rows("AWS::EC2::NetworkInterface").is_empty());
}

fn tuning(client: &mut Client) -> Value {
    let mut definition = training(client, "x", 0);
    let members = definition.as_object_mut().unwrap();
    members.shift_remove("TrainingJobName");
    json!({
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits":
            {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 2}},
        "TrainingJobDefinition": definition,
        "Tags": [{"Key": "team", "Value": "blue"}],
    })
}

/// Facts: 1.6.20
#[test]
fn a_tuning_job_starts_training_jobs_while_it_is_at_work() {
    let mut client = Client::new();
    let job = tuning(&mut client);
    client.call("CreateHyperParameterTuningJob", &job).unwrap();
    let kind = "AWS::SageMaker::TrainingJob";
    assert_eq!(client.rows(kind).len(), 2);
    assert_eq!(client.rows(kind)[0].tags["team"], "blue");
    let first = client.rows(kind)[0].id.clone();
    let stop = json!({"TrainingJobName": first});
    client.call("StopTrainingJob", &stop).unwrap();
    client.wait(301);
    assert_eq!(client.rows(kind).len(), 3);
    client.wait(20_000);
    let one = json!({"HyperParameterTuningJobName": "tune"});
    let shown = client
        .call("DescribeHyperParameterTuningJob", &one)
        .unwrap();
    assert_eq!(shown["HyperParameterTuningJobStatus"], "Completed");
    let counters = &shown["TrainingJobStatusCounters"];
    assert_eq!(
        (&counters["Completed"], &counters["Stopped"]),
        (&json!(2), &json!(1))
    );
}

/// Facts: 1.6.20
#[test]
fn a_stopped_tuning_job_starts_no_more() {
    let mut client = Client::new();
    let job = tuning(&mut client);
    client.call("CreateHyperParameterTuningJob", &job).unwrap();
    let one = json!({"HyperParameterTuningJobName": "tune"});
    client.call("StopHyperParameterTuningJob", &one).unwrap();
    assert!(client.call("StopHyperParameterTuningJob", &one).is_err());
    let listed = json!({"StatusEquals": "Stopping"});
    let listed = client
        .call("ListHyperParameterTuningJobs", &listed)
        .unwrap();
    let summary = &listed["HyperParameterTuningJobSummaries"][0];
    assert_eq!(summary["TrainingJobStatusCounters"]["InProgress"], 2);
    client.wait(301);
    let shown = client
        .call("DescribeHyperParameterTuningJob", &one)
        .unwrap();
    assert_eq!(shown["HyperParameterTuningJobStatus"], "Stopped");
    assert_eq!(client.rows("AWS::SageMaker::TrainingJob").len(), 2);
}

fn automl(client: &mut Client, most: u64) -> Value {
    let (_, subnets, group) = client.network();
    json!({
        "AutoMLJobName": "auto", "RoleArn": Client::role(),
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "DataSource": {"S3DataSource":
            {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "AutoMLProblemTypeConfig": {"TabularJobConfig":
            {"TargetAttributeName": "price", "CompletionCriteria": {"MaxCandidates": most}}},
        "SecurityConfig": {"VpcConfig": {"SecurityGroupIds": [group], "Subnets": &subnets[..2]}},
    })
}

fn describe_automl(client: &mut Client) -> Value {
    let one = json!({"AutoMLJobName": "auto"});
    client.call("DescribeAutoMLJobV2", &one).unwrap()
}

/// Facts: 1.6.29
#[test]
fn an_automl_job_trains_one_candidate_after_the_other() {
    let mut client = Client::new();
    let job = automl(&mut client, 2);
    client.call("CreateAutoMLJobV2", &job).unwrap();
    let shown = describe_automl(&mut client);
    assert_eq!(shown["AutoMLJobStatus"], "InProgress");
    assert_eq!(shown["SecurityConfig"], job["SecurityConfig"]);
    let kind = "AWS::SageMaker::TrainingJob";
    let first = client.rows(kind).remove(0);
    assert_eq!(first.parent.as_deref(), Some("auto"));
    assert_eq!(interfaces(&client, &first.id), 2);
    let trained = describe(&mut client, &first.id);
    assert_eq!(trained["RoleArn"], job["RoleArn"]);
    assert_eq!(trained["VpcConfig"], job["SecurityConfig"]["VpcConfig"]);
    let stop = json!({"TrainingJobName": first.id});
    client.call("StopTrainingJob", &stop).unwrap();
    client.wait(301);
    assert_eq!(client.rows(kind).len(), 2);
    assert_eq!(
        describe_automl(&mut client)["AutoMLJobStatus"],
        "InProgress"
    );
    client.wait(20_000);
    let shown = describe_automl(&mut client);
    assert_eq!(shown["AutoMLJobStatus"], "Completed");
    assert!(shown["EndTime"].as_f64() > shown["CreationTime"].as_f64());
    assert_eq!(client.rows(kind).len(), 2);
    let row = &client.rows("AWS::SageMaker::AutoMLJob")[0];
    assert_eq!(row.scope, Scope::Account);
}

/// Facts: 1.6.29
#[test]
fn a_stopped_automl_job_starts_no_more() {
    let mut client = Client::new();
    let job = automl(&mut client, 40);
    client.call("CreateAutoMLJobV2", &job).unwrap();
    let one = json!({"AutoMLJobName": "auto"});
    client.call("StopAutoMLJob", &one).unwrap();
    let (code, text) = client.call("StopAutoMLJob", &one).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.ends_with("is in status Stopping."), "{text}");
    let listed = json!({"StatusEquals": "Stopping"});
    let listed = client.call("ListAutoMLJobs", &listed).unwrap();
    let summary = &listed["AutoMLJobSummaries"][0];
    assert_eq!(summary["AutoMLJobSecondaryStatus"], "Stopping");
    client.wait(301);
    assert_eq!(describe_automl(&mut client)["AutoMLJobStatus"], "Stopped");
    assert_eq!(client.rows("AWS::SageMaker::TrainingJob").len(), 1);
    assert!(client.call("StopAutoMLJob", &one).is_err());
}

#[test]
fn automl_jobs_that_are_not_there_twice_there_or_half_told() {
    let mut client = Client::new();
    let unknown = json!({"AutoMLJobName": "auto"});
    for action in ["DescribeAutoMLJobV2", "StopAutoMLJob"] {
        let (code, _) = client.call(action, &unknown).unwrap_err();
        assert_eq!(code, "ResourceNotFound", "{action}");
    }
    let mut job = automl(&mut client, 2);
    job["AutoMLJobObjective"] = json!({"MetricName": "MSE"});
    let (code, text) = client.call("CreateAutoMLJobV2", &job).unwrap_err();
    assert_eq!(code, "ValidationException");
    assert!(text.contains("ProblemType"), "{text}");
    job["AutoMLProblemTypeConfig"]["TabularJobConfig"]["ProblemType"] = json!("Regression");
    client.call("CreateAutoMLJobV2", &job).unwrap();
    job["AutoMLJobName"] = json!("AUTO");
    let (code, _) = client.call("CreateAutoMLJobV2", &job).unwrap_err();
    assert_eq!(code, "ResourceInUse");
}
