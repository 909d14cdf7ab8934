//! The calls about spaces.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{CreateSpace, create, delete, find, update, url};
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder};
use crate::sagemaker::profiles::key;
use crate::sagemaker::views::listed;
use crate::sagemaker::{domains, requests};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

pub(in crate::sagemaker) fn create_space(call: &mut Call<'_>, input: &Input) -> Answered {
    let input = requests::read::<CreateSpace>(input, requests::CREATE_SPACE)?;
    let arn = create(call.world, &call.place, input)?;
    call.touch(&arn);
    Ok(Output::Json(json!({"SpaceArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneSpace {
    domain_id: String,
    space_name: String,
}

pub(in crate::sagemaker) fn describe_space(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSpace = requests::read(input, requests::ONE_SPACE)?;
    let place = call.place.clone();
    let url = url(call.world, &place, &input.domain_id, &input.space_name)?;
    Ok(Output::Json(
        find(call.world, &place, &input.domain_id, &input.space_name)?.show(&url),
    ))
}

pub(in crate::sagemaker) fn delete_space(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneSpace = requests::read(input, requests::ONE_SPACE)?;
    delete(call.world, &call.place, &input.domain_id, &input.space_name)?;
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UpdateSpace {
    domain_id: String,
    space_name: String,
    space_settings: Option<Value>,
    space_display_name: Option<String>,
}

pub(in crate::sagemaker) fn update_space(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateSpace = requests::read(input, requests::UPDATE_SPACE)?;
    let names = (input.domain_id.as_str(), input.space_name.as_str());
    let arn = update(
        call.world,
        &call.place,
        names,
        input.space_settings.as_ref(),
        input.space_display_name,
    )?;
    Ok(Output::Json(json!({"SpaceArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListSpaces {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    domain_id_equals: Option<String>,
    space_name_contains: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(in crate::sagemaker) fn list_spaces(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListSpaces = requests::read(input, requests::LIST_SPACES)?;
    let asked = Asked {
        by: input.sort_by.unwrap_or(SortBy::CreationTime),
        order: input.sort_order.unwrap_or(SortOrder::Ascending),
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let asked = asked.known(&[SortBy::CreationTime, SortBy::LastModifiedTime])?;
    let place = call.place.clone();
    domains::check_listed(call.world, &place, input.domain_id_equals.as_deref())?;
    let spaces = listed(call, |it| (&it.views.spaces, &it.spaces));
    let items = spaces
        .filter(|space| {
            input
                .domain_id_equals
                .as_ref()
                .is_none_or(|id| space.domain_id == *id)
        })
        .filter(|space| lists::contains(&space.name, input.space_name_contains.as_ref()))
        .map(|space| {
            let id = key(&space.domain_id, &space.name);
            asked.item(&space.record, &id, space.summary())
        })
        .collect();
    lists::answer(call, "Spaces", items, &asked)
}
