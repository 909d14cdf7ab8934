//! Feature groups: records of features, in an online store that answers at once, in an offline store in S3, or in both
//! (botocore 1.43.11). No tag and no list tells which; DescribeFeatureGroup does.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kind, Managed, all, create, delete, find};
use crate::error::ServiceError;
use crate::sagemaker::refusals::{check_role, in_use, validation};
use crate::sagemaker::shape::Shape::{Between, Flag, Members, OneOf, Whole, Written};
use crate::sagemaker::shape::{Member, Reading, Shape, may, must};
use crate::sagemaker::{forms, lists, requests, settings, tags};
use crate::wire::{Input, Output};
use crate::world::{Answered, Call};

/// Features that a group has by itself.
const RESERVED: [&str; 3] = ["is_deleted", "write_time", "api_invocation_time"];

const NAME: Shape = Written(forms::FEATURE_NAME);
const KEY: Member = may("KmsKeyId", Written(forms::KMS_KEY));

const DEFINITION: Shape = Members(&[
    must("FeatureName", NAME),
    must("FeatureType", OneOf(&["Integral", "Fractional", "String"])),
    may("CollectionType", OneOf(&["List", "Set", "Vector"])),
    may(
        "CollectionConfig",
        Members(&[may(
            "VectorConfig",
            Members(&[must("Dimension", Whole(1, 8192))]),
        )]),
    ),
]);

const ONLINE_STORE: Shape = Members(&[
    may("SecurityConfig", Members(&[KEY])),
    may("EnableOnlineStore", Flag),
    may(
        "TtlDuration",
        Members(&[
            may(
                "Unit",
                OneOf(&["Seconds", "Minutes", "Hours", "Days", "Weeks"]),
            ),
            may("Value", Whole(1, i32::MAX as i64)),
        ]),
    ),
    may("StorageType", OneOf(&["Standard", "InMemory"])),
]);

const OFFLINE_STORE: Shape = Members(&[
    must(
        "S3StorageConfig",
        Members(&[
            must("S3Uri", Written(forms::S3_PATH)),
            KEY,
            may("ResolvedOutputS3Uri", Written(forms::S3_PATH)),
        ]),
    ),
    may("DisableGlueTableCreation", Flag),
    may(
        "DataCatalogConfig",
        Members(&[
            must("TableName", Written(forms::CATALOG_NAME)),
            must("Catalog", Written(forms::CATALOG_NAME)),
            must("Database", Written(forms::CATALOG_NAME)),
        ]),
    ),
    may("TableFormat", OneOf(&["Default", "Glue", "Iceberg"])),
]);

const CREATE: Shape = Members(&[
    must("FeatureGroupName", NAME),
    must("RecordIdentifierFeatureName", NAME),
    must("EventTimeFeatureName", NAME),
    must("FeatureDefinitions", Between(&DEFINITION, 1, 2500)),
    may("OnlineStoreConfig", ONLINE_STORE),
    may("OfflineStoreConfig", OFFLINE_STORE),
    may(
        "ThroughputConfig",
        Members(&[
            must("ThroughputMode", OneOf(&["OnDemand", "Provisioned"])),
            may("ProvisionedReadCapacityUnits", Whole(0, 10_000_000)),
            may("ProvisionedWriteCapacityUnits", Whole(0, 10_000_000)),
        ]),
    ),
    may("RoleArn", Written(forms::ROLE)),
    may("Description", Written(forms::DESCRIPTION)),
]);

const DESCRIBE: Shape = Members(&[
    must("FeatureGroupName", Written(forms::FEATURE_GROUP)),
    may("NextToken", Written(forms::TOKEN)),
]);

const ONE: Shape = Members(&[must("FeatureGroupName", NAME)]);

/// As Search shows it.
pub(super) fn search_members(group: &Managed) -> Value {
    let [created, modified] = group.record.times();
    let offline = group.input.get("OfflineStoreConfig");
    let mut shown = group.with([
        ("FeatureGroupArn", json!(group.record.arn)),
        ("FeatureGroupStatus", json!(group.record.status)),
        created,
        modified,
        group.record.failure(),
        (
            "OfflineStoreStatus",
            json!(offline.map(|_store| json!({"Status": "Active"}))),
        ),
    ]);
    if let Some(members) = shown.as_object_mut() {
        members.shift_remove("ThroughputConfig");
    }
    shown
}

/// As Describe shows it. There is no second page: all features are on the first.
fn show(group: &Managed) -> Value {
    let mut shown = search_members(group);
    if let Some(throughput) = group.input.get("ThroughputConfig") {
        shown["ThroughputConfig"] = throughput.clone();
    }
    shown["NextToken"] = json!("");
    shown
}

/// What the model says of the members together.
fn check(input: &Value) -> Result<(), ServiceError> {
    let text = |name: &str| settings::text(input, name).unwrap_or_default();
    let definitions = input["FeatureDefinitions"].as_array();
    let definitions = definitions.into_iter().flatten();
    let named = |it: &Value| {
        settings::text(it, "FeatureName")
            .unwrap_or_default()
            .to_owned()
    };
    let names: Vec<String> = definitions.clone().map(named).collect();
    if let Some(reserved) = names.iter().find(|it| RESERVED.contains(&it.as_str())) {
        return Err(validation(format!(
            "FeatureName {reserved} is reserved and cannot be used."
        )));
    }
    for member in ["RecordIdentifierFeatureName", "EventTimeFeatureName"] {
        if !names.iter().any(|name| name == text(member)) {
            return Err(validation(format!(
                "{member} {} is not one of the FeatureDefinitions.",
                text(member)
            )));
        }
    }
    let mut times = definitions.filter(|it| named(it) == text("EventTimeFeatureName"));
    if times.any(|it| settings::text(it, "FeatureType") == Some("Integral")) {
        return Err(validation(
            "The feature of EventTimeFeatureName must be Fractional or String.",
        ));
    }
    let is_offline = input.get("OfflineStoreConfig").is_some();
    if !is_offline && input.get("OnlineStoreConfig").is_none() {
        return Err(validation(
            "At least one of OnlineStoreConfig and OfflineStoreConfig must be given.",
        ));
    }
    if is_offline && input.get("RoleArn").is_none() {
        return Err(validation("An OfflineStoreConfig needs a RoleArn."));
    }
    Ok(())
}

pub(in crate::sagemaker) fn create_feature_group(call: &mut Call<'_>, input: &Input) -> Answered {
    let (members, tags) = tags::split(input)?;
    let input = CREATE.read("", &members, Reading::Strict);
    let input = input.map_err(validation)?;
    check(&input)?;
    let name = settings::text(&input, "FeatureGroupName").unwrap_or_default();
    let name = name.to_owned();
    if all(call.world, &call.place, Kind::FeatureGroup).contains_key(&name) {
        return Err(in_use(format!(
            "Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name."
        )));
    }
    if let Some(role) = settings::text(&input, "RoleArn") {
        check_role(call.world, &call.place.account, role)?;
    }
    let arn = create(call, Kind::FeatureGroup, &name, &name, input, tags);
    Ok(Output::Json(json!({"FeatureGroupArn": arn})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneGroup {
    feature_group_name: String,
    next_token: Option<String>,
}

pub(in crate::sagemaker) fn describe_feature_group(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneGroup = requests::read(input, DESCRIBE)?;
    if input.next_token.is_some_and(|token| !token.is_empty()) {
        return Err(lists::invalid_token());
    }
    let given = input.feature_group_name;
    let mut groups = all(call.world, &call.place, Kind::FeatureGroup).values();
    let by_arn = groups.find(|group| group.record.arn == given);
    let name = by_arn.map_or(given.clone(), |group| group.name.clone());
    let group = find(call.world, &call.place, Kind::FeatureGroup, &name)?;
    Ok(Output::Json(show(group)))
}

pub(in crate::sagemaker) fn delete_feature_group(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneGroup = requests::read(input, ONE)?;
    let name = input.feature_group_name;
    delete(call.world, &call.place, Kind::FeatureGroup, &name)?;
    Ok(Output::Json(json!({})))
}
