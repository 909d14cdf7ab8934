//! Actions on the associations of security groups with other VPCs.

use serde::Deserialize;

use crate::ec2::associations::{self, Status};
use crate::ec2::groups;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Pair {
    group_id: String,
    vpc_id: String,
}

pub(super) fn associate(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Pair = input.parse()?;
    associations::associate(call.world, &call.place, &asked.group_id, &asked.vpc_id)?;
    Ok(state(Status::Associating))
}

pub(super) fn disassociate(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Pair = input.parse()?;
    associations::disassociate(call.world, &call.place, &asked.group_id, &asked.vpc_id)?;
    Ok(state(Status::Disassociating))
}

fn state(status: Status) -> Output {
    Output::Xml(vec![Element::text("state", status.word())])
}

/// A group in another VPC.
struct Association {
    /// Group and VPC, which no two associations share.
    id: String,
    group_id: String,
    vpc_id: String,
    status: Status,
}

impl Listed for Association {
    const FILTERS: Filters<Self> = &[
        ("group-id", |it| one(&it.group_id)),
        ("group-owner-id", |_| one(crate::service::ACCOUNT)),
        ("state", |it| one(it.status.word())),
        ("vpc-id", |it| one(&it.vpc_id)),
        ("vpc-owner-id", |_| one(crate::service::ACCOUNT)),
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
    let groups = call.region().ec2.groups.values();
    let items = groups
        .flat_map(|group| {
            let of_group = group.associations.iter();
            of_group.map(|(vpc_id, status)| Association {
                id: format!("{}/{vpc_id}", group.id),
                group_id: group.id.clone(),
                vpc_id: vpc_id.clone(),
                status: *status,
            })
        })
        .collect();
    let page = query.page(call, items, groups::not_found)?;
    let members = |it: &Association| {
        vec![
            Element::text("groupId", &it.group_id),
            Element::text("groupOwnerId", &call.place.account),
            Element::text("vpcId", &it.vpc_id),
            Element::text("vpcOwnerId", &call.place.account),
            Element::text("state", it.status.word()),
        ]
    };
    Ok(Output::Xml(
        page.elements("securityGroupVpcAssociationSet", members),
    ))
}
