//! Actions on prefix lists (section 6.1).

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::prefix_lists::{self, PrefixList, not_found};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for PrefixList {
    const FILTERS: Filters<Self> = &[
        ("prefix-list-id", |list| one(&list.id)),
        ("prefix-list-name", |list| one(&list.name)),
        ("owner-id", |_| one("AWS")),
    ];
    const SIZES: Option<RangeInclusive<usize>> = Some(1..=100);

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

fn sorted(region: &str) -> Vec<PrefixList> {
    let mut lists = prefix_lists::of(region);
    lists.sort_by(|one, other| one.id.cmp(&other.id));
    lists
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "PrefixListId")?;
    let page = query.page(call, sorted(&call.place.region), not_found)?;
    let members = |list: &PrefixList| {
        vec![
            Element::text("prefixListId", &list.id),
            Element::text("prefixListName", &list.name),
            Element::texts("cidrSet", "item", list.cidrs),
        ]
    };
    Ok(Output::Xml(page.elements("prefixListSet", members)))
}

pub(super) fn describe_managed(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "PrefixListId")?;
    let region = call.place.region.clone();
    let page = query.page(call, sorted(&region), not_found)?;
    let members = |list: &PrefixList| {
        vec![
            Element::text("prefixListId", &list.id),
            Element::text("addressFamily", "IPv4"),
            Element::text("state", "create-complete"),
            Element::text(
                "prefixListArn",
                format!("arn:aws:ec2:{region}:aws:prefix-list/{}", list.id),
            ),
            Element::text("prefixListName", &list.name),
            Element::text("ownerId", "AWS"),
        ]
    };
    Ok(Output::Xml(page.elements("prefixListSet", members)))
}

/// One block of addresses of a list.
struct Entry(&'static str);

impl Listed for Entry {
    const FILTERS: Filters<Self> = &[];
    const SIZES: Option<RangeInclusive<usize>> = Some(1..=100);

    fn id(&self) -> &str {
        self.0
    }

    fn tags(&self) -> Option<&Tags> {
        None
    }
}

pub(super) fn entries(call: &mut Call<'_>, input: &Input) -> Answered {
    let mut input = input.clone();
    let id = input
        .value
        .as_object_mut()
        .and_then(|members| members.remove("PrefixListId"));
    let id = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let query = Query::without_ids(&input)?;
    let list = prefix_lists::of(&call.place.region)
        .into_iter()
        .find(|list| list.id == id);
    let entries = list
        .ok_or_else(|| not_found(id))?
        .cidrs
        .iter()
        .map(|cidr| Entry(cidr))
        .collect();
    let page = query.page(call, entries, not_found)?;
    Ok(Output::Xml(page.elements("entrySet", |entry| {
        vec![Element::text("cidr", entry.0)]
    })))
}
