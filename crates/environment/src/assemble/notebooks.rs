//! Notebook instances: their interface goes with Delete and not with Stop, and Delete loses their volume (operators'
//! notes, item 39).

use super::workload::{Uses, evidence, held_at_work};
use crate::decide::Intent;
use crate::evidence::{Verdict, verdict};
use crate::facts::{Facts, Notebook};
use crate::resource::{Data, DataKind, Goes, Keeping, Kind, Resource, Status};

pub(super) fn resources(facts: &Facts, intent: &Intent) -> Vec<Resource> {
    let notebooks = facts.notebooks.items().iter();
    notebooks
        .filter_map(|found| notebook(facts, found, intent))
        .collect()
}

fn uses<'a>(found: &'a Notebook, subnets: &'a [String]) -> Uses<'a> {
    Uses {
        role: found.role.as_deref(),
        subnets,
        groups: &found.groups,
    }
}

/// Whether strong evidence says that a notebook instance is ours.
pub(super) fn is_ours(facts: &Facts, found: &Notebook) -> bool {
    let subnets: Vec<String> = found.subnet.iter().cloned().collect();
    verdict(&evidence(facts, &found.tags, uses(found, &subnets))) == Verdict::Ours
}

fn notebook(facts: &Facts, found: &Notebook, intent: &Intent) -> Option<Resource> {
    let subnets: Vec<String> = found.subnet.iter().cloned().collect();
    let uses = uses(found, &subnets);
    let evidence = evidence(facts, &found.tags, uses);
    if evidence.is_empty() {
        return None;
    }
    let mut notebook = Resource::new(Kind::Notebook, &found.name);
    notebook.owner.clone_from(&found.role);
    notebook.status = match found.status.as_str() {
        // In service it is stopped first, which is part of the step.
        "InService" | "Stopped" | "Failed" => Status::Ready,
        other => Status::on_its_way(other),
    };
    notebook.holds = held_at_work(facts, uses, &evidence);
    let to_go = match verdict(&evidence) {
        Verdict::Ours => true,
        Verdict::Located => intent.include_located,
        Verdict::Foreign => false,
    };
    if to_go {
        if !intent.notebooks.covers(&found.name) {
            notebook.goes = Goes::Kept(Keeping::NoConsent);
        }
        notebook.data = Some(Data {
            kind: DataKind::NotebookVolume,
            id: found.name.clone(),
            owner: found.role.clone(),
            size_gib: found.size_gib,
            changed: found.changed,
        });
    }
    notebook.evidence = evidence;
    Some(notebook)
}
