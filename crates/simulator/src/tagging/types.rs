//! ARNs, and the types of resources in them.

use super::invalid;
use crate::error::ServiceError;
use crate::service::Service;
use crate::wire::constraints;
use crate::world::Place;

/// The parts of `arn:aws:SERVICE:REGION:ACCOUNT:TYPE/ID` that the API looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) whole: &'a str,
    pub(super) service: &'a str,
    region: &'a str,
    account: &'a str,
    kind: &'a str,
    /// What comes after the last slash.
    pub(super) id: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn read(whole: &'a str) -> Option<Self> {
        let pieces: Vec<&str> = whole.splitn(6, ':').collect();
        let &["arn", "aws", service, region, account, resource] = pieces.as_slice() else {
            return None;
        };
        Some(Self {
            whole,
            service,
            region,
            account,
            kind: resource.split(['/', ':']).next().unwrap_or_default(),
            id: resource.rsplit('/').next().unwrap_or_default(),
        })
    }

    /// Whether it is of the region that was called.
    pub(super) fn is_of(&self, place: &Place) -> bool {
        self.region == place.region && self.account == place.account
    }
}

/// Types of the services that the simulator has, by what the ARNs call them. What the simulator does not make is
/// known too, and there is none of it.
const TYPES: &[(&str, &[&str])] = &[
    ("application-autoscaling", &["scalable-target"]),
    ("cloudformation", &["stack"]),
    (
        "ec2",
        &[
            "carrier-gateway",
            "dhcp-options",
            "egress-only-internet-gateway",
            "elastic-ip",
            "flow-log",
            "image",
            "instance",
            "internet-gateway",
            "key-pair",
            "launch-template",
            "natgateway",
            "network-acl",
            "network-interface",
            "prefix-list",
            "route-table",
            "security-group",
            "security-group-rule",
            "snapshot",
            "subnet",
            "transit-gateway",
            "volume",
            "vpc",
            "vpc-endpoint",
            "vpc-endpoint-service",
            "vpc-peering-connection",
            "vpn-gateway",
        ],
    ),
    ("elasticfilesystem", &["access-point", "file-system"]),
    ("kms", &["alias", "key"]),
    ("logs", &["destination", "log-group"]),
    (
        "sagemaker",
        &[
            "app",
            "app-image-config",
            "automl-job",
            "cluster",
            "code-repository",
            "domain",
            "endpoint",
            "endpoint-config",
            "experiment",
            "feature-group",
            "hub",
            "hyper-parameter-tuning-job",
            "image",
            "inference-component",
            "inference-experiment",
            "mlflow-app",
            "mlflow-tracking-server",
            "model",
            "model-package",
            "model-package-group",
            "monitoring-schedule",
            "notebook-instance",
            "notebook-instance-lifecycle-config",
            "partner-app",
            "pipeline",
            "processing-job",
            "project",
            "space",
            "studio-lifecycle-config",
            "training-job",
            "transform-job",
            "user-profile",
        ],
    ),
];

/// `SERVICE` or `SERVICE:TYPE`. What is not known is refused, so that a misspelt type does not look like an empty list.
pub(super) struct Filter<'a> {
    service: &'a str,
    kind: Option<&'a str>,
}

impl<'a> Filter<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, ServiceError> {
        constraints::length("resourceTypeFilters", text, 0, 256).map_err(invalid)?;
        let (service, kind) = match text.split_once(':') {
            Some((service, kind)) => (service, Some(kind)),
            None => (text, None),
        };
        let types = TYPES.iter().find(|(name, _)| *name == service);
        let known = types.is_some_and(|(_, kinds)| kind.is_none_or(|kind| kinds.contains(&kind)));
        if known {
            Ok(Self { service, kind })
        } else {
            Err(invalid(format!("Unknown resource type: {text}")))
        }
    }

    pub(super) fn wants(&self, arn: Arn<'_>) -> bool {
        arn.service == self.service && self.kind.is_none_or(|kind| kind == arn.kind)
    }
}

/// The service whose own operations tag a resource, where there are such.
pub(super) fn tagger(arn: Arn<'_>) -> Option<Service> {
    match arn.service {
        "application-autoscaling" => Some(Service::AutoScaling),
        "ec2" => Some(Service::Ec2),
        "elasticfilesystem" => Some(Service::Efs),
        "logs" => Some(Service::Logs),
        "sagemaker" => Some(Service::SageMaker),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_are_taken_apart() {
        let place = Place::new("111122223333", "us-east-1");
        let read = |text| Arn::read(text).unwrap();
        let group = read("arn:aws:ec2:us-east-1:111122223333:security-group/sg-1");
        assert_eq!(
            (group.kind, group.id, group.is_of(&place)),
            ("security-group", "sg-1", true)
        );
        let log = read("arn:aws:logs:eu-west-1:111122223333:log-group:/a/b");
        assert_eq!((log.kind, log.is_of(&place)), ("log-group", false));
        assert_eq!(Arn::read("sg-1"), None);
        assert!(Filter::read("ec2").unwrap().wants(group));
        assert!(!Filter::read("ec2:vpc").unwrap().wants(group));
        assert!(Filter::read("sagemaker:endpiont").is_err());
    }
}
