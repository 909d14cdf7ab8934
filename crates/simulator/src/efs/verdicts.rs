//! What a volume's own policy denies to callers of its account. What it allows is of no account here: identities are
//! allowed by their own policies. Calls come over TLS.

use serde_json::{Map, Value};

use super::file_systems;
use crate::error::ServiceError;
use crate::faults::glob;
use crate::world::Call;

/// The one or the many of a policy's member.
fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_)) | None => {
            Vec::new()
        }
    }
}

fn denials(policy: &Value) -> Vec<&Map<String, Value>> {
    let statements = match policy.get("Statement") {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let denials = statements.into_iter().filter_map(Value::as_object);
    let denies =
        |it: &&Map<String, Value>| it.get("Effect").and_then(Value::as_str) == Some("Deny");
    denials.filter(denies).collect()
}

/// The condition that holds for no call here: that it does not come over TLS.
fn is_insecure_transport(condition: &Value) -> bool {
    let operator = condition.as_object().filter(|members| members.len() == 1);
    let keys = operator.and_then(|members| members.get("Bool"));
    let keys = keys.and_then(Value::as_object);
    keys.is_some_and(|keys| {
        let value = keys.get("aws:SecureTransport");
        keys.len() == 1 && value.is_some_and(|it| *it == false || it.as_str() == Some("false"))
    })
}

/// Whether a policy can be judged by: denials that depend on more than caller and action cannot.
///
/// # Errors
/// A sentence that names the member.
pub(super) fn check_known(policy: &Value) -> Result<(), String> {
    for denial in denials(policy) {
        let strange = ["NotAction", "NotPrincipal"];
        if let Some(member) = strange.iter().find(|it| denial.contains_key(**it)) {
            return Err(format!("{member} is not known in a statement that denies"));
        }
        let condition = denial.get("Condition");
        if let Some(condition) = condition.filter(|it| !is_insecure_transport(it)) {
            return Err(format!(
                "The condition {condition} is not known in a statement that denies"
            ));
        }
    }
    Ok(())
}

/// Whether the policy denies the action to the caller.
pub(super) fn denies(policy: &Value, caller: &str, action: &str) -> bool {
    let action = format!("elasticfilesystem:{action}");
    denials(policy).into_iter().any(|denial| {
        let actions = texts(denial.get("Action"));
        let named = |pattern: &&str| glob(pattern.as_bytes(), action.as_bytes());
        let principal = denial.get("Principal");
        let inner = principal.and_then(|it| it.get("AWS"));
        let principals = [texts(principal), texts(inner)].concat();
        let meant = |it: &&str| *it == "*" || *it == caller || it.ends_with(":root");
        !denial.contains_key("Condition")
            && actions.iter().any(named)
            && principals.iter().any(meant)
    })
}

/// Refuses what the volume's policy denies (section 2.4): a denial says nothing about whether something exists.
///
/// # Errors
/// `AccessDeniedException`.
pub(super) fn check(call: &mut Call<'_>, id: &str, action: &str) -> Result<(), ServiceError> {
    let Ok(volume) = file_systems::find(call.world, &call.place, id) else {
        return Ok(());
    };
    let policy = volume.policy.as_deref().map(serde_json::from_str::<Value>);
    let denied = policy.is_some_and(|it| it.is_ok_and(|it| denies(&it, &call.caller, action)));
    if !denied {
        return Ok(());
    }
    let text = format!(
        "User: {} is not authorized to perform: elasticfilesystem:{action} on the specified resource",
        call.caller
    );
    Err(ServiceError::new("AccessDeniedException", text).status(403))
}
