//! Somebody who sends requests to a world, and remembers them with their replies.

use std::time::Duration;

use serde_json::Value;

use crate::row::Row;
use crate::scenario::Scenario;
use crate::service::{ACCOUNT, Service};
use crate::time::SimTime;
use crate::wire::{Request, encode};
use crate::world::{Place, Reply, World};

/// A world, its present, and everything that was sent to it.
pub(super) struct Person {
    pub(super) world: World,
    pub(super) now: SimTime,
    pub(super) sent: Vec<(SimTime, Request)>,
    /// What each of them was answered.
    pub(super) heard: Vec<Reply>,
}

impl Person {
    pub(super) fn new(scenario: &Scenario, seed: u64) -> Self {
        let world = World::begin(scenario, Some(seed)).unwrap();
        Self {
            now: world.now(),
            world,
            sent: Vec::new(),
            heard: Vec::new(),
        }
    }

    pub(super) fn place() -> Place {
        Place::new(ACCOUNT, "us-east-1")
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now = self.now.plus(time);
        self.world.advance(self.now);
    }

    /// Sends one call.
    pub(super) fn ask(&mut self, service: Service, action: &str, input: &Value) {
        let request = request(service, action, input);
        let reply = self.world.handle(self.now, &request);
        self.sent.push((self.now, request));
        self.heard.push(reply);
    }

    /// Ids of everything of a type that is somebody's.
    pub(super) fn ids(&self, kind: &str) -> Vec<String> {
        self.rows_of(kind).into_iter().map(|row| row.id).collect()
    }

    pub(super) fn rows_of(&self, kind: &str) -> Vec<Row> {
        let rows = self.world.environment_rows().into_values();
        rows.filter(|row| row.kind == kind).collect()
    }
}

/// A call as a client would send it.
pub(super) fn request(service: Service, action: &str, input: &Value) -> Request {
    let credential = "AWS4-HMAC-SHA256 Credential=WALKER/20260105/us-east-1/any/aws4_request";
    let mut request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        ..Request::default()
    };
    let mut header = |name: &str, value: String| {
        request.headers.insert(name.to_owned(), value);
    };
    header("authorization", credential.to_owned());
    match service {
        Service::SageMaker
        | Service::AutoScaling
        | Service::Logs
        | Service::Quotas
        | Service::Tagging => {
            let target = service.target().unwrap_or_default();
            header("x-amz-target", format!("{target}.{action}"));
            request.body = input.to_string().into_bytes();
        }
        Service::Efs => rest(&mut request, action, input),
        Service::Ec2 => request.body = form("2016-11-15", action, input),
        Service::CloudFormation => request.body = form("2010-05-15", action, input),
        Service::Iam => request.body = form("2010-05-08", action, input),
        Service::Sts => request.body = form("2011-06-15", action, input),
    }
    request
}

/// EFS names things in the path, and in the query string of what reads.
fn rest(request: &mut Request, action: &str, input: &Value) {
    let named = |member: &str| input[member].as_str().unwrap_or_default().to_owned();
    let (method, path) = match action {
        "CreateFileSystem" => ("POST", "file-systems".to_owned()),
        "CreateMountTarget" => ("POST", "mount-targets".to_owned()),
        "CreateAccessPoint" => ("POST", "access-points".to_owned()),
        "DeleteAccessPoint" => (
            "DELETE",
            format!("access-points/{}", named("AccessPointId")),
        ),
        "DeleteFileSystem" => ("DELETE", format!("file-systems/{}", named("FileSystemId"))),
        "DeleteMountTarget" => (
            "DELETE",
            format!("mount-targets/{}", named("MountTargetId")),
        ),
        "DescribeFileSystems" => ("GET", "file-systems".to_owned()),
        "DescribeMountTargets" => ("GET", "mount-targets".to_owned()),
        other => panic!("{other} has no path here"),
    };
    method.clone_into(&mut request.method);
    request.path = format!("/2015-02-01/{path}");
    match method {
        "POST" => request.body = input.to_string().into_bytes(),
        "GET" => {
            let mut pairs = Vec::new();
            flatten("", input, &mut pairs);
            request.query = pairs.join("&");
        }
        _ => {}
    }
}

fn form(version: &str, action: &str, input: &Value) -> Vec<u8> {
    let mut pairs = vec![format!("Action={action}"), format!("Version={version}")];
    flatten("", input, &mut pairs);
    pairs.join("&").into_bytes()
}

/// Members of members are joined by dots, items of lists are numbered from 1.
fn flatten(prefix: &str, value: &Value, pairs: &mut Vec<String>) {
    let below = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}.{name}")
        }
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                flatten(&below(name), member, pairs);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                flatten(&below(&(at + 1).to_string()), item, pairs);
            }
        }
        Value::String(text) => pairs.push(format!("{prefix}={}", encode(text))),
        Value::Bool(_) | Value::Number(_) => pairs.push(format!("{prefix}={value}")),
        Value::Null => {}
    }
}
