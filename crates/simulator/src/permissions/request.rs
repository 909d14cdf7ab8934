//! What a request tells about itself: condition keys out of an operation's input, or out of a resource's properties.

use std::collections::BTreeMap;

use serde_json::Value;

use super::question::Context;

/// Members, wherever they stand, and the keys that they give.
const KEYS: [(&str, &str, &str); 10] = [
    ("cloudformation", "RoleARN", "cloudformation:RoleArn"),
    ("iam", "AWSServiceName", "iam:AWSServiceName"),
    ("iam", "PermissionsBoundary", "iam:PermissionsBoundary"),
    ("iam", "PolicyArn", "iam:PolicyARN"),
    (
        "sagemaker",
        "AppNetworkAccessType",
        "sagemaker:AppNetworkAccessType",
    ),
    ("sagemaker", "InstanceType", "sagemaker:InstanceTypes"),
    (
        "sagemaker",
        "SecurityGroups",
        "sagemaker:VpcSecurityGroupIds",
    ),
    (
        "sagemaker",
        "SecurityGroupIds",
        "sagemaker:VpcSecurityGroupIds",
    ),
    ("sagemaker", "SubnetIds", "sagemaker:VpcSubnets"),
    ("sagemaker", "Subnets", "sagemaker:VpcSubnets"),
];

/// The keys that a request to the service tells.
pub(super) fn context(prefix: &str, input: &Value) -> Context {
    let keys = KEYS.iter().filter(|(service, ..)| *service == prefix);
    let context = keys.fold(Context::default(), |context, (_, member, key)| {
        let values = found(input, &[member]);
        context.with(key, values)
    });
    context.with_request_tags(&tags(input))
}

/// The texts of every member of one of these names, wherever it stands.
pub(super) fn found(value: &Value, names: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    collect(value, names, false, &mut texts);
    texts
}

fn collect(value: &Value, names: &[&str], named: bool, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if named => {
            if !texts.contains(text) {
                texts.push(text.clone());
            }
        }
        Value::Array(items) => {
            for item in items {
                collect(item, names, named, texts);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, names, names.contains(&name.as_str()), texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The tags that a request gives, or only their keys where it takes tags away.
pub(super) fn tags(input: &Value) -> BTreeMap<String, Option<String>> {
    let mut tags = BTreeMap::new();
    let members = input.as_object().into_iter().flatten();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("TagSpecification" | "TagSpecifications", Value::Array(items)) => {
                for item in items {
                    tags.extend(self::tags(item));
                }
            }
            ("Tags" | "Tag" | "tags" | "FileSystemTags" | "AccessPointTags", given) => {
                tags.extend(pairs(given));
            }
            ("TagKeys" | "tagKeys", given) => {
                let keys = given.as_array().into_iter().flatten();
                let keys = keys.filter_map(Value::as_str);
                tags.extend(keys.map(|key| (key.to_owned(), None)));
            }
            _ => {}
        }
    }
    tags
}

/// Tags as a list of keys and values, or as a map.
fn pairs(given: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match given {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| Some((text(item.get("Key")?)?, item.get("Value").and_then(text))))
            .collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}
