use serde_json::{Value, json};

use super::{make_profile, profile};
use crate::quotas;
use crate::sagemaker::testing::{self, Client, app};

const HELP: &str = "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not \
                    available, contact AWS support to request an increase for this quota.";

fn exceeded(client: &mut Client, action: &str, input: &Value) -> String {
    let (code, text) = client.call(action, input).unwrap_err();
    assert_eq!(code, "ResourceLimitExceeded", "{text}");
    text
}

/// Facts: 1.2.14, 8.1, F.1
#[test]
fn a_domain_that_failed_counts_until_it_is_deleted() {
    let mut client = Client::new();
    client.world.quotas.set("domains", 1).unwrap();
    client.fault(json!({"match": {"type": "AWS::SageMaker::Domain", "operation": "create", "times": 1}, "effect": {"kind": "fail"}}));
    let failed = client.domain("a");
    let input = client.domain_input("b");
    assert_eq!(
        exceeded(&mut client, "CreateDomain", &input),
        format!(
            "The account-level service limit 'Total domains' is 1 Domains, with current utilization of 1 Domains and a \
             request delta of 1 Domains. {HELP}"
        )
    );
    client
        .call("DeleteDomain", &json!({"DomainId": failed}))
        .unwrap();
    exceeded(&mut client, "CreateDomain", &input);
    client.wait(300);
    client.call("CreateDomain", &input).unwrap();
}

/// Facts: 8.2
#[test]
fn apps_are_counted_by_type_and_instance() {
    let mut client = Client::new();
    let domain = client.studio();
    let quota = "Studio JupyterLab Apps running on ml.t3.medium instances";
    client.world.quotas.set(quota, 1).unwrap();
    let mut other = testing::space(&domain);
    other["SpaceName"] = json!("other");
    client.call("CreateSpace", &other).unwrap();
    client.wait(100);
    let mut input = app(&domain);
    input["SpaceName"] = json!("other");
    let text = exceeded(&mut client, "CreateApp", &input);
    assert!(
        text.contains(&format!(
            "'{quota}' is 1 Apps, with current utilization of 1 Apps"
        )),
        "{text}"
    );
    input["ResourceSpec"] = json!({"InstanceType": "ml.p3.2xlarge"});
    assert_eq!(
        exceeded(&mut client, "CreateApp", &input),
        format!(
            "The account-level service limit 'Studio JupyterLab Apps running on ml.p3.2xlarge instances' is 0 Apps, with \
             current utilization of 0 Apps and a request delta of 1 Apps. {HELP}"
        )
    );
    input["ResourceSpec"] = json!({"InstanceType": "ml.t3.large"});
    client.call("CreateApp", &input).unwrap();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(300);
    client.call("CreateApp", &app(&domain)).unwrap();
}

/// Facts: 8.3
#[test]
fn profiles_and_spaces_are_counted_over_all_domains() {
    let mut client = Client::new();
    let domain = client.domain("studio");
    let second = client.domain("second");
    make_profile(&mut client, &domain, "alice");
    client.world.quotas.set("user-profiles", 1).unwrap();
    let text = exceeded(&mut client, "CreateUserProfile", &profile(&second, "bob"));
    assert!(
        text.contains("'Maximum number of Studio user profiles allowed per account' is 1"),
        "{text}"
    );
    client.world.quotas.set("spaces", 0).unwrap();
    let text = exceeded(&mut client, "CreateSpace", &testing::space(&domain));
    assert!(
        text.contains("'Maximum number of Studio spaces allowed per account' is 0"),
        "{text}"
    );
}

/// Facts: 8.4, F.1
#[test]
fn codes_of_service_quotas() {
    let known = quotas::known();
    let code = |name: &str| {
        let quota = known.iter().find(|quota| quota.name == name).unwrap();
        (quota.service, quota.code.as_str())
    };
    assert_eq!(code(quotas::TOTAL_DOMAINS), ("sagemaker", "L-B683BCB0"));
    assert_eq!(code(quotas::USER_PROFILES), ("sagemaker", "L-AC46C40F"));
}

/// Facts: 8.5
#[test]
fn an_app_in_a_full_subnet_fails() {
    let mut client = Client::new();
    let domain = client.studio();
    client.call("DeleteApp", &app(&domain)).unwrap();
    client.wait(600);
    let place = Client::place();
    let (_, subnets, _) = client.network();
    for subnet in &subnets[..2] {
        let ec2 = &mut client.world.region(&place).ec2;
        ec2.subnets.get_mut(subnet).unwrap().cidr = "172.31.0.0/32".parse().unwrap();
    }
    client.call("CreateApp", &app(&domain)).unwrap();
    client.wait(500);
    let shown = client.call("DescribeApp", &app(&domain)).unwrap();
    assert_eq!(shown["Status"], "Failed");
    let reason = shown["FailureReason"].as_str().unwrap();
    assert!(
        reason.starts_with("InsufficientFreeAddressesInSubnet"),
        "{reason}"
    );
}

/// A quota of instances holds back one too many, in the words that are known of endpoints and training jobs.
fn held_back(client: &mut Client, quota: &str, action: &str, input: &Value) {
    client.world.quotas.set(quota, 1).unwrap();
    assert_eq!(
        exceeded(client, action, input),
        format!(
            "The account-level service limit '{quota}' is 1 Instances, with current utilization of 1 Instances and a \
             request delta of 1 Instances. {HELP}"
        )
    );
}

fn training(name: &str, keep_alive: u64) -> Value {
    json!({"TrainingJobName": name, "RoleArn": Client::role(),
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10,
            "KeepAlivePeriodInSeconds": keep_alive},
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200}})
}

/// Facts: 8.6
#[test]
fn instances_of_jobs_are_counted_by_kind_and_type() {
    let mut client = Client::new();
    let model = json!({"ModelName": "llm", "PrimaryContainer": {"Image": "image"}});
    client.call("CreateModel", &model).unwrap();
    let processing = |name: &str| {
        json!({"ProcessingJobName": name, "RoleArn": Client::role(), "ProcessingResources": {"ClusterConfig":
            {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
            "AppSpecification": {"ImageUri": "image"}})
    };
    let transform = |name: &str| {
        json!({"TransformJobName": name, "ModelName": "llm", "TransformInput": {"DataSource": {"S3DataSource":
            {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
            "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1}})
    };
    let two = ["one", "two"];
    for (word, [one, two]) in [
        ("Training", two.map(|name| training(name, 0))),
        ("Processing", two.map(processing)),
        ("Transform", two.map(transform)),
    ] {
        let action = format!("Create{word}Job");
        client.call(&action, &one).unwrap();
        let quota = format!("ml.m5.large for {} job usage", word.to_lowercase());
        held_back(&mut client, &quota, &action, &two);
        client.wait(7200);
        client.call(&action, &two).unwrap();
    }
}

/// Facts: 8.7
#[test]
fn a_warm_pool_counts_and_is_kept_only_where_there_is_room() {
    let pool = |client: &mut Client, name: &str| {
        let one = json!({"TrainingJobName": name});
        client.call("DescribeTrainingJob", &one).unwrap()["WarmPoolStatus"]["Status"].clone()
    };
    let mut client = Client::new();
    let quota = "ml.m5.large for training warm pool usage";
    client.world.quotas.set(quota, 1).unwrap();
    for name in ["one", "two"] {
        let job = training(name, 21_600);
        client.call("CreateTrainingJob", &job).unwrap();
    }
    client.wait(7200);
    let statuses = ["one", "two"].map(|name| pool(&mut client, name));
    assert!(statuses.contains(&json!("Available")) && statuses.contains(&json!("Terminated")));
    let quota = "ml.m5.large for training job usage";
    let other = training("other", 0);
    held_back(&mut client, quota, "CreateTrainingJob", &other);
    // The job that takes the pool over needs no more than it has.
    let like = training("three", 21_600);
    client.call("CreateTrainingJob", &like).unwrap();
}

/// Facts: 8.8
#[test]
fn notebooks_that_run_are_counted_by_type() {
    let mut client = Client::new();
    let notebook = |name: &str| json!({"NotebookInstanceName": name, "InstanceType": "ml.t3.medium", "RoleArn": Client::role()});
    let one = json!({"NotebookInstanceName": "one"});
    client
        .call("CreateNotebookInstance", &notebook("one"))
        .unwrap();
    let quota = "ml.t3.medium for notebook instance usage";
    held_back(
        &mut client,
        quota,
        "CreateNotebookInstance",
        &notebook("two"),
    );
    client.wait(500);
    client.call("StopNotebookInstance", &one).unwrap();
    client.wait(300);
    client
        .call("CreateNotebookInstance", &notebook("two"))
        .unwrap();
    held_back(&mut client, quota, "StartNotebookInstance", &one);
}
