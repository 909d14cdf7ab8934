//! Why a stack operation failed, out of what CloudFormation tells of it.
//!
//! CloudFormation gives a failed resource no field for the service's code: both stand in the reason, in a form that its
//! handlers share (section 3.5): `Resource handler returned message: "TEXT (Service: S, Status Code: N, Request ID: R)"
//! (RequestToken: T, HandlerErrorCode: C)`.

use crate::event::ErrorTold;

/// The earliest real cause of a failure: what failed first, not what was cancelled because of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    pub logical_id: String,
    pub kind: String,
    pub reason: String,
    /// What the service itself said, where that was asked.
    pub said: Option<String>,
}

/// Codes of handlers whose cause is known to pass (contract of resource types, "Handler error codes").
const PASSING: [&str; 4] = [
    "Throttling",
    "ServiceInternalError",
    "NetworkFailure",
    "InternalFailure",
];

impl Failure {
    /// What went wrong: in the service's own words where they were asked for, else without the handler's wrapping.
    pub fn text(&self) -> &str {
        if let Some(said) = &self.said {
            return said;
        }
        let message = between(&self.reason, "returned message: \"", "\" (RequestToken:");
        message.unwrap_or(&self.reason)
    }

    /// The service's code where the reason names it, else the handler's.
    pub fn code(&self) -> Option<&str> {
        between(&self.reason, "Error Code: ", ";")
            .or_else(|| between(&self.reason, "HandlerErrorCode: ", ")"))
    }

    /// The service that answered, where the reason names it.
    pub fn service(&self) -> Option<&str> {
        let (_, rest) = self.reason.split_once("(Service: ")?;
        rest.split([',', ';', ')']).next()
    }

    /// The request's id, where the reason names it.
    pub fn request_id(&self) -> Option<&str> {
        let (_, rest) = self.reason.split_once("Request ID: ")?;
        rest.split([',', ';', ')']).next()
    }

    /// The failure as programs read it, of a stack that ended in this status.
    pub fn told(&self, status: &str) -> ErrorTold {
        ErrorTold {
            service: self.service().unwrap_or("cloudformation").to_owned(),
            code: self.code().unwrap_or(status).to_owned(),
            message: self.text().to_owned(),
            request_id: self.request_id().map(str::to_owned),
        }
    }

    /// Whether trying again is known to help: the service's own failures, and a domain whose volume could not be made
    /// because of a key that nobody named (operators' notes, item 18).
    pub fn is_passing(&self) -> bool {
        self.code().is_some_and(|code| PASSING.contains(&code))
            || self.reason.contains("KMS key 'null' does not exist")
            || self.reason.starts_with("Internal")
            || self.is_name_in_use()
    }

    /// Whether a private DNS name is not free: that of an endpoint that went keeps for some minutes. AWS has no code for
    /// it (section 3.5).
    pub fn is_name_in_use(&self) -> bool {
        self.reason.contains("already a conflicting DNS domain")
    }

    /// The same failure with what the service itself said, where that is more than CloudFormation tells.
    #[must_use]
    pub fn said_by_service(mut self, said: Option<String>) -> Self {
        if let Some(said) = said.filter(|said| !self.reason.contains(said.as_str())) {
            self.reason = format!("{said} (CloudFormation: {})", self.reason);
            self.said = Some(said);
        }
        self
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(reason: &str) -> Failure {
        Failure {
            reason: reason.to_owned(),
            ..Failure::default()
        }
    }

    #[test]
    fn a_reason_is_taken_apart() {
        let told = failure(
            "Resource handler returned message: \"The maximum number of VPCs has been reached. (Service: Ec2, Status Code: 400, Request ID: 7f1)\" (RequestToken: 5a, HandlerErrorCode: ServiceLimitExceeded)",
        );
        assert_eq!(told.code(), Some("ServiceLimitExceeded"));
        assert_eq!(told.service(), Some("Ec2"));
        assert_eq!(told.request_id(), Some("7f1"));
        assert!(told.text().starts_with("The maximum number of VPCs"));
        assert!(!told.is_passing());
        let older = failure(
            "resource sg-1 has a dependent object (Service: AmazonEC2; Status Code: 400; Error Code: DependencyViolation; Request ID: 7f1; Proxy: null)",
        );
        assert_eq!(older.code(), Some("DependencyViolation"));
        assert_eq!(
            (older.service(), older.request_id()),
            (Some("AmazonEC2"), Some("7f1"))
        );
        let bare = failure("Export x cannot be updated as it is in use by y");
        assert_eq!((bare.code(), bare.text()), (None, bare.reason.as_str()));
    }

    #[test]
    fn what_passes_is_told_from_what_stays() {
        assert!(
            failure("… (RequestToken: 5a, HandlerErrorCode: ServiceInternalError)").is_passing()
        );
        assert!(!failure("… (RequestToken: 5a, HandlerErrorCode: AccessDenied)").is_passing());
        let key =
            "Unable to create Amazon EFS for domain 'd-1' because KMS key 'null' does not exist.";
        let stabilise =
            failure("did not stabilize. (RequestToken: 5a, HandlerErrorCode: NotStabilized)");
        assert!(!stabilise.is_passing());
        let said = stabilise.said_by_service(Some(key.to_owned()));
        assert!(said.is_passing() && said.reason.contains("NotStabilized"));
        assert_eq!(said.text(), key);
        assert_eq!(said.clone().said_by_service(Some(key.to_owned())), said);
    }
}
