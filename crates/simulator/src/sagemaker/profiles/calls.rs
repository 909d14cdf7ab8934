//! The calls about user profiles.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{CreateUserProfile, create, delete, find, key, update};
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder};
use crate::sagemaker::views::listed;
use crate::sagemaker::{domains, requests};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

pub(in crate::sagemaker) fn create_user_profile(call: &mut Call<'_>, input: &Input) -> Answered {
    let input = requests::read::<CreateUserProfile>(input, requests::CREATE_USER_PROFILE)?;
    let arn = create(call.world, &call.place, input)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"UserProfileArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneProfile {
    domain_id: String,
    user_profile_name: String,
}

pub(in crate::sagemaker) fn describe_user_profile(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneProfile = requests::read(input, requests::ONE_USER_PROFILE)?;
    Ok(Output::Json(
        find(
            call.world,
            &call.place,
            &input.domain_id,
            &input.user_profile_name,
        )?
        .show(),
    ))
}

pub(in crate::sagemaker) fn delete_user_profile(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneProfile = requests::read(input, requests::ONE_USER_PROFILE)?;
    delete(
        call.world,
        &call.place,
        &input.domain_id,
        &input.user_profile_name,
    )?;
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateUserProfile {
    domain_id: String,
    user_profile_name: String,
    user_settings: Option<Value>,
}

pub(in crate::sagemaker) fn update_user_profile(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateUserProfile = requests::read(input, requests::UPDATE_USER_PROFILE)?;
    let arn = update(
        call.world,
        &call.place,
        &input.domain_id,
        &input.user_profile_name,
        input.user_settings.as_ref(),
    )?;
    Ok(Output::Json(json!({"UserProfileArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListUserProfiles {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    domain_id_equals: Option<String>,
    user_profile_name_contains: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(in crate::sagemaker) fn list_user_profiles(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListUserProfiles = requests::read(input, requests::LIST_USER_PROFILES)?;
    let asked = Asked {
        by: input.sort_by.unwrap_or(SortBy::CreationTime),
        order: input.sort_order.unwrap_or(SortOrder::Ascending),
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let asked = asked.known(&[SortBy::CreationTime, SortBy::LastModifiedTime])?;
    let place = call.place.clone();
    domains::check_listed(call.world, &place, input.domain_id_equals.as_deref())?;
    let profiles = listed(call, |it| (&it.views.profiles, &it.profiles));
    let items = profiles
        .filter(|profile| {
            input
                .domain_id_equals
                .as_ref()
                .is_none_or(|id| profile.domain_id == *id)
        })
        .filter(|profile| lists::contains(&profile.name, input.user_profile_name_contains.as_ref()))
        .map(|profile| {
            let id = key(&profile.domain_id, &profile.name);
            asked.item(&profile.record, &id, profile.summary())
        })
        .collect();
    lists::answer(call, "UserProfiles", items, &asked)
}
