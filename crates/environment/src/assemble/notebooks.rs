//! Notebook instances: their interface goes with Delete and not with Stop, and Delete loses their volume (operators'
//! notes, item 39).

use smol_str::SmolStr;

use super::workload::{Uses, held_at_work};
use super::{join_stack, listing, workload};
use crate::decide::Intent;
use crate::evidence::{Evidence, Verdict, verdict};
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

/// What its tags, its role, its network and a stack of ours say of a notebook instance.
fn evidence(facts: &Facts, found: &Notebook, uses: Uses<'_>) -> Vec<Evidence> {
    let mut evidence = workload::evidence(facts, &found.tags, uses);
    let stack = listing(facts, Kind::Notebook, &[&found.arn, &found.name]);
    evidence.extend(stack.map(|(stack, _)| Evidence::Stack(stack.name.clone())));
    evidence
}

/// Whether strong evidence says that a notebook instance is ours.
pub(super) fn is_ours(facts: &Facts, found: &Notebook) -> bool {
    let subnets: Vec<String> = found.subnet.iter().cloned().collect();
    verdict(&evidence(facts, found, uses(found, &subnets))) == Verdict::Ours
}

fn notebook(facts: &Facts, found: &Notebook, intent: &Intent) -> Option<Resource> {
    let subnets: Vec<String> = found.subnet.iter().cloned().collect();
    let uses = uses(found, &subnets);
    let evidence = evidence(facts, found, uses);
    if evidence.is_empty() {
        return None;
    }
    let mut notebook = Resource::new(Kind::Notebook, &found.name);
    notebook.owner = found.role.as_ref().map(SmolStr::from);
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
        notebook.data = Some(Box::new(Data {
            kind: DataKind::NotebookVolume,
            id: found.name.clone(),
            owner: found.role.clone(),
            size_gib: found.size_gib,
            changed: found.changed,
        }));
    }
    notebook.evidence = evidence;
    join_stack(facts, &mut notebook, &[&found.arn, &found.name]);
    Some(notebook)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::facts_of;
    use crate::decide::Agreed;
    use crate::facts::{Member, Stack};
    use crate::reading::Reading;
    use crate::resource::Verb;

    /// An environment whose stack has a notebook instance.
    fn facts(retained: bool) -> Facts {
        let arn = "arn:aws:sagemaker:us-east-1:111122223333:notebook-instance/workbench";
        let member = Member {
            kind: Kind::Notebook.type_name().to_owned(),
            id: arn.to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
            retained,
            ..Member::default()
        };
        let stack = Stack {
            arn: "arn:demo-lab".into(),
            name: "demo-lab".into(),
            members: vec![member],
            ..Stack::default()
        };
        Facts {
            notebooks: Reading::Known(vec![Notebook {
                name: "Workbench".to_owned(),
                arn: arn.to_owned(),
                status: "InService".to_owned(),
                ..Notebook::default()
            }]),
            ..facts_of(stack)
        }
    }

    #[test]
    fn one_that_its_template_wants_kept_is_kept_and_told_once() {
        let kept = Goes::Kept(Keeping::DeletionPolicy);
        for (agreed, retained, expected) in [
            (Agreed::All, true, &kept),
            (Agreed::None, true, &kept),
            (Agreed::All, false, &Goes::By(Verb::Delete)),
            (Agreed::None, false, &Goes::Kept(Keeping::NoConsent)),
        ] {
            let intent = Intent {
                notebooks: agreed,
                ..Intent::default()
            };
            let facts = facts(retained);
            let found = resources(&facts, &intent);
            let goes: Vec<&Goes> = found.iter().map(|it| &it.goes).collect();
            assert_eq!(goes, [expected], "{intent:?}");
            let world = crate::assemble(&facts, &intent);
            let told = world.resources().filter(|it| it.goes == kept);
            assert_eq!(told.count(), usize::from(retained));
        }
    }
}
