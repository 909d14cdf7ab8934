//! Actions on instances.

use serde::Deserialize;

use super::interfaces::{association, attachment_of_instance};
use super::{mint_name, tag_set};
use crate::consistency::Lags;
use crate::ec2::State;
use crate::ec2::instances::{self, Instance, NewInstance, Power};
use crate::ec2::interfaces::Interface;
use crate::ec2::listing::{Filters, Listed, Query, one};
use crate::ec2::meta::Tags;
use crate::ec2::tags::{self, Specification};
use crate::error::ServiceError;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

impl Listed for Instance {
    const FILTERS: Filters<Self> = &[
        ("availability-zone", |it| one(&it.zone_name)),
        ("image-id", |it| one(&it.image_id)),
        ("instance-id", |it| one(&it.id)),
        ("instance-state-code", |it| one(it.power.code())),
        ("instance-state-name", |it| one(it.power.word())),
        ("instance-type", |it| one(&it.kind)),
        ("reservation-id", |it| one(&it.reservation_id)),
        ("subnet-id", |it| network(it, &it.subnet_id)),
        ("vpc-id", |it| network(it, &it.vpc_id)),
    ];
    const SIZE_WITH_IDS: bool = false;

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> Option<&Tags> {
        Some(&self.meta.tags)
    }
}

/// One that is terminated is in no network any more.
fn network(instance: &Instance, id: &str) -> Vec<String> {
    if instance.power == Power::Terminated {
        return Vec::new();
    }
    one(id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Run {
    image_id: String,
    instance_type: String,
    min_count: u32,
    max_count: u32,
    #[serde(default)]
    subnet_id: Option<String>,
    #[serde(default)]
    security_group_id: Vec<String>,
    #[serde(default)]
    disable_api_termination: bool,
    /// For [`crate::ec2::once`].
    #[serde(default, rename = "ClientToken")]
    _client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<Specification>,
}

impl Run {
    fn check(&self) -> Result<(), ServiceError> {
        if (self.min_count, self.max_count) != (1, 1) {
            let text =
                "Only one instance can be started at a time here: MinCount and MaxCount must be 1.";
            return Err(ServiceError::new("InvalidParameterValue", text));
        }
        if !self.image_id.starts_with("ami-") {
            let text = format!("Invalid id: \"{}\" (expecting \"ami-...\")", self.image_id);
            return Err(ServiceError::new("InvalidAMIID.Malformed", text));
        }
        Ok(())
    }
}

pub(super) fn run(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Run = input.parse()?;
    asked.check()?;
    let tags = tags::specified(asked.tag_specification, "instance")?;
    let subnet_id = match asked.subnet_id {
        Some(id) => id,
        None => default_subnet(&call.region().ec2)?,
    };
    let new = NewInstance {
        name: mint_name(&tags),
        image_id: asked.image_id,
        kind: asked.instance_type,
        subnet_id,
        groups: asked.security_group_id,
        protected: asked.disable_api_termination,
        tags,
    };
    let id = instances::run(call.world, &call.place, new)?;
    call.touch(&id);
    let account = call.place.account.clone();
    let state = &call.region().ec2;
    let instance = state.instance(&id)?;
    Ok(Output::Xml(reservation(
        state,
        std::slice::from_ref(instance),
        &account,
    )))
}

fn default_subnet(state: &State) -> Result<String, ServiceError> {
    let mut defaults: Vec<_> = state.subnets.values().filter(|it| it.default).collect();
    defaults.sort_by_key(|subnet| &subnet.zone_name);
    let first = defaults.first().map(|subnet| subnet.id.clone());
    first.ok_or_else(|| {
        let text = "No default subnet for this user. Please specify a subnet.";
        ServiceError::new("MissingInput", text)
    })
}

pub(super) fn describe(call: &mut Call<'_>, input: &Input) -> Answered {
    let query = Query::read(input, "InstanceId")?;
    let now = call.world.now();
    let account = call.place.account.clone();
    let lags = Lags::of(call.world);
    let state = &call.region().ec2;
    let mut items = query.seen(&state.views.instances, &state.instances, lags);
    items.retain(|it| it.is_shown(now));
    let page = query.page(call, items, instances::not_found)?;
    let state = &call.region().ec2;
    // In the order of the instances, so that pages of any size have the same one.
    let reservations = page
        .items
        .chunk_by(|one, other| one.reservation_id == other.reservation_id);
    let lists = reservations.map(|instances| reservation(state, instances, &account));
    let mut members = vec![Element::list("reservationSet", "item", lists)];
    members.extend(Element::optional("nextToken", page.next()));
    Ok(Output::Xml(members))
}

fn reservation(state: &State, instances: &[Instance], account: &str) -> Vec<Element> {
    let id = instances
        .first()
        .map_or("", |instance| instance.reservation_id.as_str());
    let instances = instances.iter().map(|instance| members(state, instance));
    vec![
        Element::text("reservationId", id),
        Element::text("ownerId", account),
        Element::new("groupSet"),
        Element::list("instancesSet", "item", instances),
    ]
}

fn members(state: &State, instance: &Instance) -> Vec<Element> {
    let of_instance = |interface: &&Interface| {
        let attachment = interface.attachment.as_ref();
        attachment.is_some_and(|it| it.instance_id.as_ref() == Some(&instance.id))
    };
    let interfaces: Vec<&Interface> = state.interfaces.values().filter(of_instance).collect();
    let mut members = vec![
        Element::text("instanceId", &instance.id),
        Element::text("imageId", &instance.image_id),
        power("instanceState", instance.power),
        Element::text("instanceType", &instance.kind),
        Element::text("launchTime", instance.launched.iso()),
        Element::text("amiLaunchIndex", 0),
        Element::new("placement").children([
            Element::text("availabilityZone", &instance.zone_name),
            Element::text("tenancy", "default"),
        ]),
        Element::new("monitoring").child(Element::text("state", "disabled")),
        Element::text("architecture", "x86_64"),
        Element::text("hypervisor", "xen"),
        Element::text("virtualizationType", "hvm"),
        Element::text("rootDeviceType", "ebs"),
        tag_set(&instance.meta.tags),
    ];
    if instance.power != Power::Terminated {
        members.push(Element::text("subnetId", &instance.subnet_id));
        members.push(Element::text("vpcId", &instance.vpc_id));
    }
    let primary = |interface: &&&Interface| {
        let attachment = interface.attachment.as_ref();
        attachment.is_some_and(|it| it.device_index == 0)
    };
    if let Some(primary) = interfaces.iter().find(primary) {
        members.push(Element::text("privateIpAddress", primary.address));
        let public = primary.public_address.as_ref();
        members.extend(Element::optional("ipAddress", public));
        members.push(super::endpoints::group_set(state, &primary.groups));
    }
    members.push(Element::list(
        "networkInterfaceSet",
        "item",
        interfaces.into_iter().map(|it| interface(state, it)),
    ));
    members
}

fn interface(state: &State, interface: &Interface) -> Vec<Element> {
    let mut members = vec![
        Element::text("networkInterfaceId", &interface.id),
        Element::text("subnetId", &interface.subnet_id),
        Element::text("vpcId", &interface.vpc_id),
        Element::text("description", &interface.description),
        Element::text("status", interface.status()),
        Element::text("interfaceType", &interface.kind),
        Element::text("privateIpAddress", interface.address),
        super::endpoints::group_set(state, &interface.groups),
    ];
    members.extend(interface.attachment.as_ref().map(attachment_of_instance));
    members.extend(association(interface));
    members
}

fn power(name: &str, power: Power) -> Element {
    Element::new(name)
        .child(Element::text("code", power.code()))
        .child(Element::text("name", power.word()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Terminate {
    instance_id: Vec<String>,
}

/// All or none.
pub(super) fn terminate(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Terminate = input.parse()?;
    for id in &asked.instance_id {
        instances::check_termination(&call.region().ec2, id)?;
    }
    let mut changes = Vec::new();
    for id in &asked.instance_id {
        let before = instances::terminate(call.world, &call.place, id)?;
        let now = call.region().ec2.instance(id)?.power;
        changes.push(vec![
            Element::text("instanceId", id),
            power("currentState", now),
            power("previousState", before),
        ]);
    }
    Ok(Output::Xml(vec![Element::list(
        "instancesSet",
        "item",
        changes,
    )]))
}
