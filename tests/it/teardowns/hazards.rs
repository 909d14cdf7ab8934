//! Places where a teardown could take what is not ours, lose track of what is, or say that it is done when it is not.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::down::{Consent, NamedDomain};
use jumpstart_vpc::event::{Finished, Outcome};
use serde_json::json;
use simulator::{Row, Scenario};

use super::obstacles::{
    component_of_carls, endpoint, group_in, inference_endpoint, model, network, nfs_rule, our_role,
    put, seen_role_of,
};
use super::starts::{begin, risen, up};
use crate::support::connector::Gate;
use crate::support::hand::{Hand, carl, hand, ids, rest, update_stack};
use crate::support::process::{post, without_faults};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, set, until_death, yes};

const SEED: u64 = 101;
const DOMAIN: &str = "AWS::SageMaker::Domain";

pub(super) fn domain_arn(id: &str) -> String {
    format!("arn:aws:sagemaker:us-east-1:111122223333:domain/{id}")
}

pub(super) fn blockers(finished: &Finished) -> Vec<&str> {
    let blockers = finished.blockers.iter();
    blockers.map(|blocker| blocker.id.as_str()).collect()
}

pub(super) async fn down_of(life: &Life, environment: &str, domain: &str) -> Finished {
    let named = NamedDomain::parse(&domain_arn(domain)).unwrap();
    life.down_as(environment, force(), |request| request.domain = Some(named))
        .await
}

#[test]
fn a_domain_is_not_taken_out_of_another_environment_by_its_arn() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let bob = life.as_caller("bob");
        assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
        bob.session("workshop", 1).await;
        let before = life.rows();
        let domain = ids(&life, DOMAIN).remove(0);
        let fallen = down_of(&life, ENVIRONMENT, &domain).await;
        assert_eq!(fallen.outcome, Outcome::Refused, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_domain_that_no_stack_has_goes_by_its_arn_and_its_network_stays() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let network = lent(&life).await;
        let (before, made) = domain_by_hand(&life, &network).await;
        let fallen = down_of(&life, ENVIRONMENT, &made).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// The domain that was not there before.
pub(super) fn new_domain(life: &Life, before: &BTreeMap<String, Row>) -> String {
    let mut domains = ids(life, DOMAIN).into_iter();
    let is_new = |id: &String| !before.contains_key(&format!("{DOMAIN} {id}"));
    domains.find(is_new).unwrap()
}

/// Makes a domain by hand in a network of somebody's: what was there before it, and its id.
pub(super) async fn domain_by_hand(
    life: &Life,
    (vpc, subnet, group): &(String, String, String),
) -> (BTreeMap<String, Row>, String) {
    let ann = hand(life);
    let role = seen_role_of(life, &ann).await;
    let before = life.rows();
    let input = json!({
        "DomainName": "by-hand",
        "AuthMode": "IAM",
        "VpcId": vpc,
        "SubnetIds": [subnet],
        "AppNetworkAccessType": "VpcOnly",
        "DefaultUserSettings": {"ExecutionRole": role, "SecurityGroups": [group]},
    });
    ann.sagemaker("CreateDomain", input).await;
    rest(life, 900).await;
    let made = new_domain(life, &before);
    (before, made)
}

/// VPC, a subnet and a group of an environment.
pub(super) fn network_of(life: &Life, environment: &str) -> (String, String, String) {
    let stack = format!("{environment}-network");
    let rows: Vec<Row> = life.rows().into_values().collect();
    let id = |kind: &str| {
        let mut found = rows
            .iter()
            .filter(|row| row.kind == kind && row.stack.as_ref() == Some(&stack));
        found.next().unwrap().id.clone()
    };
    (
        id("AWS::EC2::VPC"),
        id("AWS::EC2::Subnet"),
        id("AWS::EC2::SecurityGroup"),
    )
}

/// VPC, subnet and group of an environment of Bob's.
pub(super) async fn lent(life: &Life) -> (String, String, String) {
    let bob = life.as_caller("bob");
    assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
    network_of(life, "workshop")
}

#[test]
fn a_volume_that_somebody_else_kept_under_the_usual_name_is_his() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let bob = life.as_caller("bob");
        assert_eq!(bob.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        let fallen = bob.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let kept = ids(&life, "AWS::EFS::FileSystem");
        assert_eq!(kept.len(), 1);
        let consent = || Consent {
            delete_efs: true,
            ..yes()
        };
        let unnamed = life
            .down_as(ENVIRONMENT, consent(), |request| {
                request.claim.explicit = false;
            })
            .await;
        assert_eq!(unnamed.outcome, Outcome::Refused, "{unnamed:#?}");
        assert_eq!(ids(&life, "AWS::EFS::FileSystem"), kept);
        // Who names the environment means it, and its owner may in any case.
        let his = bob
            .down_as(ENVIRONMENT, consent(), |request| {
                request.claim.explicit = false;
            })
            .await;
        assert_eq!(his.outcome, Outcome::Succeeded, "{his:#?}");
        assert!(ids(&life, "AWS::EFS::FileSystem").is_empty());
    });
}

#[test]
fn an_endpoint_whose_model_somebody_deleted_holds_its_interfaces_and_is_named() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let ann = hand(&life);
        untagged_endpoint(&life, &ann, "orphan", &our_role(&life).unwrap().arn).await;
        rest(&life, 900).await;
        ann.sagemaker("DeleteModel", json!({"ModelName": "orphan"}))
            .await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(blockers(&fallen), ["orphan"], "{fallen:#?}");
        let detached = life.writes();
        assert!(
            detached
                .iter()
                .all(|(action, _)| action != "ec2:DetachNetworkInterface"),
            "{detached:?}"
        );
        // Its owner deletes it, and the same command ends.
        ann.sagemaker("DeleteEndpoint", json!({"EndpointName": "orphan"}))
            .await;
        ann.sagemaker(
            "DeleteEndpointConfig",
            json!({"EndpointConfigName": "orphan"}),
        )
        .await;
        rest(&life, 600).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    });
}

/// A model in our network, its config and its endpoint, as a script makes them that sets no tags.
async fn untagged_endpoint(life: &Life, who: &Hand<'_>, name: &str, role: &str) {
    let network = network(life).unwrap();
    inference_endpoint(who, name, role, &network, "").await;
}

#[test]
fn a_model_of_ours_stays_under_an_endpoint_that_runs_another_one_too() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let (ann, carl) = (hand(&life), carl(&life));
        let ours = our_role(&life).unwrap().arn;
        let network = network(&life).unwrap();
        let theirs = seen_role_of(&life, &carl).await;
        for (who, name, role) in [(&ann, "ours", &ours), (&carl, "theirs", &theirs)] {
            let mut input = model(name, role);
            input["VpcConfig"] = network.vpc_config();
            who.sagemaker("CreateModel", input).await;
        }
        let variant = |model: &str| {
            json!({
                "VariantName": model,
                "ModelName": model,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.g5.2xlarge",
            })
        };
        let config = json!({"ProductionVariants": [variant("ours"), variant("theirs")]});
        endpoint(&carl, "both", config).await;
        rest(&life, 900).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let mut models = ids(&life, "AWS::SageMaker::Model");
        models.sort();
        assert_eq!(models, ["ours", "theirs"]);
        assert_eq!(ids(&life, "AWS::SageMaker::Endpoint"), ["both"]);
        assert!(blockers(&fallen).contains(&"both"), "{fallen:#?}");
    });
}

#[test]
fn a_model_of_ours_stays_that_somebody_elses_inference_component_runs() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let ours = our_role(&life).unwrap().arn;
        hand(&life)
            .sagemaker("CreateModel", model("ours", &ours))
            .await;
        component_of_carls(&life, "shared", ("ModelName", json!("ours"))).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(ids(&life, "AWS::SageMaker::Model"), ["ours"]);
        assert_eq!(ids(&life, "AWS::SageMaker::InferenceComponent"), ["theirs"]);
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert!(blockers(&fallen).contains(&"shared"), "{fallen:#?}");
    });
}

#[test]
fn an_endpoint_of_somebody_elses_role_is_not_ours_because_its_model_is() {
    paused(SEED, async {
        let life = risen(SEED).await;
        let carl = carl(&life);
        let theirs = seen_role_of(&life, &carl).await;
        let domain = domain_arn(&ids(&life, DOMAIN)[0]);
        let mut input = model("made-in-our-domain", &theirs);
        input["Tags"] = json!([{"Key": "sagemaker:domain-arn", "Value": domain}]);
        carl.sagemaker("CreateModel", input).await;
        let config = json!({
            "ProductionVariants": [{
                "VariantName": "AllTraffic",
                "ModelName": "made-in-our-domain",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.g5.2xlarge",
            }],
        });
        endpoint(&carl, "theirs", config).await;
        rest(&life, 900).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(ids(&life, "AWS::SageMaker::Endpoint"), ["theirs"]);
        assert_eq!(ids(&life, "AWS::SageMaker::Model"), ["made-in-our-domain"]);
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
    });
}

#[test]
fn a_volume_that_only_its_domain_knows_of_is_found_after_a_death() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        up(&life).await;
        let volume = ids(&life, "AWS::EFS::FileSystem").remove(0);
        let tag = "ManagedByAmazonSageMakerResource";
        hand(&life)
            .efs(
                "DELETE",
                &format!("resource-tags/{volume}?tagKeys={tag}"),
                None,
            )
            .await;
        let world = life.shell.snapshot();
        let death = fatal_call(&world, SEED, "sagemaker:DeleteDomain");
        let life = Life::within(&world, SEED);
        let mortal = Life {
            gate: Gate::fatal(death, true),
            ..life.clone()
        };
        let ended = until_death(&mortal, mortal.down(ENVIRONMENT, force())).await;
        assert!(ended.is_none(), "{ended:#?}");
        rest(&life, 600).await;
        assert!(ids(&life, DOMAIN).is_empty());
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// The number of the first call of an action in an undisturbed teardown, from 1.
pub(super) fn fatal_call(world: &simulator::World, seed: u64, action: &str) -> u64 {
    let began = world.log().len();
    // A runtime of its own: the paused clock of the life that goes on stays as it is.
    std::thread::scope(|scope| {
        let undisturbed = scope.spawn(|| {
            let life = Life::within(world, seed);
            paused(seed, life.down(ENVIRONMENT, force()));
            let after = life.shell.snapshot();
            let calls = after.log().iter().skip(began);
            let ours = calls.filter(|entry| entry.caller.ends_with("/ann"));
            (1..)
                .zip(ours)
                .find(|(_, entry)| entry.action == action)
                .map(|(number, _)| number)
        });
        undisturbed.join().unwrap().unwrap()
    })
}

#[test]
fn a_rule_in_our_own_group_that_names_a_group_of_the_domain_goes_first() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        up(&life).await;
        let network = network(&life).unwrap();
        let nfs = life
            .rows()
            .into_values()
            .find(|row| {
                row.kind == "AWS::EC2::SecurityGroup"
                    && row.tags.contains_key("ManagedByAmazonSageMakerResource")
            })
            .unwrap();
        let members = nfs_rule(&network.group, &nfs.id);
        hand(&life)
            .ec2("AuthorizeSecurityGroupEgress", &members, "return")
            .await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn credentials_that_expire_on_the_way_end_the_run_at_once_and_another_one_goes_on() {
    for after in [1.0, 20.0, 90.0, 150.0] {
        paused(SEED, async {
            let life = risen(SEED).await;
            life.session(ENVIRONMENT, 1).await;
            let rule = json!({
                "match": {"action": "*", "caller": "*ann*", "after": after, "times": 1_000_000},
                "answer": {"kind": "expired-credentials"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let began = life.shell.snapshot().now();
            let fallen = life.down(ENVIRONMENT, force()).await;
            let took = life.shell.snapshot().now().since(began);
            assert_eq!(fallen.outcome, Outcome::Incomplete, "{after}: {fallen:#?}");
            let longest = Duration::from_secs_f64(after + 240.0);
            assert!(took < longest, "{after}: {took:?}");
            without_faults(&life.shell).await;
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{after}: {fallen:#?}");
        });
    }
}

#[test]
fn a_marked_vpc_whose_stack_can_no_longer_be_read_is_left_and_told() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        begin(&life, "all stacks gone and the VPC left").await;
        let vpc = ids(&life, "AWS::EC2::VPC");
        // Its template is not to be had, and after 90 days the stack is not either.
        for (action, message) in [
            ("GetTemplate", "The template cannot be read"),
            ("DescribeStacks", "Stack with id network does not exist"),
        ] {
            let rule = json!({
                "match": {"action": format!("cloudformation:{action}"), "resource": "*-network/*"},
                "answer": {"kind": "error", "code": "ValidationError", "message": message, "status": 400},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Incomplete, "{fallen:#?}");
            let left = fallen.remaining.iter().map(|left| &left.id);
            assert_eq!(left.collect::<Vec<_>>(), [&vpc[0]], "{fallen:#?}");
            let told = fallen.remaining[0].reason.as_deref().unwrap();
            assert!(told.contains("aws ec2 delete-tags"), "{told}");
            assert_eq!(ids(&life, "AWS::EC2::VPC"), vpc);
            without_faults(&life.shell).await;
        }
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

/// Somebody adds a gateway to the studio stack when everything has been looked at.
async fn late_update(life: &Life) {
    rest(life, 30).await;
    let template = include_str!("../../../stacks/studio.yaml");
    let gateway = "\nResources:\n  Gateway:\n    Type: AWS::EC2::InternetGateway\n";
    let template = template.replacen("\nResources:\n", gateway, 1);
    update_stack(life, "studio", &template, &[]).await;
}

#[test]
fn an_update_that_somebody_begins_meanwhile_is_waited_for() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        up(&life).await;
        // Longer than all that goes before the stack.
        let slow = json!({
            "match": {"type": "AWS::EC2::InternetGateway", "operation": "create"},
            "effect": {"kind": "take", "seconds": 900.0},
        });
        post(&life.shell, "/_simulator/faults", &slow).await;
        let (fallen, ()) = tokio::join!(life.down(ENVIRONMENT, force()), late_update(&life));
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        let refused = |(action, code): &(String, Option<String>)| {
            action == "cloudformation:DeleteStack" && code.as_deref() == Some("ValidationError")
        };
        assert!(life.writes().iter().any(refused), "{:?}", life.writes());
    });
}

/// `--force --include-located`.
pub(super) fn with_located() -> Consent {
    Consent {
        include_located: true,
        ..force()
    }
}

#[test]
fn what_is_only_located_goes_where_somebody_says_so_and_no_instance_loses_its_interface() {
    paused(SEED, async {
        for (obstacle, outcome) in [
            ("foreign interface", Outcome::Succeeded),
            ("foreign subnet", Outcome::Succeeded),
            ("GuardDuty", Outcome::Succeeded),
            ("foreign instance", Outcome::Blocked),
        ] {
            let life = risen(SEED).await;
            assert!(put(&life, obstacle).await);
            let began = life.writes().len();
            let fallen = life.down(ENVIRONMENT, with_located()).await;
            assert_eq!(fallen.outcome, outcome, "{obstacle}: {fallen:#?}");
            if outcome == Outcome::Blocked {
                let kinds = fallen.blockers.iter().map(|blocker| blocker.kind.as_str());
                assert_eq!(
                    kinds.collect::<Vec<_>>(),
                    ["AWS::EC2::Instance"],
                    "{fallen:#?}"
                );
                let writes = life.writes();
                let refused = writes.iter().skip(began);
                let refused = refused.filter(|(action, _)| action.contains("NetworkInterface"));
                assert_eq!(refused.count(), 0, "{:?}", life.writes());
            }
        }
    });
}

#[test]
fn somebodys_group_on_an_endpoint_of_ours_goes_after_it_where_somebody_says_so() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        lent(&life).await;
        let before = life.rows();
        up(&life).await;
        let stack = format!("{ENVIRONMENT}-endpoints");
        let mut rows = life.rows().into_values();
        let is_ours =
            |row: &Row| row.kind == "AWS::EC2::VPCEndpoint" && row.stack.as_ref() == Some(&stack);
        let endpoint = rows.find(is_ours).unwrap().id;
        let vpc = network(&life).unwrap().vpc;
        let carl = carl(&life);
        let group = group_in(&carl, &vpc).await;
        let members = [
            ("VpcEndpointId", endpoint.as_str()),
            ("AddSecurityGroupId.1", group.as_str()),
        ];
        carl.ec2("ModifyVpcEndpoint", &members, "return").await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        assert_eq!(blockers(&fallen), [group.as_str()], "{fallen:#?}");
        // Another run has tokens of its own.
        let again = Life {
            seed: SEED + 1,
            ..life.clone()
        };
        let fallen = again.down(ENVIRONMENT, with_located()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn a_blocker_is_named_whole_with_its_owner_and_what_makes_it_go() {
    paused(SEED, async {
        let told = async |obstacle: &str| {
            let life = risen(SEED).await;
            assert!(put(&life, obstacle).await);
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
            let blockers = fallen.blockers.into_iter();
            let mut told: Vec<String> = blockers
                .map(|blocker| format!("{}: {}", blocker.kind, blocker.reason.unwrap_or_default()))
                .collect();
            told.sort();
            told
        };
        let instance = told("foreign instance").await;
        assert_eq!(instance.len(), 1, "{instance:#?}");
        assert!(
            instance[0].starts_with("AWS::EC2::Instance: "),
            "{instance:#?}"
        );
        assert!(
            instance[0].contains("aws ec2 terminate-instances"),
            "{instance:#?}"
        );
        let guard_duty = told("GuardDuty").await;
        assert_eq!(guard_duty.len(), 2, "{guard_duty:#?}");
        for blocker in guard_duty {
            assert!(blocker.contains("owner GuardDuty"), "{blocker}");
            assert!(blocker.contains("runtime monitoring"), "{blocker}");
        }
    });
}

#[test]
fn what_is_left_is_told_with_what_it_costs_to_leave_it() {
    paused(SEED, async {
        let life = risen(SEED).await;
        assert!(put(&life, "foreign instance").await);
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
        let why = |stack: &str| {
            let name = format!("{ENVIRONMENT}-{stack}");
            let mut remaining = fallen.remaining.iter();
            let left = remaining.find(|left| left.name.as_deref() == Some(&name));
            left.and_then(|left| left.reason.clone())
                .unwrap_or_else(|| panic!("{name} {fallen:#?}"))
        };
        // Ten interface endpoints, each in two zones.
        let price = "; its interface endpoints cost about 0.20 US dollars an hour";
        assert!(why("endpoints").contains(price), "{fallen:#?}");
        // A gateway endpoint costs nothing.
        assert!(!why("network").contains("US dollars"), "{fallen:#?}");
        let volume = ids(&life, "AWS::EFS::FileSystem").remove(0);
        let kept = fallen.kept.iter().find(|kept| kept.id == volume).unwrap();
        let told = kept.reason.as_deref().unwrap();
        assert!(
            told.contains("about 0.30 US dollars a GB and month"),
            "{told}"
        );
    });
}

#[test]
fn a_volume_is_not_kept_without_the_key_that_it_is_encrypted_with() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = life.rows();
        let risen = life.up_with(ENVIRONMENT, set("keyed")).await;
        assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
        let standing = life.rows();
        let fallen = life.down(ENVIRONMENT, yes()).await;
        assert_eq!(fallen.outcome, Outcome::Refused, "{fallen:#?}");
        assert_eq!(difference(&standing, &life.rows()), Vec::<String>::new());
        // What is not kept needs no key.
        let named = Consent {
            delete_volume: Some(ids(&life, "AWS::EFS::FileSystem").remove(0)),
            ..yes()
        };
        let world = life.shell.snapshot();
        for consent in [named, force()] {
            let life = Life::within(&world, SEED);
            let fallen = life.down(ENVIRONMENT, consent).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
            assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
        }
    });
}
