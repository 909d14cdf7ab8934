//! Lives with faults, deaths and neighbours, all drawn from a seed. The judge knows the simulator's world and the exit
//! codes, and nothing else.

use std::collections::BTreeMap;

use jumpstart_vpc::event::Outcome;
use serde_json::{Value, json};
use simulator::{Row, Scenario, draw};

use crate::support::connector::Gate;
use crate::support::process::{ask, post};
use crate::support::{ENVIRONMENT, Life, difference, force, paused, until_death};

const LIVES: u64 = 50;
/// How often somebody says `down --force` after everything went wrong.
const TRIES: u32 = 5;

/// What happens in one life.
struct Chaos {
    seed: u64,
}

impl Chaos {
    fn unit(&self, what: &str) -> f64 {
        draw::unit(self.seed, &["chaos", what])
    }

    fn happens(&self, what: &str, probability: f64) -> bool {
        self.unit(what) < probability
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small number"
    )]
    fn below(&self, what: &str, most: u32) -> u32 {
        (self.unit(what) * f64::from(most)) as u32
    }

    /// Faults that come to an end, so that somebody who goes on trying gets through.
    fn faults(&self) -> Vec<Value> {
        let calls = |kind: &str, probability: f64, times: u64| {
            json!({
                "match": {"action": "*", "caller": "*ann*", "probability": probability, "times": times},
                "answer": {"kind": kind},
            })
        };
        let lives = [
            json!({"match": {"type": "AWS::SageMaker::App", "operation": "delete", "times": 1}, "effect": {"kind": "take", "seconds": 1200.0}}),
            json!({"match": {"type": "AWS::SageMaker::App", "operation": "delete", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::SageMaker::UserProfile", "operation": "delete", "times": 2}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::SageMaker::Domain", "operation": "create", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::SageMaker::Domain", "operation": "delete", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::SageMaker::Endpoint", "operation": "create", "times": 1}, "effect": {"kind": "take", "seconds": 1500.0}}),
            json!({"match": {"type": "AWS::SageMaker::Endpoint", "operation": "create", "times": 1}, "effect": {"kind": "fail", "reason": "ModelError"}}),
            json!({"match": {"type": "AWS::EC2::VPCEndpoint", "operation": "create", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::EC2::VPCEndpoint", "operation": "delete", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
            json!({"match": {"type": "AWS::EFS::MountTarget", "operation": "delete", "times": 1}, "effect": {"kind": "take", "seconds": 600.0}}),
            json!({"match": {"type": "AWS::EC2::Subnet", "operation": "delete", "times": 1}, "effect": {"kind": "fail", "reason": "InternalError"}}),
        ];
        let chosen = lives
            .into_iter()
            .enumerate()
            .filter(|(number, _)| self.happens(&format!("life {number}"), 0.15));
        let mut faults: Vec<Value> = chosen.map(|(_, fault)| fault).collect();
        faults.push(calls("throttle", 0.3 * self.unit("throttle"), 300));
        faults.push(calls("drop-before", 0.04 * self.unit("before"), 20));
        faults.push(calls("drop-after", 0.04 * self.unit("after"), 20));
        faults.push(calls("error", 0.04 * self.unit("error"), 20));
        faults
    }

    /// A client that dies somewhere, or nowhere.
    fn gate(&self, phase: &str) -> Gate {
        if self.happens(&format!("{phase} dies"), 0.6) {
            let effect = self.happens(&format!("{phase} effect"), 0.5);
            Gate::fatal(
                u64::from(1 + self.below(&format!("{phase} call"), 250)),
                effect,
            )
        } else {
            Gate::default()
        }
    }
}

/// One life from nothing to nothing; what the judge has to say against it.
async fn live(seed: u64) -> Result<(), String> {
    let chaos = Chaos { seed };
    let life = Life::new(Scenario::default(), seed);
    if chaos.happens("neighbour", 0.5) {
        let bob = life.as_caller("bob");
        assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
        bob.session("workshop", 1).await;
    }
    let before = life.rows();
    for fault in chaos.faults() {
        post(&life.shell, "/_simulator/faults", &fault).await;
    }

    let mortal = Life {
        gate: chaos.gate("up"),
        ..life.clone()
    };
    let risen = until_death(&mortal, mortal.up(ENVIRONMENT)).await;
    let mut foreign = None;
    if risen.is_some_and(|risen| risen.outcome == Outcome::Succeeded) {
        // A participant meets the same faults; what he could not make is not there.
        let users = 1 + chaos.below("users", 2);
        let participant = Life {
            gate: chaos.gate("session"),
            ..life.clone()
        };
        until_death(&participant, participant.try_session(ENVIRONMENT, users)).await;
        if chaos.happens("foreign", 0.2) {
            foreign = interface_of_somebody_else(&life).await;
        }
    }
    let mortal = Life {
        gate: chaos.gate("down"),
        ..life.clone()
    };
    until_death(&mortal, mortal.down(ENVIRONMENT, force())).await;

    let mut codes = Vec::new();
    let mut remaining = Vec::new();
    for number in 1..=TRIES {
        // Each run has tokens of its own.
        let again = Life {
            seed: seed + 1000 * u64::from(number),
            ..life.clone()
        };
        let fallen = again.down(ENVIRONMENT, force()).await;
        codes.push(fallen.exit_code);
        remaining = fallen.remaining;
        if fallen.exit_code == 0 || fallen.exit_code == 5 {
            break;
        }
    }
    judge(&before, &life.rows(), &codes, foreign.as_deref())
        .map_err(|against| format!("{against}\n  {remaining:#?}"))
}

fn judge(
    before: &BTreeMap<String, Row>,
    after: &BTreeMap<String, Row>,
    codes: &[u8],
    foreign: Option<&str>,
) -> Result<(), String> {
    let mut against: Vec<String> = difference(before, after);
    let last = codes.last().copied();
    if let Some(interface) = foreign {
        // The network stays whole for whoever uses it; everything of Studio has gone.
        against.retain(|line| {
            !line.starts_with("new: AWS::EC2::") && !line.contains("/jumpstart-vpc-network/")
        });
        against.retain(|line| !line.contains("/jumpstart-vpc-endpoints/"));
        if last != Some(5) {
            against
                .push("somebody else's interface is there, and the exit code is not 5".to_owned());
        }
        if !after.contains_key(&format!("AWS::EC2::NetworkInterface {interface}")) {
            against.push("somebody else's interface has gone".to_owned());
        }
    } else if last != Some(0) {
        against.push("never ended with 0".to_owned());
    }
    if against.is_empty() {
        Ok(())
    } else {
        Err(format!("exit codes {codes:?}\n  {}", against.join("\n  ")))
    }
}

/// A network interface of somebody else in our subnet.
async fn interface_of_somebody_else(life: &Life) -> Option<String> {
    let rows = life.rows();
    let ours = |row: &&Row| {
        row.kind == "AWS::EC2::Subnet" && row.stack.as_deref() == Some("jumpstart-vpc-network")
    };
    let subnet = rows.values().find(ours)?.id.clone();
    let form = format!(
        "Action=CreateNetworkInterface&Version=2016-11-15&SubnetId={subnet}&Description=of+somebody+else"
    );
    let answer = ask(&life.shell, &form).await;
    Some(
        answer
            .split("<networkInterfaceId>")
            .nth(1)?
            .split('<')
            .next()?
            .to_owned(),
    )
}

#[test]
fn fifty_lives_end_with_nothing_of_ours_and_everything_of_others() {
    #[expect(clippy::disallowed_methods, reason = "to look at one life again")]
    let only: Option<u64> = std::env::var("JUMPSTART_VPC_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seeds = only.map_or(1..LIVES + 1, |seed| seed..seed + 1);
    let problems: Vec<String> = seeds
        .filter_map(|seed| {
            paused(seed, live(seed))
                .err()
                .map(|problem| format!("seed {seed}: {problem}"))
        })
        .collect();
    assert!(
        problems.is_empty(),
        "{} lives went wrong:\n{}",
        problems.len(),
        problems.join("\n")
    );
}
