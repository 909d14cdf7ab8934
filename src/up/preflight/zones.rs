//! In which zones everything is offered that the stacks want an endpoint of.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checking, Finding, Findings};
use crate::aws::CallError;
use crate::aws::ec2::Zone;
use crate::aws::vpc_endpoints::EndpointService;
use crate::stacks::parameters::{Part, parts};

/// The zones in which every service is offered, and what stands in the way.
///
/// # Errors
/// As any call.
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
    let interfaces = offered
        .iter()
        .filter(|service| wanted.interface_endpoints.contains(&service.name));
    let mut lacking: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
    for service in interfaces.filter(|service| service.kinds.contains("Interface")) {
        for zone in all
            .iter()
            .filter(|zone| !service.zones.contains(&zone.name))
        {
            lacking.entry(&zone.id).or_default().push(&service.name);
        }
    }
    let usable = all.iter().filter(|zone| !lacking.contains_key(&zone.id));
    let usable: Vec<Zone> = usable.cloned().collect();
    let asked = asked(checking);
    if usable.len() < asked {
        let why: Vec<String> = lacking
            .iter()
            .map(|(zone, services)| format!("{zone} lacks {}", services.join(", ")))
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
        return Ok((all, findings));
    }
    Ok((usable, findings))
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
    let numbers = values
        .flat_map(|value| parts(value).unwrap_or_default())
        .filter_map(|part| match part {
            Part::Zone(number) => Some(number),
            Part::Text(_)
            | Part::Environment
            | Part::StackName(_)
            | Part::StackOutput(..)
            | Part::Param(..) => None,
        });
    numbers.max().unwrap_or(0)
}
