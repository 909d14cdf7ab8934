//! Actions on network interfaces.

use std::net::Ipv4Addr;

use serde::Deserialize;

use super::{Attribute, done, mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::interfaces::{self, Attachment, Interface, NewInterface};
use crate::ec2::listing::{Filters, Listed, Query, one, some};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::ec2::{State, attachments};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for Interface {
    const FILTERS: Filters<Self> = &[
        ("addresses.association.public-ip", |it| {
            some(it.public_address.as_ref())
        }),
        ("addresses.private-ip-address", |it| one(it.address)),
        ("association.public-ip", |it| {
            some(it.public_address.as_ref())
        }),
        ("attachment.attachment-id", |it| {
            some(it.attachment.as_ref().map(|it| it.id.as_str()))
        }),
        ("attachment.delete-on-termination", |it| {
            some(it.attachment.as_ref().map(|it| &it.delete_on_termination))
        }),
        ("attachment.device-index", |it| {
            some(it.attachment.as_ref().map(|it| &it.device_index))
        }),
        ("attachment.instance-id", |it| {
            some(
                it.attachment
                    .as_ref()
                    .and_then(|it| it.instance_id.as_deref()),
            )
        }),
        ("attachment.instance-owner-id", |it| {
            some(it.attachment.as_ref().map(|it| it.instance_owner.as_str()))
        }),
        ("attachment.status", |it| {
            some(it.attachment.as_ref().map(attachment_status))
        }),
        ("availability-zone", |it| one(&it.zone_name)),
        ("availability-zone-id", |it| one(&it.zone_id)),
        ("description", |it| one(&it.description)),
        ("group-id", |it| it.groups.clone()),
        ("interface-type", |it| one(&it.kind)),
        ("mac-address", |it| one(it.mac())),
        ("network-interface-id", |it| one(&it.id)),
        ("operator.managed", |_| one(false)),
        ("owner-id", |_| one(crate::service::ACCOUNT)),
        ("private-ip-address", |it| one(it.address)),
        ("requester-id", |it| one(&it.requester_id)),
        ("requester-managed", |it| one(it.requester_managed)),
        ("source-dest-check", |_| one(true)),
        ("status", |it| one(it.status())),
        ("subnet-id", |it| one(&it.subnet_id)),
        ("vpc-id", |it| one(&it.vpc_id)),
    ];
    const SIZE_WITH_IDS: bool = false;

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

fn attachment_status(attachment: &Attachment) -> &'static str {
    if attachment.detaching {
        "detaching"
    } else {
        "attached"
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    subnet_id: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    security_group_id: Vec<String>,
    #[serde(default)]
    private_ip_address: Option<Ipv4Addr>,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let tags = tags::specified(asked.tag_specification, "network-interface")?;
    let new = NewInterface {
        name: mint_name(&tags),
        subnet_id: asked.subnet_id,
        groups: asked.security_group_id,
        description: asked.description.unwrap_or_default(),
        interface_type: "interface".to_owned(),
        requester_id: call.caller.clone(),
        requester_managed: false,
        attachment: None,
        tags,
        owner: None,
    };
    let id = interfaces::create_at(call.world, &call.place, new, asked.private_ip_address)?;
    call.touch(&id);
    let account = call.place.account.clone();
    let state = &call.region().ec2;
    let members = members(state, state.interface(&id)?, &account);
    Ok(Output::Xml(vec![
        Element::new("networkInterface").children(members),
    ]))
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "NetworkInterfaceId")?;
    let account = call.place.account.clone();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let items = query.seen(&state.views.interfaces, &state.interfaces, lags);
    let page = query.page(call, items, interfaces::not_found)?;
    let state = &call.region().ec2;
    Ok(Output::Xml(
        page.elements("networkInterfaceSet", |interface| {
            members(state, interface, &account)
        }),
    ))
}

fn members(state: &State, interface: &Interface, account: &str) -> Vec<Element> {
    let mut address = vec![
        Element::text("privateIpAddress", interface.address),
        Element::text("primary", true),
    ];
    address.extend(association(interface));
    let mut members = vec![
        Element::text("networkInterfaceId", &interface.id),
        Element::text("subnetId", &interface.subnet_id),
        Element::text("vpcId", &interface.vpc_id),
        Element::text("availabilityZone", &interface.zone_name),
        Element::text("availabilityZoneId", &interface.zone_id),
        Element::text("description", &interface.description),
        Element::text("ownerId", account),
        Element::text("requesterManaged", interface.requester_managed),
        Element::text("status", interface.status()),
        Element::text("interfaceType", &interface.kind),
        Element::text("macAddress", interface.mac()),
        Element::text("privateIpAddress", interface.address),
        Element::new("operator").child(Element::text("managed", false)),
        Element::list("privateIpAddressesSet", "item", [address]),
        Element::text("sourceDestCheck", true),
        super::endpoints::group_set(state, &interface.groups),
        tag_set(&interface.meta.tags),
    ];
    let requester = Some(&interface.requester_id).filter(|id| !id.is_empty());
    members.extend(Element::optional("requesterId", requester));
    members.extend(interface.attachment.as_ref().map(attachment_element));
    members.extend(association(interface));
    members
}

/// `<association>…</association>` of an interface with a public address, which stays Amazon's.
pub(super) fn association(interface: &Interface) -> Option<Element> {
    let address = interface.public_address?;
    let association = Element::new("association")
        .child(Element::text("publicIp", address))
        .child(Element::text("ipOwnerId", "amazon"));
    Some(association)
}

/// `<attachment>…</attachment>` of an interface.
fn attachment_element(attachment: &Attachment) -> Element {
    attachment_of_instance(attachment)
        .children(Element::optional(
            "instanceId",
            attachment.instance_id.as_ref(),
        ))
        .child(Element::text("instanceOwnerId", &attachment.instance_owner))
}

/// `<attachment>…</attachment>` of an interface in an instance, which does not name the instance again.
pub(super) fn attachment_of_instance(attachment: &Attachment) -> Element {
    Element::new("attachment")
        .child(Element::text("attachmentId", &attachment.id))
        .child(Element::text("deviceIndex", attachment.device_index))
        .child(Element::text("status", attachment_status(attachment)))
        .child(Element::text("attachTime", attachment.since.iso()))
        .child(Element::text(
            "deleteOnTermination",
            attachment.delete_on_termination,
        ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Delete {
    network_interface_id: String,
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Delete = input.parse()?;
    let switches = call.world.switches.clone();
    attachments::delete(
        &mut call.region().ec2,
        &switches,
        &asked.network_interface_id,
    )?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Attach {
    network_interface_id: String,
    instance_id: String,
    device_index: i32,
}

pub(super) fn attach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Attach = input.parse()?;
    let (id, instance) = (&asked.network_interface_id, &asked.instance_id);
    let attachment =
        attachments::attach(call.world, &call.place, id, instance, asked.device_index)?;
    call.touch(&attachment);
    Ok(Output::Xml(vec![Element::text("attachmentId", attachment)]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Detach {
    attachment_id: String,
    /// Only an instance's own shutting down would make a difference.
    #[serde(default, rename = "Force")]
    _force: Option<bool>,
}

pub(super) fn detach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Detach = input.parse()?;
    attachments::detach(call.world, &call.place, &asked.attachment_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Modify {
    network_interface_id: String,
    #[serde(default)]
    security_group_id: Vec<String>,
    #[serde(default)]
    description: Option<Attribute<String>>,
    #[serde(default)]
    attachment: Option<AttachmentChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AttachmentChange {
    attachment_id: String,
    delete_on_termination: bool,
}

pub(super) fn modify(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Modify = input.parse()?;
    let (id, groups) = (&asked.network_interface_id, asked.security_group_id);
    match (groups.is_empty(), asked.description, asked.attachment) {
        (false, None, None) => attachments::set_groups(call.world, &call.place, id, groups)?,
        (true, Some(description), None) => {
            attachments::describe(&mut call.region().ec2, id, description.value)?;
        }
        (true, None, Some(change)) => {
            let (attachment, delete) = (&change.attachment_id, change.delete_on_termination);
            let state = &mut call.region().ec2;
            attachments::set_delete_on_termination(state, id, attachment, delete)?;
        }
        (_, _, _) => {
            let text = "Exactly one attribute may be modified in a request.";
            return Err(ServiceError::new("InvalidParameterCombination", text));
        }
    }
    Ok(done())
}
