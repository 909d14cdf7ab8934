//! The catalogue of known failures: how each is recognised, what it means, and what to run next.
//!
//! A hint explains; nothing is decided by one. Recognition is by code, and by a text only where several causes share a
//! code or AWS gives none.

mod catalogue;
mod documents;
mod names;
pub mod refusals;

pub use catalogue::ALL;
pub use documents::{long, markdown};
pub use names::Names;

use std::time::Duration;

use crate::aws::CallError;
use crate::event::Event;

/// A known cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// What it means and why it happens, for `explain`.
    pub meaning: &'static str,
    /// What to do, in words that go on from the summary; empty where the commands say it.
    pub cure: &'static str,
    /// Commands to run; `{environment}` and the like stand for real names.
    pub next: &'static [&'static str],
    /// AWS's page about it.
    pub page: &'static str,
    /// How it is recognised: the first that applies. Without any, the tool itself knows when it is met.
    pub(crate) when: &'static [When],
}

/// One way to recognise a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct When {
    /// One of these codes; `handler:X` is `HandlerErrorCode: X` in CloudFormation's account of a failure. None: any.
    pub codes: &'static [&'static str],
    /// All of these in the message.
    pub texts: &'static [&'static str],
}

impl When {
    fn applies(&self, code: &str, handler_code: Option<&str>, message: &str) -> bool {
        let matches = |wanted: &&str| match wanted.strip_prefix("handler:") {
            Some(wanted) => handler_code == Some(wanted),
            None => code == *wanted,
        };
        let by_code = self.codes.is_empty() || self.codes.iter().any(matches);
        by_code && self.texts.iter().all(|text| message.contains(text))
    }
}

impl Hint {
    /// Its sentence, with words in capitals for names.
    pub fn event_summary(&self) -> String {
        names::in_capitals(self.summary)
    }

    /// The hint as an event, with the names that are known. Commands that lack one are left out: they cannot be run; and
    /// so are those that lead the other way than the run.
    pub fn event_for(&self, names: &Names) -> Event {
        let mut summary = names.sentence(self.summary);
        if !self.cure.is_empty() {
            summary = format!("{summary}; {}", names.sentence(self.cure));
        }
        let known = self.next.iter().filter_map(|line| names.command(line));
        let mut next: Vec<String> = known.collect();
        if next.is_empty() {
            next.push(format!("jumpstart-vpc explain {}", self.id));
        }
        Event::Hint {
            id: self.id.to_owned(),
            summary,
            next,
        }
    }
}

/// The hint of that id.
pub fn find(id: &str) -> Option<&'static Hint> {
    ALL.iter().find(|hint| hint.id == id)
}

/// The hint for a failure that has a code, or for CloudFormation's account of one.
pub fn for_failure(code: &str, message: &str) -> Option<&'static Hint> {
    let handler_code = handler_code(message);
    ALL.iter().find(|hint| {
        let mut ways = hint.when.iter();
        ways.any(|when| when.applies(code, handler_code, message))
    })
}

/// The code in CloudFormation's account of a handler's failure.
fn handler_code(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("HandlerErrorCode: ")?;
    rest.split(')').next()
}

/// How far clocks may be apart before AWS takes a request for an old one.
const SKEW: Duration = Duration::from_secs(300);

/// Texts by which services say that it is the clock.
const OF_CLOCK: [&str; 2] = ["Signature expired:", "Signature not yet current:"];

/// The hint for a call that failed. A wrong clock shares its codes: EC2's with expired credentials, that of the others
/// with a wrong secret key. The answer's own date tells which it is.
pub fn for_call(error: &CallError) -> Option<&'static Hint> {
    let found = for_failure(&error.code, &error.message);
    let is_off = error.clock_off.map(|off| off > SKEW);
    let says_clock = OF_CLOCK.iter().any(|text| error.message.contains(text));
    match (error.code.as_str(), is_off) {
        ("RequestExpired", Some(true)) => find("clock-skew"),
        ("SignatureDoesNotMatch", Some(false)) if found == find("clock-skew") && !says_clock => {
            find("wrong-credentials")
        }
        (_, Some(_) | None) => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_found() {
        for hint in ALL {
            assert_eq!(find(hint.id), Some(hint));
            assert!(
                hint.page.starts_with("https://docs.aws.amazon.com/"),
                "{}",
                hint.id
            );
            assert!(
                !hint.next.is_empty() && !hint.meaning.is_empty(),
                "{}",
                hint.id
            );
        }
    }

    /// The way by which a failure is recognised.
    fn way(code: &str, message: &str) -> Option<(&'static str, usize)> {
        let hint = for_failure(code, message)?;
        let handler = handler_code(message);
        let applies = |when: &When| when.applies(code, handler, message);
        Some((hint.id, hint.when.iter().position(applies)?))
    }

    #[test]
    fn every_way_is_the_first_for_some_failure() {
        for hint in ALL {
            for (at, when) in hint.when.iter().enumerate() {
                let codes = if when.codes.is_empty() {
                    &[""]
                } else {
                    when.codes
                };
                for code in codes {
                    let text = when.texts.join(" ");
                    let found = match code.strip_prefix("handler:") {
                        Some(code) => way("", &format!("{text} HandlerErrorCode: {code})")),
                        None => way(code, &text),
                    };
                    assert_eq!(found, Some((hint.id, at)), "{code} {text}");
                }
            }
        }
    }

    #[test]
    fn names_of_environments_and_services_mislead_nobody() {
        let found = |code: &str, message: &str| for_failure(code, message).map(|hint| hint.id);
        assert_eq!(
            found(
                "ValidationException",
                "Could not assume role arn:aws:iam::1:role/jumpstart-vpc-studio."
            ),
            Some("execution-role")
        );
        assert_eq!(
            found("ConflictException", "the pipeline execution is running"),
            None
        );
        assert_eq!(
            found("", "Rate exceeded (HandlerErrorCode: Throttling)"),
            Some("throttled")
        );
    }

    #[test]
    fn what_is_run_next_is_a_command() {
        let programs = [
            "aws",
            "curl",
            "date",
            "eval",
            "export",
            "jumpstart-vpc",
            "openssl",
            "timedatectl",
        ];
        for line in ALL.iter().flat_map(|hint| hint.next) {
            let program = line.split_whitespace().next().unwrap_or_default();
            assert!(programs.contains(&program) && !line.contains('…'), "{line}");
        }
    }

    #[test]
    fn a_wrong_secret_key_is_no_wrong_clock() {
        let found = |message: &str, clock_off: Option<u64>| {
            let error = CallError {
                action: "sts:GetCallerIdentity".to_owned(),
                service: "sts",
                code: "SignatureDoesNotMatch".to_owned(),
                message: message.to_owned(),
                detail: None,
                request_id: None,
                class: crate::aws::Class::Other,
                clock_off: clock_off.map(Duration::from_secs),
            };
            for_call(&error).map(|hint| hint.id)
        };
        let calculated =
            "The request signature we calculated does not match the signature you provided.";
        assert_eq!(found(calculated, Some(2)), Some("wrong-credentials"));
        assert_eq!(found(calculated, Some(600)), Some("clock-skew"));
        assert_eq!(found(calculated, None), Some("clock-skew"));
        for text in OF_CLOCK {
            let text = format!("{text} 20260105T100000Z");
            assert_eq!(found(&text, Some(2)), Some("clock-skew"));
        }
        let scoped = "Credential should be scoped to a valid region, not 'us-east-1'.";
        assert_eq!(found(scoped, Some(2)), Some("wrong-region"));
    }

    #[test]
    fn causes_are_recognised() {
        let found = |code: &str, message: &str| for_failure(code, message).map(|hint| hint.id);
        let scp = "User: x is not authorized … with an explicit deny in a service control policy";
        assert_eq!(found("AccessDenied", scp), Some("denied-by-scp"));
        assert_eq!(found("AccessDenied", "no"), Some("permission"));
        assert_eq!(
            found("", "… HandlerErrorCode: ServiceLimitExceeded)"),
            Some("quota")
        );
        assert_eq!(found("Whatever", ""), None);
    }
}
