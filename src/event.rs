//! What a run reports: facts, in the words of the contract. Drawing them is somebody else's work.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use environment::resource::Data;
use environment::{Evidence, ReadError, Resource, ResourceId, Verb};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::aws::CallError;
use crate::clock::Clock;

/// A resource as every event names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    #[serde(rename = "type")]
    pub kind: SmolStr,
    pub id: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<SmolStr>,
    /// Physical name of its stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<SmolStr>,
    /// Why it is still there, or was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Named {
    pub fn of(id: &ResourceId) -> Self {
        Self {
            kind: SmolStr::new_static(id.kind.type_name()),
            id: id.id.clone(),
            name: None,
            stack: None,
            reason: None,
        }
    }

    pub fn resource(resource: &Resource) -> Self {
        Self {
            name: resource.name.clone(),
            stack: resource.stack.clone(),
            ..Self::of(&resource.id)
        }
    }

    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub id: SmolStr,
    pub kind: Verb,
    pub resource: Named,
    pub needs: Vec<String>,
    pub evidence: Vec<Evidence>,
    pub destroys_data: bool,
}

impl Step {
    /// The steps of a plan: there are thousands of a workshop's, so that what they say is taken over.
    pub fn of_plan(steps: Vec<environment::Step>) -> Vec<Step> {
        let step = |step: environment::Step| Step {
            id: step.id().into(),
            kind: step.verb,
            resource: Named {
                name: step.name,
                stack: step.stack,
                ..Named::of(&step.resource)
            },
            needs: step.needs,
            evidence: step.evidence,
            destroys_data: step.destroys_data,
        };
        steps.into_iter().map(step).collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    Up,
    Down,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    Done,
    Skipped,
    Warned,
    Failed,
    Blocked,
}

/// A service's refusal as programs read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorTold {
    pub service: String,
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ErrorTold {
    /// Why the tool itself gave something up, where no service answered with an error.
    pub fn of_ours(code: &str, message: impl Into<String>) -> Self {
        Self {
            service: env!("CARGO_PKG_NAME").to_owned(),
            code: code.to_owned(),
            message: message.into(),
            request_id: None,
        }
    }

    /// Whether no service answered: to people the words around it say why.
    pub fn is_ours(&self) -> bool {
        self.service == env!("CARGO_PKG_NAME")
    }
}

impl From<&CallError> for ErrorTold {
    fn from(error: &CallError) -> Self {
        Self {
            service: error.service.to_owned(),
            code: error.code.clone(),
            message: error.message.clone(),
            request_id: error.request_id.clone(),
        }
    }
}

impl From<&ReadError> for ErrorTold {
    fn from(error: &ReadError) -> Self {
        let service = error.action.split(':').next();
        Self {
            service: service.unwrap_or_default().to_owned(),
            code: error.code.clone(),
            message: error.message.clone(),
            request_id: error.request_id.clone(),
        }
    }
}

/// What keeps a run, or a step of it, from what was wanted. It is told once: by its step's end, or by the run's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What failed; of a refusal the rule that forbids it.
    pub what: String,
    /// The step that it ended, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorTold>,
}

impl Trouble {
    /// Something that is no answer of a service.
    pub fn because(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            step: None,
            error: None,
        }
    }
}

/// Data and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataTold {
    #[serde(flatten)]
    pub data: Data,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Deleted,
    Kept,
}

/// What a run would do, and what would keep it from doing it.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub steps: Vec<Step>,
    /// What is not ours and holds something of ours.
    pub blockers: Vec<Named>,
    /// What is ours and stays on purpose.
    pub kept: Vec<Named>,
    pub data: Vec<DataTold>,
    /// The rules by which it would be refused.
    pub refused: Vec<String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Succeeded,
    Failed,
    Incomplete,
    Refused,
    Blocked,
    Interrupted,
}

impl Outcome {
    /// The exit code, decided here and nowhere else.
    pub fn exit_code(self) -> u8 {
        match self {
            Outcome::Succeeded => 0,
            Outcome::Failed => 1,
            Outcome::Incomplete => 3,
            Outcome::Refused => 4,
            Outcome::Blocked => 5,
            Outcome::Interrupted => 130,
        }
    }
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub outcome: Outcome,
    pub exit_code: u8,
    pub elapsed_seconds: f64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, serde_json::Value>,
    pub remaining: Vec<Named>,
    pub blockers: Vec<Named>,
    pub kept: Vec<Named>,
    pub data: Vec<DataTold>,
}

impl Finished {
    /// An end with nothing but its outcome.
    pub fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            exit_code: outcome.exit_code(),
            elapsed_seconds: 0.0,
            outputs: BTreeMap::new(),
            remaining: Vec::new(),
            blockers: Vec::new(),
            kept: Vec::new(),
            data: Vec::new(),
        }
    }
}

/// A fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    Plan {
        direction: Direction,
        steps: Vec<Step>,
    },
    StepAdded {
        #[serde(flatten)]
        step: Step,
    },
    StepStarted {
        id: String,
    },
    StepProgress {
        id: String,
        message: String,
    },
    StepFinished {
        id: String,
        outcome: StepOutcome,
        elapsed_seconds: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ErrorTold>,
    },
    StackEvent {
        stack: String,
        logical_id: String,
        #[serde(rename = "type")]
        kind: String,
        status: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    Hint {
        id: String,
        summary: String,
        next: Vec<String>,
    },
    Warning {
        message: String,
        /// What it is about, where that is why something does not come to what was wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trouble: Option<Trouble>,
    },
    /// What is waited for, where no step says it.
    Heartbeat {
        message: String,
    },
    /// How long steps of the plan usually take, where that is known by what is in them; seconds by step.
    Usual {
        seconds: BTreeMap<String, f64>,
    },
    /// One call to AWS, answered or not; only told when it was asked for.
    Call {
        action: String,
        milliseconds: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    Finished(Finished),
}

/// Something that takes events.
pub trait Sink {
    fn take(&mut self, event: &Event);

    /// Takes what has to be told however little was asked for.
    fn insist(&mut self, event: &Event) {
        self.take(event);
    }

    /// Time has passed; what shows elapsed times draws them anew.
    fn tick(&mut self) {}

    /// Whether it wants to be told that time has passed.
    fn shows_time(&self) -> bool {
        false
    }
}

impl Sink for Vec<Box<dyn Sink>> {
    fn take(&mut self, event: &Event) {
        for sink in self {
            sink.take(event);
        }
    }

    fn insist(&mut self, event: &Event) {
        for sink in self {
            sink.insist(event);
        }
    }

    fn tick(&mut self) {
        for sink in self {
            sink.tick();
        }
    }

    fn shows_time(&self) -> bool {
        self.iter().any(|sink| sink.shows_time())
    }
}

/// Where events go. Clones go to the same place.
#[derive(Clone)]
pub struct Events {
    sink: Rc<RefCell<dyn Sink>>,
    spoke: Rc<Cell<bool>>,
    direction: Rc<Cell<Option<Direction>>>,
}

impl Events {
    pub fn new(sink: impl Sink + 'static) -> Self {
        Self {
            sink: Rc::new(RefCell::new(sink)),
            spoke: Rc::default(),
            direction: Rc::default(),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "who sends an event has done with it"
    )]
    pub fn send(&self, event: Event) {
        self.spoke.set(true);
        if let Event::Plan { direction, .. } = &event {
            self.direction.set(Some(*direction));
        }
        self.sink.borrow_mut().take(&event);
    }

    /// Where the plan leads that was told last.
    pub fn direction(&self) -> Option<Direction> {
        self.direction.get()
    }

    /// Tells that time has passed.
    pub fn tick(&self) {
        self.sink.borrow_mut().tick();
    }

    /// Lets what shows elapsed times draw them anew, at this pace, for ever.
    pub async fn keep_time(&self, clock: &Clock, pace: Duration) -> Infallible {
        if !self.sink.borrow().shows_time() {
            return std::future::pending().await;
        }
        loop {
            clock.sleep(pace).await;
            self.tick();
        }
    }

    /// Whether anything was sent since this was last asked.
    pub fn has_spoken(&self) -> bool {
        self.spoke.replace(false)
    }

    pub fn warn(&self, message: impl Into<String>) {
        self.send(Event::Warning {
            message: message.into(),
            trouble: None,
        });
    }

    /// Warns also whoever wants the result alone: what this tells is known nowhere else afterwards.
    pub fn insist(&self, message: impl Into<String>) {
        self.spoke.set(true);
        self.sink.borrow_mut().insist(&Event::Warning {
            message: message.into(),
            trouble: None,
        });
    }

    /// Says what keeps the run, or a step of it, from what was wanted.
    pub fn trouble(&self, message: impl Into<String>, trouble: Trouble) {
        self.send(Event::Warning {
            message: message.into(),
            trouble: Some(trouble),
        });
    }

    /// Says what is waited for from now on, until something else happens.
    pub fn wait_for(&self, message: impl Into<String>) {
        self.send(Event::Heartbeat {
            message: message.into(),
        });
    }
}
