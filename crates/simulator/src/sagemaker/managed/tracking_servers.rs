//! MLflow's tracking servers, which run by the hour until they are stopped or deleted (botocore 1.43.11). They are not
//! stopped here.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kind, Managed, all, create, delete, find};
use crate::sagemaker::record::Status;
use crate::sagemaker::refusals::{check_role, validation};
use crate::sagemaker::shape::Shape::{Flag, Members, OneOf, Written};
use crate::sagemaker::shape::{Reading, Shape, may, must};
use crate::sagemaker::{forms, requests, settings, tags};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

const NAME: Shape = Written(forms::MLFLOW_NAME);

const CREATE: Shape = Members(&[
    must("TrackingServerName", NAME),
    must("ArtifactStoreUri", Written(forms::S3_PATH)),
    may("TrackingServerSize", OneOf(&["Small", "Medium", "Large"])),
    may("MlflowVersion", Written(forms::MLFLOW_VERSION)),
    must("RoleArn", Written(forms::ROLE)),
    may("AutomaticModelRegistration", Flag),
    may("WeeklyMaintenanceWindowStart", Written(forms::MAINTENANCE)),
    may("S3BucketOwnerAccountId", Written(forms::ACCOUNT)),
    may("S3BucketOwnerVerification", Flag),
]);

const ONE: Shape = Members(&[must("TrackingServerName", NAME)]);

fn show(server: &Managed) -> Value {
    let [created, modified] = server.record.times();
    let activity = if server.record.status == Status::Created {
        "Active"
    } else {
        "Inactive"
    };
    let mut shown = json!({"TrackingServerSize": "Small", "AutomaticModelRegistration": false});
    let given = server.with([
        ("TrackingServerArn", json!(server.record.arn)),
        ("TrackingServerStatus", json!(server.record.status)),
        ("IsActive", json!(activity)),
        created,
        modified,
    ]);
    for (name, value) in given.as_object().into_iter().flatten() {
        shown[name.as_str()] = value.clone();
    }
    shown
}

pub(in crate::sagemaker) fn create_tracking_server(call: &mut Call<'_>, input: &Input) -> Answered {
    let (members, tags) = tags::split(input)?;
    let input = CREATE.read("", &members, Reading::Strict);
    let input = input.map_err(validation)?;
    let text = |name: &str| settings::text(&input, name).unwrap_or_default().to_owned();
    let (name, role) = (text("TrackingServerName"), text("RoleArn"));
    if all(call.world, &call.place, Kind::TrackingServer).contains_key(&name) {
        return Err(validation(format!(
            "MlflowTrackingServer {name} already exists."
        )));
    }
    check_role(call.world, &call.place.account, &role)?;
    let arn = create(call, Kind::TrackingServer, &name, &name, input, tags);
    Ok(Output::Json(json!({"TrackingServerArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneServer {
    tracking_server_name: String,
}

pub(in crate::sagemaker) fn describe_tracking_server(
    call: &mut Call<'_>,
    input: &Input,
) -> Answered {
    let input: OneServer = requests::read(input, ONE)?;
    let name = input.tracking_server_name;
    let server = find(call.world, &call.place, Kind::TrackingServer, &name)?;
    Ok(Output::Json(show(server)))
}

pub(in crate::sagemaker) fn delete_tracking_server(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneServer = requests::read(input, ONE)?;
    let name = input.tracking_server_name;
    let arn = delete(call.world, &call.place, Kind::TrackingServer, &name)?;
    Ok(Output::Json(json!({"TrackingServerArn": arn})))
}
