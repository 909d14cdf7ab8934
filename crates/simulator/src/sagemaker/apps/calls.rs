//! The calls about apps.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{NewApp, Owner, create, delete, find};
use crate::error::ServiceError;
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder};
use crate::sagemaker::refusals::{not_found, validation};
use crate::sagemaker::views::listed;
use crate::sagemaker::{domains, requests, tags};
use crate::wire::tags::Tag;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateApp {
    domain_id: String,
    user_profile_name: Option<String>,
    space_name: Option<String>,
    app_type: String,
    app_name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    resource_spec: Option<Value>,
    recovery_mode: Option<bool>,
}

pub(in crate::sagemaker) fn create_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateApp = requests::read(input, requests::CREATE_APP)?;
    let new = NewApp {
        domain_id: input.domain_id,
        owner: owner(input.user_profile_name, input.space_name)?,
        app_type: input.app_type,
        name: input.app_name,
        resource_spec: input.resource_spec,
        recovery_mode: input.recovery_mode,
        tags: tags::read(input.tags)?,
    };
    let key = create(call.world, &call.place, new)?;
    call.touch(&key);
    Ok(Output::Json(
        json!({"AppArn": find(call.world, &call.place, &key)?.record.arn}),
    ))
}

fn owner(profile: Option<String>, space: Option<String>) -> Result<Owner, ServiceError> {
    match (profile, space) {
        (Some(name), None) => Ok(Owner::UserProfile(name)),
        (None, Some(name)) => Ok(Owner::Space(name)),
        _ => Err(validation(
            "Exactly one of UserProfileName and SpaceName must be given.",
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneApp {
    domain_id: String,
    user_profile_name: Option<String>,
    space_name: Option<String>,
    app_type: String,
    app_name: String,
}

/// The key of the app that is asked about. A profile and a space of one name are two owners.
fn key(call: &mut Call<'_>, input: &Input) -> Result<String, ServiceError> {
    let asked: OneApp = requests::read(input, requests::ONE_APP)?;
    let owner = owner(asked.user_profile_name, asked.space_name)?;
    let key = format!(
        "{}/{}/{}/{}",
        asked.domain_id,
        owner.name(),
        asked.app_type,
        asked.app_name
    );
    let found = find(call.world, &call.place, &key)?;
    if found.owner == owner {
        return Ok(key);
    }
    Err(not_found(format!("App [{key}] does not exist.")))
}

pub(in crate::sagemaker) fn describe_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let key = key(call, input)?;
    Ok(Output::Json(find(call.world, &call.place, &key)?.show()))
}

pub(in crate::sagemaker) fn delete_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let key = key(call, input)?;
    delete(call.world, &call.place, &key)?;
    call.touch(&key);
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListApps {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    domain_id_equals: Option<String>,
    user_profile_name_equals: Option<String>,
    space_name_equals: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl ListApps {
    fn wants(&self, app: &super::App) -> bool {
        let (profile, space) = match &app.owner {
            Owner::UserProfile(name) => (Some(name), None),
            Owner::Space(name) => (None, Some(name)),
        };
        self.domain_id_equals
            .as_ref()
            .is_none_or(|id| app.domain_id == *id)
            && self
                .user_profile_name_equals
                .as_ref()
                .is_none_or(|name| profile == Some(name))
            && self
                .space_name_equals
                .as_ref()
                .is_none_or(|name| space == Some(name))
    }
}

pub(in crate::sagemaker) fn list_apps(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListApps = requests::read(input, requests::LIST_APPS)?;
    if input.user_profile_name_equals.is_some() && input.space_name_equals.is_some() {
        return Err(validation(
            "UserProfileNameEquals and SpaceNameEquals exclude each other.",
        ));
    }
    let asked = Asked {
        by: input.sort_by.unwrap_or(SortBy::CreationTime),
        order: input.sort_order.unwrap_or(SortOrder::Ascending),
        max_results: input.max_results,
        next_token: input.next_token.clone(),
    };
    let asked = asked.known(&[SortBy::CreationTime])?;
    let place = call.place.clone();
    domains::check_listed(call.world, &place, input.domain_id_equals.as_deref())?;
    let apps = listed(call, |it| (&it.views.apps, &it.apps));
    let items = apps
        .filter(|app| input.wants(app))
        .map(|app| asked.item(&app.record, &app.key(), app.summary()))
        .collect();
    lists::answer(call, "Apps", items, &asked)
}
