//! In which zones everything is offered that the stacks want an endpoint of.

use std::collections::BTreeSet;

use super::super::onward;
use super::super::status::Work;
use super::{Checking, Finding, Findings};
use crate::aws::CallError;
use crate::aws::ec2::Zone;
use crate::aws::vpc_endpoints::EndpointService;
use crate::stacks::parameters::{Part, parts};

/// The zones in which every service is offered, and what stands in the way.
///
/// # Errors
/// As any call that needs credentials.
pub(super) async fn offering(checking: &Checking<'_>) -> Result<(Vec<Zone>, Findings), CallError> {
    let wanted = &checking.wanted;
    let all = checking.ready.zones.clone();
    let services: BTreeSet<&String> = wanted
        .interface_endpoints
        .iter()
        .chain(&wanted.gateway_endpoints)
        .collect();
    if services.is_empty() {
        return Ok((all, Vec::new()));
    }
    let names: Vec<String> = services.into_iter().cloned().collect();
    let cx = checking.cx;
    let offered = checking
        .advised(async || cx.aws.endpoint_services(&names).await)
        .await?;
    let Some(offered) = offered else {
        return Ok((all, Vec::new()));
    };
    let mut findings = missing(&names, &offered, cx.aws.region());
    let interfaces: Vec<&EndpointService> = offered
        .iter()
        .filter(|service| wanted.interface_endpoints.contains(&service.name))
        .filter(|service| service.kinds.contains("Interface"))
        .collect();
    let lacks = |zone: &Zone| lacking(&interfaces, zone);
    let (usable, poor): (Vec<Zone>, Vec<Zone>) =
        all.iter().cloned().partition(|zone| lacks(zone).is_empty());
    findings.extend(fixed(checking, lacks).await?);
    let asked = asked(checking);
    if usable.len() >= asked {
        return Ok((usable, findings));
    }
    let why = poor.iter();
    let why: Vec<String> = why
        .map(|zone| format!("{} lacks {}", zone.id, lacks(zone).join(", ")))
        .collect();
    findings.push(Finding::stop(
        "zone-without-service",
        format!(
            "{asked} zones are needed in which everything is offered, and region {} has {}: {}",
            cx.aws.region(),
            usable.len(),
            why.join("; ")
        ),
        &["choose another region with --region REGION"],
    ));
    Ok((all, findings))
}

/// The services that are not offered in a zone.
fn lacking<'a>(services: &[&'a EndpointService], zone: &Zone) -> Vec<&'a str> {
    let absent = services.iter().filter(|it| !it.zones.contains(&zone.name));
    absent.map(|service| service.name.as_str()).collect()
}

/// Zones that a network which stays is in, where an endpoint that is to be made is not offered.
async fn fixed<'a>(
    checking: &Checking<'_>,
    lacks: impl Fn(&Zone) -> Vec<&'a str>,
) -> Result<Findings, CallError> {
    let ids = settled(checking);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let aws = &checking.cx.aws;
    let zones = checking.advised(async || aws.zones().await).await?;
    let zones = zones.unwrap_or_default().into_iter();
    let poor = zones.filter(|zone| ids.contains(&zone.id) && !lacks(zone).is_empty());
    Ok(poor
        .map(|zone| {
            let what = format!(
                "zone {}, which the network is in, lacks {}",
                zone.id,
                lacks(&zone).join(", ")
            );
            let cure = format!(
                "make it anew in other zones: {}, then the same command",
                onward::removal(checking.request)
            );
            Finding::stop("zone-without-service", what, &[&cure])
        })
        .collect())
}

/// Ids of the zones that stacks which stay were made in.
fn settled(checking: &Checking<'_>) -> BTreeSet<String> {
    let ready = checking.ready;
    let entries = checking.request.manifest.stacks.iter();
    let staying = entries.filter_map(|entry| {
        let stays = ready.work.get(&entry.key) == Some(&Work::Update);
        Some((entry, ready.existing.get(&entry.key).filter(|_| stays)?))
    });
    staying
        .flat_map(|(entry, stack)| {
            let names = entry.parameters.iter();
            let of_zones = names.filter(|(_, value)| number_of_zone(value).is_some());
            of_zones.filter_map(|(name, _)| stack.parameters.get(name).cloned())
        })
        .collect()
}

fn missing(names: &[String], offered: &[EndpointService], region: &str) -> Findings {
    let absent = names
        .iter()
        .filter(|name| !offered.iter().any(|service| service.name == **name));
    absent
        .map(|name| {
            Finding::stop(
                "zone-without-service",
                format!("region {region} has no endpoint service {name}"),
                &[
                    "choose another region with --region REGION",
                    "aws ec2 describe-vpc-endpoint-services --query ServiceNames",
                ],
            )
        })
        .collect()
}

/// How many zones the manifest asks for.
fn asked(checking: &Checking<'_>) -> usize {
    if checking.ready.zones.is_empty() {
        return 0;
    }
    let entries = checking.request.manifest.stacks.iter();
    let values = entries.flat_map(|entry| entry.parameters.values());
    values
        .filter_map(|value| number_of_zone(value))
        .max()
        .unwrap_or(0)
}

/// The number of the zone that a value asks for.
fn number_of_zone(value: &str) -> Option<usize> {
    let parts = parts(value).unwrap_or_default().into_iter();
    let numbers = parts.filter_map(|part| match part {
        Part::Zone(number) => Some(number),
        Part::Text(_)
        | Part::Environment
        | Part::StackName(_)
        | Part::StackOutput(..)
        | Part::Param(..) => None,
    });
    numbers.max()
}
