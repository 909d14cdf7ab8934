//! Stacks that are being changed: what their templates will want kept is not settled before the change has ended, or has been
//! taken back. Until then nothing goes that is in them, and nothing that would go before that.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::facts::Facts;
use crate::resource::{Kind, Resource, ResourceId, Status};

/// Makes what is in a stack that is being changed wait for the end of that, and whatever holds it as well.
pub(super) fn wait_for_their_ends(facts: &Facts, resources: &mut [Rc<Resource>]) {
    let stacks = facts.marked().iter();
    let changing: BTreeMap<&str, &str> = stacks
        .filter(|stack| stack.is_being_changed())
        .map(|stack| (stack.name.as_str(), stack.status.as_str()))
        .collect();
    if changing.is_empty() {
        return;
    }
    let waiting = waiting(&changing, resources);
    for resource in resources {
        let waits = resource.status == Status::Ready;
        if let Some(word) = waiting.get(&resource.id).filter(|_| waits) {
            Rc::make_mut(resource).status = Status::Busy((*word).to_owned());
        }
    }
}

/// What waits for the stacks that are being changed, each with the status that it waits for the end of. Stacks wait by
/// themselves.
fn waiting<'a>(
    changing: &BTreeMap<&str, &'a str>,
    resources: &[Rc<Resource>],
) -> BTreeMap<ResourceId, &'a str> {
    let mut waiting: BTreeMap<ResourceId, &'a str> = BTreeMap::new();
    loop {
        let others = resources.iter().filter(|it| it.id.kind != Kind::Stack);
        let mut more: Vec<(ResourceId, &'a str)> = Vec::new();
        for other in others.filter(|it| !waiting.contains_key(&it.id)) {
            let stack = other.stack.as_deref();
            let own = stack.and_then(|stack| changing.get(stack).copied());
            let mut held = other.holds.iter();
            let word = own.or_else(|| held.find_map(|held| waiting.get(held).copied()));
            more.extend(word.map(|word| (other.id.clone(), word)));
        }
        if more.is_empty() {
            return waiting;
        }
        waiting.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::{assemble, facts_of};
    use crate::decide::Intent;
    use crate::facts::{Domain, Member, Space, Stack};
    use crate::reading::Reading;

    /// The statuses of a domain and of a space in it while their stack is in a status.
    fn statuses(of_stack: &str) -> [Option<Status>; 2] {
        let member = Member {
            kind: Kind::Domain.type_name().to_owned(),
            id: "d-1".to_owned(),
            ..Member::default()
        };
        let stack = Stack {
            arn: "arn:demo-studio".into(),
            name: "demo-studio".into(),
            status: of_stack.to_owned(),
            members: vec![member],
            ..Stack::default()
        };
        let facts = Facts {
            domains: Reading::Known(vec![Domain {
                id: "d-1".to_owned(),
                status: "InService".to_owned(),
                ..Domain::default()
            }]),
            spaces: Reading::Known(vec![Space {
                domain: "d-1".to_owned(),
                name: "lab".to_owned(),
                status: "InService".to_owned(),
                ..Space::default()
            }]),
            ..facts_of(stack)
        };
        let world = assemble(&facts, &Intent::default());
        let ids = [(Kind::Domain, "d-1"), (Kind::Space, "d-1/lab")];
        ids.map(|(kind, id)| {
            let found = world.get(&ResourceId::new(kind, id));
            found.map(|found| found.status.clone())
        })
    }

    #[test]
    fn a_domain_and_what_is_in_it_wait_for_the_end_of_a_change() {
        for word in [
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
            "IMPORT_ROLLBACK_IN_PROGRESS",
        ] {
            let waits = Some(Status::Busy(word.to_owned()));
            assert_eq!(statuses(word), [waits.clone(), waits]);
        }
        for word in [
            "CREATE_IN_PROGRESS",
            "UPDATE_COMPLETE",
            "IMPORT_COMPLETE",
            "DELETE_FAILED",
        ] {
            let ready = Some(Status::Ready);
            assert_eq!(statuses(word), [ready.clone(), ready], "{word}");
        }
    }
}
