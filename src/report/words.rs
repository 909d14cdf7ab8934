//! Words that several screens share.

use std::time::Duration;

use environment::Verb;

use crate::event::Step;

/// `4m 05s`, `1h 02m`, `12s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A duration that nobody knows exactly: `40s`, `3m`, `1h 20m`.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{}s", seconds.max(1)),
        10..90 => format!("{}s", seconds.div_ceil(10) * 10),
        90..3600 => format!("{}m", (seconds + 30) / 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// More than one of a kind: `Apps`, `EndpointConfigs`.
pub(super) fn many(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with('e') => format!("{stem}ies"),
        Some(_) | None if kind.ends_with('s') => kind.to_owned(),
        Some(_) | None => format!("{kind}s"),
    }
}

/// What a step does, as a person would say it.
pub fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::CreateStack => "create stack",
        Verb::UpdateStack => "update stack",
        Verb::DeleteStack => "delete stack",
        Verb::Create => "create",
        Verb::Delete => "delete",
        Verb::Detach => "detach",
        Verb::Revoke => "empty",
        Verb::Tag => "mark",
        Verb::Stop => "stop",
        Verb::Wait => "wait for",
    }
}

/// A step as a person would say it: `delete app d-1/lab/JupyterLab/default`.
pub(super) fn told(step: &Step) -> String {
    let resource = &step.resource;
    let stack = resource.kind == "AWS::CloudFormation::Stack";
    let name = resource.name.as_ref();
    let name = name.filter(|name| stack || **name != resource.id);
    let short = short(&resource.kind);
    match (step.kind, name) {
        (Verb::CreateStack | Verb::UpdateStack | Verb::DeleteStack, Some(name)) => {
            format!("{} {name}", verb(step.kind))
        }
        (Verb::Revoke, _) => format!("revoke the rules of SecurityGroup {}", resource.id),
        (kind, Some(name)) => format!("{} {short} {} ({name})", verb(kind), resource.id),
        (kind, None) => format!("{} {short} {}", verb(kind), resource.id),
    }
}

/// `VPCEndpoint` of `AWS::EC2::VPCEndpoint`.
pub(super) fn short(kind: &str) -> &str {
    kind.rsplit("::").next().unwrap_or(kind)
}

/// A text of a service on one line: without control characters, which could move the cursor or forge a line.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for piece in text.split(|letter: char| letter.is_control() || letter == ' ') {
        if !piece.is_empty() {
            if !plain.is_empty() {
                plain.push(' ');
            }
            plain.push_str(piece);
        }
    }
    plain
}

/// What CloudFormation tells of a handler's failure, without the wrapping: `The subnet … (InvalidRequest)`.
pub(super) fn cause(reason: &str) -> String {
    let whole = plain(reason);
    let Some((_, rest)) = whole.split_once("Resource handler returned message: \"") else {
        return whole;
    };
    let Some((message, tail)) = rest.rsplit_once("\" (RequestToken: ") else {
        return whole;
    };
    let code = tail.split_once("HandlerErrorCode: ");
    let code = code.map_or("", |(_, code)| code.trim_end_matches(')'));
    format!("{message} ({code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_services_stay_on_one_line() {
        assert_eq!(plain("a\r\n::error::b \u{1b}[2J  c"), "a ::error::b [2J c");
    }

    #[test]
    fn a_handlers_message_is_unwrapped() {
        let told = "Resource handler returned message: \"The subnet 'subnet-1' has dependencies. (Service: Ec2)\" \
                    (RequestToken: 1-2, HandlerErrorCode: InvalidRequest)";
        assert_eq!(
            cause(told),
            "The subnet 'subnet-1' has dependencies. (Service: Ec2) (InvalidRequest)"
        );
        assert_eq!(cause("anything else"), "anything else");
    }

    #[test]
    fn durations_are_short() {
        let told: Vec<String> = [5, 65, 3_725]
            .into_iter()
            .map(|seconds| duration(Duration::from_secs(seconds)))
            .collect();
        assert_eq!(told, ["5s", "1m 05s", "1h 02m"]);
    }
}
