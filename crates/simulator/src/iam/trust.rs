//! Whom a role's trust policy lets assume it: services, which is all that the simulator asks about.

use serde_json::Value;

use super::roles::Role;

impl Role {
    /// Whether a service such as `sagemaker.amazonaws.com` may assume the role. Conditions are taken as met.
    pub(crate) fn trusts(&self, service: &str) -> bool {
        let document: Value = serde_json::from_str(&self.trust).unwrap_or_default();
        let statements = document.get("Statement").map(many).unwrap_or_default();
        let says = |effect: &str| {
            let mut statements = statements.iter();
            statements.any(|statement| tells(statement, effect, service))
        };
        says("Allow") && !says("Deny")
    }
}

/// Whether a statement of this effect is about the service's assuming the role.
fn tells(statement: &Value, effect: &str, service: &str) -> bool {
    let principal = statement.get("Principal");
    let services = principal.and_then(|principal| principal.get("Service"));
    statement.get("Effect").and_then(Value::as_str) == Some(effect)
        && has(services, &[service])
        && has(statement.get("Action"), &["sts:AssumeRole", "sts:*", "*"])
}

fn has(part: Option<&Value>, wanted: &[&str]) -> bool {
    let texts = part.map(many).unwrap_or_default().into_iter();
    texts
        .filter_map(Value::as_str)
        .any(|text| wanted.contains(&text))
}

/// One value or a list of them.
fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}
