//! Roles that are assumed: by principals of the account, and by whoever an identity provider vouches for.

use std::time::Duration;

use serde::Deserialize;

use super::SESSION;
use crate::error::ServiceError;
use crate::iam::{Role, sessions};
use crate::permissions::role_arn;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

/// Seconds that a session lasts unless told, and those of a session begun out of another at most.
const HOUR: u32 = 3600;
const LEAST: u32 = 900;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssumeIn {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    duration_seconds: Option<u32>,
    /// A condition of the trust policy's, which counts as met.
    #[serde(default, rename = "ExternalId")]
    _external_id: Option<String>,
}

/// The role must trust the caller; what the caller's own policies say is asked before.
pub(super) fn assume_role(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: AssumeIn = input.parse()?;
    let caller = call.caller.clone();
    let chained = caller.contains(SESSION);
    check(&asked.role_arn, &asked.role_session_name)?;
    let account = call.place.account.clone();
    let (root, role) = (format!("arn:aws:iam::{account}:root"), role_arn(&caller));
    let names = [account.as_str(), &root, &caller, &role];
    let denied = || {
        let text = format!(
            "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {}",
            asked.role_arn
        );
        ServiceError::new("AccessDenied", text).status(403)
    };
    let role = role_of(call, &asked.role_arn).filter(|role| role.trusts_principal(&names));
    let role = role.ok_or_else(denied)?;
    let lasts = duration(&role, asked.duration_seconds, chained)?;
    Ok(Output::Xml(begin(
        call,
        &role,
        &asked.role_session_name,
        lasts,
    )))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TokenIn {
    role_arn: String,
    role_session_name: String,
    web_identity_token: String,
    #[serde(default)]
    duration_seconds: Option<u32>,
}

/// The role must trust a provider; whose tokens are good is not looked at, only that it is one.
pub(super) fn assume_role_with_web_identity(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: TokenIn = input.parse()?;
    check(&asked.role_arn, &asked.role_session_name)?;
    let parts: Vec<&str> = asked.web_identity_token.split('.').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) {
        let text = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        return Err(ServiceError::new("InvalidIdentityToken", text));
    }
    let denied = || {
        let text = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        ServiceError::new("AccessDenied", text).status(403)
    };
    let role = role_of(call, &asked.role_arn).filter(Role::trusts_tokens);
    let role = role.ok_or_else(denied)?;
    let lasts = duration(&role, asked.duration_seconds, false)?;
    Ok(Output::Xml(begin(
        call,
        &role,
        &asked.role_session_name,
        lasts,
    )))
}

fn role_of(call: &Call<'_>, arn: &str) -> Option<Role> {
    let state = call.world.iam_state(&call.place.account)?;
    state.role_of(arn).cloned()
}

fn invalid(text: String) -> ServiceError {
    ServiceError::new("ValidationError", text)
}

fn check(role: &str, session: &str) -> Result<(), ServiceError> {
    let is_role = role.starts_with("arn:aws:iam::") && role.contains(":role/");
    if !is_role {
        return Err(invalid(format!("{role} is invalid")));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if (2..=64).contains(&session.len()) && session.chars().all(fits) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member must \
         satisfy regular expression pattern: [\\w+=,.@-]*"
    )))
}

/// How long a session lasts.
fn duration(role: &Role, asked: Option<u32>, chained: bool) -> Result<Duration, ServiceError> {
    let seconds = asked.unwrap_or(HOUR);
    if seconds < LEAST {
        return Err(invalid(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member \
             must have value greater than or equal to {LEAST}"
        )));
    }
    if seconds > role.max_session {
        let text =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(invalid(text.to_owned()));
    }
    if chained && seconds > HOUR {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(invalid(text.to_owned()));
    }
    Ok(Duration::from_secs(seconds.into()))
}

fn begin(call: &mut Call<'_>, role: &Role, name: &str, lasts: Duration) -> Vec<Element> {
    let account = call.place.account.clone();
    let (key, session) = sessions::begin(call.world, &account, (&role.name, name), lasts);
    let credentials = Element::new("Credentials").children([
        Element::text("AccessKeyId", key),
        Element::text("SecretAccessKey", session.secret),
        Element::text("SessionToken", session.token),
        Element::text("Expiration", session.expires.iso()),
    ]);
    let user = Element::new("AssumedRoleUser").children([
        Element::text("AssumedRoleId", format!("{}:{name}", role.unique_id)),
        Element::text("Arn", session.arn),
    ]);
    vec![credentials, user]
}
