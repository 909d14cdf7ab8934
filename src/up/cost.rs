//! What it costs to leave a stack standing, by what its template would make, as far as it is known.

use super::domain::DOMAIN;
use crate::aws::cloudformation::Stack;
use crate::aws::participants::Running;
use crate::cost;
use crate::stacks::Entry;
use crate::stacks::resources::{Resources, Values};

/// Words about what a stack costs; empty where nothing in it has a price. `is_there` tells which of its resources there
/// are, by logical id; the apps are those of its domain, where they could be read.
pub(super) fn told(
    entry: &Entry,
    stack: &Stack,
    region: &str,
    is_there: impl Fn(&str) -> bool,
    apps: Option<&Running>,
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
    let mut told = Vec::new();
    told.extend(cost::endpoints_of_stack(zones));
    if resources
        .of(DOMAIN)
        .any(|domain| is_there(domain.logical_id))
    {
        told.extend(of_apps(apps));
        told.push(format!(
            "{}; spaces' volumes, models and whatever else is at work in the domain are not counted",
            cost::home_volume_of_stack()
        ));
    }
    told.into_iter().map(|words| format!("; {words}")).collect()
}

fn of_apps(apps: Option<&Running>) -> Vec<String> {
    let Some(apps) = apps else {
        return vec!["whether apps run in it is not known".to_owned()];
    };
    let told = apps
        .iter()
        .map(|(instance, count)| cost::apps(instance, *count));
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::super::participants::INSTANCE;
    use super::*;
    use crate::stacks::Manifest;

    #[test]
    fn what_has_a_price_is_counted_and_what_has_none_is_named() {
        let manifest = Manifest::embedded().unwrap();
        let told = |key: &str, apps: Option<&Running>| {
            let entry = manifest.find(key).unwrap();
            super::told(entry, &Stack::default(), "us-east-1", |_| true, apps)
        };
        assert_eq!(told("network", None), "");
        let endpoints = told("endpoints", None);
        assert!(endpoints.contains("0.22 US dollars an hour"), "{endpoints}");
        let apps = [(INSTANCE.to_owned(), 30), ("ml.g5.xlarge".to_owned(), 1)];
        let studio = told("studio", Some(&apps.into()));
        for words in [
            "apps on ml.t3.medium cost about 1.50 US dollars an hour (30)",
            "apps on ml.g5.xlarge cost what is not known here (1)",
            "0.30 US dollars a GB and month",
        ] {
            assert!(studio.contains(words), "{words}\n{studio}");
        }
        assert!(told("studio", None).contains("not known"));
    }
}
