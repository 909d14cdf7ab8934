//! CreatePresignedDomainUrl (section 5.2 of the notes on AWS's behaviour).

use serde::Deserialize;
use serde_json::json;

use super::refusals::{check_in_service, validation};
use super::{domains, profiles, spaces};
use crate::error::ServiceError;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreatePresignedDomainUrl {
    domain_id: String,
    user_profile_name: String,
    session_expiration_duration_in_seconds: Option<i64>,
    expires_in_seconds: Option<i64>,
    space_name: Option<String>,
    landing_uri: Option<String>,
}

pub(super) fn create_presigned_domain_url(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreatePresignedDomainUrl = input.parse()?;
    between("expiresInSeconds", input.expires_in_seconds, 5, 300)?;
    between(
        "sessionExpirationDurationInSeconds",
        input.session_expiration_duration_in_seconds,
        1800,
        43_200,
    )?;
    let place = call.place.clone();
    let (domain_id, name) = (&input.domain_id, &input.user_profile_name);
    let profile = profiles::find(call.world, &place, domain_id, name)?;
    check_in_service("UserProfile", &profile.record)?;
    if let Some(space) = &input.space_name {
        spaces::find(call.world, &place, domain_id, space)?;
    }
    let token = call.world.mint(
        &place,
        "presigned URL",
        &profiles::key(domain_id, name),
        "",
        64,
    );
    let url = domains::find(call.world, &place, domain_id)?.url(&place);
    let landing = input
        .landing_uri
        .map(|uri| format!("&redirect={uri}"))
        .unwrap_or_default();
    Ok(Output::Json(
        json!({"AuthorizedUrl": format!("{url}/auth?token={token}{landing}")}),
    ))
}

fn between(member: &str, value: Option<i64>, least: i64, most: i64) -> Result<(), ServiceError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => Err(validation(format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must be \
             between {least} and {most}"
        ))),
        Some(_) | None => Ok(()),
    }
}
