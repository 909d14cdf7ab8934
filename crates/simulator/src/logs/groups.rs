//! Log groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::streams::Stream;
use super::{
    check_group_name, exists_already, group_not_found, group_of, invalid, invalid_token,
    is_group_letter, page_size, parse, refuse_conflict, scope, state, tags,
};
use crate::error::ServiceError;
use crate::row::{HasRows, Row};
use crate::table::Keyed;
use crate::time::SimTime;
use crate::wire::page::page;
use crate::wire::{Input, Output, constraints};
use crate::world::{Answered, Call, Place, World};

pub(super) const KIND: &str = "AWS::Logs::LogGroup";
const CLASSES: [&str; 3] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"];

/// Days for which events may be kept.
const RETENTIONS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// A log group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) name: String,
    created: SimTime,
    /// In days; none keeps events for ever.
    pub(super) retention: Option<u32>,
    kms_key_id: Option<String>,
    class: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) streams: BTreeMap<String, Stream>,
    pub(super) revision: u64,
}

/// A group to be made.
pub(super) struct NewGroup {
    pub(super) name: String,
    pub(super) retention: Option<u32>,
    pub(super) kms_key_id: Option<String>,
    pub(super) class: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl NewGroup {
    pub(super) fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            retention: None,
            kms_key_id: None,
            class: None,
            tags: BTreeMap::new(),
        }
    }
}

/// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME`.
pub(super) fn arn(place: &Place, name: &str) -> String {
    place.arn("logs", &format!("log-group:{name}"))
}

impl Keyed for Group {}

impl HasRows for Group {
    fn rows(&self, place: &Place, rows: &mut Vec<Row>) {
        rows.push(self.row(place));
        let streams = self.streams.values();
        rows.extend(streams.map(|stream| stream.row(place, self)));
    }
}

impl Group {
    pub(super) fn row(&self, place: &Place) -> Row {
        Row {
            kind: KIND.to_owned(),
            id: self.name.clone(),
            arn: arn(place, &self.name),
            status: "available".to_owned(),
            tags: self.tags.clone(),
            stack: None,
            parent: None,
            revision: self.revision,
            scope: scope(&self.name),
        }
    }

    /// What is shown of a group that was asked for by a pattern.
    fn show_briefly(&self, place: &Place) -> Map<String, Value> {
        let arn = arn(place, &self.name);
        Map::from_iter([
            ("logGroupName".to_owned(), json!(self.name)),
            ("creationTime".to_owned(), json!(self.created.0)),
            ("arn".to_owned(), json!(format!("{arn}:*"))),
        ])
    }

    fn show(&self, place: &Place) -> Map<String, Value> {
        let bytes: u64 = self.streams.values().map(|stream| stream.bytes).sum();
        let mut shown = self.show_briefly(place);
        shown.insert("metricFilterCount".to_owned(), json!(0));
        shown.insert("storedBytes".to_owned(), json!(bytes));
        shown.insert("logGroupClass".to_owned(), json!(self.class));
        let arn = arn(place, &self.name);
        shown.insert("logGroupArn".to_owned(), json!(arn));
        if let Some(days) = self.retention {
            shown.insert("retentionInDays".to_owned(), json!(days));
        }
        if let Some(key) = &self.kms_key_id {
            shown.insert("kmsKeyId".to_owned(), json!(key));
        }
        shown
    }

    /// Sets for how many days events are kept.
    pub(super) fn retain(&mut self, days: Option<u32>) {
        if self.retention != days {
            self.retention = days;
            self.revision += 1;
        }
    }

    /// Encrypts what comes from now on with another key.
    pub(super) fn encrypt(&mut self, key: Option<String>) {
        if self.kms_key_id != key {
            self.kms_key_id = key;
            self.revision += 1;
        }
    }
}

/// Makes a group.
pub(super) fn create(world: &mut World, place: &Place, new: NewGroup) -> Result<(), ServiceError> {
    check_group_name("logGroupName", &new.name)?;
    if new.name.to_lowercase().starts_with("aws/") {
        return Err(invalid(
            "Log groups starting with AWS/ are reserved for AWS.",
        ));
    }
    let class = new.class.unwrap_or_else(|| "STANDARD".to_owned());
    constraints::one_of("logGroupClass", &class, &CLASSES).map_err(invalid)?;
    new.retention.map_or(Ok(()), check_retention)?;
    tags::check(&new.tags)?;
    if state(world, place).groups.contains_key(&new.name) {
        return Err(exists_already("group"));
    }
    let group = Group {
        name: new.name.clone(),
        created: world.now(),
        retention: new.retention,
        kms_key_id: new.kms_key_id,
        class,
        tags: new.tags,
        streams: BTreeMap::new(),
        revision: 1,
    };
    state(world, place).groups.insert(new.name, group);
    Ok(())
}

/// Deletes a group with everything in it.
pub(super) fn delete(world: &mut World, place: &Place, name: &str) -> Result<(), ServiceError> {
    let gone = state(world, place).groups.remove(name);
    gone.map(|_group| ()).ok_or_else(group_not_found)
}

pub(super) fn check_retention(days: u32) -> Result<(), ServiceError> {
    if RETENTIONS.contains(&days) {
        return Ok(());
    }
    let known: Vec<String> = RETENTIONS.iter().map(u32::to_string).collect();
    Err(invalid(format!(
        "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must \
         satisfy enum value set: [{}]",
        known.join(", ")
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreateLogGroup {
    log_group_name: String,
    kms_key_id: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    log_group_class: Option<String>,
}

pub(super) fn create_log_group(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: CreateLogGroup = parse(input)?;
    refuse_conflict(call.world, &call.place, &input.log_group_name)?;
    if let Some(tags) = &input.tags {
        constraints::count("tags", tags.len(), 1, 50).map_err(invalid)?;
    }
    if let Some(key) = &input.kms_key_id {
        constraints::length("kmsKeyId", key, 0, 256).map_err(invalid)?;
    }
    let new = NewGroup {
        kms_key_id: input.kms_key_id,
        class: input.log_group_class,
        tags: input.tags.unwrap_or_default(),
        ..NewGroup::named(&input.log_group_name)
    };
    create(call.world, &call.place, new)?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct OneGroup {
    log_group_name: String,
}

/// The group that a call wants to change.
fn to_change<'a>(call: &'a mut Call<'_>, name: &str) -> Result<&'a mut Group, ServiceError> {
    check_group_name("logGroupName", name)?;
    refuse_conflict(call.world, &call.place, name)?;
    call.region().logs.group(name)
}

pub(super) fn delete_log_group(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneGroup = parse(input)?;
    to_change(call, &input.log_group_name)?;
    delete(call.world, &call.place, &input.log_group_name)?;
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutRetentionPolicy {
    log_group_name: String,
    retention_in_days: u32,
}

pub(super) fn put_retention_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: PutRetentionPolicy = parse(input)?;
    check_retention(input.retention_in_days)?;
    to_change(call, &input.log_group_name)?.retain(Some(input.retention_in_days));
    Ok(Output::Empty(200))
}

pub(super) fn delete_retention_policy(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: OneGroup = parse(input)?;
    to_change(call, &input.log_group_name)?.retain(None);
    Ok(Output::Empty(200))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribeLogGroups {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
    log_group_class: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

impl DescribeLogGroups {
    fn check(&self) -> Result<(), ServiceError> {
        if let Some(prefix) = &self.log_group_name_prefix {
            check_group_name("logGroupNamePrefix", prefix)?;
        }
        if let Some(pattern) = &self.log_group_name_pattern {
            let member = "logGroupNamePattern";
            constraints::length(member, pattern, 0, 512)
                .and_then(|()| {
                    let model = "[\\.\\-_/#A-Za-z0-9]*";
                    constraints::letters(member, pattern, model, is_group_letter)
                })
                .map_err(invalid)?;
        }
        if let Some(class) = &self.log_group_class {
            constraints::one_of("logGroupClass", class, &CLASSES).map_err(invalid)?;
        }
        if let Some(identifiers) = &self.log_group_identifiers {
            constraints::count("logGroupIdentifiers", identifiers.len(), 1, 50).map_err(invalid)?;
        }
        self.check_together()
    }

    fn check_together(&self) -> Result<(), ServiceError> {
        let by_prefix = self.log_group_name_prefix.is_some();
        let by_pattern = self.log_group_name_pattern.is_some();
        if by_prefix && by_pattern {
            return Err(invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let filtered = by_prefix || by_pattern || self.log_group_class.is_some();
        if self.log_group_identifiers.is_some() && filtered {
            return Err(invalid(
                "LogGroup identifiers cannot be combined with another filter.",
            ));
        }
        Ok(())
    }

    fn wants(&self, place: &Place, group: &Group) -> bool {
        let prefix = self.log_group_name_prefix.as_ref();
        let pattern = self.log_group_name_pattern.as_ref();
        let class = self.log_group_class.as_ref();
        let named = self.log_group_identifiers.as_ref().is_none_or(|named| {
            let mut names = named.iter().map(|named| group_of(place, named));
            names.any(|name| name == group.name)
        });
        named
            && prefix.is_none_or(|prefix| group.name.starts_with(prefix))
            && pattern.is_none_or(|pattern| group.name.contains(pattern))
            && class.is_none_or(|class| group.class == *class)
    }
}

pub(super) fn describe_log_groups(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: DescribeLogGroups = parse(input)?;
    input.check()?;
    let size = page_size(call.world, input.limit)?;
    let place = call.place.clone();
    let groups = call.region().logs.groups.values();
    let wanted = groups.filter(|group| input.wants(&place, group)).collect();
    let (groups, next) = page(
        "DescribeLogGroups",
        wanted,
        |group: &&Group| group.name.clone(),
        input.next_token.as_deref(),
        size,
        invalid_token,
    )?;
    let briefly = input.log_group_name_pattern.is_some();
    let shown = groups.into_iter().map(|group| {
        if briefly {
            group.show_briefly(&place)
        } else {
            group.show(&place)
        }
    });
    let mut body = json!({"logGroups": shown.collect::<Vec<_>>()});
    if let Some(next) = next {
        body["nextToken"] = json!(next);
    }
    Ok(Output::Json(body))
}
