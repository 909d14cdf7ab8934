//! Gateways of somebody else that hold our VPC without an interface in it (operators' notes, item 42): they are named, the
//! network stays whole for them (item 4), and they go where somebody says so. And what our own stacks leave behind with their
//! VPC: gateways and endpoints, which others may work with as long as they are there.

use std::collections::BTreeMap;
use std::time::Duration;

use jumpstart_vpc::down::Consent;
use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::Manifest;
use serde_json::{Value, json};
use simulator::{Row, Scenario, World};

use super::hazards::{blockers, fatal_call};
use super::obstacles::{network, put};
use super::retained::{made_as, parts_of_ours, with_kept};
use super::starts::{failing, leave_the_vpc, up};
use crate::support::connector::Gate;
use crate::support::hand::{carl, ids, rest};
use crate::support::process::{Folder, post, without_faults};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, until_death};

const SEED: u64 = 141;
const VPN: &str = "AWS::EC2::VPNGateway";
/// Longer than any of them takes to come or to go.
const A_WHILE: u64 = 180;

/// A kind of gateway and the calls about it.
struct Kind {
    name: &'static str,
    /// What its tags and the answers call it.
    noun: &'static str,
    element: &'static str,
    make: &'static str,
    remove: &'static str,
    /// Member that names it.
    member: &'static str,
    /// How the command begins that makes it go.
    cure: &'static str,
}

static KINDS: [Kind; 3] = [
    Kind {
        name: VPN,
        noun: "vpn-gateway",
        element: "vpnGatewayId",
        make: "CreateVpnGateway",
        remove: "DetachVpnGateway",
        member: "VpnGatewayId",
        cure: "aws ec2 detach-vpn-gateway --vpn-gateway-id",
    },
    Kind {
        name: "AWS::EC2::EgressOnlyInternetGateway",
        noun: "egress-only-internet-gateway",
        element: "egressOnlyInternetGatewayId",
        make: "CreateEgressOnlyInternetGateway",
        remove: "DeleteEgressOnlyInternetGateway",
        member: "EgressOnlyInternetGatewayId",
        cure: "aws ec2 delete-egress-only-internet-gateway --egress-only-internet-gateway-id",
    },
    Kind {
        name: "AWS::EC2::CarrierGateway",
        noun: "carrier-gateway",
        element: "carrierGatewayId",
        make: "CreateCarrierGateway",
        remove: "DeleteCarrierGateway",
        member: "CarrierGatewayId",
        cure: "aws ec2 delete-carrier-gateway --carrier-gateway-id",
    },
];

/// Carl's gateway in our VPC, under the name of his team.
struct Gateway<'a> {
    life: &'a Life,
    kind: &'a Kind,
    vpc: String,
    id: String,
}

impl<'a> Gateway<'a> {
    async fn put(life: &'a Life, kind: &'a Kind) -> Self {
        let carl = carl(life);
        let vpc = network(life).unwrap().vpc;
        let mut members = vec![
            ("TagSpecification.1.ResourceType", kind.noun),
            ("TagSpecification.1.Tag.1.Key", "Name"),
            ("TagSpecification.1.Tag.1.Value", "statistics"),
        ];
        members.push(if kind.name == VPN {
            ("Type", "ipsec.1")
        } else {
            ("VpcId", vpc.as_str())
        });
        let id = carl.ec2(kind.make, &members, kind.element).await;
        if kind.name == VPN {
            let members = [("VpnGatewayId", id.as_str()), ("VpcId", vpc.as_str())];
            carl.ec2("AttachVpnGateway", &members, "state").await;
        }
        rest(life, A_WHILE).await;
        Self {
            life,
            kind,
            vpc,
            id,
        }
    }

    /// Its owner takes it off our VPC.
    async fn leave(&self) {
        let mut members = vec![(self.kind.member, self.id.as_str())];
        if self.kind.name == VPN {
            members.push(("VpcId", self.vpc.as_str()));
        }
        let carl = carl(self.life);
        carl.ec2(self.kind.remove, &members, "requestId").await;
        rest(self.life, A_WHILE).await;
    }
}

#[test]
fn somebody_elses_gateway_keeps_the_network_whole_and_is_named() {
    paused(SEED, async {
        for kind in &KINDS {
            let life = Life::new(Scenario::default(), SEED);
            up(&life).await;
            let gateway = Gateway::put(&life, kind).await;
            let whole = || {
                let parts = [
                    "AWS::CloudFormation::Stack",
                    "AWS::EC2::RouteTable",
                    "AWS::EC2::Subnet",
                    "AWS::EC2::VPC",
                    "AWS::EC2::VPCEndpoint",
                    kind.name,
                ];
                parts.map(|part| ids(&life, part))
            };
            let [_, standing @ ..] = whole();
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Blocked, "{fallen:#?}");
            assert_eq!(fallen.exit_code, 5, "{fallen:#?}");
            assert_eq!(blockers(&fallen), [gateway.id.as_str()], "{fallen:#?}");
            let blocker = &fallen.blockers[0];
            assert_eq!(blocker.kind, kind.name, "{fallen:#?}");
            let reason = blocker.reason.as_deref().unwrap_or_default();
            let cure = format!("{} {}", kind.cure, gateway.id);
            assert!(reason.contains("owner statistics"), "{reason}");
            assert!(reason.contains(&cure), "{reason}");
            let [stacks, left @ ..] = whole();
            assert_eq!(left, standing, "{}", kind.name);
            // The stacks of network and endpoints; the Studio side has gone.
            assert_eq!(stacks.len(), 2, "{stacks:?}");
            assert!(ids(&life, "AWS::SageMaker::Domain").is_empty());
            // Its owner takes it away, and the same command ends.
            gateway.leave().await;
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        }
    });
}

#[test]
fn a_gateway_that_is_only_located_goes_where_somebody_says_so() {
    paused(SEED, async {
        for kind in &KINDS {
            let life = Life::new(Scenario::default(), SEED);
            up(&life).await;
            let gateway = Gateway::put(&life, kind).await;
            let began = life.writes().len();
            let consent = Consent {
                include_located: true,
                ..force()
            };
            let fallen = life.down(ENVIRONMENT, consent).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
            // It is asked for once, and nothing was refused.
            let writes = life.writes().split_off(began);
            let asked = writes
                .into_iter()
                .filter(|(action, _)| action.contains("Gateway"));
            let asked: Vec<(String, Option<String>)> = asked.collect();
            assert_eq!(asked, [(format!("ec2:{}", kind.remove), None::<String>)]);
            // A VPN gateway is only taken off our VPC: it may have connections, and belong to another one next.
            let left: &[String] = if kind.name == VPN {
                std::slice::from_ref(&gateway.id)
            } else {
                &[]
            };
            assert_eq!(ids(&life, kind.name), left, "{fallen:#?}");
        }
    });
}

#[test]
fn a_vpn_gateway_that_was_detached_before_holds_nothing() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let gateway = Gateway::put(&life, &KINDS[0]).await;
        // The list shows it with its last attachment, which was to our VPC.
        gateway.leave().await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        assert_eq!(ids(&life, VPN), [gateway.id.as_str()]);
    });
}

#[test]
fn a_region_that_does_not_know_carrier_gateways_has_none() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        up(&life).await;
        let rule = json!({
            "match": {"action": "ec2:DescribeCarrierGateways", "times": 1_000_000},
            "answer": {"kind": "error", "code": "UnsupportedOperation", "message": "Not here.", "status": 400},
        });
        post(&life.shell, "/_simulator/faults", &rule).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    });
}

/// The built-in set, with an internet gateway in its network.
fn with_gateway(folder: &Folder) -> Manifest {
    let gateway = "  Gateway:
    Type: AWS::EC2::InternetGateway
    Properties:
      Tags: [{Key: Name, Value: way-out}]
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties:
      VpcId: !Ref Vpc
      InternetGatewayId: !Ref Gateway
";
    for file in std::fs::read_dir("stacks").unwrap() {
        let path = file.unwrap().path();
        let mut text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "network.yaml" {
            text = text.replace("\nOutputs:\n", &format!("\n{gateway}\nOutputs:\n"));
        }
        folder.write(name, &text);
    }
    Manifest::in_folder(&folder.0).unwrap()
}

/// A world in which all stacks are gone and have left their VPC behind, because things of this kind could not be deleted; and
/// what there was before them.
async fn left_behind(manifest: Manifest, kind: &str) -> (World, BTreeMap<String, Row>) {
    let life = Life::new(Scenario::default(), SEED);
    let before = life.rows();
    let risen = life.up_with(ENVIRONMENT, manifest).await;
    assert_eq!(risen.outcome, Outcome::Succeeded, "{risen:#?}");
    fault(&life, &failing(kind, "delete", 1000)).await;
    leave_the_vpc(&life).await;
    without_faults(&life.shell).await;
    (life.shell.snapshot(), before)
}

async fn fault(life: &Life, rule: &Value) {
    post(&life.shell, "/_simulator/faults", rule).await;
}

#[test]
fn an_internet_gateway_that_was_taken_off_and_not_deleted_is_not_lost() {
    paused(SEED, async {
        let folder = Folder::new("gateway");
        let manifest = with_gateway(&folder);
        let kind = "AWS::EC2::VPCGatewayAttachment";
        let (world, before) = left_behind(manifest, kind).await;
        // More often than a call tries by itself.
        for answer in ["drop-before", "drop-after", "throttle"] {
            let life = Life::within(&world, SEED);
            assert_eq!(ids(&life, "AWS::EC2::InternetGateway").len(), 1);
            let rule = json!({
                "match": {"action": "ec2:DeleteInternetGateway", "times": 8},
                "answer": {"kind": answer},
            });
            fault(&life, &rule).await;
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{answer}: {fallen:#?}");
            let left = difference(&before, &life.rows());
            assert_eq!(left, Vec::<String>::new(), "{answer}");
        }
        // Whoever dies between the two calls leaves it to the next one.
        let death = fatal_call(&world, SEED, "ec2:DeleteInternetGateway");
        for with_effect in [false, true] {
            let life = Life::within(&world, SEED);
            let mortal = Life {
                gate: Gate::fatal(death, with_effect),
                ..life.clone()
            };
            let ended = until_death(&mortal, mortal.down(ENVIRONMENT, force())).await;
            assert!(ended.is_none(), "{ended:#?}");
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
            let left = difference(&before, &life.rows());
            assert_eq!(left, Vec::<String>::new(), "{with_effect}");
        }
    });
}

#[test]
fn an_endpoint_that_is_on_its_way_out_is_waited_for_and_asked_once() {
    paused(SEED, async {
        let manifest = Manifest::embedded().unwrap();
        let (world, before) = left_behind(manifest, "AWS::EC2::VPCEndpoint").await;
        let life = Life::within(&world, SEED);
        let endpoints = ids(&life, "AWS::EC2::VPCEndpoint").len();
        assert!(endpoints > 1, "{endpoints} endpoints");
        let slow = json!({
            "match": {"type": "AWS::EC2::VPCEndpoint", "operation": "delete"},
            "effect": {"kind": "take", "seconds": 600.0},
        });
        fault(&life, &slow).await;
        let (began, written) = (life.shell.snapshot().now(), life.writes().len());
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
        let took = life.shell.snapshot().now().since(began);
        assert!(took >= Duration::from_secs(600), "{took:?}");
        let writes = life.writes().split_off(written);
        let asked = writes
            .iter()
            .filter(|(action, _)| action == "ec2:DeleteVpcEndpoints");
        assert_eq!(asked.count(), endpoints, "{writes:?}");
        assert_eq!(difference(&before, &life.rows()), Vec::<String>::new());
    });
}

#[test]
fn what_is_left_of_a_network_stays_whole_for_whoever_works_there() {
    paused(SEED, async {
        let manifest = Manifest::embedded().unwrap();
        let (world, _) = left_behind(manifest, "AWS::EC2::VPCEndpoint").await;
        for (tenant, kind) in [
            ("foreign interface", "AWS::EC2::NetworkInterface"),
            ("foreign instance", "AWS::EC2::Instance"),
            ("foreign domain", "AWS::SageMaker::Domain"),
            ("foreign inference endpoint", "AWS::SageMaker::Endpoint"),
        ] {
            let life = Life::within(&world, SEED);
            assert!(put(&life, tenant).await, "{tenant}");
            let standing = parts_of_ours(&life);
            for part in ["Subnet", "SecurityGroup", "VPCEndpoint"] {
                let part = format!("AWS::EC2::{part} ");
                assert!(standing.keys().any(|key| key.starts_with(&part)), "{part}");
            }
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.outcome, Outcome::Blocked, "{tenant}: {fallen:#?}");
            assert_eq!(fallen.exit_code, 5, "{tenant}: {fallen:#?}");
            let mut blockers = fallen.blockers.iter();
            assert!(blockers.any(|it| it.kind == kind), "{tenant}: {fallen:#?}");
            assert_eq!(parts_of_ours(&life), standing, "{tenant}");
        }
    });
}

#[test]
fn what_a_deleted_stack_wanted_kept_stays_and_keeps_what_is_left_whole() {
    paused(SEED, async {
        // One is of another stack than the VPC.
        for (logical_id, kind) in [
            ("WorkloadSecurityGroup", "AWS::EC2::SecurityGroup"),
            ("SubnetOne", "AWS::EC2::Subnet"),
            ("Kms", "AWS::EC2::VPCEndpoint"),
        ] {
            let folder = Folder::new(&format!("left-{logical_id}"));
            let start = format!("  {logical_id}:\n    Type: {kind}\n");
            let manifest = with_kept(&folder, &start);
            let (world, _) = left_behind(manifest, "AWS::EC2::VPCEndpoint").await;
            let life = Life::within(&world, SEED);
            let kept = made_as(&life, logical_id);
            let standing = parts_of_ours(&life);
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_eq!(fallen.exit_code, 5, "{fallen:#?}");
            assert_eq!(blockers(&fallen), [kept.as_str()], "{fallen:#?}");
            let mut told = fallen.kept.iter();
            assert!(told.any(|it| it.id == kept), "{fallen:#?}");
            assert_eq!(parts_of_ours(&life), standing, "{logical_id}");
        }
    });
}

#[test]
fn what_is_only_located_in_what_is_left_goes_with_it_where_somebody_says_so() {
    paused(SEED, async {
        let manifest = Manifest::embedded().unwrap();
        let (world, before) = left_behind(manifest, "AWS::EC2::VPCEndpoint").await;
        for tenant in ["foreign interface", "foreign subnet", "GuardDuty"] {
            let life = Life::within(&world, SEED);
            assert!(put(&life, tenant).await, "{tenant}");
            let consent = Consent {
                include_located: true,
                ..force()
            };
            let fallen = life.down(ENVIRONMENT, consent).await;
            assert_eq!(fallen.outcome, Outcome::Succeeded, "{tenant}: {fallen:#?}");
            let left = difference(&before, &life.rows());
            assert_eq!(left, Vec::<String>::new(), "{tenant}");
        }
    });
}
