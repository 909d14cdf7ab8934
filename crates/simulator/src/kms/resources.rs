//! CloudFormation's handler for keys. It deletes none: it schedules the deletion, and the stack is through with the key.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::{self, KIND, Key, KeyState};
use super::state;
use crate::cloudformation::resource::{Request, ResourceType};
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::wire::constraints;
use crate::wire::tags::{Tag, read};
use crate::world::{Place, World};

pub(crate) const TYPES: &[&dyn ResourceType] = &[&KmsKey];

/// Days of the waiting period, unless the template says otherwise.
const WAITING: u32 = 30;

struct KmsKey;

/// Symmetric keys for encryption; others are not known here. The registry's schema is the source of what may be given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    key_policy: Option<Value>,
    description: Option<String>,
    enabled: Option<bool>,
    #[serde(rename = "EnableKeyRotation")]
    _rotates: Option<bool>,
    rotation_period_in_days: Option<u32>,
    key_spec: Option<String>,
    key_usage: Option<String>,
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    _bypass: Option<bool>,
    pending_window_in_days: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Properties {
    fn check(&self) -> Result<(), ServiceError> {
        let within = |member: &str, days: Option<u32>, least: u32, most: u32| match days {
            Some(days) if !(least..=most).contains(&days) => Err(format!(
                "{member} is {days}, and must be between {least} and {most}"
            )),
            Some(_) | None => Ok(()),
        };
        let only = |member: &str, given: &Option<String>, known: &str| match given {
            Some(given) => constraints::one_of(member, given, &[known]),
            None => Ok(()),
        };
        let described = self.description.as_deref().unwrap_or_default();
        within("PendingWindowInDays", self.pending_window_in_days, 7, 30)
            .and_then(|()| {
                within(
                    "RotationPeriodInDays",
                    self.rotation_period_in_days,
                    90,
                    2560,
                )
            })
            .and_then(|()| only("KeySpec", &self.key_spec, "SYMMETRIC_DEFAULT"))
            .and_then(|()| only("KeyUsage", &self.key_usage, "ENCRYPT_DECRYPT"))
            .and_then(|()| constraints::length("Description", described, 0, 8192))
            .map_err(|problem| ServiceError::new("ValidationException", problem))?;
        self.key_policy.as_ref().map_or(Ok(()), check_policy)
    }

    /// The key's own tags and the stack's; the type has no system tags.
    fn tags(&self, request: &Request<'_>) -> Result<BTreeMap<String, String>, ServiceError> {
        let mut all = request.stack_tags.clone();
        let own = read(self.tags.clone());
        all.extend(own.map_err(|problem| ServiceError::new("TagException", problem))?);
        Ok(all)
    }
}

/// A document whose statements each have a principal.
fn check_policy(policy: &Value) -> Result<(), ServiceError> {
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let whole = |statement: &&Value| {
        let has = |part: &str| statement.get(part).is_some();
        has("Effect") && has("Principal") && (has("Action") || has("NotAction"))
    };
    if !statements.is_empty() && statements.iter().all(whole) {
        return Ok(());
    }
    let text =
        "The new key policy is not valid: each statement needs an effect, principals and actions.";
    Err(ServiceError::new("MalformedPolicyDocumentException", text))
}

impl AtOnce for KmsKey {
    type Properties = Properties;
    const NAME: &'static str = KIND;
    const CREATE_ONLY: &'static [&'static str] = &[];
    const ATTRIBUTES: &'static [&'static str] = &["Arn", "KeyId"];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "Kms";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut state(world, place).steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: Properties,
    ) -> Result<String, ServiceError> {
        properties.check()?;
        let tags = properties.tags(request)?;
        let id = world.mint_uuid(request.place, KIND, &request.mint_name());
        let key = Key {
            id: id.clone(),
            state: KeyState::of(properties.enabled),
            tags,
            revision: 1,
        };
        state(world, request.place).keys.insert(id.clone(), key);
        Ok(id)
    }

    fn change(
        world: &mut World,
        id: &str,
        _old: Properties,
        request: &Request<'_>,
        new: Properties,
    ) -> Result<(), ServiceError> {
        new.check()?;
        let tags = new.tags(request)?;
        let arn = keys::arn(request.place, id);
        let key = state(world, request.place).keys.get_mut(id);
        let Some(key) = key.filter(|key| key.state != KeyState::PendingDeletion) else {
            let text = format!("Key '{arn}' does not exist");
            return Err(ServiceError::new("NotFoundException", text));
        };
        key.state = KeyState::of(new.enabled);
        key.tags = tags;
        key.revision += 1;
        Ok(())
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        properties: Properties,
    ) -> Result<(), ServiceError> {
        let days = properties.pending_window_in_days.unwrap_or(WAITING);
        keys::schedule_deletion(world, place, id, days)
    }

    fn value(world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        state(world, place).keys.get(id)?;
        match name {
            "Arn" => Some(json!(keys::arn(place, id))),
            "KeyId" => Some(json!(id)),
            _ => None,
        }
    }
}
