//! A key and its states. One that is to be deleted stays for the waiting period and cannot be used from then on.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::state;
use crate::error::ServiceError;
use crate::queue;
use crate::row::{HasRows, Row, Scope};
use crate::table::Keyed;
use crate::world::{Place, World};

/// As CloudFormation names the type.
pub(super) const KIND: &str = "AWS::KMS::Key";

/// `KeyState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

impl KeyState {
    pub(super) fn of(enabled: Option<bool>) -> Self {
        if enabled == Some(false) {
            KeyState::Disabled
        } else {
            KeyState::Enabled
        }
    }

    fn word(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion => "PendingDeletion",
        }
    }
}

/// A key of the account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) state: KeyState,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) revision: u64,
}

impl Keyed for Key {}

impl HasRows for Key {
    /// A key that waits for its deletion is nobody's any more: the account keeps it for the waiting period.
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        let scope = if self.state == KeyState::PendingDeletion {
            Scope::Account
        } else {
            Scope::Environment
        };
        rows.push(Row {
            kind: KIND.to_owned(),
            id: self.id.clone(),
            arn: arn(place, &self.id),
            status: self.state.word().to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: None,
            revision: self.revision,
            scope,
        });
    }
}

/// The end of a waiting period.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Event {
    id: String,
}

/// `arn:aws:kms:REGION:ACCOUNT:key/ID`.
pub(super) fn arn(place: &Place, id: &str) -> String {
    place.arn("kms", &format!("key/{id}"))
}

/// The ARN of the key that is named by its id or its ARN; aliases stay as they are.
pub(crate) fn arn_of(place: &Place, named: &str) -> String {
    if named.starts_with("arn:") || named.starts_with("alias/") {
        named.to_owned()
    } else {
        arn(place, named)
    }
}

/// Whether what is encrypted can use the key of this ARN. Of other accounts and regions, and of aliases, nothing is known.
///
/// # Errors
/// `NotFoundException`, `DisabledException` or `KMSInvalidStateException`, in KMS's words.
pub(crate) fn check_usable(
    world: &mut World,
    place: &Place,
    arn: &str,
) -> Result<(), ServiceError> {
    let own = self::arn(place, "");
    let Some(id) = arn.strip_prefix(&own) else {
        return Ok(());
    };
    let found = state(world, place).keys.get(id).map(|key| key.state);
    let (code, text) = match found {
        Some(KeyState::Enabled) => return Ok(()),
        Some(KeyState::Disabled) => ("DisabledException", format!("{arn} is disabled.")),
        Some(KeyState::PendingDeletion) => (
            "KMSInvalidStateException",
            format!("{arn} is pending deletion."),
        ),
        None => ("NotFoundException", format!("Key '{arn}' does not exist")),
    };
    Err(ServiceError::new(code, text))
}

/// Begins the waiting period of a key, after which it goes.
///
/// # Errors
/// `NotFoundException`, also of one that waits already: for its stack it is gone.
pub(super) fn schedule_deletion(
    world: &mut World,
    place: &Place,
    id: &str,
    days: u32,
) -> Result<(), ServiceError> {
    let key = state(world, place).keys.get_mut(id);
    let Some(key) = key.filter(|key| key.state != KeyState::PendingDeletion) else {
        let text = format!("Key '{}' does not exist", arn(place, id));
        return Err(ServiceError::new("NotFoundException", text));
    };
    key.state = KeyState::PendingDeletion;
    key.revision += 1;
    let event = Event { id: id.to_owned() };
    let wait = Duration::from_hours(24) * days;
    world.schedule(wait, place, queue::Event::Kms(event));
    Ok(())
}

/// A waiting period is over.
pub(crate) fn fire(world: &mut World, place: &Place, event: &Event) {
    state(world, place).keys.remove(&event.id);
}
