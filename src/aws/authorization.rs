//! EC2's encoded messages about denials, opened where the caller may do that.

use serde_json::Value;

use super::{Aws, CallError, Class, Service};

const BEFORE: &str = "Encoded authorization failure message: ";

impl Aws {
    /// The error with what its encoded message says in that message's place. Without the permission to decode it stays as
    /// it is; nobody is asked twice about one action.
    pub(super) async fn decoded(&self, mut error: CallError) -> CallError {
        let parts = error.message.split_once(BEFORE);
        let Some((told, encoded)) = parts.filter(|_| error.class == Class::Denied) else {
            return error;
        };
        let known = self.explained(&error.action);
        let explanation = match known {
            Some(explanation) => explanation,
            None => self.decode(encoded).await.unwrap_or_default(),
        };
        if !explanation.is_empty() {
            error.message = format!("{told}{explanation}");
        }
        self.explain(&error.action, explanation);
        error
    }

    async fn decode(&self, encoded: &str) -> Option<String> {
        let request = self.sts().decode_authorization_message();
        let request = Box::pin(request.encoded_message(encoded.trim()).send());
        let answer = self.attempt(Service::Sts, "DecodeAuthorizationMessage", request);
        told(&answer.await.ok()?.decoded_message?)
    }
}

/// A decoded message in words.
fn told(document: &str) -> Option<String> {
    let document: Value = serde_json::from_str(document).ok()?;
    let text = |path: &str| document.pointer(path).and_then(Value::as_str);
    let action = text("/context/action")?;
    let resource = text("/context/resource").unwrap_or("any resource");
    let why = if document["explicitDeny"] == true {
        "a policy denies it explicitly"
    } else {
        "no policy allows it"
    };
    Some(format!("Decoded: {action} on {resource}, {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoded_message_is_one_sentence() {
        let document = r#"{"allowed":false,"explicitDeny":true,"context":{"action":"ec2:CreateVpc","resource":"arn:x"}}"#;
        assert_eq!(
            told(document).as_deref(),
            Some("Decoded: ec2:CreateVpc on arn:x, a policy denies it explicitly")
        );
        assert_eq!(told("no document"), None);
    }
}
