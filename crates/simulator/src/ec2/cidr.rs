//! CIDR blocks as EC2 reads them.

use ipnet::Ipv4Net;

use crate::error::ServiceError;

/// Reads a block; bits beyond the prefix are cleared.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn parse(text: &str) -> Result<Ipv4Net, ServiceError> {
    match text.parse::<Ipv4Net>() {
        Ok(net) => Ok(net.trunc()),
        Err(_problem) => {
            let text = format!(
                "Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
            );
            Err(ServiceError::new("InvalidParameterValue", text))
        }
    }
}

/// Whether VPCs and subnets may have the block's size.
pub(crate) fn sized(net: Ipv4Net) -> bool {
    (16..=28).contains(&net.prefix_len())
}

/// Whether the blocks share an address.
pub(crate) fn overlap(one: Ipv4Net, other: Ipv4Net) -> bool {
    one.contains(&other) || other.contains(&one)
}
