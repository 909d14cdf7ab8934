//! Actions on network ACLs.

use serde::Deserialize;

use super::{done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::network_acls::{self, Entry, NetworkAcl};
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for NetworkAcl {
    const FILTERS: Filters<Self> = &[
        ("association.association-id", |acl| {
            acl.associations.values().cloned().collect()
        }),
        ("association.network-acl-id", |acl| one(&acl.id)),
        ("association.subnet-id", |acl| {
            acl.associations.keys().cloned().collect()
        }),
        ("default", |acl| one(acl.default)),
        ("network-acl-id", |acl| one(&acl.id)),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("vpc-id", |acl| one(&acl.vpc_id)),
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    vpc_id: String,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "network-acl")?;
    let id = network_acls::create(
        call.world,
        &call.place,
        &mint_name(&tags),
        &asked.vpc_id,
        tags,
    )?;
    call.touch(&id);
    let account = call.place.account.clone();
    let members = members(call.region().ec2.network_acl(&id)?, &account);
    Ok(Output::Xml(vec![
        Element::new("networkAcl").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "NetworkAclId")?;
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.network_acls, &state.network_acls, lags);
    let page = query.page(call, items, network_acls::not_found)?;
    Ok(Output::Xml(page.elements("networkAclSet", |acl| {
        members(acl, &call.place.account)
    })))
}

fn members(acl: &NetworkAcl, account: &str) -> Vec<Element> {
    let associations = acl.associations.iter().map(|(subnet, association)| {
        vec![
            Element::text("networkAclAssociationId", association),
            Element::text("networkAclId", &acl.id),
            Element::text("subnetId", subnet),
        ]
    });
    let denials = [false, true].map(denial);
    let entries = acl.entries.iter().map(entry_members).chain(denials);
    vec![
        Element::text("networkAclId", &acl.id),
        Element::text("vpcId", &acl.vpc_id),
        Element::text("ownerId", account),
        Element::text("default", acl.default),
        Element::list("entrySet", "item", entries),
        Element::list("associationSet", "item", associations),
        tag_set(&acl.meta.tags),
    ]
}

fn entry_members(entry: &Entry) -> Vec<Element> {
    let mut members = vec![
        Element::text("egress", entry.egress),
        Element::text("ruleNumber", entry.number),
        Element::text("protocol", &entry.protocol),
        Element::text("ruleAction", if entry.allow { "allow" } else { "deny" }),
        Element::text("cidrBlock", &entry.cidr),
    ];
    members.extend(entry.ports.map(|(from, to)| {
        Element::new("portRange")
            .child(Element::text("from", from))
            .child(Element::text("to", to))
    }));
    members.extend(entry.icmp.map(|(kind, code)| {
        Element::new("icmpTypeCode")
            .child(Element::text("type", kind))
            .child(Element::text("code", code))
    }));
    members
}

/// The last entry of each direction denies everything else.
fn denial(egress: bool) -> Vec<Element> {
    vec![
        Element::text("egress", egress),
        Element::text("ruleNumber", 32767),
        Element::text("protocol", "-1"),
        Element::text("ruleAction", "deny"),
        Element::text("cidrBlock", "0.0.0.0/0"),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    network_acl_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    network_acls::delete(&mut call.region().ec2, &asked.network_acl_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct EntryInput {
    network_acl_id: String,
    rule_number: u16,
    egress: bool,
    protocol: String,
    rule_action: String,
    cidr_block: String,
    #[serde(default)]
    port_range: Option<PortRange>,
    #[serde(default)]
    icmp: Option<Icmp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PortRange {
    from: u16,
    to: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Icmp {
    r#type: i32,
    code: i32,
}

impl EntryInput {
    fn entry(self) -> Result<(String, Entry), ServiceError> {
        let allow = match self.rule_action.as_str() {
            "allow" => true,
            "deny" => false,
            other => {
                let text = format!("Value ({other}) for parameter ruleAction is invalid.");
                return Err(ServiceError::new("InvalidParameterValue", text));
            }
        };
        let entry = Entry {
            egress: self.egress,
            number: self.rule_number,
            protocol: self.protocol,
            allow,
            cidr: self.cidr_block,
            ports: self.port_range.map(|range| (range.from, range.to)),
            icmp: self.icmp.map(|icmp| (icmp.r#type, icmp.code)),
        };
        Ok((self.network_acl_id, entry))
    }
}

pub(super) fn create_entry(call: &mut Call<'_>, input: &Input) -> Answered {
    let (id, entry) = input.parse::<EntryInput>()?.entry()?;
    network_acls::add_entry(call.world, &call.place, &id, entry)?;
    Ok(done())
}

pub(super) fn replace_entry(call: &mut Call<'_>, input: &Input) -> Answered {
    let (id, entry) = input.parse::<EntryInput>()?.entry()?;
    network_acls::replace_entry(&mut call.region().ec2, &id, entry)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteEntry {
    network_acl_id: String,
    rule_number: u16,
    egress: bool,
}

pub(super) fn delete_entry(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: DeleteEntry = input.parse()?;
    network_acls::remove_entry(
        &mut call.region().ec2,
        &asked.network_acl_id,
        asked.egress,
        asked.rule_number,
    )?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ReplaceAssociation {
    association_id: String,
    network_acl_id: String,
}

pub(super) fn replace_association(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: ReplaceAssociation = input.parse()?;
    let (association, acl) = (&asked.association_id, &asked.network_acl_id);
    let id = network_acls::replace_association(call.world, &call.place, association, acl)?;
    call.touch(&id);
    Ok(Output::Xml(vec![Element::text("newAssociationId", id)]))
}
