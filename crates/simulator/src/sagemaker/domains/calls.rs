//! The calls about domains.

use serde::Deserialize;
use serde_json::json;

use super::{CreateDomain, Retention, UpdateDomain, create, delete, find, update};
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder};
use crate::sagemaker::requests;
use crate::sagemaker::views::listed;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

pub(in crate::sagemaker) fn create_domain(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateDomain = requests::read(input, requests::CREATE_DOMAIN)?;
    let name = input.domain_name.clone();
    let id = create(call.world, &call.place, &name, input)?;
    call.touch(&id);
    let place = call.place.clone();
    let domain = find(call.world, &place, &id)?;
    Ok(Output::Json(
        json!({"DomainArn": domain.record.arn, "DomainId": id, "Url": domain.url(&place)}),
    ))
}

pub(in crate::sagemaker) fn update_domain(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: UpdateDomain = requests::read(input, requests::UPDATE_DOMAIN)?;
    let id = input.domain_id.clone();
    update(call.world, &call.place, input)?;
    Ok(Output::Json(
        json!({"DomainArn": find(call.world, &call.place, &id)?.record.arn}),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeDomain {
    domain_id: String,
}

pub(in crate::sagemaker) fn describe_domain(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeDomain = requests::read(input, requests::DESCRIBE_DOMAIN)?;
    let (place, early) = (
        call.place.clone(),
        call.world.switches.volume_shown_while_pending,
    );
    Ok(Output::Json(
        find(call.world, &place, &input.domain_id)?.show(&place, early),
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteDomain {
    domain_id: String,
    #[serde(default)]
    retention_policy: RetentionPolicy,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct RetentionPolicy {
    #[serde(default)]
    home_efs_file_system: Retention,
}

pub(in crate::sagemaker) fn delete_domain(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DeleteDomain = requests::read(input, requests::DELETE_DOMAIN)?;
    delete(
        call.world,
        &call.place,
        &input.domain_id,
        input.retention_policy.home_efs_file_system,
    )?;
    Ok(Output::Json(json!({})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListDomains {
    max_results: Option<usize>,
    next_token: Option<String>,
}

pub(in crate::sagemaker) fn list_domains(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListDomains = requests::read(input, requests::LIST_DOMAINS)?;
    let asked = Asked {
        by: SortBy::CreationTime,
        order: SortOrder::Ascending,
        max_results: input.max_results,
        next_token: input.next_token,
    };
    let place = call.place.clone();
    let domains = listed(call, |it| (&it.views.domains, &it.domains));
    let items = domains
        .map(|domain| asked.item(&domain.record, &domain.id, domain.summary(&place)))
        .collect();
    lists::answer(call, "Domains", items, &asked)
}
