//! Words that several screens share.

use std::time::Duration;

use environment::Verb;

use crate::event::Step;

/// `4m 05s`, `1h 02m 05s`, `12s`: two moments are never told alike.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => {
            let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
            format!("{hours}h {minutes:02}m {:02}s", seconds % 60)
        }
    }
}

/// A duration that nobody knows exactly: `40s`, `3m`, `1h 20m`.
pub(super) fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{}s", seconds.max(1)),
        10..90 => format!("{}s", seconds.div_ceil(10) * 10),
        90..3570 => format!("{}m", (seconds + 30) / 60),
        3570..3600 => "1h 00m".to_owned(),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// More than one of a kind: `apps`, `policies`, `NAT gateways`.
pub(super) fn many(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        Some(_) | None if kind.ends_with('s') => kind.to_owned(),
        Some(_) | None => format!("{kind}s"),
    }
}

/// `1 space`, `2 spaces`.
pub fn counted(count: usize, kind: &str) -> String {
    if count == 1 {
        format!("1 {kind}")
    } else {
        format!("{count} {}", many(kind))
    }
}

/// Kinds whose name in CloudFormation is not what people call them.
const CALLED: [(&str, &str); 9] = [
    ("AWS::SageMaker::Endpoint", "inference endpoint"),
    ("AWS::SageMaker::HyperParameterTuningJob", "tuning job"),
    ("AWS::SageMaker::AutoMLJob", "AutoML job"),
    ("AWS::SageMaker::Companion", "resource"),
    ("AWS::CloudFormation::RetainedResource", "resource"),
    ("AWS::EC2::SecurityGroupRule", "security group"),
    (
        "AWS::EC2::EgressOnlyInternetGateway",
        "egress-only internet gateway",
    ),
    ("AWS::IAM::ManagedPolicy", "policy"),
    ("AWS::IAM::RolePolicy", "inline policy"),
];
/// Words that are written in capitals, as CloudFormation spells them.
const CAPITALS: [(&str, &str); 5] = [
    ("Vpc", "VPC"),
    ("Nat", "NAT"),
    ("Acl", "ACL"),
    ("Dns", "DNS"),
    ("Dhcp", "DHCP"),
];

/// A type for people: `VPC endpoint` of `AWS::EC2::VPCEndpoint`.
pub(super) fn kind(type_name: &str) -> String {
    let called = CALLED.iter().find(|(name, _)| *name == type_name);
    if let Some((_, called)) = called {
        return (*called).to_owned();
    }
    let words = camel_words(short(type_name));
    let words = words.into_iter().map(|word| {
        let capitals = CAPITALS.iter().find(|(spelt, _)| *spelt == word);
        match capitals {
            Some((_, capitals)) => (*capitals).to_owned(),
            None if is_short_form(word) => word.to_owned(),
            None => word.to_lowercase(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `VPC` and the like, but no `A`.
fn is_short_form(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase())
}

/// `VPC`, `Endpoint` of `VPCEndpoint`.
fn camel_words(name: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = name.char_indices().collect();
    let is_upper = |at: usize| letters.get(at).is_some_and(|(_, it)| it.is_uppercase());
    let begins = |at: usize| {
        let before_lower = letters.get(at + 1).is_some_and(|(_, it)| it.is_lowercase());
        is_upper(at) && (!is_upper(at - 1) || before_lower)
    };
    let mut words = Vec::new();
    let mut from = 0;
    for at in (1..letters.len()).filter(|at| begins(*at)) {
        let to = letters.get(at).map_or(name.len(), |(place, _)| *place);
        words.extend(name.get(from..to));
        from = to;
    }
    words.extend(name.get(from..));
    words
}

/// `delete 40 apps`.
pub(super) fn group(step: &Step, count: usize) -> String {
    let kinds = many(&kind(&step.resource.kind));
    format!("{} {count} {kinds}", verb(step.kind))
}

/// Words in lines no wider than this, the first behind a heading, the others below it.
pub(super) fn wrapped(heading: &str, words: &[&str], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() { "," } else { "" };
        match lines.last_mut() {
            None => lines.push(format!("{heading}{word}{comma}")),
            Some(line) if line.len() + word.len() + 2 <= width => {
                line.push_str(&format!(" {word}{comma}"));
            }
            Some(_) => lines.push(format!("  {word}{comma}")),
        }
    }
    lines
}

/// What a step does, as a person would say it.
pub(super) fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::CreateStack => "create stack",
        Verb::UpdateStack => "update stack",
        Verb::DeleteStack => "delete stack",
        Verb::Create => "create",
        Verb::Delete => "delete",
        Verb::Detach => "detach",
        Verb::Revoke => "revoke the rules of",
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
    let kind = kind(&resource.kind);
    match (step.kind, name) {
        (Verb::CreateStack | Verb::UpdateStack | Verb::DeleteStack, Some(name)) => {
            format!("{} {name}", verb(step.kind))
        }
        (doing, Some(name)) if doing != Verb::Revoke => {
            format!("{} {kind} {} ({name})", verb(doing), resource.id)
        }
        (doing, _) => format!("{} {kind} {}", verb(doing), resource.id),
    }
}

/// `VPCEndpoint` of `AWS::EC2::VPCEndpoint`.
fn short(kind: &str) -> &str {
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
    let Some((before, rest)) = whole.split_once("Resource handler returned message: \"") else {
        return whole;
    };
    let Some((message, tail)) = rest.rsplit_once("\" (RequestToken: ") else {
        return whole;
    };
    let code = tail.split_once("HandlerErrorCode: ");
    let code = code.map_or("", |(_, code)| code.trim_end_matches(')'));
    format!("{before}{message} ({code})")
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
    fn kinds_are_called_as_people_call_them() {
        for (type_name, called) in [
            ("AWS::EC2::VPCEndpoint", "VPC endpoint"),
            ("AWS::EC2::VPC", "VPC"),
            ("AWS::EC2::NatGateway", "NAT gateway"),
            ("AWS::EC2::NetworkAcl", "network ACL"),
            ("AWS::SageMaker::Endpoint", "inference endpoint"),
            ("AWS::SageMaker::UserProfile", "user profile"),
            ("AWS::SageMaker::App", "app"),
            ("AWS::CloudFormation::Stack", "stack"),
            ("Custom::Thing", "thing"),
        ] {
            assert_eq!(kind(type_name), called);
        }
    }

    #[test]
    fn the_teardown_calls_most_kinds_the_same() {
        use environment::resource::Kind;
        for of in [
            Kind::App,
            Kind::Space,
            Kind::UserProfile,
            Kind::Domain,
            Kind::Endpoint,
            Kind::MountTarget,
            Kind::SecurityGroup,
            Kind::GroupAssociation,
            Kind::NetworkInterface,
            Kind::NatGateway,
            Kind::VpnGateway,
            Kind::EgressOnlyGateway,
            Kind::CarrierGateway,
            Kind::NetworkAcl,
            Kind::VpcEndpoint,
            Kind::LogGroup,
            Kind::Stack,
        ] {
            assert_eq!(kind(of.type_name()), of.words());
        }
    }

    #[test]
    fn many_of_a_kind() {
        let told = ["NAT gateway", "policy", "app", "mount target"].map(many);
        let expected = ["NAT gateways", "policies", "apps", "mount targets"];
        assert_eq!(told, expected);
        let told = [0, 1, 2].map(|count| counted(count, "policy"));
        assert_eq!(told, ["0 policies", "1 policy", "2 policies"]);
    }

    #[test]
    fn long_lists_are_broken() {
        let told = wrapped("Data: ", &["fs-1", "fs-2", "fs-3"], 16);
        assert_eq!(told, ["Data: fs-1,", "  fs-2, fs-3"]);
        assert!(wrapped("Data: ", &[], 16).is_empty());
    }

    #[test]
    fn what_nobody_knows_exactly_is_rounded() {
        let told = [9, 61, 100, 3_569, 3_599, 3_600].map(|it| about(Duration::from_secs(it)));
        assert_eq!(told, ["9s", "70s", "2m", "59m", "1h 00m", "1h 00m"]);
    }

    #[test]
    fn durations_are_short() {
        let told: Vec<String> = [5, 65, 3_725]
            .into_iter()
            .map(|seconds| duration(Duration::from_secs(seconds)))
            .collect();
        assert_eq!(told, ["5s", "1m 05s", "1h 02m 05s"]);
    }
}
