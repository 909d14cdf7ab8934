//! Replication of a volume into another region: neither volume can be deleted while it lasts (operators' notes, item 41).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::file_systems::{self, NewFileSystem};
use super::life::{self, Kind, Step};
use super::{bad_request, file_system_id, listed, page_size, parse, verdicts};
use crate::ec2::zones::REGIONS;
use crate::error::ServiceError;
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Input, Output};
use crate::world::{Answered, Call, Place, World};

/// A replication, known in both regions under the id of its source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replication {
    source: Place,
    source_id: String,
    destination: Place,
    destination_id: String,
    status: Status,
    created: SimTime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Enabling,
    Enabled,
    Deleting,
    Error,
}

impl Replication {
    fn has(&self, id: &str) -> bool {
        self.source_id == id || self.destination_id == id
    }

    fn show(&self) -> Value {
        let arn = file_systems::arn(&self.source, &self.source_id);
        json!({
            "SourceFileSystemId": self.source_id, "SourceFileSystemRegion": self.source.region,
            "SourceFileSystemArn": arn, "OriginalSourceFileSystemArn": arn,
            "SourceFileSystemOwnerId": self.source.account, "CreationTime": self.created.epoch_seconds(),
            "Destinations": [{
                "Status": self.status, "FileSystemId": self.destination_id, "Region": self.destination.region,
                "OwnerId": self.destination.account,
            }],
        })
    }
}

/// The replication that a volume is part of.
pub(super) fn of<'a>(world: &'a mut World, place: &Place, id: &str) -> Option<&'a Replication> {
    let mut replications = world.region(place).efs.replications.values();
    replications.find(|replication| replication.has(id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    source_file_system_id: String,
    destinations: Vec<Destination>,
}

/// A copy that is to be made; one that exists cannot be given here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Destination {
    region: String,
    kms_key_id: Option<String>,
}

/// A copy is made in a region that is enabled in the account (API Reference, CreateReplicationConfiguration). How EFS words
/// the refusal is not known.
fn check_region(region: &str) -> Result<(), ServiceError> {
    if REGIONS.contains(&region) {
        return Ok(());
    }
    Err(bad_request(format!(
        "Region '{region}' is not enabled in this account"
    )))
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Create = parse(input)?;
    let source_id = file_system_id(&input.source_file_system_id)?.to_owned();
    let [destination] = input.destinations.as_slice() else {
        return Err(bad_request("Destinations names exactly one destination"));
    };
    check_region(&destination.region)?;
    let source = call.place.clone();
    verdicts::check(call, &source_id, "CreateReplicationConfiguration")?;
    file_systems::settled(call.world, &source, &source_id)?;
    if of(call.world, &source, &source_id).is_some() {
        let text = format!("File system '{source_id}' is part of a replication already");
        return Err(ServiceError::new("ConflictException", text).status(409));
    }
    let target = Place::new(&source.account, &destination.region);
    let token = call.world.mint_uuid(&target, "replication", &source_id);
    let new = NewFileSystem {
        name: source_id.clone(),
        creation_token: format!("destination-{token}"),
        encrypted: true,
        kms_key_id: destination.kms_key_id.clone(),
        performance_mode: None,
        throughput_mode: None,
        provisioned_throughput: None,
        tags: BTreeMap::new(),
        owner: None,
    };
    let destination_id = file_systems::create(call.world, &target, new)?;
    file_systems::find(call.world, &target, &destination_id)?.copy = true;
    call.touch(&destination_id);
    let replication = Replication {
        source,
        source_id: source_id.clone(),
        destination: target,
        destination_id,
        status: Status::Enabling,
        created: call.world.now(),
    };
    let shown = replication.show();
    for place in [&replication.source, &replication.destination] {
        let replications = &mut call.world.region(place).efs.replications;
        replications.insert(source_id.clone(), replication.clone());
    }
    life::begin(
        call.world,
        &call.place,
        Kind::Replication,
        &source_id,
        Step::Creation,
    );
    Ok(Output::Json(shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Describe {
    file_system_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Describe = parse(input)?;
    let size = page_size(call.world, input.max_results)?;
    let place = call.place.clone();
    let found: Vec<Replication> = match input.file_system_id.as_deref() {
        None => call.region().efs.replications.values().cloned().collect(),
        Some(id) => {
            let id = file_system_id(id)?;
            file_systems::find(call.world, &place, id)?;
            let found = of(call.world, &place, id).cloned();
            vec![found.ok_or_else(|| not_found(id))?]
        }
    };
    let invalid = || bad_request("The token is not valid");
    let token = input.next_token.as_deref();
    let (found, next) = page(
        "DescribeReplicationConfigurations",
        found,
        |it| it.source_id.clone(),
        token,
        size,
        invalid,
    )?;
    let shown = found.iter().map(Replication::show).collect();
    Ok(Output::Json(listed(
        "Replications",
        shown,
        [("NextToken", next)],
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    source_file_system_id: String,
    /// Both volumes are of one account here: all configurations are the local one.
    #[serde(rename = "deletionMode")]
    _mode: Option<DeletionMode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum DeletionMode {
    AllConfigurations,
    LocalConfigurationOnly,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: Delete = parse(input)?;
    let id = file_system_id(&input.source_file_system_id)?.to_owned();
    verdicts::check(call, &id, "DeleteReplicationConfiguration")?;
    file_systems::find(call.world, &call.place, &id)?;
    let replications = &call.region().efs.replications;
    let replication = replications.get(&id).ok_or_else(|| not_found(&id))?;
    if replication.status != Status::Deleting {
        set(call.world, &call.place.clone(), &id, Some(Status::Deleting));
        life::begin(
            call.world,
            &call.place,
            Kind::Replication,
            &id,
            Step::Deletion,
        );
    }
    Ok(Output::Empty(204))
}

fn not_found(id: &str) -> ServiceError {
    let text = format!("File system '{id}' has no replication configuration.");
    ServiceError::new("ReplicationNotFound", text).status(404)
}

/// Puts a replication into another status in both regions, or takes it out of them.
fn set(world: &mut World, place: &Place, source_id: &str, status: Option<Status>) {
    let Some(replication) = world.region(place).efs.replications.get(source_id).cloned() else {
        return;
    };
    for place in [&replication.source, &replication.destination] {
        let replications = &mut world.region(place).efs.replications;
        match (status, replications.get_mut(source_id)) {
            (Some(status), Some(replication)) => replication.status = status,
            (None, _) => {
                replications.remove(source_id);
            }
            (Some(_), None) => {}
        }
    }
    if status.is_none()
        && let Ok(copy) =
            file_systems::find(world, &replication.destination, &replication.destination_id)
    {
        copy.copy = false;
        copy.revision += 1;
    }
}

/// A creation or a deletion has ended.
pub(super) fn ended(world: &mut World, place: &Place, id: &str, step: Step, failed: bool) {
    let Some(replication) = world.region(place).efs.replications.get(id) else {
        return;
    };
    let status = match (step, failed) {
        (Step::Creation, _) if replication.status != Status::Enabling => return,
        (Step::Creation, false) => Some(Status::Enabled),
        (Step::Deletion, false) => None,
        (_, true) => Some(Status::Error),
    };
    set(world, place, id, status);
}
