//! Neighbours that a list of ours alone would not show: what they work with stays, and they are named.

use std::time::Duration;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::Outcome;
use serde_json::{Value, json};
use simulator::Scenario;

use super::hazards::{blockers, network_of};
use super::kinds::scale;
use super::obstacles::{
    hourly_schedule, inference_endpoint, network, our_role, put, role_of, training_job,
};
use super::starts::up;
use crate::support::hand::{Hand, carl, hand, ids, rest};
use crate::support::{ENVIRONMENT, Life, force, paused};

const SEED: u64 = 131;
const IMAGE: &str = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.27";
const THEIR_DOMAIN: &str = "arn:aws:sagemaker:us-east-1:111122223333:domain/d-somebodyelses";

/// Whether nobody has asked for this in a life.
fn is_never_asked(life: &Life, action: &str) -> bool {
    life.writes().iter().all(|(asked, _)| asked != action)
}

/// As SageMaker tags what is made in a domain that is not ours.
fn made_in_their_domain() -> Value {
    json!([{"Key": "sagemaker:domain-arn", "Value": THEIR_DOMAIN}])
}

fn our_domain_arn(life: &Life) -> String {
    let domain = ids(life, "AWS::SageMaker::Domain").remove(0);
    format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{domain}")
}

/// A model outside our network.
async fn model(who: &Hand<'_>, name: &str, role: &str, domain_arn: Option<&str>) {
    let tags = domain_arn.map(|arn| json!([{"Key": "sagemaker:domain-arn", "Value": arn}]));
    let input = json!({
        "ModelName": name,
        "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": IMAGE},
        "Tags": tags.unwrap_or_else(|| json!([])),
    });
    who.sagemaker("CreateModel", input).await;
}

#[test]
fn a_config_of_ours_stays_under_an_endpoint_that_nothing_shows_to_be_ours() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let carl = carl(&life);
        let theirs = role_of(&carl).await;
        rest(&life, 60).await;
        model(&carl, "theirs", &theirs, None).await;
        let input = json!({
            "EndpointConfigName": "made-in-our-domain",
            "ProductionVariants": [{
                "VariantName": "AllTraffic",
                "ModelName": "theirs",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.g5.2xlarge",
            }],
            "Tags": [{"Key": "sagemaker:domain-arn", "Value": our_domain_arn(&life)}],
        });
        carl.sagemaker("CreateEndpointConfig", input).await;
        let input = json!({"EndpointName": "theirs", "EndpointConfigName": "made-in-our-domain"});
        carl.sagemaker("CreateEndpoint", input).await;
        rest(&life, 900).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(
            ids(&life, "AWS::SageMaker::EndpointConfig"),
            ["made-in-our-domain"]
        );
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(blockers(&fallen).contains(&"theirs"), "{fallen:#?}");
    });
}

#[test]
fn nothing_is_cut_off_that_may_be_of_an_endpoint_whose_model_is_gone() {
    paused(SEED, async {
        let mut life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let ann = hand(&life);
        let role = our_role(&life).unwrap().arn;
        let network = network(&life).unwrap();
        for name in ["one", "other"] {
            inference_endpoint(&ann, name, &role, &network, "").await;
        }
        rest(&life, 900).await;
        ann.sagemaker("DeleteModel", json!({"ModelName": "other"}))
            .await;
        life.deadline = Duration::from_secs(3600);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.exit_code, 3, "{fallen:#?}");
        assert!(ids(&life, "AWS::SageMaker::Endpoint").contains(&"other".to_owned()));
        let writes = life.writes();
        let detached = writes
            .iter()
            .any(|(action, _)| action == "ec2:DetachNetworkInterface");
        assert!(!detached, "{writes:?}");
        let told = |kind: &str| fallen.remaining.iter().any(|left| left.kind == kind);
        assert!(told("AWS::EC2::NetworkInterface"), "{fallen:#?}");
        // What it works with is still there.
        assert!(our_role(&life).is_some());
    });
}

#[test]
fn somebody_elses_transform_job_is_not_stopped_because_its_model_was_made_in_our_domain() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let carl = carl(&life);
        let theirs = role_of(&carl).await;
        rest(&life, 60).await;
        let domain = our_domain_arn(&life);
        model(&carl, "made-in-our-domain", &theirs, Some(&domain)).await;
        let input = json!({
            "TransformJobName": "theirs",
            "ModelName": "made-in-our-domain",
            "TransformInput": {"DataSource": {"S3DataSource": {
                "S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in",
            }}},
            "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
            "TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1},
        });
        carl.sagemaker("CreateTransformJob", input).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(ids(&life, "AWS::SageMaker::Model"), ["made-in-our-domain"]);
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(blockers(&fallen).contains(&"theirs"), "{fallen:#?}");
        let writes = life.writes();
        let stopped = writes
            .iter()
            .any(|(action, _)| action == "sagemaker:StopTransformJob");
        assert!(!stopped, "{writes:?}");
    });
}

#[test]
fn a_group_of_another_vpc_that_is_associated_with_ours_keeps_the_network_whole() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let bob = life.as_caller("bob");
        assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
        up(&life).await;
        let (_, _, theirs) = network_of(&life, "workshop");
        let (vpc, ..) = network_of(&life, ENVIRONMENT);
        let members = [("GroupId", theirs.as_str()), ("VpcId", vpc.as_str())];
        let bob = Hand {
            shell: &life.shell,
            name: "bob",
        };
        bob.ec2("AssociateSecurityGroupVpc", &members, "state")
            .await;
        rest(&life, 60).await;
        let subnets = ids(&life, "AWS::EC2::Subnet");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(blockers(&fallen), [theirs.as_str()], "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::EC2::Subnet"), subnets);
        // Its owner takes it off, and the same command ends.
        bob.ec2("DisassociateSecurityGroupVpc", &members, "state")
            .await;
        rest(&life, 60).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    });
}

#[test]
fn a_group_of_ours_that_is_associated_with_another_vpc_keeps_the_network_whole() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let bob = life.as_caller("bob");
        assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
        up(&life).await;
        let (_, _, group) = network_of(&life, ENVIRONMENT);
        let (vpc, ..) = network_of(&life, "workshop");
        let members = [("GroupId", group.as_str()), ("VpcId", vpc.as_str())];
        let ann = hand(&life);
        ann.ec2("AssociateSecurityGroupVpc", &members, "state")
            .await;
        rest(&life, 60).await;
        let subnets = ids(&life, "AWS::EC2::Subnet");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let association = format!("{group}|{vpc}");
        assert_eq!(blockers(&fallen), [association.as_str()], "{fallen:#?}");
        let told = fallen.blockers[0].reason.as_deref().unwrap();
        for part in [
            "owner account 111122223333",
            "aws ec2 disassociate-security-group-vpc",
        ] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(ids(&life, "AWS::EC2::Subnet"), subnets);
        ann.ec2("DisassociateSecurityGroupVpc", &members, "state")
            .await;
        rest(&life, 60).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    });
}

#[test]
fn somebody_elses_domain_in_our_network_keeps_it_whole_though_nobody_uses_it() {
    paused(SEED, async {
        let mut scenario = Scenario::default();
        scenario.switches.groups_without_volume = false;
        let life = Life::new(scenario, SEED);
        up(&life).await;
        let ours = ids(&life, "AWS::SageMaker::Domain");
        assert!(put(&life, "foreign domain").await);
        let all = ids(&life, "AWS::SageMaker::Domain");
        let foreign: Vec<&String> = all.iter().filter(|id| !ours.contains(id)).collect();
        let subnets = ids(&life, "AWS::EC2::Subnet");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(
            blockers(&fallen).contains(&foreign[0].as_str()),
            "{fallen:#?}"
        );
        assert_eq!(ids(&life, "AWS::EC2::Subnet"), subnets);
        assert_eq!(ids(&life, "AWS::SageMaker::Domain"), [foreign[0].as_str()]);
    });
}

#[test]
fn an_endpoint_with_a_model_in_our_network_is_named_whatever_else_it_says() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let carl = carl(&life);
        let theirs = role_of(&carl).await;
        let network = network(&life).unwrap();
        inference_endpoint(&carl, "theirs", &theirs, &network, THEIR_DOMAIN).await;
        rest(&life, 1800).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let named = |kind: &str| fallen.blockers.iter().any(|found| found.kind == kind);
        assert!(named("AWS::SageMaker::Endpoint"), "{fallen:#?}");
    });
}

#[test]
fn somebody_elses_pipeline_is_not_deleted_because_it_works_with_a_role_of_ours() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let carl = carl(&life);
        let theirs = role_of(&carl).await;
        rest(&life, 60).await;
        let mut job = training_job(&theirs, &network(&life).unwrap());
        job.as_object_mut().unwrap().remove("VpcConfig");
        let step = json!({"Name": "train", "Type": "Training", "Arguments": job});
        let definition = json!({"Version": "2020-12-01", "Steps": [step]});
        let token = "0123456789abcdef0123456789abcdef";
        let input = json!({
            "PipelineName": "nightly",
            "PipelineDefinition": definition.to_string(),
            "ClientRequestToken": token,
            "RoleArn": our_role(&life).unwrap().arn,
            "Tags": made_in_their_domain(),
        });
        carl.sagemaker("CreatePipeline", input).await;
        let input = json!({"PipelineName": "nightly", "ClientRequestToken": token});
        carl.sagemaker("StartPipelineExecution", input).await;
        rest(&life, 60).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(blockers(&fallen).contains(&"nightly"), "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::SageMaker::Pipeline"), ["nightly"]);
        for action in ["StopPipelineExecution", "DeletePipeline"] {
            let action = format!("sagemaker:{action}");
            assert!(is_never_asked(&life, &action), "{:?}", life.writes());
        }
    });
}

#[test]
fn somebody_elses_config_is_not_deleted_because_of_the_role_or_the_model_that_it_runs_with() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let role = our_role(&life).unwrap().arn;
        model(&hand(&life), "plain", &role, None).await;
        rest(&life, 60).await;
        let carl = carl(&life);
        let variant = json!({
            "VariantName": "AllTraffic",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.g5.2xlarge",
        });
        let mut with_model = variant.clone();
        with_model["ModelName"] = json!("plain");
        let by_model = json!({
            "EndpointConfigName": "by-model",
            "ProductionVariants": [with_model],
            "Tags": made_in_their_domain(),
        });
        let by_role = json!({
            "EndpointConfigName": "by-role",
            "ExecutionRoleArn": role,
            "ProductionVariants": [variant],
            "Tags": made_in_their_domain(),
        });
        for input in [by_model, by_role] {
            carl.sagemaker("CreateEndpointConfig", input).await;
        }
        rest(&life, 60).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let theirs = ["by-model", "by-role"];
        assert_eq!(ids(&life, "AWS::SageMaker::EndpointConfig"), theirs);
        let named = blockers(&fallen);
        assert!(theirs.iter().all(|it| named.contains(it)), "{fallen:#?}");
        let action = "sagemaker:DeleteEndpointConfig";
        assert!(is_never_asked(&life, action), "{:?}", life.writes());
    });
}

#[test]
fn what_somebody_else_put_on_an_endpoint_of_ours_stays_and_so_does_the_endpoint() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        assert!(put(&life, "inference component").await);
        let carl = carl(&life);
        let theirs = role_of(&carl).await;
        rest(&life, 60).await;
        let input = json!({
            "InferenceComponentName": "theirs",
            "EndpointName": "many",
            "VariantName": "AllTraffic",
            "Specification": {
                "ModelName": "adapter",
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 1024},
            },
            "RuntimeConfig": {"CopyCount": 1},
            "Tags": made_in_their_domain(),
        });
        carl.sagemaker("CreateInferenceComponent", input).await;
        let mut input = hourly_schedule("many", &theirs);
        input["Tags"] = made_in_their_domain();
        carl.sagemaker("CreateMonitoringSchedule", input).await;
        rest(&life, 900).await;
        scale(&carl, "theirs", json!({})).await;
        let consent = Consent {
            delete_logs: true,
            ..force()
        };
        let fallen = life.down(ENVIRONMENT, consent).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        // Ours on the same endpoint has gone.
        assert_eq!(ids(&life, "AWS::SageMaker::InferenceComponent"), ["theirs"]);
        assert_eq!(ids(&life, "AWS::SageMaker::MonitoringSchedule"), ["hourly"]);
        assert_eq!(ids(&life, "AWS::SageMaker::Endpoint"), ["many"]);
        let named = blockers(&fallen);
        for theirs in ["theirs", "hourly"] {
            assert!(named.contains(&theirs), "{fallen:#?}");
        }
        // It is still scaled, and what it writes is his.
        let target = "inference-component/theirs|sagemaker:inference-component:DesiredCopyCount";
        let targets = ids(&life, "AWS::ApplicationAutoScaling::ScalableTarget");
        assert_eq!(targets, [format!("{target}|sagemaker")]);
        let action = "application-autoscaling:DeregisterScalableTarget";
        assert!(is_never_asked(&life, action), "{:?}", life.writes());
        let group = "/aws/sagemaker/InferenceComponents/theirs";
        let rows = life.shell.snapshot().rows();
        assert!(rows.iter().any(|row| row.id == group), "{rows:#?}");
        let mut remaining = fallen.remaining.iter();
        assert!(remaining.all(|left| left.id != group), "{fallen:#?}");
    });
}
