//! Whether the subnets lie in the VPC, apart from each other, and are large enough.

use ipnet::Ipv4Net;

use super::{Checking, Finding, Findings};
use crate::aws::CallError;

/// Addresses that AWS keeps of every subnet (VPC guide, "Subnet sizing").
const RESERVED: u64 = 5;
/// Addresses that a participant needs: an app in the space, a model on an endpoint, and their successors while they are
/// replaced.
const FOR_PARTICIPANT: u64 = 4;
/// Addresses of the domain's own in each subnet: the mount target of its volume, and one to spare.
const FOR_DOMAIN: u64 = 2;
const CURE: &[&str] =
    &["--parameter VpcCidr=… --parameter SubnetOneCidr=… --parameter SubnetTwoCidr=…"];

pub(super) fn check(checking: &Checking<'_>) -> Findings {
    let wanted = &checking.wanted;
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
    let need = Need::of(checking, subnets.len());
    findings.extend(subnets.iter().filter_map(|(name, subnet)| {
        let free = (1_u64 << (32 - subnet.prefix_len())).saturating_sub(RESERVED);
        need.check(&format!("{name}: {subnet}"), free, CURE)
    }));
    findings
}

/// Whether the subnets that stay have room for what is to come into them.
///
/// # Errors
/// As any call that needs credentials.
pub(super) async fn check_room(checking: &Checking<'_>) -> Result<Findings, CallError> {
    let subnets = checking.there.subnets();
    let need = Need::of(checking, subnets.len());
    if subnets.is_empty() || need.is_nothing() {
        return Ok(Vec::new());
    }
    let aws = &checking.cx.aws;
    let free = checking.advised(async || aws.free_addresses(&subnets).await);
    let free = free.await?.unwrap_or_default().into_iter();
    let cure: &[&str] = &[
        "ask for fewer, or make an environment with larger subnets: --name NAME --parameter SubnetOneCidr=…",
    ];
    Ok(free
        .filter_map(|(subnet, free)| need.check(&subnet, free, cure))
        .collect())
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

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// Addresses that each subnet is to give.
struct Need {
    /// Each interface endpoint takes one in every subnet.
    endpoints: u64,
    domain: u64,
    participants: u64,
    /// Participants are spread over the subnets.
    of_participants: u64,
}

impl Need {
    fn of(checking: &Checking<'_>, subnets: usize) -> Self {
        let participants = count(checking.participants_to_come());
        let has_domain = !checking.wanted.domains.is_empty();
        Self {
            endpoints: count(checking.wanted.interface_endpoints.len()),
            domain: if has_domain { FOR_DOMAIN } else { 0 },
            participants,
            of_participants: (participants * FOR_PARTICIPANT).div_ceil(count(subnets).max(1)),
        }
    }

    fn is_nothing(&self) -> bool {
        self.endpoints + self.domain + self.of_participants == 0
    }

    /// Whether a subnet with so many free addresses is too small.
    fn check(&self, subnet: &str, free: u64, cure: &[&str]) -> Option<Finding> {
        let least = self.endpoints + self.domain;
        let needed = least + self.of_participants;
        if free < least {
            let what = format!(
                "{subnet} has {free} free addresses, and {} interface endpoints and the domain need {least}",
                self.endpoints
            );
            return Some(Finding::stop("addresses", what, cure));
        }
        (free < needed).then(|| {
            let what = format!(
                "{subnet} has {free} free addresses; {} participants may need {needed}",
                self.participants
            );
            Finding::warn("addresses", what, cure)
        })
    }
}
