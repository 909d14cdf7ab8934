//! What every command that talks to AWS has at hand.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use environment::{Cause, ReadError};

use crate::aws::{Aws, CallError, Class};
use crate::clock::Clock;
use crate::event::{ErrorTold, Events, Finished, Outcome, Trouble};
use crate::hints::{self, Hint, Names};
use crate::report::{Heading, Output};
use crate::stop::Stop;

/// One run.
#[derive(Clone)]
pub struct Context {
    pub aws: Aws,
    pub clock: Clock,
    pub events: Events,
    pub stop: Stop,
    pub output: Output,
    pub heading: Rc<RefCell<Heading>>,
    /// Moment of the clock at which everything ends.
    pub deadline: Duration,
}

/// The end of a run before anything was written, or because of one error.
pub type Ended = Box<Finished>;

impl Context {
    /// Says why nothing is done, and ends the run.
    pub fn refuse(&self, why: impl Into<String>) -> Ended {
        self.end(Outcome::Refused, why)
    }

    /// Says why the run comes to this, and ends it.
    pub fn end(&self, outcome: Outcome, why: impl Into<String>) -> Ended {
        let why = why.into();
        self.events.trouble(why.clone(), Trouble::because(why));
        Box::new(Finished::new(outcome))
    }

    /// Says which call failed, with its hint, and ends the run.
    pub fn fail(&self, error: &CallError) -> Ended {
        let told = ErrorTold::from(error);
        let request = told
            .request_id
            .as_ref()
            .map(|id| format!(" (request {id})"))
            .unwrap_or_default();
        let message = format!("{}: {}: {}{request}", error.action, told.code, told.message);
        let call = Trouble {
            what: error.action.clone(),
            step: None,
            error: Some(told),
        };
        self.events.trouble(message, call);
        if let Some(hint) = hints::for_call(error) {
            self.hint_to(hint, Some(&error.action), &error.message, None);
        }
        Box::new(Finished::new(outcome_of(error.class)))
    }

    /// Gives a hint about a text.
    pub fn hint(&self, hint: &Hint, message: &str) {
        self.hint_to(hint, None, message, None);
    }

    /// Gives a hint to an action that failed, its commands filled in with the names that are known: from the run, from
    /// the message, and from the id of what it was about.
    pub fn hint_to(&self, hint: &Hint, action: Option<&str>, message: &str, about: Option<&str>) {
        let heading = self.heading.borrow();
        let names = Names {
            environment: heading.environment.clone(),
            region: Some(self.aws.region().to_owned()),
            account: heading.account.clone(),
            action: action.map(str::to_owned),
            message: message.to_owned(),
            about: about.map(str::to_owned),
            direction: self.events.direction(),
        };
        self.events.send(hint.event_for(&names));
    }

    /// The hint of that id, about this.
    pub fn hint_of(&self, id: &str, about: &str) {
        if let Some(hint) = hints::find(id) {
            self.hint(hint, about);
        }
    }

    /// Waits, but neither longer than until a moment of the clock nor past a stop.
    pub async fn pause(&self, duration: Duration, until: Duration) {
        let left = until.saturating_sub(self.clock.elapsed());
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            () = self.clock.sleep(duration.min(left)) => {}
        }
    }

    /// Asks a question on the terminal; nothing counts as no.
    ///
    /// # Errors
    /// The end of the run, where a signal came instead of an answer.
    pub async fn ask(&self, question: &str) -> Result<bool, Ended> {
        use tokio::io::AsyncBufReadExt;
        self.output.ask(&format!("{question} [y/N] "));
        let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
        let answer = tokio::select! {
            biased;
            () = self.stop.requested() => return Err(Box::new(Finished::new(Outcome::Interrupted))),
            line = lines.next_line() => line.ok().flatten(),
        };
        self.output.answered();
        let yes = |answer: String| matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        Ok(answer.is_some_and(yes))
    }
}

/// What the lists that cannot be read make of a run that nothing else decides.
pub fn outcome_of_unknown<'a>(errors: impl Iterator<Item = &'a ReadError>) -> Option<Outcome> {
    let causes: Vec<Cause> = errors.map(|error| error.cause).collect();
    let has = |cause| causes.contains(&cause);
    if has(Cause::Expired) || has(Cause::Transient) {
        Some(Outcome::Incomplete)
    } else {
        has(Cause::Lasting).then_some(Outcome::Failed)
    }
}

/// What an error that ends a run makes of it.
pub fn outcome_of(class: Class) -> Outcome {
    match class {
        Class::Throttled | Class::Unreachable | Class::Expired | Class::Held => Outcome::Incomplete,
        Class::NotFound | Class::Denied | Class::NoCredentials | Class::Other => Outcome::Failed,
    }
}
