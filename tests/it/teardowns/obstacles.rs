//! What may be in the way of a teardown. Somebody else's things are made by Carl; what the environment's people made is
//! made by Ann, and by Bob what comes when a teardown is at work.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Row;

use crate::support::hand::{Hand, carl, hand, ids, rest};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life};

/// A container that serves models.
pub(super) const IMAGE: &str = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.27";

/// An obstacle, by name.
pub(super) const OBSTACLES: [&str; 17] = [
    "nothing",
    "foreign interface",
    "foreign instance",
    "foreign subnet",
    "GuardDuty",
    "foreign rule on our group",
    "foreign inference endpoint",
    "foreign domain",
    "protected stack",
    "foreign importer",
    "policy by hand",
    "endpoint that is made for hours",
    "inference component",
    "training job",
    "notebook instance",
    "late app",
    "storm of throttles",
];

#[expect(
    clippy::too_many_lines,
    reason = "a table: one arm says what one obstacle is"
)]
/// Puts an obstacle into a world that is at its starting point; `false` where there is nothing for it to be in.
pub(crate) async fn put(life: &Life, obstacle: &str) -> bool {
    // These need no network; Carl makes nothing for them.
    if obstacle == "nothing" {
        return true;
    }
    if obstacle == "storm of throttles" {
        storm(life).await;
        return true;
    }
    let carl = carl(life);
    let whole = network(life);
    let network = if whole.is_some() {
        whole
    } else {
        what_is_left(life, &carl).await
    };
    let Some(network) = network else {
        return false;
    };
    match obstacle {
        "protected stack" | "foreign importer" if !has_network_stack(life) => return false,
        "foreign interface" => {
            let members = [
                ("SubnetId", network.subnet.as_str()),
                ("Description", "theirs"),
            ];
            carl.ec2("CreateNetworkInterface", &members, "networkInterfaceId")
                .await;
        }
        "foreign instance" => {
            let members = [
                ("SubnetId", network.subnet.as_str()),
                ("ImageId", "ami-0123456789abcdef0"),
                ("InstanceType", "t3.micro"),
                ("MinCount", "1"),
                ("MaxCount", "1"),
            ];
            carl.ec2("RunInstances", &members, "instanceId").await;
            rest(life, 300).await;
        }
        "foreign subnet" => {
            let members = [
                ("VpcId", network.vpc.as_str()),
                ("CidrBlock", network.free_block.as_str()),
            ];
            carl.ec2("CreateSubnet", &members, "subnetId").await;
        }
        "GuardDuty" => guard_duty(&carl, &network).await,
        "foreign rule on our group" => return foreign_rule(life, &carl, &network).await,
        "foreign inference endpoint" => {
            let tag = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-somebodyelses";
            inference_endpoint(&carl, "theirs", &role_of(&carl).await, &network, tag).await;
            rest(life, 900).await;
        }
        "foreign domain" => foreign_domain(&carl, &network).await,
        "protected stack" => {
            let name = format!("{ENVIRONMENT}-network");
            let members = [
                ("StackName", name.as_str()),
                ("EnableTerminationProtection", "true"),
            ];
            hand(life)
                .cloudformation("UpdateTerminationProtection", &members)
                .await;
        }
        "foreign importer" => {
            let template = format!(
                "Resources:\n  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: theirs\n      VpcId: !ImportValue {ENVIRONMENT}-network-VpcId\n"
            );
            let members = [("StackName", "theirs"), ("TemplateBody", template.as_str())];
            carl.cloudformation("CreateStack", &members).await;
            rest(life, 300).await;
        }
        "policy by hand" => return policy_by_hand(life).await,
        "endpoint that is made for hours" => return endless_endpoint(life, &network).await,
        "inference component" => return inference_component(life, &network).await,
        "training job" => {
            let Some(role) = our_role(life) else {
                return false;
            };
            let ann = hand(life);
            ann.sagemaker("CreateTrainingJob", training_job(&role.arn, &network))
                .await;
            rest(life, 240).await;
        }
        "warm pool" => return warm_pool(life, &network).await,
        "notebook instance" => {
            let Some(role) = our_role(life) else {
                return false;
            };
            let input = json!({
                "NotebookInstanceName": "workbench",
                "InstanceType": "ml.t3.medium",
                "RoleArn": role.arn,
                "SubnetId": network.subnet,
                "SecurityGroupIds": [network.group],
            });
            hand(life).sagemaker("CreateNotebookInstance", input).await;
            rest(life, 600).await;
        }
        "watched and scaled endpoint" => watched_and_scaled(life).await,
        "pipeline" => {
            let Some(role) = our_role(life) else {
                return false;
            };
            let ann = hand(life);
            let definition = json!({"Version": "2020-12-01", "Steps": [{
                "Name": "train", "Type": "Training", "Arguments": training_job(&role.arn, &network),
            }]});
            let input = json!({
                "PipelineName": "nightly",
                "PipelineDefinition": definition.to_string(),
                "ClientRequestToken": "0123456789abcdef0123456789abcdef",
                "RoleArn": role.arn,
            });
            ann.sagemaker("CreatePipeline", input).await;
            let input = json!({
                "PipelineName": "nightly",
                "ClientRequestToken": "0123456789abcdef0123456789abcdef",
            });
            ann.sagemaker("StartPipelineExecution", input).await;
            rest(life, 60).await;
        }
        // It comes when the teardown has begun.
        "late app" => return !ids(life, "AWS::SageMaker::Domain").is_empty(),
        other => panic!("no obstacle {other}"),
    }
    true
}

async fn storm(life: &Life) {
    let storm = json!({
        "match": {"action": "*", "caller": "*ann*", "probability": 0.25, "times": 200},
        "answer": {"kind": "throttle"},
    });
    post(&life.shell, "/_simulator/faults", &storm).await;
}

/// Whether the network's stack is there, whatever is left of it.
fn has_network_stack(life: &Life) -> bool {
    let stack = format!(":stack/{ENVIRONMENT}-network/");
    let stacks = ids(life, "AWS::CloudFormation::Stack");
    stacks.iter().any(|arn| arn.contains(&stack))
}

/// What is done for an obstacle while a teardown is at work.
pub(super) async fn meanwhile(life: &Life, obstacle: &str) {
    if obstacle == "late app" {
        late_app(life).await;
    }
}

/// Somebody comes when everything has been looked at, and starts an app as soon as his profile is there; where the teardown
/// is faster there is no app.
async fn late_app(life: &Life) {
    let bob = Hand {
        shell: &life.shell,
        name: "bob",
    };
    let clock = life.context().await.clock;
    clock.sleep(Duration::from_secs(4)).await;
    let Some(domain) = ids(life, "AWS::SageMaker::Domain").into_iter().next() else {
        return;
    };
    let profile = json!({"DomainId": domain, "UserProfileName": "late"});
    if !bob.may("CreateUserProfile", &profile).await {
        return;
    }
    let mut app = profile;
    app["AppType"] = json!("Canvas");
    app["AppName"] = json!("default");
    for _ in 0..500 {
        if bob.may("CreateApp", &app).await {
            return;
        }
        clock.sleep(Duration::from_millis(100)).await;
    }
}

/// Our network as others see it.
pub(super) struct Network {
    pub vpc: String,
    pub subnet: String,
    pub group: String,
    free_block: String,
}

impl Network {
    /// As SageMaker's calls name it.
    pub(super) fn vpc_config(&self) -> Value {
        json!({"SecurityGroupIds": [self.group], "Subnets": [self.subnet]})
    }
}

/// Addresses of our VPC that no subnet of it has.
const FREE_BLOCK: &str = "10.0.240.0/24";

fn ours<'a>(rows: &'a [Row], stack: &str, kind: &str) -> Option<&'a Row> {
    let stack = format!("{ENVIRONMENT}-{stack}");
    rows.iter()
        .find(|row| row.kind == kind && row.stack.as_ref() == Some(&stack))
}

/// Our network where its stack has all of it.
pub(super) fn network(life: &Life) -> Option<Network> {
    let rows: Vec<Row> = life.rows().into_values().collect();
    let id = |kind: &str| ours(&rows, "network", kind).map(|row| row.id.clone());
    Some(Network {
        vpc: id("AWS::EC2::VPC")?,
        subnet: id("AWS::EC2::Subnet")?,
        group: id("AWS::EC2::SecurityGroup")?,
        free_block: FREE_BLOCK.to_owned(),
    })
}

/// What is left of our network, as others see it: our VPC, whatever became of its stack, with a subnet and a group of ours in
/// it; where none is left, Carl makes one.
async fn what_is_left(life: &Life, carl: &Hand<'_>) -> Option<Network> {
    let mark = "jumpstart-vpc:environment";
    let mut rows = life.rows().into_values();
    let vpc = rows.find(|row| {
        let is_ours = row.tags.get(mark).is_some_and(|name| name == ENVIRONMENT);
        row.kind == "AWS::EC2::VPC" && is_ours
    });
    let vpc = vpc?.id;
    let tag = format!("tag:{mark}");
    let ours = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc.as_str()),
        ("Filter.2.Name", tag.as_str()),
        ("Filter.2.Value.1", ENVIRONMENT),
    ];
    let mut subnet = carl.ec2("DescribeSubnets", &ours, "subnetId").await;
    if subnet.is_empty() {
        let members = [("VpcId", vpc.as_str()), ("CidrBlock", "10.0.241.0/24")];
        subnet = carl.ec2("CreateSubnet", &members, "subnetId").await;
    }
    let mut group = carl.ec2("DescribeSecurityGroups", &ours, "groupId").await;
    if group.is_empty() {
        let members = [
            ("GroupName", "workers"),
            ("GroupDescription", "theirs"),
            ("VpcId", vpc.as_str()),
        ];
        group = carl.ec2("CreateSecurityGroup", &members, "groupId").await;
    }
    Some(Network {
        vpc,
        subnet,
        group,
        free_block: FREE_BLOCK.to_owned(),
    })
}

pub(super) fn our_role(life: &Life) -> Option<Row> {
    let rows: Vec<Row> = life.rows().into_values().collect();
    ours(&rows, "studio", "AWS::IAM::Role").cloned()
}

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

/// A role of somebody, which SageMaker may assume.
pub(super) async fn role_of(who: &Hand<'_>) -> String {
    let name = format!("{}-role", who.name);
    let members = [
        ("RoleName", name.as_str()),
        ("AssumeRolePolicyDocument", TRUST),
    ];
    who.iam("CreateRole", &members, "Arn").await
}

/// A role of somebody, which SageMaker sees by now.
pub(super) async fn seen_role_of(life: &Life, who: &Hand<'_>) -> String {
    let role = role_of(who).await;
    rest(life, 60).await;
    role
}

/// A model, of the members that it needs.
pub(super) fn model(name: &str, role: &str) -> Value {
    json!({
        "ModelName": name,
        "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": IMAGE},
    })
}

/// An endpoint and its config, of the same name.
pub(super) async fn endpoint(who: &Hand<'_>, name: &str, mut config: Value) {
    config["EndpointConfigName"] = json!(name);
    who.sagemaker("CreateEndpointConfig", config).await;
    let input = json!({"EndpointName": name, "EndpointConfigName": name});
    who.sagemaker("CreateEndpoint", input).await;
}

/// An endpoint of Carl's, with an inference component of his that runs this: a container, or a model by its name.
pub(super) async fn component_of_carls(life: &Life, name: &str, (member, runs): (&str, Value)) {
    let carl = carl(life);
    let role = seen_role_of(life, &carl).await;
    let config = json!({
        "ExecutionRoleArn": role,
        "ProductionVariants": [{
            "VariantName": "AllTraffic",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
        }],
    });
    endpoint(&carl, name, config).await;
    rest(life, 1300).await;
    let mut component = json!({
        "InferenceComponentName": "theirs",
        "EndpointName": name,
        "VariantName": "AllTraffic",
        "Specification": {"ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024}},
        "RuntimeConfig": {"CopyCount": 1},
    });
    component["Specification"][member] = runs;
    carl.sagemaker("CreateInferenceComponent", component).await;
    rest(life, 900).await;
}

/// A model, its config and its endpoint in our network.
pub(super) async fn inference_endpoint(
    who: &Hand<'_>,
    name: &str,
    role: &str,
    network: &Network,
    domain_arn: &str,
) {
    let tags = if domain_arn.is_empty() {
        json!([])
    } else {
        json!([{"Key": "sagemaker:domain-arn", "Value": domain_arn}])
    };
    let mut model = model(name, role);
    model["VpcConfig"] = network.vpc_config();
    model["Tags"] = tags.clone();
    // A new role is seen by SageMaker after a moment.
    rest_of(who, 30).await;
    who.sagemaker("CreateModel", model).await;
    let config = json!({
        "EndpointConfigName": name,
        "ProductionVariants": [{
            "VariantName": "AllTraffic",
            "ModelName": name,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.g5.2xlarge",
        }],
        "Tags": tags,
    });
    who.sagemaker("CreateEndpointConfig", config).await;
    let endpoint = json!({"EndpointName": name, "EndpointConfigName": name, "Tags": tags});
    who.sagemaker("CreateEndpoint", endpoint).await;
}

async fn rest_of(who: &Hand<'_>, seconds: u64) {
    post(
        who.shell,
        "/_simulator/clock",
        &json!({"advance_seconds": seconds}),
    )
    .await;
}

pub(super) fn training_job(role: &str, network: &Network) -> Value {
    json!({
        "TrainingJobName": "finetune",
        "RoleArn": role,
        "AlgorithmSpecification": {
            "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.4",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30,
            "KeepAlivePeriodInSeconds": 3600,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "VpcConfig": network.vpc_config(),
    })
}

/// A training job of ours that is done and keeps its instances warm.
async fn warm_pool(life: &Life, network: &Network) -> bool {
    let Some(role) = our_role(life) else {
        return false;
    };
    let mut job = training_job(&role.arn, network);
    job["TrainingJobName"] = json!("warm");
    // No other job here is like it and takes its instances over.
    job["ResourceConfig"]["VolumeSizeInGB"] = json!(50);
    keep_warm(&hand(life), job).await;
    true
}

/// Lets a training job begin and end.
pub(super) async fn keep_warm(who: &Hand<'_>, job: Value) {
    let brief = json!({
        "match": {"type": "AWS::SageMaker::TrainingJob", "operation": "create", "times": 1},
        "effect": {"kind": "take", "seconds": 60.0},
    });
    post(who.shell, "/_simulator/faults", &brief).await;
    who.sagemaker("CreateTrainingJob", job).await;
    rest_of(who, 120).await;
}

/// What GuardDuty's runtime monitoring puts into a VPC.
async fn guard_duty(carl: &Hand<'_>, network: &Network) {
    let name = format!("GuardDutyManagedSecurityGroup-{}", network.vpc);
    let members = [
        ("GroupName", name.as_str()),
        ("GroupDescription", "Associated with GuardDuty"),
        ("VpcId", network.vpc.as_str()),
    ];
    let group = carl.ec2("CreateSecurityGroup", &members, "groupId").await;
    let members = [
        ("VpcId", network.vpc.as_str()),
        ("ServiceName", "com.amazonaws.us-east-1.guardduty-data"),
        ("VpcEndpointType", "Interface"),
        ("SubnetId.1", network.subnet.as_str()),
        ("SecurityGroupId.1", group.as_str()),
        ("TagSpecification.1.ResourceType", "vpc-endpoint"),
        ("TagSpecification.1.Tag.1.Key", "GuardDutyManaged"),
        ("TagSpecification.1.Tag.1.Value", "true"),
    ];
    carl.ec2("CreateVpcEndpoint", &members, "vpcEndpointId")
        .await;
    rest_of(carl, 600).await;
}

/// A domain of somebody else in our subnet, which comes with a volume, its mount target and two groups.
async fn foreign_domain(carl: &Hand<'_>, network: &Network) {
    let role = role_of(carl).await;
    // A new role is seen by SageMaker after a moment.
    rest_of(carl, 30).await;
    let input = json!({
        "DomainName": "statistics",
        "AuthMode": "IAM",
        "VpcId": network.vpc,
        "SubnetIds": [network.subnet],
        "AppNetworkAccessType": "VpcOnly",
        "DefaultUserSettings": {"ExecutionRole": role, "SecurityGroups": [network.group]},
    });
    carl.sagemaker("CreateDomain", input).await;
    rest_of(carl, 900).await;
}

/// A group of somebody else whose rule names the domain's NFS group.
async fn foreign_rule(life: &Life, carl: &Hand<'_>, network: &Network) -> bool {
    let rows = life.rows().into_values();
    let mut nfs = rows.filter(|row| {
        row.kind == "AWS::EC2::SecurityGroup"
            && row.tags.contains_key("ManagedByAmazonSageMakerResource")
    });
    let Some(nfs) = nfs.next() else {
        return false;
    };
    let group = group_in(carl, &network.vpc).await;
    let members = nfs_rule(&group, &nfs.id);
    carl.ec2("AuthorizeSecurityGroupIngress", &members, "return")
        .await;
    true
}

/// A group of somebody's in a VPC.
pub(super) async fn group_in(who: &Hand<'_>, vpc: &str) -> String {
    let members = [
        ("GroupName", "theirs"),
        ("GroupDescription", "theirs"),
        ("VpcId", vpc),
    ];
    who.ec2("CreateSecurityGroup", &members, "groupId").await
}

/// A rule of a group that lets NFS through from or to another one.
pub(super) fn nfs_rule<'a>(group: &'a str, other: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "2049"),
        ("IpPermissions.1.ToPort", "2049"),
        ("IpPermissions.1.Groups.1.GroupId", other),
    ]
}

/// Somebody gave the execution role more than its stack did, in both ways.
async fn policy_by_hand(life: &Life) -> bool {
    let Some(role) = our_role(life) else {
        return false;
    };
    let ann = hand(life);
    let members = [
        ("RoleName", role.id.as_str()),
        ("PolicyArn", "arn:aws:iam::aws:policy/AmazonS3FullAccess"),
    ];
    ann.iam("AttachRolePolicy", &members, "RequestId").await;
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}]}"#;
    let members = [
        ("RoleName", role.id.as_str()),
        ("PolicyName", "bedrock"),
        ("PolicyDocument", document),
    ];
    ann.iam("PutRolePolicy", &members, "RequestId").await;
    true
}

/// A monitoring schedule and a scalable target on the session's endpoint.
async fn watched_and_scaled(life: &Life) {
    let ann = hand(life);
    let endpoint = ids(life, "AWS::SageMaker::Endpoint")
        .into_iter()
        .find(|name| name.ends_with(ENVIRONMENT))
        .unwrap();
    let role = our_role(life).unwrap();
    let input = hourly_schedule(&endpoint, &role.arn);
    ann.sagemaker("CreateMonitoringSchedule", input).await;
    let input = json!({
        "ServiceNamespace": "sagemaker",
        "ResourceId": format!("endpoint/{endpoint}/variant/AllTraffic"),
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    });
    ann.json("AnyScaleFrontendService.RegisterScalableTarget", input)
        .await;
    rest(life, 120).await;
}

/// A monitoring schedule on an endpoint.
pub(super) fn hourly_schedule(endpoint: &str, role: &str) -> Value {
    let job = json!({
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": endpoint, "LocalPath": "/opt/ml/processing/input"}}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [
            {"S3Output": {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/output"}},
        ]},
        "MonitoringResources": {"ClusterConfig": {
            "InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20,
        }},
        "MonitoringAppSpecification": {"ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"},
        "RoleArn": role,
    });
    json!({
        "MonitoringScheduleName": "hourly",
        "MonitoringScheduleConfig": {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinition": job,
        },
    })
}

/// An endpoint without a model of its own, in our network, with an inference component that brings one.
async fn inference_component(life: &Life, network: &Network) -> bool {
    let Some(role) = our_role(life) else {
        return false;
    };
    let ann = hand(life);
    ann.sagemaker("CreateModel", model("adapter", &role.arn))
        .await;
    let config = json!({
        "ExecutionRoleArn": role.arn,
        "VpcConfig": network.vpc_config(),
        "ProductionVariants": [{
            "VariantName": "AllTraffic",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.g5.2xlarge",
        }],
    });
    endpoint(&ann, "many", config).await;
    rest(life, 1300).await;
    let component = json!({
        "InferenceComponentName": "one",
        "EndpointName": "many",
        "VariantName": "AllTraffic",
        "Specification": {
            "ModelName": "adapter",
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
        },
        "RuntimeConfig": {"CopyCount": 1},
    });
    ann.sagemaker("CreateInferenceComponent", component).await;
    rest(life, 900).await;
    true
}

async fn endless_endpoint(life: &Life, network: &Network) -> bool {
    let (Some(role), Some(domain)) = (
        our_role(life),
        ids(life, "AWS::SageMaker::Domain").into_iter().next(),
    ) else {
        return false;
    };
    let slow = json!({
        "match": {"type": "AWS::SageMaker::Endpoint", "resource": "*slow*", "operation": "create", "times": 1},
        "effect": {"kind": "take", "seconds": 86400.0},
    });
    post(&life.shell, "/_simulator/faults", &slow).await;
    let arn = format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}");
    inference_endpoint(&hand(life), "slow", &role.arn, network, &arn).await;
    true
}
