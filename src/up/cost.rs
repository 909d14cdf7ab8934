//! What it costs to leave a stack standing, as far as it costs by the hour whether used or not.

use crate::aws::cloudformation::Stack;
use crate::stacks::Entry;
use crate::stacks::resources::{Resources, Values};

/// US dollars an hour for an interface endpoint in one zone: list price of us-east-1, and about that everywhere.
const ENDPOINT_IN_ZONE: f64 = 0.01;

/// Words about the hourly price of a stack; empty where nothing in it has one. `is_there` tells which of its resources
/// there are, by logical id.
pub(super) fn hourly(
    entry: &Entry,
    stack: &Stack,
    region: &str,
    is_there: impl Fn(&str) -> bool,
) -> String {
    let mut values: Values = stack.parameters.clone();
    values.insert("AWS::Region".to_owned(), region.to_owned());
    let resources = Resources::new(&entry.tree, &values);
    let zones: usize = resources
        .of("AWS::EC2::VPCEndpoint")
        .filter(|endpoint| endpoint.text("VpcEndpointType").as_deref() == Some("Interface"))
        .filter(|endpoint| is_there(endpoint.logical_id))
        .map(|endpoint| endpoint.count("SubnetIds").max(1))
        .sum();
    if zones == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    let price = zones as f64 * ENDPOINT_IN_ZONE;
    format!("; its interface endpoints cost about {price:.2} US dollars an hour")
}
