//! The services that endpoints lead to (section 5.3): their names, zones and private DNS names.

use crate::ec2::zones::{self, OLD_ZONE};
use crate::world::Place;

/// What kind of endpoint a service has; S3 and DynamoDB have both.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub(crate) enum Kind {
    Gateway,
    Interface,
}

impl Kind {
    /// As the API spells it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Gateway => "Gateway",
            Kind::Interface => "Interface",
        }
    }
}

/// A service that endpoints lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EndpointService {
    pub name: String,
    pub kind: Kind,
    /// Names of the zones where it can be reached.
    pub zones: Vec<String>,
    /// None for gateways.
    pub private_dns_name: Option<String>,
}

const INTERFACE: &[&str] = &[
    "application-autoscaling",
    "athena",
    "autoscaling",
    "bedrock-runtime",
    "cloudformation",
    "codeartifact.api",
    "codeartifact.repositories",
    "codecommit",
    "datazone",
    "dynamodb",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "elasticfilesystem",
    "emr-containers",
    "events",
    "execute-api",
    "git-codecommit",
    "glue",
    "guardduty-data",
    "kms",
    "lambda",
    "license-manager",
    "logs",
    "monitoring",
    "redshift-data",
    "s3",
    "sagemaker.api",
    "sagemaker.featurestore-runtime",
    "sagemaker.metrics",
    "sagemaker.runtime",
    "secretsmanager",
    "servicecatalog",
    "sns",
    "sqs",
    "ssm",
    "ssmmessages",
    "states",
    "sts",
];

const GATEWAY: &[&str] = &["dynamodb", "s3"];

/// Services of SageMaker with a naming of their own.
const SAGEMAKER: &[&str] = &["notebook", "studio"];

/// The services that are in the old zone of us-east-1.
const IN_OLD_ZONE: &[&str] = &[
    "autoscaling",
    "cloudformation",
    "dynamodb",
    "ec2",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "sns",
    "sqs",
    "sts",
];

/// The name, kind and own word of every service of a region.
fn names(region: &str) -> impl Iterator<Item = (String, Kind, &'static str)> {
    let common = move |service: &&str| format!("com.amazonaws.{region}.{service}");
    let of_sagemaker = move |service: &&str| format!("aws.sagemaker.{region}.{service}");
    let interfaces = INTERFACE
        .iter()
        .map(move |it| (common(it), Kind::Interface, *it));
    let gateways = GATEWAY
        .iter()
        .map(move |it| (common(it), Kind::Gateway, *it));
    let sagemaker = SAGEMAKER
        .iter()
        .map(move |it| (of_sagemaker(it), Kind::Interface, *it));
    interfaces.chain(gateways).chain(sagemaker)
}

fn described(place: &Place, (name, kind, service): (String, Kind, &str)) -> EndpointService {
    let region = &place.region;
    let private_dns_name = match kind {
        Kind::Gateway => None,
        Kind::Interface if SAGEMAKER.contains(&service) => {
            Some(format!("{service}.{region}.sagemaker.aws"))
        }
        Kind::Interface => Some(private_dns_name(region, service)),
    };
    let zones = zones_of(place, service);
    EndpointService {
        name,
        kind,
        zones,
        private_dns_name,
    }
}

/// The services of a region in order of name and kind.
pub(crate) fn of(place: &Place) -> Vec<EndpointService> {
    let mut services: Vec<EndpointService> = names(&place.region)
        .map(|service| described(place, service))
        .collect();
    services.sort_by_key(|service| format!("{}/{}", service.name, service.kind.word()));
    services
}

/// A service by its name and the kind of endpoint.
pub(crate) fn find(place: &Place, name: &str, kind: Kind) -> Option<EndpointService> {
    let mut services = names(&place.region);
    let service = services.find(|known| known.0 == name && known.1 == kind)?;
    Some(described(place, service))
}

/// `api.sagemaker.us-east-1.amazonaws.com` of `sagemaker.api`.
fn private_dns_name(region: &str, service: &str) -> String {
    let parts: Vec<&str> = service.rsplit('.').collect();
    format!("{}.{region}.amazonaws.com", parts.join("."))
}

fn zones_of(place: &Place, service: &str) -> Vec<String> {
    zones::of(place)
        .into_iter()
        .filter(|zone| zone.opted_in && (zone.id != OLD_ZONE || IN_OLD_ZONE.contains(&service)))
        .map(|zone| zone.name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_zones() {
        let place = Place::new("111122223333", "us-east-1");
        let service = find(
            &place,
            "com.amazonaws.us-east-1.sagemaker.api",
            Kind::Interface,
        )
        .unwrap();
        assert_eq!(
            service.private_dns_name.as_deref(),
            Some("api.sagemaker.us-east-1.amazonaws.com")
        );
        assert_eq!(service.zones.len(), 5);
        assert_eq!(
            find(&place, "com.amazonaws.us-east-1.s3", Kind::Gateway)
                .unwrap()
                .zones
                .len(),
            6
        );
        assert!(find(&place, "aws.sagemaker.us-east-1.studio", Kind::Gateway).is_none());
    }
}
