//! From a method and a path to an action and its input (section 0 of the notes on AWS's behaviour).

use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::service::{Invocation, Service};
use crate::wire::{self, Input, Request};

/// Method, path below `/2015-02-01/` and action. A segment in braces is a member of the input.
const ROUTES: &[(&str, &str, &str)] = &[
    ("POST", "file-systems", "CreateFileSystem"),
    ("GET", "file-systems", "DescribeFileSystems"),
    ("DELETE", "file-systems/{FileSystemId}", "DeleteFileSystem"),
    (
        "PUT",
        "file-systems/{FileSystemId}/policy",
        "PutFileSystemPolicy",
    ),
    (
        "GET",
        "file-systems/{FileSystemId}/policy",
        "DescribeFileSystemPolicy",
    ),
    (
        "DELETE",
        "file-systems/{FileSystemId}/policy",
        "DeleteFileSystemPolicy",
    ),
    (
        "GET",
        "file-systems/replication-configurations",
        "DescribeReplicationConfigurations",
    ),
    (
        "POST",
        "file-systems/{SourceFileSystemId}/replication-configuration",
        "CreateReplicationConfiguration",
    ),
    (
        "DELETE",
        "file-systems/{SourceFileSystemId}/replication-configuration",
        "DeleteReplicationConfiguration",
    ),
    (
        "PUT",
        "file-systems/{FileSystemId}/backup-policy",
        "PutBackupPolicy",
    ),
    (
        "GET",
        "file-systems/{FileSystemId}/backup-policy",
        "DescribeBackupPolicy",
    ),
    ("POST", "mount-targets", "CreateMountTarget"),
    ("GET", "mount-targets", "DescribeMountTargets"),
    (
        "DELETE",
        "mount-targets/{MountTargetId}",
        "DeleteMountTarget",
    ),
    (
        "GET",
        "mount-targets/{MountTargetId}/security-groups",
        "DescribeMountTargetSecurityGroups",
    ),
    (
        "PUT",
        "mount-targets/{MountTargetId}/security-groups",
        "ModifyMountTargetSecurityGroups",
    ),
    ("POST", "access-points", "CreateAccessPoint"),
    ("GET", "access-points", "DescribeAccessPoints"),
    (
        "DELETE",
        "access-points/{AccessPointId}",
        "DeleteAccessPoint",
    ),
    ("POST", "resource-tags/{ResourceId}", "TagResource"),
    ("DELETE", "resource-tags/{ResourceId}", "UntagResource"),
    ("GET", "resource-tags/{ResourceId}", "ListTagsForResource"),
];

/// Finds the action and the input of a rest-json request.
///
/// # Errors
/// `UnknownOperationException` for a path that is not known, `BadRequest` for a body that is not JSON.
pub fn route(request: &Request) -> Result<Invocation, ServiceError> {
    let path = request
        .path
        .strip_prefix("/2015-02-01/")
        .unwrap_or_default()
        .trim_end_matches('/');
    let segments: Vec<String> = path.split('/').map(wire::decode).collect();
    let found = ROUTES.iter().find_map(|(method, pattern, action)| {
        (*method == request.method)
            .then(|| members(pattern, &segments))
            .flatten()
            .map(|members| (*action, members))
    });
    let Some((action, mut input)) = found else {
        let message = format!("{} {} is not an operation", request.method, request.path);
        return Err(ServiceError::new("UnknownOperationException", message).status(404));
    };
    input.extend(query(&request.query));
    input.extend(body(&request.body)?);
    let input = Input {
        value: Value::Object(input),
        textual: false,
    };
    Ok(Invocation {
        service: Service::Efs,
        action: action.to_owned(),
        input,
    })
}

/// The members that the path tells, if it fits the pattern.
fn members(pattern: &str, segments: &[String]) -> Option<Map<String, Value>> {
    let pattern: Vec<&str> = pattern.split('/').collect();
    if pattern.len() != segments.len() {
        return None;
    }
    let mut members = Map::new();
    for (expected, segment) in pattern.iter().zip(segments) {
        match expected
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => {
                members.insert(name.to_owned(), Value::String(segment.clone()));
            }
            None if *expected == segment => {}
            None => return None,
        }
    }
    Some(members)
}

/// The members of the query string: numbers for sizes of pages, a list for `tagKeys`.
fn query(text: &str) -> Map<String, Value> {
    let mut members = Map::new();
    for (name, value) in wire::form(text) {
        if name == "tagKeys" {
            let keys = members
                .entry("TagKeys")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(keys) = keys {
                keys.push(Value::String(value));
            }
            continue;
        }
        let number = ["MaxItems", "MaxResults"]
            .contains(&name.as_str())
            .then(|| value.parse::<u64>().ok())
            .flatten();
        members.insert(name, number.map_or(Value::String(value), Value::from));
    }
    members
}

fn body(body: &[u8]) -> Result<Map<String, Value>, ServiceError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(body)
        .map_err(|problem| ServiceError::new("BadRequest", problem.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn routed(method: &str, path: &str, query: &str) -> Result<Invocation, ServiceError> {
        route(&Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            ..Request::default()
        })
    }

    #[test]
    fn path_and_query_are_the_input() {
        let found = routed(
            "GET",
            "/2015-02-01/mount-targets",
            "FileSystemId=fs-1&MaxItems=2",
        )
        .unwrap();
        assert_eq!(found.action, "DescribeMountTargets");
        assert_eq!(
            found.input.value,
            json!({"FileSystemId": "fs-1", "MaxItems": 2})
        );
        let found = routed(
            "DELETE",
            "/2015-02-01/resource-tags/fs-1",
            "tagKeys=a&tagKeys=b",
        )
        .unwrap();
        assert_eq!(
            found.input.value,
            json!({"ResourceId": "fs-1", "TagKeys": ["a", "b"]})
        );
        let found = routed(
            "GET",
            "/2015-02-01/mount-targets/fsmt-1/security-groups",
            "",
        )
        .unwrap();
        assert_eq!(
            found.iam_action(),
            "elasticfilesystem:DescribeMountTargetSecurityGroups"
        );
    }

    #[test]
    fn an_unknown_path_is_refused() {
        assert_eq!(
            routed("PATCH", "/2015-02-01/file-systems", "")
                .unwrap_err()
                .status,
            404
        );
        assert_eq!(
            routed("GET", "/2015-02-01/buckets", "").unwrap_err().code,
            "UnknownOperationException"
        );
    }
}
