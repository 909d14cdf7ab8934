//! Where a deployment may have to start: with its stacks in every status, at rest or at work.

use std::time::Duration;

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::stacks::Manifest;
use jumpstart_vpc::up::OnFailure;
use serde_json::json;
use simulator::{Scenario, World};

use super::worlds::{HURRIED, delete, leave_only_network, standing_in, world_after};
use super::{embedded, fault, handling, statuses, up};
use crate::support::hand::rest;
use crate::support::process::{ask, post, without_faults};
use crate::support::{ENVIRONMENT, Life, paused, warnings};

/// Worlds to start from, each with its name.
#[expect(
    clippy::too_many_lines,
    reason = "a table: one entry says what one start is"
)]
pub(super) fn starts() -> Vec<(&'static str, World)> {
    let hurried = || Scenario::read(HURRIED).unwrap();
    let standing = standing_in(hurried());
    let only_network = world_after(&standing.0, async |life: &Life| {
        delete(life, "endpoints").await;
        delete(life, "studio").await;
        rest(life, 900).await;
        leave_only_network(life).await;
    });
    let nothing = paused(5, async { Life::new(hurried(), 5).shell.snapshot() });
    let mut starts = vec![
        ("nothing", nothing.clone()),
        ("the network is there", only_network.clone()),
        ("all is there", standing.0.clone()),
    ];
    let failed = |base: &World, kind: &'static str, nth: u64, on_failure: OnFailure| {
        world_after(base, async move |life: &Life| {
            fault(life, kind, "create", nth, "as it happens").await;
            assert_eq!(
                up(life, handling(on_failure)).await.outcome,
                Outcome::Failed
            );
            without_faults(&life.shell).await;
        })
    };
    let rolled =
        |base: &World, kind: &'static str, nth| failed(base, kind, nth, OnFailure::RollBack);
    let kept = |base: &World, kind: &'static str, nth| failed(base, kind, nth, OnFailure::Keep);
    starts.extend([
        (
            "network rolled back",
            rolled(&nothing, "AWS::EC2::Subnet", 2),
        ),
        (
            "network failed and kept",
            kept(&nothing, "AWS::EC2::Subnet", 2),
        ),
        (
            "studio rolled back",
            rolled(&only_network, "AWS::SageMaker::UserProfile", 1),
        ),
        (
            "studio failed and kept",
            kept(&only_network, "AWS::SageMaker::UserProfile", 1),
        ),
        (
            "endpoints failed and kept",
            kept(&only_network, "AWS::EC2::VPCEndpoint", 3),
        ),
    ]);
    let changed = |given: [(&'static str, &'static str); 1], kind, operation, times, on_failure| {
        world_after(&standing.0, async move |life: &Life| {
            let rule = json!({
                "match": {"type": kind, "operation": operation, "times": times},
                "effect": {"kind": "fail", "reason": "as it happens"},
            });
            post(&life.shell, "/_simulator/faults", &rule).await;
            let given = given.map(|(name, value)| (name, value.to_owned()));
            let options = handling(on_failure);
            let ended = life.up_as(ENVIRONMENT, embedded(), &given, options).await;
            assert_eq!(ended.outcome, Outcome::Failed, "{}", warnings(life));
            without_faults(&life.shell).await;
        })
    };
    let (endpoint, domain) = ("AWS::EC2::VPCEndpoint", "AWS::SageMaker::Domain");
    let (catalog, idle) = (
        [("ServiceCatalog", "yes")],
        [("IdleTimeoutInMinutes", "180")],
    );
    starts.extend([
        (
            "endpoints changed and kept",
            changed(catalog, endpoint, "create", 1, OnFailure::Keep),
        ),
        (
            "endpoints changed and back",
            changed(catalog, endpoint, "create", 1, OnFailure::RollBack),
        ),
        (
            "studio changed and kept",
            changed(idle, domain, "update", 1, OnFailure::Keep),
        ),
        (
            "studio not rolled back",
            changed(idle, domain, "update", 1000, OnFailure::RollBack),
        ),
    ]);
    let under_way = |base: &World, seconds: u64| {
        world_after(base, async move |life: &Life| {
            let clock = life.context().await.clock;
            tokio::select! {
                biased;
                _ = up(life, handling(OnFailure::RollBack)) => panic!("ended early"),
                () = clock.sleep(Duration::from_secs(seconds)) => {}
            }
        })
    };
    starts.extend([
        ("network being created", under_way(&nothing, 4)),
        ("studio being created", under_way(&only_network, 20)),
    ]);
    starts.extend(at_work(&only_network, &standing.0));
    starts.extend(imports(&standing.0));
    starts.extend([
        (
            "studio being deleted",
            world_after(&standing.0, async |life: &Life| {
                delete(life, "studio").await;
                rest(life, 4).await;
            }),
        ),
        (
            "network under review",
            world_after(&nothing, async |life: &Life| review(life, "network").await),
        ),
        (
            "endpoints not deleted",
            world_after(&standing.0, async |life: &Life| {
                fault(life, "AWS::EC2::VPCEndpoint", "delete", 3, "in use").await;
                delete(life, "endpoints").await;
                rest(life, 1800).await;
                without_faults(&life.shell).await;
            }),
        ),
        (
            "a network of others",
            world_after(&nothing, async |life: &Life| by_hand(life).await),
        ),
    ]);
    starts
}

/// The set with another rule in a group of the network, which changes the group and replaces nothing.
fn reworded() -> Manifest {
    let mut manifest = embedded();
    let network = &mut manifest.stacks[0].template;
    let other = network.replace("HTTPS from the VPC", "HTTPS from within the VPC");
    assert_ne!(*network, other);
    *network = other;
    manifest
}

/// A run that nobody ends: what its stack is in when it is left, and how its change fails.
struct Abandoned {
    key: &'static str,
    status: &'static str,
    manifest: Manifest,
    given: Vec<(&'static str, String)>,
    faults: Vec<(&'static str, &'static str, u64)>,
    on_failure: OnFailure,
}

impl Abandoned {
    /// The world as soon as the stack is in that status.
    fn within(self, base: &World) -> World {
        world_after(base, async move |life: &Life| {
            for (kind, operation, times) in self.faults.iter().filter(|fault| fault.2 > 0) {
                let rule = json!({
                    "match": {"type": kind, "operation": operation, "times": times},
                    "effect": {"kind": "fail", "reason": "as it happens"},
                });
                post(&life.shell, "/_simulator/faults", &rule).await;
            }
            let clock = life.context().await.clock;
            let has_come = async {
                while statuses(life).get(self.key).map(String::as_str) != Some(self.status) {
                    clock.sleep(Duration::from_millis(500)).await;
                }
            };
            let options = handling(self.on_failure);
            tokio::select! {
                biased;
                () = has_come => {}
                ended = life.up_as(ENVIRONMENT, self.manifest, &self.given, options) => {
                    // Its last status may be one to rest in.
                    assert_eq!(ended.outcome, Outcome::Failed, "{}", warnings(life));
                    assert_eq!(statuses(life)[self.key], self.status);
                }
            }
            without_faults(&life.shell).await;
        })
    }
}

/// Worlds in which a stack is being changed, or goes back, or could not.
fn at_work(only_network: &World, standing: &World) -> Vec<(&'static str, World)> {
    let (domain, profile, group) = (
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::UserProfile",
        "AWS::EC2::SecurityGroup",
    );
    let studio = |status| Abandoned {
        key: "studio",
        status,
        manifest: embedded(),
        given: Vec::new(),
        faults: vec![(profile, "create", 1)],
        on_failure: OnFailure::RollBack,
    };
    let changed = |status, times| Abandoned {
        given: vec![("IdleTimeoutInMinutes", "180".to_owned())],
        faults: vec![(domain, "update", times)],
        ..studio(status)
    };
    let network = |status, times, on_failure| Abandoned {
        key: "network",
        status,
        manifest: reworded(),
        given: Vec::new(),
        faults: vec![(group, "update", times)],
        on_failure,
    };
    let stuck = Abandoned {
        faults: vec![(profile, "create", 1), (domain, "delete", 1000)],
        ..studio("ROLLBACK_FAILED")
    };
    let (back, keep) = (OnFailure::RollBack, OnFailure::Keep);
    vec![
        (
            "studio being rolled back",
            studio("ROLLBACK_IN_PROGRESS").within(only_network),
        ),
        ("studio's rollback failed", stuck.within(only_network)),
        (
            "studio being changed",
            changed("UPDATE_IN_PROGRESS", 0).within(standing),
        ),
        (
            "studio going back",
            changed("UPDATE_ROLLBACK_IN_PROGRESS", 1).within(standing),
        ),
        (
            "network being changed",
            network("UPDATE_IN_PROGRESS", 0, back).within(standing),
        ),
        (
            "network going back",
            network("UPDATE_ROLLBACK_IN_PROGRESS", 1, back).within(standing),
        ),
        (
            "network changed and kept",
            network("UPDATE_FAILED", 1, keep).within(standing),
        ),
        (
            "network changed and back",
            network("UPDATE_ROLLBACK_COMPLETE", 1, back).within(standing),
        ),
        (
            "network not rolled back",
            network("UPDATE_ROLLBACK_FAILED", 1000, back).within(standing),
        ),
    ]
}

/// Worlds in which somebody imports into a stack, or has.
fn imports(standing: &World) -> Vec<(&'static str, World)> {
    let within = |key: &'static str, status: &'static str| {
        world_after(standing, async move |life: &Life| {
            import(life, key, status).await;
        })
    };
    vec![
        (
            "network's import at work",
            within("network", "IMPORT_IN_PROGRESS"),
        ),
        (
            "network's import failing",
            within("network", "IMPORT_ROLLBACK_IN_PROGRESS"),
        ),
        (
            "studio's import complete",
            within("studio", "IMPORT_COMPLETE"),
        ),
        (
            "studio's import taken back",
            within("studio", "IMPORT_ROLLBACK_COMPLETE"),
        ),
        (
            "studio's import not back",
            within("studio", "IMPORT_ROLLBACK_FAILED"),
        ),
    ]
}

/// Somebody imports into a stack, which is in this status then.
pub(crate) async fn import(life: &Life, key: &str, status: &str) {
    let import = json!({"stack": format!("{ENVIRONMENT}-{key}"), "status": status});
    post(&life.shell, "/_simulator/imports", &import).await;
}

/// An empty stack of ours that nobody has reviewed.
pub(crate) async fn review(life: &Life, key: &str) {
    let cx = life.context().await;
    let environment = (
        "jumpstart-vpc:environment".to_owned(),
        ENVIRONMENT.to_owned(),
    );
    let deployment = jumpstart_vpc::aws::cloudformation::Deployment {
        name: format!("{ENVIRONMENT}-{key}"),
        template: "Resources: {V: {Type: AWS::EC2::InternetGateway}}".into(),
        tags: [environment].into(),
        token: "review".into(),
        ..Default::default()
    };
    cx.aws
        .create_change_set(&deployment, "set", false)
        .await
        .unwrap();
    rest(life, 10).await;
}

/// A stack of our name that somebody else made.
async fn by_hand(life: &Life) {
    let form = format!(
        "Action=CreateStack&Version=2010-05-15&StackName={ENVIRONMENT}-network&TemplateBody=Resources%3A+%7BV%3A+%7BType%3A+AWS%3A%3AEC2%3A%3AInternetGateway%7D%7D"
    );
    ask(&life.shell, &form).await;
    rest(life, 60).await;
}
