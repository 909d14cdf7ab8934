//! Addresses of a subnet: AWS keeps the first four and the last.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// The addresses that interfaces may have.
fn usable(cidr: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    let first = u32::from(cidr.network()).saturating_add(4);
    let end = u32::from(cidr.broadcast());
    (first..end).map(Ipv4Addr::from)
}

/// Whether interfaces may have the address.
pub(crate) fn is_usable(cidr: Ipv4Net, address: Ipv4Addr) -> bool {
    usable(cidr).any(|usable| usable == address)
}

/// The lowest address that nobody has.
pub(crate) fn free(cidr: Ipv4Net, taken: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    usable(cidr).find(|address| !taken.contains(address))
}

/// How many addresses are left.
pub(crate) fn left(cidr: Ipv4Net, taken: usize) -> usize {
    let end = u32::from(cidr.broadcast());
    let first = u32::from(cidr.network()).saturating_add(4);
    usize::try_from(end.saturating_sub(first))
        .unwrap_or(usize::MAX)
        .saturating_sub(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_subnet_has_eleven_addresses() {
        let cidr: Ipv4Net = "10.0.0.0/28".parse().unwrap();
        let mut taken = BTreeSet::new();
        while let Some(address) = free(cidr, &taken) {
            taken.insert(address);
        }
        assert_eq!((taken.len(), left(cidr, 11)), (11, 0));
        assert_eq!(
            taken.first().map(ToString::to_string).as_deref(),
            Some("10.0.0.4")
        );
    }
}
