//! What single kinds of things ask of a teardown: their order, their data, what is kept of them and how that is told.

use std::collections::BTreeSet;

use jumpstart_vpc::down::{Consent, NamedDomain};
use jumpstart_vpc::event::{Event, Finished, Outcome};
use jumpstart_vpc::stacks::Manifest;
use serde_json::{Value, json};
use simulator::{Row, Scenario};

use super::hazards::{blockers, domain_arn, lent, with_located};
use super::obstacles::{
    IMAGE, component_of_carls, group_in, hourly_schedule, inference_endpoint, keep_warm, model,
    network, nfs_rule, our_role, put, seen_role_of, training_job,
};
use super::starts::{risen, up};
use crate::support::hand::{Hand, carl, hand, ids, rest};
use crate::support::process::post;
use crate::support::{ENVIRONMENT, Life, difference, force, paused, set, warnings, yes};

const SEED: u64 = 121;

/// A teardown that succeeds, with Ann's accepted calls in it by their order.
async fn fall(life: &Life, consent: Consent) -> (Finished, Vec<String>) {
    let began = life.shell.snapshot().log().len();
    let fallen = life.down(ENVIRONMENT, consent).await;
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    let world = life.shell.snapshot();
    let entries = world.log().iter().skip(began);
    let accepted = entries
        .filter(|entry| entry.caller.ends_with("/ann") && entry.code.is_none())
        .map(|entry| entry.action.clone())
        .collect();
    (fallen, accepted)
}

/// `--force --delete-logs`.
fn with_logs() -> Consent {
    Consent {
        delete_logs: true,
        ..force()
    }
}

fn position(calls: &[String], action: &str) -> usize {
    let found = calls.iter().position(|call| call == action);
    found.unwrap_or_else(|| panic!("no {action} in {calls:?}"))
}

#[test]
fn logs_are_kept_and_named_unless_somebody_says_otherwise() {
    paused(SEED, async {
        let life = risen(SEED).await;
        life.session(ENVIRONMENT, 1).await;
        let world = life.shell.snapshot();
        let logs = |life: &Life| -> BTreeSet<String> {
            let rows = life.shell.snapshot().rows().into_iter();
            let logs = rows.filter(|row| row.kind.starts_with("AWS::Logs::"));
            logs.map(|row| row.id).collect()
        };
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let kept = fallen
            .kept
            .iter()
            .filter(|it| it.kind.starts_with("AWS::Logs::"));
        let kept: BTreeSet<String> = kept.map(|it| it.id.to_string()).collect();
        assert!(
            !kept.is_empty() && kept.is_subset(&logs(&life)),
            "{kept:?} {:?}",
            logs(&life)
        );
        let life = Life::within(&world, SEED);
        let fallen = life.down(ENVIRONMENT, with_logs()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert!(kept.is_disjoint(&logs(&life)), "{kept:?} {:?}", logs(&life));
    });
}

#[test]
fn inference_components_go_before_their_endpoint() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        up(&life).await;
        assert!(put(&life, "inference component").await);
        // What they wrote is no part of an environment: it stays wherever nobody looks after it.
        let groups = || -> BTreeSet<String> {
            let rows = life.shell.snapshot().rows().into_iter();
            let groups = rows.filter(|row| row.kind == "AWS::Logs::LogGroup");
            let own = groups.filter(|row| row.id.ends_with("/one") || row.id.ends_with("/many"));
            own.map(|row| row.id).collect()
        };
        let written = ["Endpoints/many", "InferenceComponents/one"];
        let written = written.map(|end| format!("/aws/sagemaker/{end}"));
        assert_eq!(groups(), BTreeSet::from(written));
        let (_, calls) = fall(&life, with_logs()).await;
        assert_eq!(groups(), BTreeSet::new());
        let component = position(&calls, "sagemaker:DeleteInferenceComponent");
        let endpoint = position(&calls, "sagemaker:DeleteEndpoint");
        assert!(component < endpoint, "{calls:?}");
        assert!(
            component < position(&calls, "sagemaker:DeleteModel"),
            "{calls:?}"
        );
        let config = position(&calls, "sagemaker:DeleteEndpointConfig");
        assert!(endpoint < config, "{calls:?}");
        // While the model is there a config that brings none is looked for.
        assert!(
            config < position(&calls, "sagemaker:DeleteModel"),
            "{calls:?}"
        );
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// Has an inference component scaled.
pub(super) async fn scale(who: &Hand<'_>, component: &str, tags: Value) {
    let input = json!({
        "ServiceNamespace": "sagemaker",
        "ResourceId": format!("inference-component/{component}"),
        "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
        "Tags": tags,
    });
    who.json("AnyScaleFrontendService.RegisterScalableTarget", input)
        .await;
}

/// An endpoint of Carl's with an inference component, which is scaled.
async fn scaled_neighbour(life: &Life) {
    component_of_carls(life, "neighbour", ("Container", json!({"Image": IMAGE}))).await;
    scale(&carl(life), "theirs", json!({})).await;
}

#[test]
fn an_inference_component_goes_after_what_scales_it_and_a_neighbours_stays_scaled() {
    for outlives in [true, false] {
        paused(SEED, async {
            let mut scenario = Scenario::default();
            scenario.switches.targets_outlive_components = outlives;
            let life = Life::new(scenario, SEED);
            scaled_neighbour(&life).await;
            let before = life.rows();
            up(&life).await;
            assert!(put(&life, "inference component").await);
            scale(&hand(&life), "one", json!({})).await;
            let (_, calls) = fall(&life, with_logs()).await;
            let target = position(&calls, "application-autoscaling:DeregisterScalableTarget");
            let component = position(&calls, "sagemaker:DeleteInferenceComponent");
            assert!(target < component, "{calls:?}");
            assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        });
    }
}

#[test]
fn a_target_goes_though_its_inference_component_went_before_it() {
    paused(SEED, async {
        let life = risen(SEED).await;
        assert!(put(&life, "inference component").await);
        let ann = hand(&life);
        let domain = domain_arn(&ids(&life, "AWS::SageMaker::Domain")[0]);
        scale(&ann, "one", json!({"sagemaker:domain-arn": domain})).await;
        let component = json!({"InferenceComponentName": "one"});
        ann.sagemaker("DeleteInferenceComponent", component).await;
        rest(&life, 600).await;
        let targets = || ids(&life, "AWS::ApplicationAutoScaling::ScalableTarget").len();
        assert_eq!(targets(), 1);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(targets(), 0);
    });
}

#[test]
fn a_pipeline_goes_whatever_its_name() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        up(&life).await;
        let role = our_role(&life).unwrap().arn;
        let job = training_job(&role, &network(&life).unwrap());
        let step = json!({"Name": "train", "Type": "Training", "Arguments": job});
        let definition = json!({"Version": "2020-12-01", "Steps": [step]});
        let input = json!({
            "PipelineName": "fraud-v-1-0-0-1",
            "PipelineDefinition": definition.to_string(),
            "ClientRequestToken": "0123456789abcdef0123456789abcdef",
            "RoleArn": role,
        });
        hand(&life).sagemaker("CreatePipeline", input).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_schedule_goes_though_its_endpoint_went_before_it() {
    paused(SEED, async {
        let mut scenario = Scenario::default();
        scenario
            .switches
            .monitoring_schedule_refuses_delete_endpoint = false;
        let life = Life::new(scenario, SEED);
        up(&life).await;
        let ann = hand(&life);
        let role = our_role(&life).unwrap().arn;
        let network = network(&life).unwrap();
        let domain = domain_arn(&ids(&life, "AWS::SageMaker::Domain")[0]);
        inference_endpoint(&ann, "watched", &role, &network, &domain).await;
        rest(&life, 1800).await;
        let mut input = hourly_schedule("watched", &role);
        input["Tags"] = json!([{"Key": "sagemaker:domain-arn", "Value": domain}]);
        ann.sagemaker("CreateMonitoringSchedule", input).await;
        rest(&life, 300).await;
        ann.sagemaker("DeleteEndpoint", json!({"EndpointName": "watched"}))
            .await;
        rest(&life, 600).await;
        let schedules = || ids(&life, "AWS::SageMaker::MonitoringSchedule");
        assert_eq!(schedules(), ["hourly"]);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(schedules(), Vec::<String>::new());
    });
}

#[test]
fn r_studios_server_goes_after_its_gateways_and_its_third_group_with_the_domain() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let (vpc, subnet, group) = lent(&life).await;
        let ann = hand(&life);
        let role = seen_role_of(&life, &ann).await;
        let before = life.rows();
        let input = json!({
            "DomainName": "statistics",
            "AuthMode": "IAM",
            "VpcId": vpc,
            "SubnetIds": [subnet],
            "AppNetworkAccessType": "VpcOnly",
            "AppSecurityGroupManagement": "Service",
            "DomainSettings": {"RStudioServerProDomainSettings": {"DomainExecutionRoleArn": role}},
            "DefaultUserSettings": {
                "ExecutionRole": role,
                "SecurityGroups": [group],
                "RStudioServerProAppSettings": {"AccessStatus": "ENABLED"},
            },
        });
        let made = ann.sagemaker("CreateDomain", input).await;
        rest(&life, 1200).await;
        let arn = made["DomainArn"].as_str().unwrap();
        let domain = arn.rsplit('/').next().unwrap();
        let input = json!({"DomainId": domain, "UserProfileName": "ann",
            "UserSettings": {"RStudioServerProAppSettings": {
                "AccessStatus": "ENABLED", "UserGroup": "R_STUDIO_USER"}}});
        ann.sagemaker("CreateUserProfile", input).await;
        rest(&life, 120).await;
        let input = json!({"DomainId": domain, "UserProfileName": "ann",
            "AppType": "RSessionGateway", "AppName": "default"});
        ann.sagemaker("CreateApp", input).await;
        rest(&life, 900).await;
        let began = life.shell.snapshot().log().len();
        let named = NamedDomain::parse(arn).unwrap();
        let fallen = life
            .down_as(ENVIRONMENT, force(), |request| request.domain = Some(named))
            .await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let world = life.shell.snapshot();
        let entries = world.log().iter().skip(began);
        let deletions: Vec<String> = entries
            .filter(|entry| entry.action == "sagemaker:DeleteApp" && entry.code.is_none())
            .map(|entry| entry.resources.join(" "))
            .collect();
        let at = |kind: &str| {
            let found = deletions.iter().position(|named| named.contains(kind));
            found.unwrap_or_else(|| panic!("{deletions:?}"))
        };
        assert!(
            at("RSessionGateway") < at("RStudioServerPro"),
            "{deletions:?}"
        );
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn policies_go_by_their_own_flag_and_a_late_one_is_read_out_too() {
    for late in [false, true] {
        paused(SEED, async {
            let life = risen(SEED).await;
            let consent = Consent {
                detach_policies: true,
                ..yes()
            };
            let clock = life.context().await.clock;
            let hand = async {
                if late {
                    clock.sleep(std::time::Duration::from_secs(60)).await;
                }
                assert!(put(&life, "policy by hand").await);
            };
            let fallen = if late {
                let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, consent), hand);
                fallen
            } else {
                hand.await;
                life.down(ENVIRONMENT, consent).await
            };
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{late}: {fallen:#?}");
            let told = warnings(&life);
            assert_eq!(told.matches("bedrock:InvokeModel").count(), 1, "{told}");
        });
    }
}

#[test]
fn a_kept_volume_is_told_with_the_homes_in_it_and_the_command_that_deletes_it() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let volume = ids(&life, "AWS::EFS::FileSystem").remove(0);
        let kept = fallen.kept.iter().find(|kept| kept.id == volume).unwrap();
        let told = kept.reason.as_deref().unwrap();
        assert!(told.contains("default-user /200"), "{told}");
        assert!(told.contains(&format!("--delete-efs={volume}")), "{told}");
    });
}

#[test]
fn what_somebody_makes_under_a_name_that_was_ours_is_his() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let (ann, carl) = (hand(&life), carl(&life));
        let role = our_role(&life).unwrap().arn;
        let theirs = seen_role_of(&life, &carl).await;
        ann.sagemaker("CreateModel", model("demo", &role)).await;
        let again = async {
            while ids(&life, "AWS::SageMaker::Model") == ["demo"] {
                rest(&life, 1).await;
            }
            carl.sagemaker("CreateModel", model("demo", &theirs)).await;
        };
        let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, force()), again);
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::SageMaker::Model"), ["demo"]);
    });
}

/// What Ann has made in our domain, and Carl in another one, as SageMaker tags what is made from inside a domain. Gives the
/// ARNs of what costs in ours.
async fn what_costs(life: &Life) -> BTreeSet<String> {
    let (ann, carl) = (hand(life), carl(life));
    let role = our_role(life).unwrap().arn;
    let theirs = seen_role_of(life, &carl).await;
    let id = ids(life, "AWS::SageMaker::Domain").remove(0);
    let tags = |domain: &str| json!([{"Key": "sagemaker:domain-arn", "Value": domain_arn(domain)}]);
    let group = |name: &str, domain: &str, role: &str| {
        json!({
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "user",
            "EventTimeFeatureName": "at",
            "FeatureDefinitions": [
                {"FeatureName": "user", "FeatureType": "String"},
                {"FeatureName": "at", "FeatureType": "String"},
            ],
            "RoleArn": role,
            "Tags": tags(domain),
        })
    };
    let online = |name: &str, domain: &str, role: &str| {
        let mut input = group(name, domain, role);
        input["OnlineStoreConfig"] = json!({"EnableOnlineStore": true});
        input
    };
    let mut offline = group("history", &id, &role);
    offline["OfflineStoreConfig"] = json!({"S3StorageConfig": {"S3Uri": "s3://bucket/history"}});
    let server = json!({
        "TrackingServerName": "runs",
        "ArtifactStoreUri": "s3://bucket/runs",
        "RoleArn": role,
        "Tags": tags(&id),
    });
    // Whoever makes a domain's default app need not be in the domain.
    let app = |role: &str| {
        json!({
            "Name": "board",
            "ArtifactStoreUri": "s3://bucket/runs",
            "RoleArn": role,
        })
    };
    let mut default = app(&role);
    default["DefaultDomainIdList"] = json!([id]);
    let clicks = online("clicks", &id, &role);
    let clicks = ann.sagemaker("CreateFeatureGroup", clicks).await;
    ann.sagemaker("CreateFeatureGroup", offline).await;
    let server = ann.sagemaker("CreateMlflowTrackingServer", server).await;
    let default = ann.sagemaker("CreateMlflowApp", default).await;
    let other = online("theirs", "d-somebodyelses", &theirs);
    carl.sagemaker("CreateFeatureGroup", other).await;
    carl.sagemaker("CreateMlflowApp", app(&theirs)).await;
    rest(life, 2400).await;
    let made = [
        &clicks["FeatureGroupArn"],
        &server["TrackingServerArn"],
        &default["Arn"],
    ];
    made.map(|arn| arn.as_str().unwrap().to_owned()).into()
}

/// The rows of what a teardown names and leaves.
fn managed(life: &Life) -> Vec<Row> {
    let kinds = ["FeatureGroup", "MlflowTrackingServer", "MlflowApp"];
    let kinds = kinds.map(|kind| format!("AWS::SageMaker::{kind}"));
    let rows = life.rows().into_values();
    rows.filter(|row| kinds.contains(&row.kind)).collect()
}

/// What was kept because it still costs, and is nobody's to delete but its maker's.
fn still_costing(fallen: &Finished) -> BTreeSet<String> {
    let kept = fallen.kept.iter();
    let costing = kept.filter(|kept| {
        let why = kept.reason.as_deref().unwrap_or_default();
        why.contains("still costs by the hour")
    });
    costing.map(|kept| kept.id.to_string()).collect()
}

#[test]
fn what_still_costs_in_our_domain_is_named_and_left() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let costs = what_costs(&life).await;
        let before = managed(&life);
        assert_eq!(before.len(), 6, "{before:#?}");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(still_costing(&fallen), costs, "{fallen:#?}");
        assert_eq!(managed(&life), before);
    });
}

#[test]
fn who_may_not_ask_what_still_costs_is_told_so() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let costs = what_costs(&life).await;
        let reads = ["sagemaker:DescribeFeatureGroup", "sagemaker:ListMlflowApps"];
        for action in reads {
            let rule = json!({
                "match": {"action": action},
                "answer": {"kind": "error", "code": "AccessDeniedException", "message": "no", "status": 400},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
        }
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let told = warnings(&life);
        for action in reads {
            assert!(told.contains(action), "{told}");
        }
        // The tag alone tells of the tracking server.
        let mut tagged = costs;
        tagged.retain(|arn| arn.contains(":mlflow-tracking-server/"));
        assert_eq!(still_costing(&fallen), tagged, "{fallen:#?}");
    });
}

/// Makes a domain of Ann's in a VPC that is not hers.
async fn borrow(life: &Life, (vpc, subnet, group): &(String, String, String)) {
    let given = [
        ("VpcId", vpc.clone()),
        ("SubnetIds", subnet.clone()),
        ("GroupId", group.clone()),
    ];
    let risen = life.up_given(ENVIRONMENT, set("borrowed"), &given).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
}

/// A VPC of Bob's with a domain of Ann's in it: its ids.
async fn borrowed(life: &Life) -> (String, String, String) {
    let ids = lent(life).await;
    borrow(life, &ids).await;
    ids
}

#[test]
fn what_a_deleted_stack_left_in_a_borrowed_vpc_is_found_by_what_the_stack_had() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let network = lent(&life).await;
        let before = life.rows();
        borrow(&life, &network).await;
        let stack = format!("{ENVIRONMENT}-studio");
        let members = [("StackName", stack.as_str())];
        hand(&life).cloudformation("DeleteStack", &members).await;
        rest(&life, 900).await;
        // No stack and no VPC leads to it any more: only the domain that is gone had to do with it.
        let rows = life.rows().into_iter();
        let left = rows.filter(|(key, _)| !before.contains_key(key));
        let left: BTreeSet<String> = left.map(|(_, row)| row.kind).collect();
        let kinds = [
            "AWS::EC2::NetworkInterface",
            "AWS::EC2::SecurityGroup",
            "AWS::EFS::AccessPoint",
            "AWS::EFS::FileSystem",
            "AWS::EFS::MountTarget",
        ];
        assert_eq!(left, BTreeSet::from(kinds.map(str::to_owned)));
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        assert_eq!(fallen.data.len(), 1, "{fallen:#?}");
    });
}

/// An interface of somebody's in a subnet, with a group.
async fn interface_in(who: &Hand<'_>, subnet: &str, group: &str) -> String {
    let members = [("SubnetId", subnet), ("SecurityGroupId.1", group)];
    who.ec2("CreateNetworkInterface", &members, "networkInterfaceId")
        .await
}

#[test]
fn nothing_in_a_borrowed_vpc_is_taken_for_its_place() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let (vpc, subnet, _) = borrowed(&life).await;
        let rows = life.rows().into_values();
        let domain = ids(&life, "AWS::SageMaker::Domain");
        let nfs: Vec<String> = rows
            .filter(|row| {
                let owner = row.tags.get("ManagedByAmazonSageMakerResource");
                row.kind == "AWS::EC2::SecurityGroup"
                    && owner.is_some_and(|arn| domain.iter().any(|id| arn.ends_with(id)))
            })
            .map(|row| row.id)
            .collect();
        let carl = carl(&life);
        let group = group_in(&carl, &vpc).await;
        let members = nfs_rule(&group, &nfs[0]);
        carl.ec2("AuthorizeSecurityGroupIngress", &members, "return")
            .await;
        let interface = interface_in(&carl, &subnet, &group).await;
        let fallen = life.down(ENVIRONMENT, with_located()).await;
        let interfaces = ids(&life, "AWS::EC2::NetworkInterface");
        assert!(interfaces.contains(&interface), "{fallen:#?}");
        assert!(ids(&life, "AWS::EC2::SecurityGroup").contains(&group));
    });
}

#[test]
fn a_member_of_a_stack_is_not_given_up_because_no_list_shows_it() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let (_, subnet, _) = borrowed(&life).await;
        let rows: Vec<Row> = life.rows().into_values().collect();
        let studio = format!("{ENVIRONMENT}-studio");
        let mut groups = rows.iter().filter(|row| {
            row.kind == "AWS::EC2::SecurityGroup" && row.stack.as_ref() == Some(&studio)
        });
        let group = groups.next().unwrap().id.clone();
        let carl = carl(&life);
        let interface = interface_in(&carl, &subnet, &group).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(blockers(&fallen), [interface.as_str()]);
        assert!(ids(&life, "AWS::EC2::SecurityGroup").contains(&group));
        let members = [("NetworkInterfaceId", interface.as_str())];
        carl.ec2("DeleteNetworkInterface", &members, "return").await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert!(!ids(&life, "AWS::EC2::SecurityGroup").contains(&group));
    });
}

#[test]
fn an_interface_that_nobody_uses_yet_keeps_the_endpoints_too() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let endpoints = ids(&life, "AWS::EC2::VPCEndpoint");
        assert!(put(&life, "foreign interface").await);
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(blockers(&fallen).len(), 1, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::EC2::VPCEndpoint"), endpoints);
        assert!(ids(&life, "AWS::SageMaker::Domain").is_empty());
    });
}

/// The next jobs of these kinds are at work for a day.
async fn prolong(life: &Life, kinds: &[&str]) {
    for kind in kinds {
        let long = json!({
            "match": {"type": kind, "operation": "create", "times": 1},
            "effect": {"kind": "take", "seconds": 86400.0},
        });
        post(&life.shell, "/_simulator/faults", &long).await;
    }
}

/// An AutoML job in a network, or in none.
async fn start_automl(who: &Hand<'_>, name: &str, role: &str, place: &Value) {
    let input = json!({
        "AutoMLJobName": name,
        "RoleArn": role,
        "AutoMLJobInputDataConfig": [{"DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in",
        }}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "AutoMLProblemTypeConfig": {"TabularJobConfig": {"TargetAttributeName": "price"}},
        "SecurityConfig": {"VpcConfig": place},
    });
    who.sagemaker("CreateAutoMLJobV2", input).await;
}

/// A job of each kind at work in our network, and a model for one of them. Those that start others go first: these do not
/// end before it is their turn.
pub(crate) async fn start_jobs(life: &Life) {
    let ann = hand(life);
    let kinds = [
        "AWS::SageMaker::ProcessingJob",
        "AWS::SageMaker::TransformJob",
    ];
    prolong(life, &kinds).await;
    let role = our_role(life).unwrap().arn;
    let place = network(life).unwrap().vpc_config();
    let mut input = model("batch", &role);
    input["VpcConfig"] = place.clone();
    ann.sagemaker("CreateModel", input).await;
    let input = json!({
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {"Strategy": "Random", "ResourceLimits":
            {"MaxNumberOfTrainingJobs": 40, "MaxParallelTrainingJobs": 2}},
        "TrainingJobDefinition": {
            "RoleArn": role,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "VpcConfig": place,
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        },
    });
    ann.sagemaker("CreateHyperParameterTuningJob", input).await;
    start_automl(&ann, "auto", &role, &place).await;
    let input = json!({
        "ProcessingJobName": "clean",
        "RoleArn": role,
        "ProcessingResources": {"ClusterConfig": {
            "InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}},
        "AppSpecification": {"ImageUri": IMAGE},
        "NetworkConfig": {"VpcConfig": place},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    });
    ann.sagemaker("CreateProcessingJob", input).await;
    let input = json!({
        "TransformJobName": "batch",
        "ModelName": "batch",
        "TransformInput": {"DataSource": {"S3DataSource": {
            "S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in",
        }}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    });
    ann.sagemaker("CreateTransformJob", input).await;
}

#[test]
fn jobs_of_every_kind_are_stopped_those_first_that_start_others() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let carl = carl(&life);
        let theirs = seen_role_of(&life, &carl).await;
        prolong(&life, &["AWS::SageMaker::TrainingJob"]).await;
        start_automl(&carl, "theirs", &theirs, &Value::Null).await;
        let before = life.rows();
        up(&life).await;
        start_jobs(&life).await;
        let (_, calls) = fall(&life, force()).await;
        let automl = position(&calls, "sagemaker:StopAutoMLJob");
        let tuning = position(&calls, "sagemaker:StopHyperParameterTuningJob");
        for stopped in ["StopProcessingJob", "StopTransformJob"] {
            let at = position(&calls, &format!("sagemaker:{stopped}"));
            assert!(automl < at, "{calls:?}");
        }
        let training = calls
            .iter()
            .position(|action| action == "sagemaker:StopTrainingJob");
        assert!(automl < tuning, "{calls:?}");
        assert!(training.is_none_or(|at| tuning < at), "{calls:?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn somebody_elses_automl_job_in_our_network_is_named_and_not_stopped() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let carl = carl(&life);
        let theirs = seen_role_of(&life, &carl).await;
        let place = network(&life).unwrap().vpc_config();
        prolong(&life, &["AWS::SageMaker::TrainingJob"]).await;
        start_automl(&carl, "theirs", &theirs, &place).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(blockers(&fallen).contains(&"theirs"), "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::SageMaker::AutoMLJob"), ["theirs"]);
        let writes = life.writes();
        let stopped = writes
            .iter()
            .any(|(action, _)| action.starts_with("sagemaker:Stop"));
        assert!(!stopped, "{writes:?}");
    });
}

#[test]
fn instances_that_a_job_of_ours_keeps_warm_are_let_go_at_once() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let carl = carl(&life);
        let theirs = seen_role_of(&life, &carl).await;
        // His are kept for hours.
        let job = json!({
            "TrainingJobName": "theirs",
            "RoleArn": theirs,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30,
                "KeepAlivePeriodInSeconds": 21600,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        });
        keep_warm(&carl, job).await;
        let before = life.rows();
        assert_eq!(
            before["AWS::SageMaker::TrainingJob theirs"].status,
            "Completed"
        );
        up(&life).await;
        assert!(put(&life, "warm pool").await);
        let ours = life.rows().remove("AWS::SageMaker::TrainingJob warm");
        assert_eq!(ours.unwrap().status, "Completed");
        let (fallen, calls) = fall(&life, force()).await;
        let ended = calls
            .iter()
            .filter(|action| *action == "sagemaker:UpdateTrainingJob");
        assert_eq!(ended.count(), 1, "{calls:?}");
        // They would have been kept for an hour.
        assert!(fallen.elapsed_seconds < 1800.0, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// A role that CloudFormation may work with.
pub(crate) async fn service_role(who: &Hand<'_>, name: &str) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Service": "cloudformation.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]})
    .to_string();
    let members = [
        ("RoleName", name),
        ("AssumeRolePolicyDocument", trust.as_str()),
    ];
    who.iam("CreateRole", &members, "Arn").await
}

/// Sentence and commands of a hint that was given.
fn hint(life: &Life, wanted: &str) -> String {
    let events = life.recorder.0.borrow();
    let given = events.iter().filter_map(|event| match event {
        Event::Hint { id, summary, next } if id == wanted => {
            Some(format!("{summary}\n{}", next.join("\n")))
        }
        _ => None,
    });
    given.collect()
}

#[test]
fn stacks_whose_service_role_is_gone_go_with_another_one() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let ann = hand(&life);
        let role = service_role(&ann, "deployer").await;
        let other = service_role(&ann, "another").await;
        rest(&life, 60).await;
        let before = life.rows();
        let mut manifest = Manifest::embedded().unwrap();
        for entry in &mut manifest.stacks {
            entry.role_arn = Some(role.clone());
        }
        let risen = life.up_with(ENVIRONMENT, manifest).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        let members = [("RoleName", "deployer")];
        ann.iam("DeleteRole", &members, "RequestId").await;
        let stacks = ids(&life, "AWS::CloudFormation::Stack");
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.exit_code, 1, "{fallen:#?}");
        assert_eq!(ids(&life, "AWS::CloudFormation::Stack"), stacks);
        let told = hint(&life, "service-role-gone");
        assert!(
            told.contains("--cfn-role-arn") && told.contains("--role-name deployer"),
            "{told}"
        );
        // Everything that CloudFormation has no part in has gone all the same.
        assert!(ids(&life, "AWS::SageMaker::Domain").is_empty());
        assert!(ids(&life, "AWS::EFS::FileSystem").is_empty());
        let fallen = life
            .down_as(ENVIRONMENT, force(), |request| {
                request.role_arn = Some(other);
            })
            .await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let left = difference(&before, &life.rows());
        assert_eq!(left, ["gone: AWS::IAM::Role deployer"]);
    });
}
