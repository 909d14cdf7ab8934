//! `AWS::EC2::NetworkAcl`, `NetworkAclEntry` and `SubnetNetworkAclAssociation`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::Request;
use crate::ec2::network_acls::{self, Entry};
use crate::ec2::subnets;
use crate::error::ServiceError;
use crate::steps::{AtOnce, Steps};
use crate::world::{Operation, Place, World};

pub(super) struct NetworkAcl;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AclProperties {
    vpc_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

impl AtOnce for NetworkAcl {
    type Properties = AclProperties;
    const NAME: &'static str = network_acls::TYPE;
    const CREATE_ONLY: &'static [&'static str] = &["VpcId"];
    const ATTRIBUTES: &'static [&'static str] = &["Id"];
    const TAGS: Option<&'static str> = Some("Tags");
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: AclProperties,
    ) -> Result<String, ServiceError> {
        let tags = tags(request, &properties.tags);
        network_acls::create(
            world,
            request.place,
            &request.mint_name(),
            &properties.vpc_id,
            tags,
        )
    }

    fn change(
        world: &mut World,
        id: &str,
        old: AclProperties,
        request: &Request<'_>,
        new: AclProperties,
    ) -> Result<(), ServiceError> {
        retag(world, id, &old.tags, request, &new.tags)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: AclProperties,
    ) -> Result<(), ServiceError> {
        network_acls::delete(&mut world.region(place).ec2, id)
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "Id").then(|| json!(id))
    }
}

pub(super) struct NetworkAclEntry;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct EntryProperties {
    network_acl_id: String,
    rule_number: u16,
    protocol: String,
    rule_action: RuleAction,
    cidr_block: String,
    #[serde(default)]
    egress: bool,
    #[serde(default)]
    port_range: Option<PortRange>,
    #[serde(default)]
    icmp: Option<Icmp>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum RuleAction {
    Allow,
    Deny,
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

impl EntryProperties {
    fn entry(self) -> (String, Entry) {
        let entry = Entry {
            egress: self.egress,
            number: self.rule_number,
            protocol: self.protocol,
            allow: self.rule_action == RuleAction::Allow,
            cidr: self.cidr_block,
            ports: self.port_range.map(|range| (range.from, range.to)),
            icmp: self.icmp.map(|icmp| (icmp.r#type, icmp.code)),
        };
        (self.network_acl_id, entry)
    }
}

impl AtOnce for NetworkAclEntry {
    type Properties = EntryProperties;
    const NAME: &'static str = "AWS::EC2::NetworkAclEntry";
    const CREATE_ONLY: &'static [&'static str] = &["Egress", "NetworkAclId", "RuleNumber"];
    const ATTRIBUTES: &'static [&'static str] = &["Id"];
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: EntryProperties,
    ) -> Result<String, ServiceError> {
        let (acl, entry) = properties.entry();
        let id = format!("{acl}|{}|{}", entry.number, entry.egress);
        network_acls::add_entry(world, request.place, &acl, entry)?;
        Ok(id)
    }

    fn change(
        world: &mut World,
        _id: &str,
        _old: EntryProperties,
        request: &Request<'_>,
        new: EntryProperties,
    ) -> Result<(), ServiceError> {
        let (acl, entry) = new.entry();
        network_acls::replace_entry(&mut world.region(request.place).ec2, &acl, entry)
    }

    fn remove(
        world: &mut World,
        place: &Place,
        _id: &str,
        properties: EntryProperties,
    ) -> Result<(), ServiceError> {
        let (acl, entry) = properties.entry();
        network_acls::remove_entry(
            &mut world.region(place).ec2,
            &acl,
            entry.egress,
            entry.number,
        )
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "Id").then(|| json!(id))
    }
}

pub(super) struct Association;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AssociationProperties {
    network_acl_id: String,
    subnet_id: String,
}

impl AtOnce for Association {
    type Properties = AssociationProperties;
    const NAME: &'static str = network_acls::ASSOCIATION;
    const CREATE_ONLY: &'static [&'static str] = &["NetworkAclId", "SubnetId"];
    const ATTRIBUTES: &'static [&'static str] = &["AssociationId"];
    const STEPS: &'static [Operation] = &[Operation::Create, Operation::Delete];
    const SERVICE: &'static str = "Ec2";

    fn steps<'a>(world: &'a mut World, place: &Place) -> &'a mut Steps {
        &mut world.region(place).ec2.steps
    }

    fn make(
        world: &mut World,
        request: &Request<'_>,
        properties: AssociationProperties,
    ) -> Result<String, ServiceError> {
        let state = &world.region(request.place).ec2;
        let association = state
            .acl_association_of(&properties.subnet_id)
            .map(str::to_owned);
        let association = association.ok_or_else(|| subnets::not_found(&properties.subnet_id))?;
        network_acls::replace_association(
            world,
            request.place,
            &association,
            &properties.network_acl_id,
        )
    }

    fn change(
        _world: &mut World,
        _id: &str,
        _old: AssociationProperties,
        _request: &Request<'_>,
        _new: AssociationProperties,
    ) -> Result<(), ServiceError> {
        Ok(())
    }

    /// The subnet gets the default ACL of its VPC back.
    fn remove(
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: AssociationProperties,
    ) -> Result<(), ServiceError> {
        let state = &world.region(place).ec2;
        let (acl, _subnet) = state.acl_association(id)?;
        let vpc_id = state.network_acl(&acl)?.vpc_id.clone();
        let default = state
            .default_acl(&vpc_id)
            .map(|acl| acl.id.clone())
            .unwrap_or_default();
        network_acls::replace_association(world, place, id, &default).map(|_id| ())
    }

    fn value(_world: &mut World, _place: &Place, id: &str, name: &str) -> Option<Value> {
        (name == "AssociationId").then(|| json!(id))
    }
}
