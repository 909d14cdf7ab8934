//! Whom a role's trust policy lets assume it: services, principals of the account, and whoever brings a token. Conditions
//! are taken as met.

use serde_json::Value;

use super::roles::Role;

const ASSUME: &str = "sts:AssumeRole";

impl Role {
    /// Whether a service such as `sagemaker.amazonaws.com` may assume the role.
    pub(crate) fn trusts(&self, service: &str) -> bool {
        self.lets(ASSUME, |who| has(who.get("Service"), &[service]))
    }

    /// Whether one of these may assume the role: the ways to name a principal.
    pub(crate) fn trusts_principal(&self, names: &[&str]) -> bool {
        self.lets(ASSUME, |who| {
            who.as_str() == Some("*") || has(who.get("AWS"), &["*"]) || has(who.get("AWS"), names)
        })
    }

    /// Whether somebody whom an identity provider vouches for may assume the role.
    pub(crate) fn trusts_tokens(&self) -> bool {
        self.lets("sts:AssumeRoleWithWebIdentity", |who| {
            who.get("Federated").is_some()
        })
    }

    /// Whether the policy allows an action to whoever is meant, and denies it to none of them.
    fn lets(&self, action: &str, is_meant: impl Fn(&Value) -> bool) -> bool {
        let document: Value = serde_json::from_str(&self.trust).unwrap_or_default();
        let statements = document.get("Statement").map(many).unwrap_or_default();
        let says = |effect: &str| {
            let mut statements = statements.iter();
            statements.any(|statement| {
                statement.get("Effect").and_then(Value::as_str) == Some(effect)
                    && has(statement.get("Action"), &[action, "sts:*", "*"])
                    && statement.get("Principal").is_some_and(&is_meant)
            })
        };
        says("Allow") && !says("Deny")
    }
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
