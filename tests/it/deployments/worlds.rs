//! Worlds to begin in, and the deeds that lead to them.

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::Outcome;
use jumpstart_vpc::up::OnFailure;
use simulator::{Scenario, World};

use super::{fault, handling, numbers, orphans, statuses, up};
use crate::support::hand::rest;
use crate::support::process::{ask, without_faults};
use crate::support::{ENVIRONMENT, Life, paused};

/// Everything takes a fifth of its time: what is done and in which order stays, and a hundred lives are lived in minutes.
pub(super) const HURRIED: &str = r#"
[durations]
scale = 0.2
# CloudFormation itself is not hurried: it would be through with a domain before anybody could ask why that failed.
"stack operation begins" = { least = 4.0, median = 4.0, p99 = 4.0 }
"stack resource begins" = { least = 3.5, median = 3.5, p99 = 3.5 }
"stack handler question" = { least = 7.5, median = 7.5, p99 = 7.5 }
"stack handler question at most" = { least = 20.0, median = 20.0, p99 = 20.0 }
"stack operation ends" = { least = 4.5, median = 4.5, p99 = 4.5 }
"stack update step" = { least = 10.0, median = 10.0, p99 = 10.0 }
"stack clean-up step" = { least = 10.0, median = 10.0, p99 = 10.0 }
"stack import" = { least = 50.0, median = 150.0, p99 = 450.0 }
"#;

/// A complete environment, and what there is in it by kind.
pub(super) fn standing() -> (World, BTreeMap<String, usize>) {
    standing_in(Scenario::default())
}

pub(super) fn standing_in(scenario: Scenario) -> (World, BTreeMap<String, usize>) {
    paused(5, async {
        let life = Life::new(scenario, 5);
        assert_eq!(life.up(ENVIRONMENT).await.outcome, Outcome::Succeeded);
        (life.shell.snapshot(), numbers(&life.rows()))
    })
}

pub(super) fn world_after(base: &World, deeds: impl AsyncFnOnce(&Life)) -> World {
    paused(5, async {
        let life = Life::within(base, 77);
        deeds(&life).await;
        life.shell.snapshot()
    })
}

pub(super) async fn delete(life: &Life, key: &str) {
    let form = format!("Action=DeleteStack&Version=2010-05-15&StackName={ENVIRONMENT}-{key}");
    ask(&life.shell, &form).await;
}

/// After the studio stack was deleted by hand: what its domain left goes too, and the network stays.
pub(super) async fn leave_only_network(life: &Life) {
    leave_endpoints(life).await;
    rest(life, 120).await;
    let cx = life.context().await;
    let rows = life.rows();
    let groups = rows.values().filter(|row| {
        row.kind == "AWS::EC2::SecurityGroup"
            && row.tags.contains_key("ManagedByAmazonSageMakerResource")
    });
    let groups: BTreeSet<String> = groups.map(|row| row.id.clone()).collect();
    for group in &groups {
        cx.aws.revoke_group_rules(group, &groups).await.unwrap();
    }
    for group in &groups {
        cx.aws.delete_security_group(group).await.unwrap();
    }
    assert_eq!(orphans(life), Vec::<String>::new());
    assert_eq!(statuses(life).len(), 1);
}

/// After the studio stack was deleted by hand, with the endpoints still there.
pub(super) async fn leave_endpoints(life: &Life) {
    let cx = life.context().await;
    for volume in cx.aws.file_systems().await.unwrap() {
        for target in cx.aws.mount_targets(&volume.id).await.unwrap() {
            cx.aws.delete_mount_target(&target.id).await.unwrap();
        }
        rest(life, 120).await;
        cx.aws.delete_file_system(&volume.id).await.unwrap();
    }
}

/// A studio whose creation failed and was kept, in a complete environment, with its domain in service.
pub(super) async fn leave_failed_studio(life: &Life) {
    delete(life, "studio").await;
    rest(life, 900).await;
    leave_endpoints(life).await;
    fault(life, "AWS::SageMaker::UserProfile", "create", 1, "no").await;
    let failed = up(life, handling(OnFailure::Keep)).await;
    assert_eq!(failed.outcome, Outcome::Failed);
    without_faults(&life.shell).await;
}
