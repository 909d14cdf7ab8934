//! AWS's own prefix lists, which gateway endpoints route to (section 6.1).

use crate::draw;
use crate::error::ServiceError;

/// A prefix list of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrefixList {
    pub id: String,
    /// `com.amazonaws.REGION.s3`.
    pub name: String,
    pub cidrs: &'static [&'static str],
}

const S3: &[&str] = &[
    "16.15.192.0/18",
    "16.182.0.0/16",
    "18.34.0.0/19",
    "18.34.232.0/21",
    "3.5.0.0/19",
    "52.216.0.0/15",
    "54.231.0.0/16",
];
const DYNAMODB: &[&str] = &["3.218.180.0/22", "52.94.0.0/22", "52.119.224.0/20"];

/// The lists of a region, by name.
pub(crate) fn of(region: &str) -> Vec<PrefixList> {
    [("dynamodb", DYNAMODB), ("s3", S3)]
        .map(|(service, cidrs)| PrefixList {
            id: id(region, service),
            name: format!("com.amazonaws.{region}.{service}"),
            cidrs,
        })
        .into()
}

/// The list of a gateway endpoint's service.
pub(crate) fn of_service(region: &str, service_name: &str) -> Option<PrefixList> {
    of(region)
        .into_iter()
        .find(|list| list.name == service_name)
}

/// Whether a region has a list of this id.
pub(crate) fn exists(region: &str, id: &str) -> bool {
    of(region).iter().any(|list| list.id == id)
}

pub(crate) fn not_found(id: &str) -> ServiceError {
    ServiceError::new(
        "InvalidPrefixListID.NotFound",
        format!("The prefix list ID '{id}' does not exist"),
    )
}

fn id(region: &str, service: &str) -> String {
    match (region, service) {
        ("us-east-1", "s3") => "pl-63a5400a".to_owned(),
        _ => format!("pl-{}", draw::hex(0, &["prefix list", region, service], 8)),
    }
}
