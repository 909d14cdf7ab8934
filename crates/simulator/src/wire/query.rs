//! The query and ec2 protocols: a flat form in, XML out.

use serde_json::{Map, Value};

use super::xml::{self, Element};
use crate::error::ServiceError;
use crate::service::Service;

/// How deep a tree may be.
const DEPTH: usize = 100;

/// Turns `Tags.member.1.Key=a` (query) and `Filter.1.Value.1=a` (ec2) into a tree. `Action` and `Version` are left out.
///
/// # Errors
/// A sentence about a member that is too deep, or that no XML could give back.
pub fn tree(pairs: &[(String, String)]) -> Result<Value, String> {
    for (name, value) in pairs {
        if !xml::can_carry(name) {
            return Err("The name of a parameter contains a character that is not allowed".into());
        }
        if !xml::can_carry(value) {
            let problem = format!("The value of {name} contains a character that is not allowed");
            return Err(problem);
        }
        if name.split('.').count() > DEPTH {
            let top = name.split('.').next().unwrap_or_default();
            return Err(format!("The parameter {top} is nested too deeply"));
        }
    }
    let mut root = Value::Object(Map::new());
    for (name, value) in pairs
        .iter()
        .filter(|(name, _)| name != "Action" && name != "Version")
    {
        insert(&mut root, name.split('.'), value);
    }
    Ok(lists(root))
}

fn insert<'a>(node: &mut Value, mut path: impl Iterator<Item = &'a str>, value: &str) {
    match path.next() {
        None => *node = Value::String(value.to_owned()),
        Some(segment) => {
            if !node.is_object() {
                *node = Value::Object(Map::new());
            }
            if let Value::Object(members) = node {
                insert(members.entry(segment).or_insert(Value::Null), path, value);
            }
        }
    }
}

/// Members named by numbers are lists; `member` and `entry` are the query protocol's wrapping of a list.
fn lists(value: Value) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let numbers: Option<Vec<u64>> = members.keys().map(|name| name.parse().ok()).collect();
    if let Some(numbers) = numbers.filter(|numbers| !numbers.is_empty()) {
        let mut items: Vec<(u64, Value)> = numbers
            .into_iter()
            .zip(members.into_iter().map(|(_, item)| lists(item)))
            .collect();
        items.sort_by_key(|(at, _)| *at);
        return Value::Array(items.into_iter().map(|(_, item)| item).collect());
    }
    let mut members: Map<String, Value> = members
        .into_iter()
        .map(|(name, item)| (name, lists(item)))
        .collect();
    if members.len() == 1 && members.get("member").is_some_and(Value::is_array) {
        return members.remove("member").unwrap_or(Value::Null);
    }
    Value::Object(members)
}

fn namespace(service: Service) -> &'static str {
    match service {
        Service::CloudFormation => "http://cloudformation.amazonaws.com/doc/2010-05-15/",
        Service::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        Service::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        Service::AutoScaling
        | Service::Ec2
        | Service::Efs
        | Service::Logs
        | Service::Quotas
        | Service::SageMaker
        | Service::Tagging => "http://ec2.amazonaws.com/doc/2016-11-15/",
    }
}

/// The body of a success.
pub fn success(service: Service, action: &str, members: Vec<Element>, request_id: &str) -> Vec<u8> {
    let root = Element::new(&format!("{action}Response")).attribute("xmlns", namespace(service));
    let root = if service == Service::Ec2 {
        root.child(Element::text("requestId", request_id))
            .children(members)
    } else {
        root.child(Element::new(&format!("{action}Result")).children(members))
            .child(Element::new("ResponseMetadata").child(Element::text("RequestId", request_id)))
    };
    root.document()
}

/// The body of a refusal.
pub fn failure(service: Service, error: &ServiceError, request_id: &str) -> Vec<u8> {
    let code = Element::text("Code", &error.code);
    let message = Element::text("Message", &error.message);
    let root = if service == Service::Ec2 {
        Element::new("Response")
            .child(Element::new("Errors").child(Element::new("Error").child(code).child(message)))
            .child(Element::text("RequestID", request_id))
    } else {
        let kind = Element::text(
            "Type",
            if error.status >= 500 {
                "Receiver"
            } else {
                "Sender"
            },
        );
        Element::new("ErrorResponse")
            .attribute("xmlns", namespace(service))
            .child(Element::new("Error").child(kind).child(code).child(message))
            .child(Element::text("RequestId", request_id))
    };
    root.document()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        crate::wire::form(text)
    }

    #[test]
    fn both_forms_of_lists() {
        let query = tree(&pairs(
            "Action=X&Version=1&Tags.member.2.Key=b&Tags.member.1.Key=a&StackName=s",
        ))
        .unwrap();
        assert_eq!(
            query,
            json!({"Tags": [{"Key": "a"}, {"Key": "b"}], "StackName": "s"})
        );
        let ec2 = tree(&pairs(
            "Filter.1.Name=vpc-id&Filter.1.Value.1=v&Filter.1.Value.10=y&Filter.1.Value.2=w",
        ))
        .unwrap();
        assert_eq!(
            ec2,
            json!({"Filter": [{"Name": "vpc-id", "Value": ["v", "w", "y"]}]})
        );
    }

    #[test]
    fn what_would_break_the_answer_is_refused() {
        let deep = format!("A{}=x", ".1".repeat(100_000));
        assert!(tree(&pairs(&deep)).unwrap_err().contains("parameter A is"));
        let problem = tree(&pairs("Description=a%01b")).unwrap_err();
        assert!(problem.contains("value of Description"), "{problem}");
        assert!(tree(&pairs("Description=a%0A%09%C3%A4")).is_ok());
    }

    #[test]
    fn a_refusal_in_both_forms() {
        let error = ServiceError::new("ValidationError", "Stack with id <X> does not exist");
        let body = String::from_utf8(failure(Service::CloudFormation, &error, "r-1")).unwrap();
        assert!(
            body.contains("<Message>Stack with id &lt;X&gt; does not exist</Message>"),
            "{body}"
        );
        let body = String::from_utf8(failure(Service::Ec2, &error, "r-1")).unwrap();
        assert!(body.contains("<RequestID>r-1</RequestID>"), "{body}");
    }
}
