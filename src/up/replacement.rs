//! Which changes would take away what people's work hangs on.

use std::collections::BTreeSet;

use crate::aws::change_sets::{PropertyChange, ResourceChange};

/// What is never replaced or removed unasked: with it goes what is in it.
const PROTECTED: [&str; 5] = [
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::UserProfile",
    "AWS::SageMaker::Space",
    "AWS::EC2::VPC",
    "AWS::EC2::Subnet",
];

/// The changes that would replace or remove something protected, in words.
pub(super) fn losses(changes: &[ResourceChange]) -> Vec<String> {
    let protected = changes
        .iter()
        .filter(|change| PROTECTED.contains(&change.kind.as_str()));
    protected
        .filter(|change| is_lost(change))
        .map(loss)
        .collect()
}

/// Ids of what of one type would be replaced or removed.
pub(super) fn lost(changes: &[ResourceChange], kind: &str) -> BTreeSet<String> {
    let of_kind = changes.iter().filter(|change| change.kind == kind);
    let lost = of_kind.filter(|change| is_lost(change) && !change.physical_id.is_empty());
    lost.map(|change| change.physical_id.clone()).collect()
}

fn is_lost(change: &ResourceChange) -> bool {
    match (change.action.as_str(), change.replacement.as_deref()) {
        ("Remove", _) | (_, Some("True")) => true,
        // It hangs on whether a value that may not change without a replacement really does.
        (_, Some("Conditional")) => change
            .properties
            .iter()
            .any(|property| property.recreation.as_deref() != Some("Never") && differs(property)),
        _ => false,
    }
}

/// Whether a value really is another one. What CloudFormation does not tell, or cannot know yet, counts as another.
fn differs(property: &PropertyChange) -> bool {
    match (&property.before, &property.after) {
        (Some(before), Some(after)) => before != after,
        (Some(_) | None, None) | (None, Some(_)) => true,
    }
}

/// What becomes of one resource, in words.
pub(super) fn words(change: &ResourceChange) -> String {
    let replaced = match change.replacement.as_deref() {
        Some("True") => " by replacement",
        Some("Conditional") => " perhaps by replacement",
        _ => "",
    };
    let action = change.action.to_lowercase();
    format!("{action}{replaced} {}", loss(change))
}

fn loss(change: &ResourceChange) -> String {
    let id = match change.physical_id.as_str() {
        "" => String::new(),
        id => format!(" ({id})"),
    };
    let named = format!("{} {}{id}", change.kind, change.logical_id);
    if change.action == "Remove" {
        return format!("{named}, which would be removed");
    }
    let properties = change
        .properties
        .iter()
        .filter(|property| differs(property));
    let properties: Vec<String> = properties
        .map(|property| match (&property.before, &property.after) {
            (Some(before), Some(after)) => format!("{} {before} → {after}", property.name),
            (Some(_) | None, None) | (None, Some(_)) => property.name.clone(),
        })
        .collect();
    if properties.is_empty() {
        named
    } else {
        format!("{named}: {}", properties.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: &str, replacement: &str, values: [&str; 2]) -> ResourceChange {
        let property = PropertyChange {
            name: "SubnetIds".to_owned(),
            before: Some(values[0].to_owned()),
            after: Some(values[1].to_owned()),
            recreation: Some("Conditionally".to_owned()),
        };
        ResourceChange {
            action: "Modify".to_owned(),
            logical_id: "It".to_owned(),
            physical_id: "id-1".to_owned(),
            kind: kind.to_owned(),
            replacement: Some(replacement.to_owned()),
            properties: vec![property],
        }
    }

    #[test]
    fn only_what_really_is_replaced_is_lost() {
        const DOMAIN: &str = "AWS::SageMaker::Domain";
        let lost = |change: ResourceChange| losses(&[change]).len() == 1;
        assert!(lost(change(DOMAIN, "True", ["a", "b"])));
        assert!(lost(change(DOMAIN, "Conditional", ["a", "b"])));
        assert!(!lost(change(DOMAIN, "Conditional", ["a", "a"])));
        assert!(!lost(change(DOMAIN, "False", ["a", "b"])));
        assert!(!lost(change("AWS::EC2::VPCEndpoint", "True", ["a", "b"])));
        let mut untold = change("AWS::EC2::Subnet", "Conditional", ["a", "a"]);
        untold.properties[0].after = None;
        assert!(lost(untold));
        let mut harmless = change(DOMAIN, "Conditional", ["a", "b"]);
        harmless.properties[0].recreation = Some("Never".to_owned());
        assert!(!lost(harmless));
        let mut removed = change("AWS::EC2::VPC", "False", ["a", "b"]);
        removed.action = "Remove".to_owned();
        assert!(lost(removed));
    }

    #[test]
    fn a_loss_is_told_with_the_values() {
        let told = losses(&[change(
            "AWS::EC2::VPC",
            "True",
            ["10.0.0.0/16", "10.1.0.0/16"],
        )]);
        assert_eq!(
            told,
            ["AWS::EC2::VPC It (id-1): SubnetIds 10.0.0.0/16 → 10.1.0.0/16"]
        );
    }
}
