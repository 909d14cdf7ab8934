//! The real names that a hint's commands are filled in with: from the run, and from what the service said.

use crate::event::Direction;

/// What is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub environment: Option<String>,
    pub region: Option<String>,
    pub account: Option<String>,
    /// The action that failed, as IAM names it; the message may name another one.
    pub action: Option<String>,
    /// The service's own words.
    pub message: String,
    /// Id of what the failed step was about, where there was a step: a message may leave it out.
    pub about: Option<String>,
    /// Where the run leads.
    pub direction: Option<Direction>,
}

impl Names {
    /// A command with its `{…}` replaced; nothing where a name is not known, because it could not be run, or where it
    /// would undo what the run is for.
    pub(super) fn command(&self, line: &str) -> Option<String> {
        if self.is_contrary(line) {
            return None;
        }
        filled(line, |name| self.of(name))
    }

    /// Whether a command leads the other way: several causes are met on the way up and on the way down.
    fn is_contrary(&self, line: &str) -> bool {
        match self.direction {
            Some(Direction::Up) => line.starts_with("jumpstart-vpc down "),
            Some(Direction::Down) => line.starts_with("jumpstart-vpc up "),
            None => false,
        }
    }

    /// A sentence with its `{…}` replaced; what is not known is said in general.
    pub(super) fn sentence(&self, line: &str) -> String {
        let known = |name: &str| Some(self.of(name).unwrap_or_else(|| in_general(name)));
        filled(line, known).unwrap_or_default()
    }

    fn of(&self, name: &str) -> Option<String> {
        let text = self.message.as_str();
        match name {
            "environment" => self.environment.clone(),
            "region" => self.region.clone(),
            "account" => self.account.clone(),
            "action" => {
                after(text, "is not authorized to perform: ").or_else(|| self.action.clone())
            }
            "principal" => after(text, "User: "),
            "principal-arn" => after(text, "User: ").map(|arn| policy_source(&arn)),
            "encoded" => after(text, "Encoded authorization failure message: "),
            "stack" => stack(text),
            // Only of such a stack the rollback can be gone on with.
            "stack-whose-rollback-failed" => {
                stack(text).filter(|_| text.contains("UPDATE_ROLLBACK_FAILED"))
            }
            "service" => self.service(),
            "export" => between(text, "Export ", " cannot be")
                .or_else(|| between(text, "cannot delete export ", " as")),
            "importer" => after(text, "in use by "),
            "quota" => between(text, "account-level service limit '", "'"),
            "role" => role(text),
            "policy-arn" | "boundary" => containing(text, ":policy/"),
            "policy-name" => between(text, "policy ", " was written on role"),
            "key" => containing(text, ":key/").or_else(|| between(text, "its key ", " goes with")),
            "domain" => self.id("d-"),
            "volume" => self.id("fs-"),
            "interface" => self.id("eni-"),
            _ => None,
        }
    }

    /// An id that the message or the failed step names.
    fn id(&self, prefix: &str) -> Option<String> {
        let about = self.about.as_deref().unwrap_or_default();
        starting(&self.message, prefix).or_else(|| starting(about, prefix))
    }

    /// The service that answered, as Service Quotas calls it: what EC2 limits here are parts of networks.
    fn service(&self) -> Option<String> {
        let of_handler = between(&self.message, "(Service: ", ",").map(|name| name.to_lowercase());
        let of_action = || {
            let (service, _) = self.action.as_ref()?.split_once(':')?;
            Some(service.to_owned())
        };
        let service = of_handler.or_else(of_action)?;
        Some(if service == "ec2" {
            "vpc".to_owned()
        } else {
            service
        })
    }
}

/// Whose policies decide about a caller: a session has those of its role.
fn policy_source(arn: &str) -> String {
    let role = arn.split_once(":assumed-role/").and_then(|(before, rest)| {
        let (role, _session) = rest.split_once('/')?;
        Some(format!("{}:role/{role}", before.replace(":sts:", ":iam:")))
    });
    role.unwrap_or_else(|| arn.to_owned())
}

/// A line with words in capitals for names, as in a manual.
pub(super) fn in_capitals(line: &str) -> String {
    filled(line, |name| Some(name.to_uppercase())).unwrap_or_default()
}

/// What a sentence says where a name is not known.
fn in_general(name: &str) -> String {
    match name {
        "principal" => "the caller".to_owned(),
        "action" => "what was denied".to_owned(),
        "quota" | "importer" => "the service's message names it".to_owned(),
        other => format!("the {other}"),
    }
}

/// A line with its `{…}` replaced, where each is known.
fn filled(line: &str, known: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        filled.push_str(before);
        filled.push_str(&known(name)?);
        rest = tail;
    }
    Some(filled + rest)
}

/// What stands around a name in a sentence.
const AROUND: &[char] = &['.', ',', ';', ':', '\'', '"', '(', ')', '[', ']'];

/// The word after a text.
fn after(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let word = rest.split_whitespace().next()?;
    Some(word.trim_end_matches(['.', ',', ';']).to_owned())
}

fn between(text: &str, before: &str, behind: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(behind).map(|(found, _)| found.to_owned())
}

/// The first word that has this in it.
fn containing(text: &str, part: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    let word = words.find(|word| word.contains(part))?;
    Some(word.trim_matches(AROUND).to_owned())
}

/// The first word that begins like an id: `sg-0123`.
fn starting(text: &str, prefix: &str) -> Option<String> {
    let mut words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    words
        .find(|word| word.starts_with(prefix) && word.len() > prefix.len())
        .map(str::to_owned)
}

/// `Stack [X] …`, `Stack:arn:…/X/… is in …`, or the name in a list of protected ones.
fn stack(text: &str) -> Option<String> {
    let of_arn = || {
        let arn = after(text, "Stack:")?;
        arn.split('/').nth(1).map(str::to_owned)
    };
    between(text, "Stack [", "]")
        .or_else(of_arn)
        .or_else(|| after(text, "termination protection is on for "))
        .or_else(|| between(text, "stack ", " "))
}

/// `… role X by hand …`, or the last part of a role's ARN.
fn role(text: &str) -> Option<String> {
    let by_hand = || between(text, "role ", " by hand");
    let of_arn = || {
        let arn = containing(text, ":role/")?;
        arn.rsplit('/').next().map(str::to_owned)
    };
    by_hand().or_else(of_arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> Names {
        Names {
            environment: Some("demo".into()),
            action: Some("ec2:CreateVpc".into()),
            message: message.into(),
            ..Names::default()
        }
    }

    #[test]
    fn names_come_from_what_was_said() {
        let names = said(
            "User: arn:aws:iam::1:user/ann is not authorized to perform: sagemaker:DeleteApp on resource: x",
        );
        assert_eq!(
            names.command("{action} for {principal} of {environment}"),
            Some("sagemaker:DeleteApp for arn:aws:iam::1:user/ann of demo".to_owned())
        );
        assert_eq!(names.command("aws iam get-role {role}"), None);
        assert_eq!(
            said("no").sentence("allow {action} to {principal} in {region}"),
            "allow ec2:CreateVpc to the caller in the region"
        );
        assert_eq!(in_capitals("--role {role-arn}"), "--role ROLE-ARN");
    }

    #[test]
    fn what_the_message_leaves_out_the_step_names() {
        let names = Names {
            about: Some("eni-0123".into()),
            ..said("You are not allowed to manage 'ela-attach' attachments.")
        };
        assert_eq!(names.command("{interface}").as_deref(), Some("eni-0123"));
        assert_eq!(names.command("{service}").as_deref(), Some("vpc"));
        let of_handler = said("no more (Service: SageMaker, Status Code: 400)");
        assert_eq!(
            of_handler.command("{service}").as_deref(),
            Some("sagemaker")
        );
        let session = said("User: arn:aws:sts::1:assumed-role/x/ann is not authorized");
        assert_eq!(
            session.command("{principal-arn}").as_deref(),
            Some("arn:aws:iam::1:role/x")
        );
    }

    #[test]
    fn nobody_is_sent_the_other_way() {
        let towards = |direction| Names {
            direction,
            ..said("no")
        };
        let (up, down) = (
            "jumpstart-vpc up --name {environment}",
            "jumpstart-vpc down --name {environment}",
        );
        let known = |direction| {
            let names = towards(direction);
            [up, down].map(|line| names.command(line).is_some())
        };
        assert_eq!(known(Some(Direction::Up)), [true, false]);
        assert_eq!(known(Some(Direction::Down)), [false, true]);
        assert_eq!(known(None), [true, true]);
        let plan = "jumpstart-vpc plan down --name {environment}";
        assert!(towards(Some(Direction::Up)).command(plan).is_some());
    }

    #[test]
    fn only_a_rollback_that_failed_is_gone_on_with() {
        let of = |status: &str| {
            let text = format!("stack demo-network is in {status}; run this");
            said(&text).command("{stack-whose-rollback-failed}")
        };
        assert_eq!(
            of("UPDATE_ROLLBACK_FAILED").as_deref(),
            Some("demo-network")
        );
        assert_eq!(of("ROLLBACK_COMPLETE"), None);
    }

    #[test]
    fn roles_policies_and_keys_are_found() {
        let attached = said(
            "policy arn:aws:iam::1:policy/theirs was attached to role jumpstart-x by hand and holds it; say more",
        );
        assert_eq!(
            attached.command("{role} {policy-arn}").as_deref(),
            Some("jumpstart-x arn:aws:iam::1:policy/theirs")
        );
        assert_eq!(attached.command("{policy-name}"), None);
        let written = said("policy notes was written on role jumpstart-x by hand and holds it");
        assert_eq!(
            written.command("{role} {policy-name}").as_deref(),
            Some("jumpstart-x notes")
        );
        let assumed = said("Could not assume role arn:aws:iam::1:role/path/x.");
        assert_eq!(assumed.command("{role}").as_deref(), Some("x"));
        let key = said("KMSInvalidStateException: arn:aws:kms:us-east-1:1:key/1-2 is pending.");
        assert_eq!(
            key.command("{key}").as_deref(),
            Some("arn:aws:kms:us-east-1:1:key/1-2")
        );
    }
}
