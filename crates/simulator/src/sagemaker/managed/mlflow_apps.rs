//! MLflow apps (botocore 1.43.11). One may be the default of domains; whether it is so still when a domain is gone no
//! source says, and here it is.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kind, Managed, create, delete, find};
use crate::error::ServiceError;
use crate::sagemaker::lists::{self, Asked, SortBy, SortOrder, within};
use crate::sagemaker::record::{Status, object};
use crate::sagemaker::refusals::{check_role, not_in_set, validation};
use crate::sagemaker::shape::Shape::{List, Members, OneOf, Written};
use crate::sagemaker::shape::{Reading, Shape, may, must};
use crate::sagemaker::views::listed;
use crate::sagemaker::{domains, forms, requests, settings, tags};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

const DOMAIN: Shape = Written(forms::DOMAIN_ID);

const CREATE: Shape = Members(&[
    must("Name", Written(forms::MLFLOW_NAME)),
    must("ArtifactStoreUri", Written(forms::S3_PATH)),
    must("RoleArn", Written(forms::ROLE)),
    may(
        "ModelRegistrationMode",
        OneOf(&[
            "AutoModelRegistrationEnabled",
            "AutoModelRegistrationDisabled",
        ]),
    ),
    may("WeeklyMaintenanceWindowStart", Written(forms::MAINTENANCE)),
    may("AccountDefaultStatus", settings::ENABLED),
    may("DefaultDomainIdList", List(&DOMAIN, 1000)),
]);

const ONE: Shape = Members(&[must("Arn", Written(forms::MLFLOW_APP))]);

/// What the list can be asked for.
const STATUSES: [Status; 5] = [
    Status::Creating,
    Status::Created,
    Status::CreateFailed,
    Status::Deleting,
    Status::DeletionFailed,
];

fn show(app: &Managed) -> Value {
    let [created, modified] = app.record.times();
    app.with([
        ("Arn", json!(app.record.arn)),
        ("Status", json!(app.record.status)),
        created,
        modified,
    ])
}

fn summary(app: &Managed) -> Value {
    let [created, modified] = app.record.times();
    object([
        ("Arn", json!(app.record.arn)),
        ("Name", json!(app.name)),
        ("Status", json!(app.record.status)),
        created,
        modified,
    ])
}

/// What an ARN ends in, by which an app is kept.
fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

pub(in crate::sagemaker) fn create_mlflow_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let (members, tags) = tags::split(input)?;
    let input = CREATE.read("", &members, Reading::Strict);
    let input = input.map_err(validation)?;
    let text = |name: &str| settings::text(&input, name).unwrap_or_default().to_owned();
    let (name, role) = (text("Name"), text("RoleArn"));
    check_role(call.world, &call.place.account, &role)?;
    for domain in settings::texts(&input, "DefaultDomainIdList") {
        domains::find(call.world, &call.place, &domain)?;
    }
    let id = call
        .world
        .mint(&call.place, Kind::MlflowApp.row_kind(), &name, "app-", 12);
    let arn = create(call, Kind::MlflowApp, &id, &name, input, tags);
    Ok(Output::Json(json!({"Arn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneApp {
    arn: String,
}

pub(in crate::sagemaker) fn describe_mlflow_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneApp = requests::read(input, ONE)?;
    let id = id_of(&input.arn);
    let app = find(call.world, &call.place, Kind::MlflowApp, id)?;
    Ok(Output::Json(show(app)))
}

pub(in crate::sagemaker) fn delete_mlflow_app(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneApp = requests::read(input, ONE)?;
    let id = id_of(&input.arn);
    let arn = delete(call.world, &call.place, Kind::MlflowApp, id)?;
    Ok(Output::Json(json!({"Arn": arn})))
}

/// No version of MLflow is told of an app here, so none can be asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListMlflowApps {
    created_after: Option<f64>,
    created_before: Option<f64>,
    status: Option<Status>,
    default_for_domain_id: Option<String>,
    account_default_status: Option<String>,
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

impl ListMlflowApps {
    fn check(&self) -> Result<(), ServiceError> {
        match self.status {
            Some(status) if !STATUSES.contains(&status) => {
                let known = STATUSES.map(Status::word);
                Err(validation(not_in_set("status", status.word(), &known)))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn wants(&self, app: &Managed) -> bool {
        let domains = settings::texts(&app.input, "DefaultDomainIdList");
        let domain = self.default_for_domain_id.as_ref();
        let default = settings::text(&app.input, "AccountDefaultStatus").unwrap_or("DISABLED");
        within(app.record.created, self.created_after, self.created_before)
            && self.status.is_none_or(|status| status == app.record.status)
            && domain.is_none_or(|domain| domains.contains(domain))
            && self
                .account_default_status
                .as_ref()
                .is_none_or(|wanted| wanted == default)
    }
}

pub(in crate::sagemaker) fn list_mlflow_apps(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ListMlflowApps = input.parse()?;
    input.check()?;
    let asked = Asked {
        by: input.sort_by.unwrap_or(SortBy::CreationTime),
        order: input.sort_order.unwrap_or(SortOrder::Descending),
        max_results: input.max_results,
        next_token: input.next_token.clone(),
    };
    let asked = asked.known(&[SortBy::Name, SortBy::CreationTime, SortBy::Status])?;
    let apps = listed(call, |it| (&it.views.mlflow_apps, &it.mlflow_apps));
    let apps = apps.filter(|app| input.wants(app));
    let items = apps
        .map(|app| {
            // Several may have one name.
            let id = format!("{} {}", app.name, app.record.arn);
            asked.item(&app.record, &id, summary(app))
        })
        .collect();
    lists::answer(call, "Summaries", items, &asked)
}
