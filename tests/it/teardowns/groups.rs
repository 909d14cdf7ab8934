//! Security groups that somebody has changed by hand: rules between ours of which no template knows, and the tags of those
//! that SageMaker made.

use std::collections::BTreeMap;

use jumpstart_vpc::event::{Finished, Outcome};
use serde_json::json;
use simulator::{Row, Scenario};

use super::hazards::{domain_arn, domain_by_hand, down_of, network_of, new_domain};
use super::starts::up;
use crate::support::hand::{Hand, hand, rest, update_stack};
use crate::support::{ENVIRONMENT, Life, difference, force, paused};

const SEED: u64 = 163;
const GROUP: &str = "AWS::EC2::SecurityGroup";
const TAG: &str = "ManagedByAmazonSageMakerResource";

/// The groups of a stack.
fn groups_of(life: &Life, stack: &str) -> Vec<String> {
    let rows = life.rows().into_values();
    let its = rows.filter(|row| row.kind == GROUP && row.stack.as_deref() == Some(stack));
    its.map(|row| row.id).collect()
}

/// Somebody lets what is in one group reach what is in another: each of the two names the other.
async fn connect(who: &Hand<'_>, from: &str, to: &str) {
    for (action, group, named) in [
        ("AuthorizeSecurityGroupEgress", from, to),
        ("AuthorizeSecurityGroupIngress", to, from),
    ] {
        let members = [
            ("GroupId", group),
            ("IpPermissions.1.IpProtocol", "tcp"),
            ("IpPermissions.1.FromPort", "8443"),
            ("IpPermissions.1.ToPort", "8443"),
            ("IpPermissions.1.Groups.1.GroupId", named),
        ];
        who.ec2(action, &members, "return").await;
    }
}

/// Bob's environment, whose groups name each other by hand as well: what is there before ours is.
async fn beside_bob(life: &Life) -> BTreeMap<String, Row> {
    let bob = life.as_caller("bob");
    assert_eq!(bob.up("workshop").await.outcome, Outcome::Succeeded);
    let bob = Hand {
        shell: &life.shell,
        name: "bob",
    };
    let his = groups_of(life, "workshop-network");
    connect(&bob, &his[0], &his[1]).await;
    life.rows()
}

/// Nothing is left of ours, and Bob's is as it was.
fn assert_clean(life: &Life, before: &BTreeMap<String, Row>, fallen: &Finished) {
    assert_eq!(fallen.outcome, Outcome::Succeeded, "{fallen:#?}");
    assert_eq!(difference(before, &life.rows()), Vec::<String>::new());
}

/// How often the deletion of a stack of ours was asked for.
fn deletions(life: &Life, stack: &str) -> usize {
    let arn = format!(":stack/{ENVIRONMENT}-{stack}/");
    let world = life.shell.snapshot();
    let deletions = world.log().iter().filter(|entry| {
        entry.action == "cloudformation:DeleteStack"
            && entry.resources.iter().any(|it| it.contains(&arn))
    });
    deletions.count()
}

#[test]
fn groups_of_one_stack_that_name_each_other_by_hand_go_with_it_at_once() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        let before = beside_bob(&life).await;
        up(&life).await;
        let ours = groups_of(&life, &format!("{ENVIRONMENT}-network"));
        connect(&hand(&life), &ours[0], &ours[1]).await;
        let fallen = life.down(ENVIRONMENT, force()).await;
        assert_clean(&life, &before, &fallen);
        assert_eq!(deletions(&life, "network"), 1, "it did not fail");
    });
}

#[test]
fn groups_of_two_stacks_that_name_each_other_by_hand_go_with_them() {
    for has_failed in [false, true] {
        paused(SEED, async {
            let life = Life::new(Scenario::default(), SEED);
            let before = beside_bob(&life).await;
            up(&life).await;
            let more = format!(
                "\nResources:\n  Group:\n    Type: {GROUP}\n    Properties:\n      GroupDescription: by hand\n      VpcId: !ImportValue {ENVIRONMENT}-network-VpcId\n"
            );
            let template = include_str!("../../../stacks/endpoints.yaml");
            let template = template.replacen("\nResources:\n", &more, 1);
            update_stack(&life, "endpoints", &template, &[]).await;
            rest(&life, 600).await;
            let endpoints = format!("{ENVIRONMENT}-endpoints");
            let first = groups_of(&life, &endpoints).remove(0);
            let ann = hand(&life);
            for last in groups_of(&life, &format!("{ENVIRONMENT}-network")) {
                connect(&ann, &last, &first).await;
            }
            if has_failed {
                ann.cloudformation("DeleteStack", &[("StackName", endpoints.as_str())])
                    .await;
                rest(&life, 3600).await;
                assert_eq!(groups_of(&life, &endpoints), [first]);
            }
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_clean(&life, &before, &fallen);
            let by_hand = usize::from(has_failed);
            assert_eq!(deletions(&life, "endpoints"), 1 + by_hand);
            assert_eq!(deletions(&life, "network"), 1, "it did not fail");
        });
    }
}

/// Somebody takes SageMaker's tag off the groups of a domain.
async fn untag(life: &Life, domain: &str) {
    let arn = domain_arn(domain);
    let rows = life.rows().into_values();
    let its = rows.filter(|row| row.kind == GROUP && row.tags.get(TAG) == Some(&arn));
    let its: Vec<String> = its.map(|row| row.id).collect();
    assert_eq!(its.len(), 2);
    for group in its {
        let members = [("ResourceId.1", group.as_str()), ("Tag.1.Key", TAG)];
        hand(life).ec2("DeleteTags", &members, "return").await;
    }
}

#[test]
fn groups_of_a_domain_in_our_network_are_ours_without_their_tags() {
    for is_gone in [false, true] {
        paused(SEED, async {
            let life = Life::new(Scenario::default(), SEED);
            let before = beside_bob(&life).await;
            up(&life).await;
            untag(&life, &new_domain(&life, &before)).await;
            if is_gone {
                let studio = format!("{ENVIRONMENT}-studio");
                hand(&life)
                    .cloudformation("DeleteStack", &[("StackName", studio.as_str())])
                    .await;
                rest(&life, 1800).await;
            }
            let fallen = life.down(ENVIRONMENT, force()).await;
            assert_clean(&life, &before, &fallen);
        });
    }
}

#[test]
fn groups_that_a_domain_left_in_another_network_are_found_by_their_names() {
    paused(SEED, async {
        let life = Life::new(Scenario::default(), SEED);
        beside_bob(&life).await;
        let network = network_of(&life, "workshop");
        let (before, domain) = domain_by_hand(&life, &network).await;
        untag(&life, &domain).await;
        let input = json!({
            "DomainId": domain,
            "RetentionPolicy": {"HomeEfsFileSystem": "Retain"},
        });
        hand(&life).sagemaker("DeleteDomain", input).await;
        rest(&life, 900).await;
        let fallen = down_of(&life, ENVIRONMENT, &domain).await;
        assert_clean(&life, &before, &fallen);
    });
}
