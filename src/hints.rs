//! The catalogue of known failures: what it means, and what to run next.

use crate::event::Event;

/// A known cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub id: &'static str,
    pub summary: &'static str,
    pub next: &'static [&'static str],
}

impl Hint {
    /// The hint as an event.
    pub fn event(&self) -> Event {
        Event::Hint {
            id: self.id.to_owned(),
            summary: self.summary.to_owned(),
            next: self.next.iter().map(|line| (*line).to_owned()).collect(),
        }
    }
}

/// Every hint there is.
pub const ALL: [Hint; 15] = [
    Hint {
        id: "credentials-expired",
        summary: "the credentials expired on the way; nothing is lost, the state is in AWS",
        next: &["renew the credentials and run the same command again"],
    },
    Hint {
        id: "no-credentials",
        summary: "no AWS credentials were found",
        next: &["aws configure sso", "jumpstart-vpc … --profile PROFILE"],
    },
    Hint {
        id: "denied-by-scp",
        summary: "an organisation's service control policy denies this to everybody in the account; repeating will not help",
        next: &["ask the administrators of the organisation for the action named above"],
    },
    Hint {
        id: "permission",
        summary: "the caller may not do this",
        next: &["add the action named above to the caller's policy and run the same command again"],
    },
    Hint {
        id: "quota",
        summary: "a quota of the account is used up",
        next: &[
            "delete what is not needed, or ask for more: aws service-quotas list-service-quotas --service-code SERVICE",
        ],
    },
    Hint {
        id: "domain-name-taken",
        summary: "a SageMaker domain of that name exists in this region; names are unique in it",
        next: &[
            "choose another environment with --name NAME",
            "aws sagemaker list-domains",
        ],
    },
    Hint {
        id: "foreign-holder",
        summary: "something that is not part of this environment is in its network and is never touched",
        next: &["remove what is named above, then run the same command again"],
    },
    Hint {
        id: "export-in-use",
        summary: "another stack imports a value that this environment exports",
        next: &[
            "delete or change the importing stack named above, then run the same command again",
        ],
    },
    Hint {
        id: "termination-protection",
        summary: "termination protection is on for a stack of this environment",
        next: &[
            "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name STACK",
        ],
    },
    Hint {
        id: "credentials-expire",
        summary: "the credentials end before the work usually does; what has begun goes on without us, and the same command continues",
        next: &["renew the credentials before a long run"],
    },
    Hint {
        id: "zones",
        summary: "fewer zones of the region than are needed offer every service that the stacks have an endpoint of",
        next: &["choose another region with --region REGION"],
    },
    Hint {
        id: "endpoint-service",
        summary: "the region does not offer a service that the stacks have an endpoint of",
        next: &["aws ec2 describe-vpc-endpoint-services --query ServiceNames"],
    },
    Hint {
        id: "addresses",
        summary: "the blocks of addresses do not fit into each other, or are too small for endpoints and participants",
        next: &[
            "--parameter VpcCidr=10.0.0.0/16 --parameter SubnetOneCidr=10.0.0.0/20 --parameter SubnetTwoCidr=10.0.16.0/20",
        ],
    },
    Hint {
        id: "template-limits",
        summary: "a template is larger than CloudFormation takes",
        next: &["divide the stack into two in the manifest"],
    },
    Hint {
        id: "inside-itself",
        summary: "the command runs inside the environment that it would change",
        next: &["run it from outside, with an operator's credentials"],
    },
];

/// The hint of that id.
pub fn find(id: &str) -> Option<&'static Hint> {
    ALL.iter().find(|hint| hint.id == id)
}

/// The hint for a failure that has a code, or for CloudFormation's account of one.
pub fn for_failure(code: &str, message: &str) -> Option<&'static Hint> {
    let id = match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => "credentials-expired",
        "NoCredentials" => "no-credentials",
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthFailure"
            if message.contains("with an explicit deny in a service control policy") =>
        {
            "denied-by-scp"
        }
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthFailure" => {
            "permission"
        }
        "ResourceLimitExceeded" | "LimitExceeded" | "VpcLimitExceeded" => "quota",
        // What CloudFormation tells of a handler's failure, its only code.
        _ if message.contains("HandlerErrorCode: ServiceLimitExceeded") => "quota",
        _ if message.contains("HandlerErrorCode: AccessDenied") => "permission",
        _ if message.contains("AWS::SageMaker::Domain")
            && message.contains("HandlerErrorCode: AlreadyExists") =>
        {
            "domain-name-taken"
        }
        _ => return None,
    };
    find(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_found() {
        for hint in &ALL {
            assert_eq!(find(hint.id), Some(hint));
        }
    }

    #[test]
    fn causes_are_recognised() {
        let scp = "User: x is not authorized … with an explicit deny in a service control policy";
        assert_eq!(
            for_failure("AccessDenied", scp).map(|hint| hint.id),
            Some("denied-by-scp")
        );
        assert_eq!(
            for_failure("AccessDenied", "no").map(|hint| hint.id),
            Some("permission")
        );
        assert_eq!(
            for_failure("", "… HandlerErrorCode: ServiceLimitExceeded)").map(|hint| hint.id),
            Some("quota")
        );
        assert_eq!(for_failure("Whatever", ""), None);
    }
}
