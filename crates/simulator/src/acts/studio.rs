//! Acts from inside Studio. The service does not tell them from others: Studio's pages and notebooks add tags to their calls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Act;
use super::references;
use crate::sagemaker::session::{self, Session};
use crate::service::{Invocation, Service};
use crate::world::World;

/// `DOMAIN/PROFILE` or `DOMAIN/PROFILE/SPACE`.
fn read(text: &str) -> Option<Session<'_>> {
    let parts: Vec<&str> = text.split('/').collect();
    let (domain, profile, space) = match parts[..] {
        [domain, profile] => (domain, profile, None),
        [domain, profile, space] => (domain, profile, Some(space)),
        _ => return None,
    };
    let named = !parts.contains(&"");
    named.then_some(Session {
        domain,
        profile,
        space,
    })
}

/// Whether Studio tags what a call makes.
fn tags_what(invocation: &Invocation) -> bool {
    let action = invocation.action.as_str();
    invocation.service == Service::SageMaker
        && action.starts_with("Create")
        && action != "CreatePresignedDomainUrl"
}

/// The tags of a call's input and these; its own come first.
fn add(input: &mut Value, tags: BTreeMap<String, String>) {
    let mut all = input["Tags"].as_array().cloned().unwrap_or_default();
    let own: Vec<Value> = all.iter().map(|tag| tag["Key"].clone()).collect();
    let added = tags
        .into_iter()
        .filter(|(key, _)| !own.contains(&json!(key)));
    all.extend(added.map(|(key, value)| json!({"Key": key, "Value": value})));
    input["Tags"] = Value::Array(all);
}

/// Checks what somebody wrote into a scenario.
///
/// # Errors
/// A sentence that names the form.
pub(super) fn check(studio: &str) -> Result<(), String> {
    // References may have anything in them.
    let parts = studio.matches('/').count();
    if (1..=2).contains(&parts) || studio.contains("${") {
        return Ok(());
    }
    Err("`studio` is DOMAIN/PROFILE or DOMAIN/PROFILE/SPACE".to_owned())
}

impl World {
    /// The call of an act, as it is made where the act is done.
    ///
    /// # Errors
    /// A sentence about an answer or a place in Studio that there is not.
    pub(super) fn invocation_of(&mut self, act: &Act) -> Result<Invocation, String> {
        let mut invocation = act.invocation(&self.activity.answers)?;
        let Some(studio) = &act.studio else {
            return Ok(invocation);
        };
        let given = Value::String(studio.clone());
        let resolved = references::resolve(&given, &self.activity.answers)?;
        let place = resolved.as_str().and_then(read);
        let place = place.ok_or("`studio` is DOMAIN/PROFILE or DOMAIN/PROFILE/SPACE")?;
        if tags_what(&invocation) {
            let tags = session::tags(self, &act.place(), &place);
            add(
                &mut invocation.input.value,
                tags.map_err(|error| error.message)?,
            );
        }
        Ok(invocation)
    }
}
