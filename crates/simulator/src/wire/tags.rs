//! Tags as the JSON protocols and CloudFormation's properties spell them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Characters that a key and a value may have, wherever there are tags.
pub(crate) const LONGEST_KEY: usize = 128;
pub(crate) const LONGEST_VALUE: usize = 256;

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct Tag {
    pub key: String,
    pub value: String,
}

/// The tags that a caller gave, or what is wrong with them: reserved and empty keys, keys given twice.
///
/// # Errors
/// A sentence that names the key.
pub fn read(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, String> {
    let mut read = BTreeMap::new();
    for Tag { key, value } in tags {
        if key.is_empty()
            || key.chars().count() > LONGEST_KEY
            || value.chars().count() > LONGEST_VALUE
        {
            return Err(format!(
                "The tag '{key}' has a key or a value of a length that is not allowed"
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(format!(
                "aws: prefixed tag key names are not allowed for external use: {key}"
            ));
        }
        if read.insert(key.clone(), value).is_some() {
            return Err(format!("The tag key '{key}' is given more than once"));
        }
    }
    Ok(read)
}

/// `[{"Key": …, "Value": …}]`, sorted by key.
pub fn show(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: "v".to_owned(),
        }
    }

    #[test]
    fn tags_are_read_and_shown() {
        let tags = read(vec![tag("b"), tag("a")]).unwrap();
        assert_eq!(
            show(&tags),
            json!([{"Key": "a", "Value": "v"}, {"Key": "b", "Value": "v"}])
        );
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        assert!(read(vec![tag("aws:x")]).unwrap_err().contains("aws:x"));
        assert!(
            read(vec![tag("a"), tag("a")])
                .unwrap_err()
                .contains("more than once")
        );
        assert!(read(vec![tag("")]).is_err());
    }
}
