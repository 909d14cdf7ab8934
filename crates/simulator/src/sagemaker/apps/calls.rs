//! The calls about apps.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{NewApp, Owner, create, delete, find};
use crate::error::ServiceError;
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder};
use crate::sagemaker::refusals::{check_name, check_one_of, validation};
use crate::sagemaker::shape::Reading;
use crate::sagemaker::{domains, settings, tags};
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
    #[serde(rename = "RecoveryMode")]
    _recovery_mode: Option<bool>,
}

pub(in crate::sagemaker) fn create_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateApp = input.parse()?;
    check_name("appName", &input.app_name)?;
    check_one_of("appType", &input.app_type, settings::APP_TYPES)?;
    let read = |spec: Value| {
        settings::RESOURCE_SPEC
            .read("resourceSpec", &spec, Reading::Strict)
            .map_err(validation)
    };
    let new = NewApp {
        domain_id: input.domain_id,
        owner: owner(input.user_profile_name, input.space_name)?,
        app_type: input.app_type,
        name: input.app_name,
        resource_spec: input.resource_spec.map(read).transpose()?,
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

impl OneApp {
    fn key(self) -> Result<String, ServiceError> {
        check_one_of("appType", &self.app_type, settings::APP_TYPES)?;
        let owner = owner(self.user_profile_name, self.space_name)?;
        Ok(format!(
            "{}/{}/{}/{}",
            self.domain_id,
            owner.name(),
            self.app_type,
            self.app_name
        ))
    }
}

pub(in crate::sagemaker) fn describe_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let key = input.parse::<OneApp>()?.key()?;
    Ok(Output::Json(find(call.world, &call.place, &key)?.show()))
}

pub(in crate::sagemaker) fn delete_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let key = input.parse::<OneApp>()?.key()?;
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
    let input: ListApps = input.parse()?;
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
    let apps = call
        .region()
        .sagemaker
        .apps
        .iter()
        .filter(|(_, app)| input.wants(app));
    let items = apps
        .map(|(key, app)| asked.item(&app.record, key, app.summary()))
        .collect();
    lists::answer(call.world, "Apps", items, &asked)
}
