//! Actions on tags.

use serde::Deserialize;

use super::done;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Tag};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Asked {
    resource_id: Vec<String>,
    #[serde(default)]
    tag: Vec<Tag>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Asked = input.parse()?;
    if asked.tag.is_empty() {
        return Err(ServiceError::new(
            "MissingParameter",
            "The request must contain the parameter tag",
        ));
    }
    tags::set(&mut call.region().ec2, &asked.resource_id, &asked.tag)?;
    Ok(done())
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Asked = input.parse()?;
    tags::unset(&mut call.region().ec2, &asked.resource_id, &asked.tag)?;
    Ok(done())
}

/// A tag and where it is.
struct Placed {
    /// Id and key, which no two tags share.
    id: String,
    resource: String,
    kind: &'static str,
    key: String,
    value: String,
}

impl Listed for Placed {
    const FILTERS: Filters<Self> = &[
        ("key", |tag| one(&tag.key)),
        ("resource-id", |tag| one(&tag.resource)),
        ("resource-type", |tag| one(tag.kind)),
        ("value", |tag| one(&tag.value)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::without_ids(input)?;
    let all = call.region().ec2.all_tags();
    let mut placed: Vec<Placed> = all
        .into_iter()
        .map(|(resource, kind, key, value)| Placed {
            id: format!("{resource}/{key}"),
            resource: resource.to_owned(),
            kind,
            key: key.to_owned(),
            value: value.to_owned(),
        })
        .collect();
    placed.sort_by(|one, other| one.id.cmp(&other.id));
    let page = query.page(call, placed, |id| {
        ServiceError::new("InvalidID", format!("The ID '{id}' is not valid"))
    })?;
    let members = |tag: &Placed| {
        vec![
            Element::text("resourceId", &tag.resource),
            Element::text("resourceType", tag.kind),
            Element::text("key", &tag.key),
            Element::text("value", &tag.value),
        ]
    };
    Ok(Output::Xml(page.elements("tagSet", members)))
}
