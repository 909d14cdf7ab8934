//! `AWS::EC2::VPCEndpoint`, which takes its time in EC2 too.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Tag, retag, tags};
use crate::cloudformation::resource::{Failure, Progress, Request, ResourceType};
use crate::ec2::endpoints::{self, Changes, Kind, NewEndpoint, OPEN_POLICY, Status};
use crate::error::ServiceError;
use crate::steps::{handler_code, is_not_found};
use crate::wire::input::lenient;
use crate::world::{Operation, Place, World};

pub(super) struct VpcEndpoint;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    vpc_id: String,
    service_name: String,
    #[serde(default)]
    vpc_endpoint_type: EndpointType,
    #[serde(default)]
    policy_document: Option<Value>,
    #[serde(default)]
    route_table_ids: Vec<String>,
    #[serde(default)]
    subnet_ids: Vec<String>,
    #[serde(default)]
    security_group_ids: Vec<String>,
    #[serde(default)]
    private_dns_enabled: bool,
    #[serde(default)]
    dns_options: DnsOptions,
    #[serde(default, rename = "IpAddressType")]
    _ip_address_type: Option<IpType>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum EndpointType {
    #[default]
    Gateway,
    Interface,
}

/// Names and addresses are those of IPv4.
#[derive(Deserialize)]
enum IpType {
    #[serde(rename = "ipv4")]
    V4,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DnsOptions {
    #[serde(default)]
    private_dns_only_for_inbound_resolver_endpoint: InboundOnly,
    #[serde(default, rename = "DnsRecordIpType")]
    _dns_record_ip_type: Option<IpType>,
}

/// A text here and a boolean in the API (section 3.8).
#[derive(Clone, Copy, Default, Deserialize)]
enum InboundOnly {
    OnlyInboundResolver,
    AllResolvers,
    #[default]
    NotSpecified,
}

impl Properties {
    fn read(value: &Value) -> Result<Self, Failure> {
        lenient(value.clone()).map_err(|problem| Failure::new("InvalidRequest", problem))
    }

    fn kind(&self) -> Kind {
        match self.vpc_endpoint_type {
            EndpointType::Gateway => Kind::Gateway,
            EndpointType::Interface => Kind::Interface,
        }
    }

    fn inbound_only(&self) -> Option<bool> {
        match self
            .dns_options
            .private_dns_only_for_inbound_resolver_endpoint
        {
            InboundOnly::OnlyInboundResolver => Some(true),
            InboundOnly::AllResolvers => Some(false),
            InboundOnly::NotSpecified => None,
        }
    }

    fn policy(&self) -> Option<String> {
        self.policy_document.as_ref().map(|policy| {
            policy
                .as_str()
                .map_or_else(|| policy.to_string(), str::to_owned)
        })
    }
}

fn refused(world: &mut World, place: &Place, error: &ServiceError) -> Failure {
    let request_id = world.mint_uuid(place, endpoints::TYPE, "request");
    Failure::of_service("Ec2", error, handler_code(&error.code), &request_id)
}

/// What is in `these` and not in `others`.
fn without(these: &[String], others: &[String]) -> Vec<String> {
    these
        .iter()
        .filter(|id| !others.contains(id))
        .cloned()
        .collect()
}

fn changes(old: &Properties, new: &Properties) -> Changes {
    let policy = new.policy().unwrap_or_else(|| OPEN_POLICY.to_owned());
    let interface = matches!(new.kind(), Kind::Interface);
    Changes {
        policy: (old.policy() != new.policy()).then_some(policy),
        add_route_tables: without(&new.route_table_ids, &old.route_table_ids),
        remove_route_tables: without(&old.route_table_ids, &new.route_table_ids),
        add_subnets: without(&new.subnet_ids, &old.subnet_ids),
        remove_subnets: without(&old.subnet_ids, &new.subnet_ids),
        add_groups: without(&new.security_group_ids, &old.security_group_ids),
        remove_groups: without(&old.security_group_ids, &new.security_group_ids),
        private_dns: interface.then_some(new.private_dns_enabled),
        private_dns_inbound_only: new.inbound_only(),
    }
}

impl ResourceType for VpcEndpoint {
    fn name(&self) -> &'static str {
        endpoints::TYPE
    }

    fn create_only(&self) -> &'static [&'static str] {
        &["ServiceName", "VpcEndpointType", "VpcId"]
    }

    fn own_steps(&self) -> &'static [Operation] {
        &[Operation::Update]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    fn check(&self, properties: &Value) -> Result<(), String> {
        lenient::<Properties>(properties.clone()).map(|_properties| ())
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        let properties = Properties::read(request.properties)?;
        let new = NewEndpoint {
            name: request.mint_name(),
            kind: properties.kind(),
            policy: properties.policy(),
            private_dns_inbound_only: properties.inbound_only(),
            tags: tags(request, &properties.tags),
            vpc_id: properties.vpc_id,
            service_name: properties.service_name,
            route_tables: properties.route_table_ids,
            subnets: properties.subnet_ids,
            groups: properties.security_group_ids,
            private_dns: properties.private_dns_enabled,
        };
        endpoints::create(world, request.place, new)
            .map_err(|error| refused(world, request.place, &error))
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let now = world.now();
        let state = &mut world.region(place).ec2;
        let Some(endpoint) = state.endpoints.get(id) else {
            let text = format!(
                "Resource of type '{}' with identifier '{id}' was not found.",
                endpoints::TYPE
            );
            return Progress::Failed(Failure::new("NotFound", text));
        };
        match endpoint.status {
            Status::Pending => Progress::Working,
            Status::Available => state.steps.progress(id, now),
            Status::Failed | Status::Deleting => {
                let reason = endpoint
                    .last_error
                    .as_ref()
                    .map_or("The endpoint was deleted.", String::as_str);
                let text = format!(
                    "Resource of type '{}' with identifier '{id}' did not stabilize. {reason}",
                    endpoints::TYPE
                );
                Progress::Failed(Failure::new("NotStabilized", text))
            }
        }
    }

    fn update(
        &self,
        world: &mut World,
        id: &str,
        old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        let (old, new) = (
            Properties::read(old)?,
            Properties::read(request.properties)?,
        );
        endpoints::modify(world, request.place, id, &changes(&old, &new))
            .and_then(|()| retag(world, id, &old.tags, request, &new.tags))
            .map_err(|error| refused(world, request.place, &error))?;
        let (now, course) = (
            world.now(),
            world.course(endpoints::TYPE, Operation::Update, id),
        );
        world.region(request.place).ec2.steps.begin(id, now, course);
        Ok(())
    }

    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        match endpoints::delete(world, place, id) {
            Ok(()) => Progress::Working,
            Err(error) if is_not_found(&error.code) => Progress::Done,
            Err(error) => Progress::Failed(refused(world, place, &error)),
        }
    }

    fn deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: &Value,
    ) -> Progress {
        match world.region(place).ec2.endpoints.get(id) {
            None => Progress::Done,
            Some(endpoint) if endpoint.status == Status::Deleting => Progress::Working,
            Some(endpoint) => {
                let reason = endpoint.last_error.clone().unwrap_or_default();
                Progress::Failed(Failure::new("GeneralServiceException", reason))
            }
        }
    }

    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let state = &world.region(place).ec2;
        let endpoint = state.endpoints.get(id)?;
        match name {
            "Id" => Some(json!(id)),
            "CreationTimestamp" => Some(json!(endpoint.created.iso())),
            "NetworkInterfaceIds" => Some(json!(endpoint.interfaces.values().collect::<Vec<_>>())),
            "DnsEntries" => {
                let entries = endpoints::dns_entries(state, place, endpoint);
                let entries = entries
                    .iter()
                    .map(|entry| format!("{}:{}", entry.hosted_zone, entry.name));
                Some(json!(entries.collect::<Vec<_>>()))
            }
            _ => None,
        }
    }

    fn has_attribute(&self, name: &str) -> bool {
        [
            "Id",
            "CreationTimestamp",
            "DnsEntries",
            "NetworkInterfaceIds",
        ]
        .contains(&name)
    }
}
