//! What things cost while they stand, in words, as far as it is known: list prices of us-east-1 in 2025, in US dollars, and
//! about those everywhere.

/// For an interface endpoint in one zone, an hour.
const ENDPOINT_IN_ZONE: f64 = 0.01;
/// For an app, an hour, by its instance type: those that `up` starts.
const APPS: [(&str, f64); 1] = [("ml.t3.medium", 0.05)];
/// For a GB on the home volume, a month.
const STORED: f64 = 0.30;

/// Of a stack's interface endpoints, by the zones that they are in together; of none there is nothing to tell.
pub(crate) fn endpoints_of_stack(zones: usize) -> Option<String> {
    Some(format!(
        "its interface endpoints cost {}",
        endpoints(zones)?
    ))
}

/// Of one interface endpoint, by the zones that it is in.
pub(crate) fn endpoint(zones: usize) -> Option<String> {
    Some(format!("it costs {}", endpoints(zones)?))
}

/// Of some apps on an instance type.
pub(crate) fn apps(instance: &str, count: usize) -> String {
    let price = app_hour(instance).map(|price| an_hour(count, price));
    let costs = price.unwrap_or_else(|| "what is not known here".to_owned());
    format!("apps on {instance} cost {costs} ({count})")
}

/// Of one app.
pub(crate) fn app(instance: &str) -> String {
    match app_hour(instance) {
        Some(price) => format!("on {instance} it costs {}", an_hour(1, price)),
        None => format!("what it costs on {instance} is not known here"),
    }
}

/// Of the home volume of the domain in a stack.
pub(crate) fn home_volume_of_stack() -> String {
    format!("its home volume costs {}", stored())
}

/// Of a home volume.
pub(crate) fn home_volume() -> String {
    format!("it costs {}", stored())
}

fn endpoints(zones: usize) -> Option<String> {
    (zones > 0).then(|| an_hour(zones, ENDPOINT_IN_ZONE))
}

fn app_hour(instance: &str) -> Option<f64> {
    let found = APPS.iter().find(|(known, _)| *known == instance);
    found.map(|(_, price)| *price)
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn an_hour(count: usize, price: f64) -> String {
    format!("about {:.2} US dollars an hour", count as f64 * price)
}

fn stored() -> String {
    format!("about {STORED:.2} US dollars a GB and month")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_price_is_not_given_one() {
        assert_eq!(endpoint(0), None);
        let two = endpoint(2).unwrap();
        assert_eq!(two, "it costs about 0.02 US dollars an hour");
        assert!(app("ml.t3.medium").contains("about 0.05 US dollars an hour"));
        assert!(app("ml.g5.xlarge").contains("not known"));
        assert!(apps("ml.g5.xlarge", 2).contains("not known"));
    }
}
