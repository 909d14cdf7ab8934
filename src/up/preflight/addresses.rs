//! Whether the subnets lie in the VPC, apart from each other, and are large enough.

use ipnet::Ipv4Net;

use super::super::request::Request;
use super::wanted::Wanted;
use super::{Finding, Findings};

/// Addresses that AWS keeps of every subnet (VPC guide, "Subnet sizing").
const RESERVED: u64 = 5;
/// Addresses that a participant needs: an app in the space, a model on an endpoint, and their successors while they are
/// replaced.
const FOR_PARTICIPANT: u64 = 4;
/// Addresses of the domain's own in each subnet: the mount target of its volume, and one to spare.
const FOR_DOMAIN: u64 = 2;
const CURE: &[&str] =
    &["--parameter VpcCidr=… --parameter SubnetOneCidr=… --parameter SubnetTwoCidr=…"];

pub(super) fn check(wanted: &Wanted, request: &Request) -> Findings {
    let mut findings = Vec::new();
    let mut block = |name: &str, text: &String| match text.parse::<Ipv4Net>() {
        Ok(block) if block.trunc() == block => Some(block),
        Ok(block) => {
            let trunc = block.trunc();
            let what = format!("{name}: {text} is no block of addresses; {trunc} is");
            findings.push(Finding::stop("addresses", what, CURE));
            None
        }
        Err(_no_block) => {
            let what = format!("{name}: {text} is no block of IPv4 addresses");
            findings.push(Finding::stop("addresses", what, CURE));
            None
        }
    };
    let vpcs: Vec<Ipv4Net> = wanted
        .vpc_blocks
        .iter()
        .filter_map(|text| block("the VPC", text))
        .collect();
    let subnets: Vec<(&String, Ipv4Net)> = wanted
        .subnets
        .iter()
        .filter_map(|(name, text)| Some((name, block(name, text)?)))
        .collect();
    findings.extend(misplaced(&vpcs, &subnets));
    findings.extend(small(wanted, request, &subnets));
    findings
}

fn misplaced(vpcs: &[Ipv4Net], subnets: &[(&String, Ipv4Net)]) -> Findings {
    let mut findings = Vec::new();
    for (at, (name, subnet)) in subnets.iter().enumerate() {
        if let [vpc] = vpcs
            && !vpc.contains(subnet)
        {
            let what = format!("{name}: {subnet} does not lie in the VPC's {vpc}");
            findings.push(Finding::stop("addresses", what, CURE));
        }
        for (other, block) in subnets.iter().take(at) {
            if block.contains(subnet) || subnet.contains(block) {
                let what = format!("{name} and {other} overlap: {subnet}, {block}");
                findings.push(Finding::stop("addresses", what, CURE));
            }
        }
    }
    findings
}

/// Each interface endpoint takes an address in every subnet; participants are spread over them.
fn small(wanted: &Wanted, request: &Request, subnets: &[(&String, Ipv4Net)]) -> Findings {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let endpoints = count(wanted.interface_endpoints.len());
    let participants = count(request.options.participants.names.len());
    let of_participants = (participants * FOR_PARTICIPANT).div_ceil(count(subnets.len()).max(1));
    let mut findings = Vec::new();
    for (name, subnet) in subnets {
        let free = (1_u64 << (32 - subnet.prefix_len())).saturating_sub(RESERVED);
        let least = endpoints + FOR_DOMAIN;
        if free < least {
            let what = format!(
                "{name}: {subnet} has {free} free addresses, and {endpoints} interface endpoints and the domain need {least}"
            );
            findings.push(Finding::stop("addresses", what, CURE));
        } else if free < least + of_participants {
            let needed = least + of_participants;
            let what = format!(
                "{name}: {subnet} has {free} free addresses; {participants} participants may need {needed}"
            );
            findings.push(Finding::warn("addresses", what, CURE));
        }
    }
    findings
}
