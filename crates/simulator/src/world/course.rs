//! How long steps take and how they end: the table of durations, and what faults say instead.

use std::time::Duration;

use super::World;
use crate::faults::{EffectKind, Subject};
use crate::numbers;

/// A step in a resource's life that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
    /// What a service does when an update fails.
    Rollback,
    Start,
    Stop,
    /// What a service does to an endpoint without being asked.
    Maintain,
}

impl Operation {
    pub const ALL: [Operation; 7] = [
        Operation::Create,
        Operation::Update,
        Operation::Delete,
        Operation::Rollback,
        Operation::Start,
        Operation::Stop,
        Operation::Maintain,
    ];
    /// What CloudFormation asks a handler for.
    pub const OF_HANDLERS: [Operation; 3] =
        [Operation::Create, Operation::Update, Operation::Delete];

    pub fn word(self) -> &'static str {
        match self {
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
            Operation::Rollback => "rollback",
            Operation::Start => "start",
            Operation::Stop => "stop",
            Operation::Maintain => "maintain",
        }
    }
}

/// How a step in a resource's life will go.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    pub takes: Duration,
    pub end: End,
}

/// How a step in a resource's life ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Done,
    /// With this reason.
    Failed(String),
    /// Never.
    Stuck,
}

impl World {
    /// How long something of the durations' table takes for one resource. The same question has the same answer.
    pub fn draw(&self, name: &str, id: &str) -> Duration {
        self.durations
            .spread(name)
            .at(crate::draw::unit(self.seed, &["duration", name, id]))
    }

    /// How long a step takes that fails, where that is something else: `ENTRY failing` in the table.
    fn draw_failing(&self, entry: &str, id: &str) -> Option<Duration> {
        let entry = format!("{entry} failing");
        self.durations.knows(&entry).then(|| self.draw(&entry, id))
    }

    /// How a step in a resource's life will go: the table's duration, unless a fault says otherwise.
    pub fn course(&mut self, kind: &str, operation: Operation, id: &str) -> Course {
        self.course_named(kind, &format!("{kind} {}", operation.word()), operation, id)
    }

    /// As [`World::course`], with an entry of the table that is not named after the type.
    pub fn course_named(
        &mut self,
        kind: &str,
        entry: &str,
        operation: Operation,
        id: &str,
    ) -> Course {
        let takes = self.draw(entry, id);
        let subject = Subject::Life {
            kind,
            operation: operation.word(),
            id,
        };
        let effect = self
            .faults
            .find(self.now, self.seed, subject)
            .and_then(|rule| rule.effect);
        let Some(effect) = effect else {
            return Course {
                takes,
                end: End::Done,
            };
        };
        let takes = match (effect.seconds, effect.kind) {
            (Some(seconds), _) => numbers::duration(seconds),
            (None, EffectKind::Fail) => self.draw_failing(entry, id).unwrap_or(takes),
            (None, EffectKind::Take | EffectKind::Stuck) => takes,
        };
        let end = match effect.kind {
            EffectKind::Take => End::Done,
            EffectKind::Stuck => End::Stuck,
            EffectKind::Fail => End::Failed(
                effect
                    .reason
                    .unwrap_or_else(|| "Internal failure".to_owned()),
            ),
        };
        Course { takes, end }
    }
}
