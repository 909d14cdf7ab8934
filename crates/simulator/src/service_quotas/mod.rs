//! Service Quotas: the quotas that the simulator enforces (section 8 of the notes on AWS's behaviour).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::quotas::{self, Quota};
use crate::service::Operation;
use crate::wire::page::page;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call, Place};

/// What Service Quotas can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("ListServices", list_services),
    ("ListServiceQuotas", list_service_quotas),
    ("GetServiceQuota", get_service_quota),
    (
        "ListAWSDefaultServiceQuotas",
        list_aws_default_service_quotas,
    ),
    ("GetAWSDefaultServiceQuota", get_aws_default_service_quota),
];

/// Reads an input; what does not fit is an `IllegalArgumentException` here.
fn parse<T: DeserializeOwned>(input: &Input) -> Result<T, ServiceError> {
    input.parse().map_err(|problem| illegal(problem.message))
}

fn illegal(message: impl Into<String>) -> ServiceError {
    ServiceError::new("IllegalArgumentException", message)
}

fn no_such(what: &str) -> ServiceError {
    ServiceError::new(
        "NoSuchResourceException",
        format!("The request failed because the specified {what} does not exist."),
    )
}

fn invalid_token() -> ServiceError {
    ServiceError::new(
        "InvalidPaginationTokenException",
        "Invalid input was provided.",
    )
}

fn service_name(code: &str) -> &str {
    match code {
        "cloudformation" => "AWS CloudFormation",
        "ec2" => "Amazon Elastic Compute Cloud (Amazon EC2)",
        "elasticfilesystem" => "Amazon Elastic File System (EFS)",
        "iam" => "AWS Identity and Access Management (IAM)",
        "sagemaker" => "Amazon SageMaker",
        "vpc" => "Amazon Virtual Private Cloud (Amazon VPC)",
        other => other,
    }
}

/// A quota as both kinds of answer show it.
fn shown(quota: &Quota, arn: &str, value: usize) -> Value {
    json!({
        "ServiceCode": quota.service, "ServiceName": service_name(quota.service), "QuotaArn": arn,
        "QuotaCode": quota.code, "QuotaName": quota.name, "Value": value, "Unit": "None", "Adjustable": true,
        "GlobalQuota": quota.service == "iam", "QuotaAppliedAtLevel": "ACCOUNT",
    })
}

/// The default of a quota, which is nobody's: its ARN has no account.
fn show_default(place: &Place, quota: &Quota) -> Value {
    let nobody = Place::new("", &place.region);
    shown(quota, &arn(&nobody, quota), quota.default)
}

fn arn(place: &Place, quota: &Quota) -> String {
    place.arn(
        "servicequotas",
        &format!("{}/{}", quota.service, quota.code),
    )
}

/// The value that applies to the account, where there is one. Whether a quota that nobody has raised has one is a switch.
fn show_applied(call: &Call<'_>, quota: &Quota) -> Option<Value> {
    let quotas = &call.world.quotas;
    let raised = quotas.applied().contains_key(&quota.name);
    let there = raised || !call.world.switches.unraised_quotas_are_not_applied;
    there.then(|| shown(quota, &arn(&call.place, quota), quotas.limit(&quota.name)))
}

/// The quotas of a service, in the order of their codes.
fn of_service(code: &str) -> Result<Vec<&'static Quota>, ServiceError> {
    constraints::length("serviceCode", code, 1, 63).map_err(illegal)?;
    let known = quotas::known().iter();
    let quotas: Vec<&Quota> = known.filter(|quota| quota.service == code).collect();
    if quotas.is_empty() {
        return Err(no_such("service"));
    }
    Ok(quotas)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneQuota {
    service_code: String,
    quota_code: String,
}

impl OneQuota {
    fn find(&self) -> Result<&'static Quota, ServiceError> {
        constraints::length("quotaCode", &self.quota_code, 1, 128).map_err(illegal)?;
        let mut quotas = of_service(&self.service_code)?.into_iter();
        let found = quotas.find(|quota| quota.code == self.quota_code);
        found.ok_or_else(|| no_such("quota"))
    }
}

fn get_service_quota(call: &mut Call<'_>, input: &Input) -> Answered {
    let quota = parse::<OneQuota>(input)?.find()?;
    let applied = show_applied(call, quota).ok_or_else(|| no_such("quota"))?;
    Ok(Output::Json(json!({"Quota": applied})))
}

fn get_aws_default_service_quota(call: &mut Call<'_>, input: &Input) -> Answered {
    let quota = parse::<OneQuota>(input)?.find()?;
    Ok(Output::Json(
        json!({"Quota": show_default(&call.place, quota)}),
    ))
}

/// Where a list goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Paging {
    next_token: Option<String>,
    max_results: Option<i64>,
}

impl Paging {
    /// One page, of 1 to 100 items.
    fn answer(&self, call: &Call<'_>, name: &str, key: &str, items: Vec<Value>) -> Answered {
        let asked = self.max_results.unwrap_or(100);
        constraints::within("maxResults", asked, 1, 100).map_err(illegal)?;
        let size = call.world.page_size(usize::try_from(asked).ok(), 100);
        let key = |item: &Value| item[key].as_str().unwrap_or_default().to_owned();
        let (items, next) = page(
            &call.action,
            items,
            key,
            self.next_token.as_deref(),
            size,
            invalid_token,
        )?;
        let mut body = json!({name: items});
        if let Some(next) = next {
            body["NextToken"] = json!(next);
        }
        Ok(Output::Json(body))
    }
}

fn list_services(call: &mut Call<'_>, input: &Input) -> Answered {
    let paging: Paging = parse(input)?;
    let known = quotas::known().iter();
    let services: BTreeMap<&str, &str> = known
        .map(|quota| (quota.service, service_name(quota.service)))
        .collect();
    let services = services
        .into_iter()
        .map(|(code, name)| json!({"ServiceCode": code, "ServiceName": name}))
        .collect();
    paging.answer(call, "Services", "ServiceCode", services)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListServiceQuotas {
    service_code: String,
    quota_code: Option<String>,
    quota_applied_at_level: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

fn list_service_quotas(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListServiceQuotas = parse(input)?;
    let level = input.quota_applied_at_level.as_deref().unwrap_or("ACCOUNT");
    constraints::one_of(
        "quotaAppliedAtLevel",
        level,
        &["ACCOUNT", "RESOURCE", "ALL"],
    )
    .map_err(illegal)?;
    let wanted = input.quota_code.as_ref();
    let applied = of_service(&input.service_code)?
        .iter()
        .filter(|quota| level != "RESOURCE" && wanted.is_none_or(|code| *code == quota.code))
        .filter_map(|quota| show_applied(call, quota))
        .collect();
    let paging = Paging {
        next_token: input.next_token,
        max_results: input.max_results,
    };
    paging.answer(call, "Quotas", "QuotaCode", applied)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListDefaults {
    service_code: String,
    next_token: Option<String>,
    max_results: Option<i64>,
}

fn list_aws_default_service_quotas(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListDefaults = parse(input)?;
    let defaults = of_service(&input.service_code)?
        .iter()
        .map(|quota| show_default(&call.place, quota))
        .collect();
    let paging = Paging {
        next_token: input.next_token,
        max_results: input.max_results,
    };
    paging.answer(call, "Quotas", "QuotaCode", defaults)
}
