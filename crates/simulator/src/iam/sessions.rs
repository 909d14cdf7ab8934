//! Sessions of roles: credentials for a while.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::roles::{ID_ALPHABET, everywhere};
use crate::time::SimTime;
use crate::world::World;

const TYPE: &str = "session";

/// A role that somebody has assumed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// `arn:aws:sts::…:assumed-role/NAME/SESSION`.
    pub arn: String,
    pub secret: String,
    pub token: String,
    pub expires: SimTime,
}

/// Begins a session; gives its access key with it.
pub(crate) fn begin(
    world: &mut World,
    account: &str,
    (role, name): (&str, &str),
    lasts: Duration,
) -> (String, Session) {
    let mut letters = |length| {
        world.mint_letters(
            &everywhere(account),
            TYPE,
            &format!("{role}/{name}"),
            ID_ALPHABET,
            length,
        )
    };
    let (key, secret, token) = (letters(16), letters(40), letters(120));
    let session = Session {
        arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"),
        secret,
        token,
        expires: world.now().plus(lasts),
    };
    let key = format!("ASIA{key}");
    let state = world.iam(account);
    state.sessions.insert(key.clone(), session.clone());
    (key, session)
}
