//! Participants: a user profile each, and with it, where that is wanted, a private space with JupyterLab running in it.
//!
//! Everything is asked of lists, page by page: calls grow with pages and with what is made.

mod clearing;
mod providing;
mod roll;
mod surplus;

use std::collections::BTreeSet;

use environment::Verb;

use super::result::first_of;
use crate::aws::CallError;
use crate::context::Context;
use crate::event::{Named, Outcome, Step};

pub(super) use providing::Providing;
pub(super) use roll::Roll;

/// Instance type of starter apps: the least that JupyterLab takes.
pub(super) const INSTANCE: &str = "ml.t3.medium";

/// Who takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participants {
    /// Names of user profiles; none where nobody said who takes part.
    pub names: BTreeSet<String>,
    /// Profiles that earlier runs made and that are not named any more are deleted.
    pub prune: bool,
    /// Each has a space with JupyterLab running.
    pub starter_app: bool,
}

impl Participants {
    /// Whether anything is to be done about who takes part.
    pub(super) fn are_asked_for(&self) -> bool {
        !self.names.is_empty() || self.prune
    }
}

/// What is made for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Profile,
    Space,
    App,
}

impl Kind {
    fn type_name(self) -> &'static str {
        match self {
            Kind::Profile => "AWS::SageMaker::UserProfile",
            Kind::Space => "AWS::SageMaker::Space",
            Kind::App => "AWS::SageMaker::App",
        }
    }

    /// As ARNs call it.
    fn in_arns(self) -> &'static str {
        match self {
            Kind::Profile => "user-profile",
            Kind::Space => "space",
            Kind::App => "app",
        }
    }
}

/// What the name of a participant's space begins with.
const SPACE: &str = "lab-";
/// Most characters of the name of a participant who has a space: that of the space has 63 (CreateSpace).
pub const LONGEST_WITH_SPACE: usize = 63 - SPACE.len();

fn space_of(participant: &str) -> String {
    format!("{SPACE}{participant}")
}

fn step_id(verb: Verb, kind: Kind, name: &str) -> String {
    format!("{}:{}:{name}", verb.word(), kind.type_name())
}

fn step(verb: Verb, kind: Kind, name: &str, needs: Vec<String>) -> Step {
    Step {
        id: step_id(verb, kind, name).into(),
        kind: verb,
        resource: named(kind, name),
        needs,
        evidence: Vec::new(),
        destroys_data: false,
    }
}

fn named(kind: Kind, name: &str) -> Named {
    Named {
        kind: kind.type_name().into(),
        id: name.into(),
        name: Some(name.into()),
        stack: None,
        reason: None,
    }
}

/// The steps that participants mean: each after the stacks that it needs (steps' ids), and whoever is pruned after those
/// who come.
pub(super) fn steps(
    participants: &Participants,
    roll: &Roll,
    studio: &[String],
    all: &[String],
) -> Vec<Step> {
    let making = |kind: Kind, name: &str, needs| step(Verb::Create, kind, name, needs);
    let mut steps = Vec::new();
    for name in &participants.names {
        steps.push(making(Kind::Profile, name, studio.to_vec()));
        if participants.starter_app {
            let space = space_of(name);
            let mut needs = all.to_vec();
            needs.push(step_id(Verb::Create, Kind::Profile, name));
            steps.push(making(Kind::Space, &space, needs));
            let needs = vec![step_id(Verb::Create, Kind::Space, &space)];
            steps.push(making(Kind::App, &space, needs));
        }
    }
    let pruned = roll.surplus.going.iter();
    steps.extend(pruned.map(|name| step(Verb::Delete, Kind::Profile, name, studio.to_vec())));
    steps
}

/// What could not be provided.
#[derive(Clone, Debug)]
pub(super) struct Lacking {
    pub outcome: Outcome,
    pub left: Vec<Named>,
}

impl Lacking {
    /// A call was refused: said, with its hint.
    fn refused(cx: &Context, error: &CallError) -> Self {
        Self {
            outcome: cx.fail(error).outcome,
            left: Vec::new(),
        }
    }

    /// What is lacking of two steps of which the second is taken whatever came of the first: the contract's order decides
    /// the outcome.
    fn both(first: Option<Lacking>, second: Result<(), Lacking>) -> Result<(), Lacking> {
        match (first, second) {
            (None, Ok(())) => Ok(()),
            (Some(lacking), Ok(())) | (None, Err(lacking)) => Err(lacking),
            (Some(first), Err(mut late)) => {
                late.left.extend(first.left);
                late.outcome = first_of(&[first.outcome, late.outcome]).unwrap_or(late.outcome);
                Err(late)
            }
        }
    }
}
