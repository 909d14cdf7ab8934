//! Addresses of a subnet: AWS keeps the first four and the last. And public ones, which are Amazon's.

use std::net::Ipv4Addr;
use std::ops::Range;

use ipnet::Ipv4Net;

use crate::draw;

/// The addresses that interfaces may have, as numbers.
pub(crate) fn usable(cidr: Ipv4Net) -> Range<u32> {
    let first = u32::from(cidr.network()).saturating_add(4);
    let end = u32::from(cidr.broadcast());
    first..end
}

/// Whether interfaces may have the address.
pub(crate) fn is_usable(cidr: Ipv4Net, address: Ipv4Addr) -> bool {
    usable(cidr).contains(&u32::from(address))
}

/// How many addresses are left.
pub(crate) fn left(cidr: Ipv4Net, taken: usize) -> usize {
    usable(cidr).len().saturating_sub(taken)
}

/// The public address of an interface, out of Amazon's 3.0.0.0/8 and the same in every copy of a world.
pub(crate) fn public(interface_id: &str) -> Ipv4Addr {
    let digits = draw::hex(0, &["public address", interface_id], 6);
    let within = u32::from_str_radix(&digits, 16).unwrap_or_default();
    Ipv4Addr::from(u32::from(Ipv4Addr::new(3, 0, 0, 0)) + within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_subnet_has_eleven_addresses() {
        let cidr: Ipv4Net = "10.0.0.0/28".parse().unwrap();
        let all: Vec<String> = usable(cidr)
            .map(|address| Ipv4Addr::from(address).to_string())
            .collect();
        assert_eq!((all.len(), left(cidr, 0), left(cidr, 11)), (11, 11, 0));
        assert_eq!(all[0], "10.0.0.4");
        let usable = |address: &str| is_usable(cidr, address.parse().unwrap());
        assert!(usable("10.0.0.14") && !usable("10.0.0.15") && !usable("10.0.0.3"));
    }

    #[test]
    fn a_public_address_is_amazons_and_the_interfaces_own() {
        let (one, other) = (public("eni-1"), public("eni-2"));
        assert_eq!((one.octets()[0], other.octets()[0]), (3, 3));
        assert_eq!(one, public("eni-1"));
        assert_ne!(one, other);
    }
}
