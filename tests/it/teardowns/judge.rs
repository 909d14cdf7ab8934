//! What a teardown may and may not have done, by the simulator's world alone.

use std::collections::{BTreeMap, BTreeSet};

use jumpstart_vpc::event::{Finished, Named, Outcome};
use simulator::log::Entry;
use simulator::{Row, World};

use super::proof::Proof;
use crate::support::{ENVIRONMENT, Life};

/// What is not the environment's: as it was before the teardown.
pub(super) struct Foreign(BTreeMap<String, Row>);

impl Foreign {
    /// What was there before the environment, and what others made since.
    pub(super) fn of(before: &BTreeMap<String, Row>, life: &Life) -> Self {
        // Calls of others name our VPC and our subnets too; where no stack has them any more, our mark tells.
        let ours = |row: &Row| {
            let stack = row.stack.as_ref();
            let mark = row.tags.get("jumpstart-vpc:environment");
            stack.is_some_and(|stack| stack.starts_with(ENVIRONMENT))
                || mark.is_some_and(|name| name == ENVIRONMENT)
        };
        let mut rows = life.rows();
        let mut others = rows.clone();
        others.retain(|_, row| !ours(row));
        let theirs = with_parts(&others, &made_by_others(life));
        rows.retain(|key, row| {
            before.contains_key(key) || (theirs.contains(&row.id) && !ours(row))
        });
        Self(rows)
    }

    fn names(&self) -> BTreeSet<&str> {
        let rows = self.0.values();
        rows.flat_map(|row| [row.id.as_str(), row.arn.as_str()])
            .collect()
    }

    /// Whether it can be told whose something is: who runs it or has asked for it, or a tag of the service that made it.
    fn has_known_owner(&self, blocker: &Named) -> bool {
        let kinds = [
            "AWS::EC2::NetworkInterface",
            "AWS::SageMaker::Endpoint",
            "AWS::SageMaker::Model",
        ];
        let tags = ["ManagedByAmazonSageMakerResource", "GuardDutyManaged"];
        let mut rows = self.0.values();
        let is_tagged = rows.any(|row| {
            let is_it = row.kind == blocker.kind && row.id == blocker.id;
            is_it && tags.iter().any(|tag| row.tags.contains_key(*tag))
        });
        is_tagged || kinds.contains(&blocker.kind.as_str())
    }
}

/// What calls of others named or made that came new into the world by them.
fn made_by_others(life: &Life) -> BTreeSet<String> {
    let world = life.shell.snapshot();
    let entries = world.log().iter();
    let creations = entries.filter(|entry| {
        let creates = entry.action.contains(":Create") || entry.action.contains(":Run");
        creates && entry.code.is_none() && !entry.caller.ends_with("/ann")
    });
    creations
        .flat_map(|entry| entry.resources.iter().cloned())
        .collect()
}

/// The ids of those of these rows that others made, with what is part of them, and with what SageMaker made for a domain of
/// theirs.
fn with_parts(rows: &BTreeMap<String, Row>, made: &BTreeSet<String>) -> BTreeSet<String> {
    let mut theirs: BTreeSet<String> = BTreeSet::new();
    loop {
        let named = |id: &str| made.contains(id) || theirs.contains(id);
        let is_theirs = |row: &&Row| {
            let arn = row.tags.get("ManagedByAmazonSageMakerResource");
            let domain = arn.and_then(|arn| arn.rsplit('/').next());
            named(&row.id)
                || named(&row.arn)
                || row.parent.as_deref().is_some_and(named)
                || domain.is_some_and(|id| theirs.contains(id))
        };
        // Parts have parts: a volume's mount targets have interfaces.
        let more: Vec<String> = rows
            .values()
            .filter(|row| !theirs.contains(&row.id))
            .filter(is_theirs)
            .map(|row| row.id.clone())
            .collect();
        if more.is_empty() {
            return theirs;
        }
        theirs.extend(more);
    }
}

/// One line of the matrix: what a teardown of the world before came to, and what is left and why.
pub(super) fn verdict(
    life: &Life,
    foreign: &Foreign,
    before: &World,
    fallen: &Finished,
) -> Result<String, String> {
    let after = life.rows();
    let touched: Vec<String> = foreign
        .0
        .iter()
        .filter(|(key, row)| {
            after
                .get(*key)
                .is_none_or(|now| now.revision != row.revision)
        })
        .map(|(key, row)| format!("{key}: {row:?} -> {:?}", after.get(key)))
        .collect();
    if !touched.is_empty() {
        return Err(format!("touched what is not ours: {touched:?}"));
    }
    let world = life.shell.snapshot();
    let names = foreign.names();
    let writes: Vec<_> = world
        .log()
        .iter()
        .skip(before.log().len())
        .filter(|entry| entry.write && entry.caller.ends_with("/ann"))
        .collect();
    if let Some(wrong) = writes.iter().find(|entry| {
        let named = entry.resources.iter();
        named
            .clone()
            .any(|resource| names.contains(resource.as_str()))
            && !is_mark_on_our_vpc(life, entry)
    }) {
        return Err(format!("asked to write on what is not ours: {wrong:?}"));
    }
    let proof = Proof::of(life, before);
    let unproved = writes.iter().find(|entry| !proof.covers(entry));
    if let Some(wrong) = unproved {
        return Err(format!("wrote without evidence: {wrong:?}"));
    }
    if let Some(blocker) = unexplained(fallen, foreign) {
        return Err(format!("does not say whose it is or its cure: {blocker:?}"));
    }
    let left: BTreeMap<String, Row> = after
        .into_iter()
        .filter(|(key, _)| !foreign.0.contains_key(key))
        .collect();
    check(
        fallen,
        &left,
        &writes
            .iter()
            .map(|entry| entry.action.as_str())
            .collect::<Vec<_>>(),
        &names,
    )?;
    Ok(told(fallen, &left))
}

/// Others name our VPC when they make something in it; its tags are ours to write.
fn is_mark_on_our_vpc(life: &Life, entry: &Entry) -> bool {
    let rows = life.rows();
    let ours = |id: &String| {
        let mut vpcs = rows.values().filter(|row| row.kind == "AWS::EC2::VPC");
        vpcs.any(|row| row.id == *id && row.tags.contains_key("jumpstart-vpc:environment"))
    };
    entry.action == "ec2:CreateTags" && entry.resources.iter().all(ours)
}

/// A blocker of which nothing tells what makes it go, or whose it is though that can be known.
fn unexplained<'a>(fallen: &'a Finished, foreign: &Foreign) -> Option<&'a Named> {
    let mut blockers = fallen.blockers.iter();
    blockers.find(|blocker| {
        let reason = blocker.reason.as_deref().unwrap_or_default();
        let names_owner = reason.contains("; owner ");
        !reason.contains("; to make it go: ") || (foreign.has_known_owner(blocker) && !names_owner)
    })
}

/// What an outcome claims has to be so.
fn check(
    fallen: &Finished,
    left: &BTreeMap<String, Row>,
    writes: &[&str],
    foreign: &BTreeSet<&str>,
) -> Result<(), String> {
    let unkept = unkept(fallen, left);
    let unsaid = untold(fallen, left);
    match fallen.outcome {
        Outcome::Succeeded if !unkept.is_empty() => Err(format!("a success, and left: {unkept:?}")),
        Outcome::Refused if !writes.is_empty() => Err(format!("refused, and wrote: {writes:?}")),
        Outcome::Blocked if fallen.blockers.is_empty() => Err("blocked by nobody".to_owned()),
        Outcome::Blocked
            if fallen
                .blockers
                .iter()
                .any(|blocker| !foreign.contains(blocker.id.as_str())) =>
        {
            Err(format!(
                "blocked by ours: {:?} {foreign:?}",
                fallen.blockers
            ))
        }
        Outcome::Blocked | Outcome::Incomplete | Outcome::Failed if !unsaid.is_empty() => {
            Err(format!("left and not told: {unsaid:?}"))
        }
        _ => Ok(()),
    }
}

/// What is left and not kept on purpose.
pub(super) fn unkept<'a>(fallen: &Finished, left: &'a BTreeMap<String, Row>) -> Vec<&'a Row> {
    let is_kept = |row: &Row| is_among(&fallen.kept, row);
    left.values()
        .filter(|row| !is_part_of(left, row, &is_kept))
        .collect()
}

/// What is left, not kept on purpose, and not told by a teardown's end.
pub(super) fn untold(fallen: &Finished, left: &BTreeMap<String, Row>) -> Vec<String> {
    let is_known = |row: &Row| is_among(&fallen.kept, row) || is_told(fallen, row);
    let untold = left
        .values()
        .filter(|row| !is_part_of(left, row, &is_known));
    untold
        .map(|row| format!("{} {}", row.kind, row.id))
        .collect()
}

/// Whether something is so of a row, or of what it is part of.
fn is_part_of(left: &BTreeMap<String, Row>, row: &Row, is_so: &impl Fn(&Row) -> bool) -> bool {
    is_so(row)
        || (came_with_a_vpc(row)
            && left
                .values()
                .any(|row| row.kind == "AWS::EC2::VPC" && is_so(row)))
        || row.parent.as_ref().is_some_and(|parent| {
            let mut rows = left.values();
            rows.find(|row| row.id == *parent)
                .is_some_and(|parent| is_part_of(left, parent, is_so))
        })
}

/// The default group, the default network ACL and the main route table come and go with their VPC.
fn came_with_a_vpc(row: &Row) -> bool {
    let kinds = [
        "AWS::EC2::NetworkAcl",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
    ];
    kinds.contains(&row.kind.as_str()) && row.stack.is_none() && row.tags.is_empty()
}

fn is_among(named: &[Named], row: &Row) -> bool {
    named
        .iter()
        .any(|named| named.id == row.id || named.id == row.arn)
}

/// Whether what is left is among what the end tells of: itself, or its stack.
fn is_told(fallen: &Finished, row: &Row) -> bool {
    let of_stack = |stack: &String| {
        let mut named = fallen.remaining.iter();
        named.any(|named| named.name.as_deref() == Some(stack))
    };
    is_among(&fallen.remaining, row) || row.stack.as_ref().is_some_and(of_stack)
}

fn told(fallen: &Finished, left: &BTreeMap<String, Row>) -> String {
    let counted = |kinds: Vec<&str>| -> String {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for kind in kinds {
            *counts.entry(kind).or_default() += 1;
        }
        let counts = counts.iter().map(|(kind, count)| {
            let short = kind.trim_start_matches("AWS::");
            format!("{short}×{count}")
        });
        counts.collect::<Vec<_>>().join(" ")
    };
    let blockers = fallen.blockers.iter().map(|named| named.kind.as_str());
    let kept = fallen.kept.iter().map(|named| named.kind.as_str());
    let rows = left.values().map(|row| row.kind.as_str());
    let mut line = fallen.exit_code.to_string();
    for (word, counted) in [
        ("left", counted(rows.collect())),
        ("kept", counted(kept.collect())),
        ("blocked by", counted(blockers.collect())),
    ] {
        if !counted.is_empty() {
            line.push_str(&format!(" | {word} {counted}"));
        }
    }
    line
}
