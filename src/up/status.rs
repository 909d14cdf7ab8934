//! What may be done with a stack in its status (section 3.2).

use super::onward::Onward;
use crate::aws::cloudformation::Stack;
use crate::inventory::Mark;

/// What one stack needs to be as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Create,
    /// It is there: change it, if anything differs.
    Update,
    /// What is left of a failed creation goes first.
    Replace,
    /// A change failed and was left where it stood: back to the last state in which all was well.
    RollBack,
    /// Somebody's operation is at work: wait for it, then see.
    Join,
}

/// Whether a creation of this status left nothing behind in the stack itself.
fn is_empty(status: &str) -> bool {
    matches!(status, "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE")
}

/// What may be done with a stack; `environment` is whose it has to be.
///
/// # Errors
/// A sentence about why nothing may be done, with what to run.
pub(super) fn work_on(stack: &Stack, environment: &str, onward: &Onward) -> Result<Work, String> {
    let name = &stack.name;
    let Onward { reach, removal } = onward;
    let mark = Mark::of(&stack.tags);
    let ours = mark
        .as_ref()
        .is_some_and(|mark| mark.environment == environment);
    if !ours && (mark.is_some() || !is_empty(&stack.status)) {
        return Err(format!(
            "stack {name} exists and was not made by jumpstart-vpc for this environment; choose another --name"
        ));
    }
    match stack.status.as_str() {
        "CREATE_COMPLETE"
        | "UPDATE_COMPLETE"
        | "UPDATE_ROLLBACK_COMPLETE"
        | "IMPORT_COMPLETE"
        | "IMPORT_ROLLBACK_COMPLETE" => Ok(Work::Update),
        "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" => {
            replacement(stack, reach)
        }
        "UPDATE_FAILED" => Ok(Work::RollBack),
        status if status.ends_with("IN_PROGRESS") => Ok(Work::Join),
        "DELETE_FAILED" => Err(format!(
            "stack {name} is in DELETE_FAILED: a teardown did not finish; run: {removal}"
        )),
        "UPDATE_ROLLBACK_FAILED" => Err(format!(
            "stack {name} is in UPDATE_ROLLBACK_FAILED; run: aws cloudformation continue-update-rollback --stack-name {name}{reach}"
        )),
        status => Err(format!(
            "stack {name} is in {status}, out of which only its owner can help it; run: aws cloudformation describe-stack-events --stack-name {name}{reach}"
        )),
    }
}

fn replacement(stack: &Stack, reach: &str) -> Result<Work, String> {
    if stack.protected {
        return Err(format!(
            "stack {0} is in {1} and has to be removed first, and its termination protection is on; run: aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name {0}{reach}",
            stack.name, stack.status
        ));
    }
    Ok(Work::Replace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use environment::mark;

    /// What may be done with a stack in an environment that is reached by a region and a profile.
    fn work(stack: &Stack) -> Result<Work, String> {
        let onward = Onward {
            reach: " --region eu-west-1 --profile lab".to_owned(),
            removal: "jumpstart-vpc down --name mine --region eu-west-1 --profile lab".to_owned(),
        };
        work_on(stack, "mine", &onward)
    }

    fn stack(status: &str, environment: Option<&str>) -> Stack {
        let tags = environment
            .map(|name| (mark::ENVIRONMENT.to_owned(), name.to_owned()))
            .into_iter();
        Stack {
            name: "mine-network".to_owned(),
            status: status.to_owned(),
            tags: tags.collect(),
            ..Stack::default()
        }
    }

    #[test]
    fn every_status_has_its_work_or_its_cure() {
        let ours = |status: &str| work(&stack(status, Some("mine")));
        let works = [
            ("CREATE_COMPLETE", Work::Update),
            ("UPDATE_ROLLBACK_COMPLETE", Work::Update),
            ("IMPORT_COMPLETE", Work::Update),
            ("IMPORT_ROLLBACK_COMPLETE", Work::Update),
            ("REVIEW_IN_PROGRESS", Work::Replace),
            ("ROLLBACK_COMPLETE", Work::Replace),
            ("ROLLBACK_FAILED", Work::Replace),
            ("CREATE_FAILED", Work::Replace),
            ("UPDATE_FAILED", Work::RollBack),
            ("CREATE_IN_PROGRESS", Work::Join),
            ("ROLLBACK_IN_PROGRESS", Work::Join),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Work::Join),
            ("IMPORT_IN_PROGRESS", Work::Join),
            ("IMPORT_ROLLBACK_IN_PROGRESS", Work::Join),
            ("DELETE_IN_PROGRESS", Work::Join),
        ];
        for (status, work) in works {
            assert_eq!(ours(status), Ok(work), "{status}");
        }
        let cures = [
            ("DELETE_FAILED", "jumpstart-vpc down --name mine"),
            (
                "UPDATE_ROLLBACK_FAILED",
                "continue-update-rollback --stack-name mine-network",
            ),
            (
                "IMPORT_ROLLBACK_FAILED",
                "describe-stack-events --stack-name mine-network",
            ),
        ];
        for (status, cure) in cures {
            let why = ours(status).unwrap_err();
            assert!(why.contains(cure), "{why}");
            assert!(why.ends_with(" --region eu-west-1 --profile lab"), "{why}");
        }
    }

    #[test]
    fn what_is_not_ours_is_touched_only_where_nothing_is_in_it() {
        let unmarked = |status: &str| work(&stack(status, None));
        assert_eq!(unmarked("ROLLBACK_COMPLETE"), Ok(Work::Replace));
        assert_eq!(unmarked("REVIEW_IN_PROGRESS"), Ok(Work::Replace));
        for status in ["CREATE_COMPLETE", "CREATE_FAILED", "CREATE_IN_PROGRESS"] {
            assert!(unmarked(status).is_err(), "{status}");
        }
        assert!(work(&stack("ROLLBACK_COMPLETE", Some("other"))).is_err());
        let protected = Stack {
            protected: true,
            ..stack("ROLLBACK_COMPLETE", Some("mine"))
        };
        let why = work(&protected).unwrap_err();
        let cure = "--stack-name mine-network --region eu-west-1 --profile lab";
        assert!(why.contains("termination") && why.ends_with(cure), "{why}");
    }
}
