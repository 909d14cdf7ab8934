//! CreatePresignedDomainUrl (section 5.2 of the notes on AWS's behaviour).

use serde::Deserialize;
use serde_json::json;

use super::refusals::{check_in_service, validation};
use super::{domains, profiles, requests, spaces};
use crate::error::ServiceError;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

const LANDINGS: &[&str] = &[
    "studio::",
    "app:JupyterServer:",
    "app:JupyterLab:",
    "app:RStudioServerPro:",
    "app:CodeEditor:",
    "app:Canvas:",
];

/// For how long the URL and the session are good is checked and then forgotten: the simulator serves neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreatePresignedDomainUrl {
    domain_id: String,
    user_profile_name: String,
    #[serde(rename = "SessionExpirationDurationInSeconds")]
    _session: Option<i64>,
    #[serde(rename = "ExpiresInSeconds")]
    _expiry: Option<i64>,
    space_name: Option<String>,
    landing_uri: Option<String>,
}

pub(super) fn create_presigned_domain_url(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreatePresignedDomainUrl =
        requests::read(input, requests::CREATE_PRESIGNED_DOMAIN_URL)?;
    check_landing(input.landing_uri.as_deref())?;
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

/// The landing pages that there are (the model's documentation of `LandingUri`).
fn check_landing(uri: Option<&str>) -> Result<(), ServiceError> {
    let known = |uri: &str| LANDINGS.iter().any(|start| uri.starts_with(start));
    if uri.is_none_or(known) {
        return Ok(());
    }
    Err(validation(format!(
        "LandingUri must begin with one of {}.",
        LANDINGS.join(", ")
    )))
}
