//! Where the creation of the set may fail, and with what reason.

use jumpstart_vpc::stacks::parameters::{Given, known_values};
use jumpstart_vpc::stacks::resources::Resources;

use super::embedded;
use crate::support::ENVIRONMENT;

/// Where something fails: type, which of that type, and a reason as the service gives it.
pub(super) type Place = (String, u64, String);

/// A reason where nobody has written down one of the service's own.
const REASON: &str = "A reason that only the service knows.";

/// Every resource of every stack of the set, as the order of creation has them: those of one type are alike.
pub(super) fn everywhere() -> Vec<Place> {
    let manifest = embedded();
    let mut places: Vec<Place> = Vec::new();
    for entry in &manifest.stacks {
        let given = Given::default();
        let values = known_values(&manifest, &given, ENVIRONMENT, entry, None);
        for resource in Resources::new(&entry.tree, &values).made() {
            let before = places.iter().filter(|(kind, ..)| kind == resource.kind);
            let nth = before.count() as u64 + 1;
            let mut known = PLACES.iter();
            let known = known.find(|(kind, at, _)| (*kind, *at) == (resource.kind, nth));
            let reason = known.map_or(REASON, |(.., reason)| reason);
            places.push((resource.kind.to_owned(), nth, reason.to_owned()));
        }
    }
    places
}

/// Where a failure is looked at in every way that it can be handled, with what the service says.
pub(super) const PLACES: [(&str, u64, &str); 15] = [
    (
        "AWS::EC2::VPC",
        1,
        "The maximum number of VPCs has been reached.",
    ),
    (
        "AWS::EC2::Subnet",
        1,
        "The CIDR '10.0.0.0/20' conflicts with another subnet",
    ),
    ("AWS::EC2::Subnet", 2, "The CIDR '10.0.16.0/20' is invalid."),
    (
        "AWS::EC2::RouteTable",
        1,
        "The maximum number of route tables has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        1,
        "The maximum number of security groups has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroup",
        2,
        "You are not authorized to perform this operation.",
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        1,
        "The maximum number of rules has been reached.",
    ),
    (
        "AWS::EC2::SecurityGroupEgress",
        2,
        "The maximum number of rules has been reached.",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        1,
        "The VpcEndpoint limit has been reached.",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        2,
        "private-dns-enabled cannot be set: there is already a conflicting DNS domain",
    ),
    (
        "AWS::EC2::VPCEndpoint",
        7,
        "does not support the availability zone of the subnet",
    ),
    (
        "AWS::IAM::Role",
        1,
        "not authorized to perform: iam:CreateRole with an explicit deny in a service control policy",
    ),
    (
        "AWS::IAM::Policy",
        1,
        "not authorized to perform: iam:PutRolePolicy",
    ),
    (
        "AWS::SageMaker::Domain",
        1,
        "The account-level service limit 'Total domains' is 1",
    ),
    (
        "AWS::SageMaker::UserProfile",
        1,
        "The account-level service limit for user profiles is 0",
    ),
];

/// Which stack is the first that cannot come up when a resource fails, as the order of creation has it.
pub(super) fn stack_of(kind: &str, nth: u64) -> &'static str {
    match kind {
        "AWS::EC2::VPCEndpoint" if nth > 1 => "endpoints",
        "AWS::IAM::Role" | "AWS::IAM::Policy" => "studio",
        kind if kind.starts_with("AWS::SageMaker") => "studio",
        _ => "network",
    }
}
