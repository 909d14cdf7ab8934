//! What came instead of an answer, as data: the service's code, message and request id, and what it means to us.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use environment::{Cause, ReadError};

use jiff::Timestamp;

use super::Service;

/// What an error means to us. Decided by code; by text only where AWS gives no code (section 12 of the notes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It does not exist.
    NotFound,
    /// Something holds it, or its status does not allow it yet.
    Held,
    /// Too many calls.
    Throttled,
    /// No answer came, or the service failed; it is not known whether anything was done.
    Unreachable,
    /// The caller may not.
    Denied,
    /// The credentials have expired.
    Expired,
    /// There are no credentials.
    NoCredentials,
    /// Anything else: repeating does not change it.
    Other,
}

/// A call that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{action}: {code}: {message}")]
pub struct CallError {
    /// As IAM names it.
    pub action: String,
    pub service: &'static str,
    /// The service's code, or a word of ours where no answer came.
    pub code: String,
    pub message: String,
    /// What the message leaves out for brevity, for whoever wants every call told.
    pub detail: Option<String>,
    pub request_id: Option<String>,
    pub class: Class,
    /// How far the answer's date is from this machine's, where both are known.
    pub clock_off: Option<Duration>,
}

impl CallError {
    pub(super) fn new<E>(
        service: Service,
        operation: &'static str,
        error: &SdkError<E, Response>,
        now: Timestamp,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let action = format!("{}:{operation}", service.prefix());
        if let SdkError::ServiceError(answer) = error {
            let meta = answer.err().meta();
            let (code, message) = (
                meta.code().unwrap_or("Unknown"),
                meta.message().unwrap_or_default(),
            );
            let header = answer.raw().headers().get("x-amzn-requestid");
            return Self {
                action,
                service: service.prefix(),
                class: classify(
                    service,
                    operation,
                    code,
                    message,
                    answer.raw().status().as_u16(),
                ),
                code: code.to_owned(),
                message: message.to_owned(),
                detail: None,
                request_id: meta.extra("aws_request_id").or(header).map(str::to_owned),
                clock_off: date_of(answer.raw()).map(|date| {
                    now.duration_since(date)
                        .try_into()
                        .unwrap_or_else(|_negative| {
                            Duration::try_from(date.duration_since(now)).unwrap_or_default()
                        })
                }),
            };
        }
        let (code, class) = unanswered(error);
        let whole = chain(error);
        let (message, detail) = match credentials(error) {
            Some(problem) if class == Class::NoCredentials => (without(problem), Some(whole)),
            Some(_) | None => (whole, None),
        };
        Self {
            action,
            service: service.prefix(),
            code: code.to_owned(),
            message,
            detail,
            request_id: None,
            class,
            clock_off: None,
        }
    }

    /// An error that an answer tells of in its body.
    pub(super) fn told(
        service: Service,
        operation: &'static str,
        code: &str,
        message: &str,
    ) -> Self {
        Self {
            action: format!("{}:{operation}", service.prefix()),
            service: service.prefix(),
            code: code.to_owned(),
            message: message.to_owned(),
            detail: None,
            request_id: None,
            class: classify(service, operation, code, message, 200),
            clock_off: None,
        }
    }

    /// Whether a service could not take on a role: one that was just made is not known everywhere at once (operators'
    /// notes, section F). SageMaker has no code of its own for it.
    pub fn is_role_unknown(&self) -> bool {
        self.code == "ValidationException" && self.message.contains("ould not assume role")
    }

    /// Why a list could not be read.
    pub fn read_error(&self) -> ReadError {
        ReadError {
            action: self.action.clone(),
            code: self.code.clone(),
            message: self.message.clone(),
            request_id: self.request_id.clone(),
            cause: match self.class {
                Class::Throttled | Class::Unreachable => Cause::Transient,
                Class::Expired => Cause::Expired,
                Class::NotFound
                | Class::Held
                | Class::Denied
                | Class::NoCredentials
                | Class::Other => Cause::Lasting,
            },
        }
    }
}

/// The answer's `Date`.
pub(super) fn date_of(answer: &Response) -> Option<Timestamp> {
    let date = answer.headers().get("date")?;
    jiff::fmt::rfc2822::parse(date)
        .ok()
        .map(|date| date.timestamp())
}

/// A word of ours for a call that no service answered.
fn unanswered<E: std::error::Error + 'static>(
    error: &SdkError<E, Response>,
) -> (&'static str, Class) {
    match error {
        SdkError::ConstructionFailure(_) => ("InvalidRequest", Class::Other),
        SdkError::TimeoutError(_) => ("Timeout", Class::Unreachable),
        _ if credentials(error).is_some() => ("NoCredentials", Class::NoCredentials),
        SdkError::DispatchFailure(_) => ("Unreachable", Class::Unreachable),
        SdkError::ResponseError(_) | SdkError::ServiceError(_) | _ => {
            ("BadResponse", Class::Unreachable)
        }
    }
}

/// An error and what is behind it, the innermost last.
fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// What an error and its causes say, each once: many say again what is behind them.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut told: Vec<String> = Vec::new();
    for text in causes(error).map(ToString::to_string) {
        if text.is_empty() || told.iter().any(|before| before.contains(&text)) {
            continue;
        }
        told.push(text);
    }
    told.join(": ")
}

/// Why the credentials' chain gave none, where that is the cause.
fn credentials<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// One sentence about missing credentials.
fn without(problem: &CredentialsError) -> String {
    if matches!(problem, CredentialsError::CredentialsNotLoaded(_)) {
        return "neither the environment nor a profile nor this machine gives any".to_owned();
    }
    let innermost = causes(problem).last().map(ToString::to_string);
    format!(
        "the credentials could not be loaded: {}",
        innermost.unwrap_or_default()
    )
}

const THROTTLED: [&str; 9] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "EC2ThrottledException",
];
const DENIED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
];
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
];
const HELD: [&str; 14] = [
    "ResourceInUse",
    "ResourceInUseException",
    "DependencyViolation",
    "FileSystemInUse",
    "DependencyTimeout",
    "IncorrectMountTargetState",
    "IncorrectFileSystemLifeCycleState",
    "InvalidNetworkInterface.InUse",
    "DeleteConflict",
    "ConflictException",
    "OperationInProgressException",
    "OperationAbortedException",
    "ConcurrentUpdateException",
    "IncorrectState",
];

fn classify(service: Service, operation: &str, code: &str, message: &str, status: u16) -> Class {
    let deletes = ["Delete", "Detach", "Revoke", "Stop", "Deregister", "Update"]
        .iter()
        .any(|verb| operation.starts_with(verb));
    match code {
        _ if THROTTLED.contains(&code) => Class::Throttled,
        _ if EXPIRED.contains(&code) => Class::Expired,
        _ if DENIED.contains(&code) => Class::Denied,
        _ if HELD.contains(&code) => Class::Held,
        "ResourceNotFound"
        | "ResourceNotFoundException"
        | "ObjectNotFoundException"
        | "NoSuchEntity"
        | "FileSystemNotFound"
        | "MountTargetNotFound"
        | "ReplicationNotFound" => Class::NotFound,
        // `InvalidVpcID.NotFound`, `NatGatewayNotFound`; and an attachment that is to be ended and has ended.
        _ if service == Service::Ec2
            && (code.ends_with("NotFound") || code == "Gateway.NotAttached") =>
        {
            Class::NotFound
        }
        "ValidationError"
            if service == Service::CloudFormation && message.contains("does not exist") =>
        {
            Class::NotFound
        }
        // SageMaker has no codes of its own for these (section 12a).
        "ValidationException" if service == Service::SageMaker && is_absent(message) => {
            Class::NotFound
        }
        // A status that does not allow it yet; the next look tells.
        "ValidationException" if service == Service::SageMaker && deletes => Class::Held,
        // DeleteNetworkInterface of one that is still attached (section 2.1).
        "InvalidParameterValue" if service == Service::Ec2 && deletes => Class::Held,
        _ if status >= 500 => Class::Unreachable,
        _ => Class::Other,
    }
}

fn is_absent(message: &str) -> bool {
    [
        "Could not find",
        "does not exist",
        "has already been deleted",
        "previously failed and was automatically deleted",
        // A training job (aws/aws-sdk#165), a notebook instance.
        "Requested resource not found.",
        "RecordNotFound",
    ]
    .iter()
    .any(|text| message.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        behind: Option<Box<Layer>>,
    }

    #[test]
    fn a_chain_says_everything_once() {
        let error = ["os error 111", "connect", "connect: os error 111", "io"]
            .into_iter()
            .fold(None, |behind, text| Some(Box::new(Layer { text, behind })));
        assert_eq!(chain(&error.unwrap()), "io: connect: os error 111");
    }

    #[test]
    fn only_a_not_found_code_means_gone() {
        let class =
            |service, operation, code, message| classify(service, operation, code, message, 400);
        assert_eq!(
            class(Service::Ec2, "DescribeVpcs", "InvalidVpcID.NotFound", ""),
            Class::NotFound
        );
        for (operation, code) in [
            ("DeleteNatGateway", "NatGatewayNotFound"),
            ("DetachInternetGateway", "Gateway.NotAttached"),
        ] {
            let told = class(Service::Ec2, operation, code, "");
            assert_eq!(told, Class::NotFound, "{code}");
        }
        let (operation, code) = ("DescribeReplicationConfigurations", "ReplicationNotFound");
        assert_eq!(class(Service::Efs, operation, code, ""), Class::NotFound);
        for (operation, message) in [
            ("DeleteApp", "App x does not exist"),
            ("DescribeTrainingJob", "Requested resource not found."),
            ("DescribeNotebookInstance", "RecordNotFound"),
        ] {
            let told = class(
                Service::SageMaker,
                operation,
                "ValidationException",
                message,
            );
            assert_eq!(told, Class::NotFound, "{operation}");
        }
        assert_eq!(
            class(
                Service::SageMaker,
                "DeleteApp",
                "ValidationException",
                "in status Pending"
            ),
            Class::Held
        );
        assert_eq!(
            class(
                Service::SageMaker,
                "CreateModel",
                "ValidationException",
                "bad"
            ),
            Class::Other
        );
        assert_eq!(
            class(
                Service::CloudFormation,
                "DescribeStacks",
                "AccessDenied",
                "does not exist"
            ),
            Class::Denied
        );
        assert_eq!(
            class(
                Service::CloudFormation,
                "CreateStack",
                "LimitExceededException",
                ""
            ),
            Class::Other
        );
        assert_eq!(
            classify(
                Service::Efs,
                "DescribeFileSystems",
                "InternalServerError",
                "",
                500
            ),
            Class::Unreachable
        );
    }
}
