//! The encoded message of a denial, which STS's DecodeAuthorizationMessage opens for those who may.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::denial::Denial;
use super::layers::Ground;
use crate::draw;

/// Digits before the message that only this world can have made.
const SEAL: usize = 32;

fn seal(message: &str, seed: u64) -> String {
    draw::hex(seed, &["authorization message", message], SEAL)
}

/// The message of a denial.
pub(super) fn encode(denial: &Denial, seed: u64) -> String {
    let message = URL_SAFE_NO_PAD.encode(document(denial).to_string());
    format!("{}{message}", seal(&message, seed))
}

/// What a message says, or nothing where it is not one of this world's.
pub(crate) fn decode(encoded: &str, seed: u64) -> Option<String> {
    let (digits, message) = encoded.split_at_checked(SEAL)?;
    if digits != seal(message, seed) {
        return None;
    }
    String::from_utf8(URL_SAFE_NO_PAD.decode(message).ok()?).ok()
}

/// As the example of DecodeAuthorizationMessage's page has it.
fn document(denial: &Denial) -> Value {
    let name = denial.principal.rsplit('/').next().unwrap_or_default();
    let conditions = denial.context.iter().map(|(key, values)| {
        let values: Vec<Value> = values.iter().map(|value| json!({"value": value})).collect();
        json!({"key": key, "values": {"items": values}})
    });
    json!({
        "allowed": false,
        "explicitDeny": matches!(denial.ground, Ground::Explicit(_)),
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": name.to_uppercase(), "name": name, "arn": denial.principal},
            "action": denial.action,
            "resource": denial.resource,
            "conditions": {"items": conditions.collect::<Vec<_>>()},
        },
    })
}
