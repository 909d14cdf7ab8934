//! Lives of a Studio from beginning to end, as a client of AWS sees them (sections 1.1 to 1.5 and 8 of the notes on AWS's
//! behaviour).

mod limits;
mod lists;
mod order;
mod r_studio;
mod refusals;
mod side_effects;
mod statuses;

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::testing::Client;
use crate::wire::Request;
use crate::world::Reply;

/// A call of EC2: the XML of the answer or of the refusal.
fn ec2(client: &mut Client, action: &str, members: &[(&str, &str)]) -> Result<String, String> {
    let mut body = format!("Action={action}&Version=2016-11-15");
    for (name, value) in members {
        write!(body, "&{name}={value}").unwrap();
    }
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        body: body.into_bytes(),
        ..Request::default()
    };
    let now = client.world.now();
    let Reply::Answer(response, _) = client.world.handle(now, &request) else {
        panic!("no answer")
    };
    let text = String::from_utf8(response.body).unwrap();
    if response.status < 300 {
        Ok(text)
    } else {
        Err(text)
    }
}

/// The texts of all elements of a name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let rest = xml.split(&open).skip(1);
    rest.filter_map(|rest| rest.split(&close).next())
        .map(str::to_owned)
        .collect()
}

/// The status that a description shows, or that there is nothing to describe.
fn status(client: &mut Client, action: &str, one: &Value) -> String {
    match client.call(action, one) {
        Ok(shown) => shown["Status"].as_str().unwrap().to_owned(),
        Err((code, _)) if code == "ResourceNotFound" => "gone".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// The statuses that something goes through in twenty minutes.
fn course(client: &mut Client, action: &str, one: &Value) -> Vec<String> {
    let mut course = Vec::new();
    for _ in 0..1200 {
        let now = status(client, action, one);
        if course.last() != Some(&now) {
            course.push(now);
        }
        client.wait(1);
    }
    course
}

/// A profile's coordinates.
fn profile(domain: &str, name: &str) -> Value {
    json!({"DomainId": domain, "UserProfileName": name})
}

/// A space's coordinates.
fn space(domain: &str, name: &str) -> Value {
    json!({"DomainId": domain, "SpaceName": name})
}

/// Makes a profile and waits for it.
fn make_profile(client: &mut Client, domain: &str, name: &str) {
    client
        .call("CreateUserProfile", &profile(domain, name))
        .unwrap();
    client.wait(200);
}
