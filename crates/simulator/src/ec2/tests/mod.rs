//! EC2 over the wire, and CloudFormation's handlers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::groups::{self, NewGroup};
use super::interfaces::{self, NewAttachment, NewInterface};
use crate::cloudformation::resource::{self, Progress};
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::Request;
use crate::world::{Place, Reply, World};

mod endpoints;
mod gateways;
mod handlers;
mod kinds;
mod lists;
mod networks;
mod quotas;
mod refusals;
mod tokens;

/// A world and its time.
struct Bench {
    world: World,
    now: SimTime,
    place: Place,
}

impl Bench {
    fn new() -> Self {
        Self::of("")
    }

    fn of(scenario: &str) -> Self {
        let mut scenario = Scenario::read(scenario).unwrap();
        scenario.latency = false.into();
        scenario.rates.enforced = false;
        let place = Place::new(crate::service::ACCOUNT, "us-east-1");
        Self {
            world: World::begin(&scenario, None).unwrap(),
            now: SimTime::START,
            place,
        }
    }

    /// The body of an answer to a form.
    fn call(&mut self, form: &str) -> String {
        let body = format!("Version=2016-11-15&Action={form}").into_bytes();
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            body,
            ..Request::default()
        };
        match self.world.handle(self.now, &request) {
            Reply::Answer(response, _) => String::from_utf8(response.body).unwrap(),
            Reply::Drop(_) => panic!("dropped"),
        }
    }

    /// The text of the first element of this name in the answer.
    fn get(&mut self, form: &str, element: &str) -> String {
        let answer = self.call(form);
        text(&answer, element).unwrap_or_else(|| panic!("no {element} in {answer}"))
    }

    /// The code of a refusal.
    fn refused(&mut self, form: &str) -> String {
        self.get(form, "Code")
    }

    fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
        self.world.advance(self.now);
    }

    fn vpc(&mut self) -> String {
        self.get("CreateVpc&CidrBlock=10.0.0.0/16", "vpcId")
    }

    fn subnet(&mut self, vpc: &str, third: u8) -> String {
        let zone = char::from(b'a' + third);
        self.get(
            &format!("CreateSubnet&VpcId={vpc}&CidrBlock=10.0.{third}.0/24&AvailabilityZone=us-east-1{zone}"),
            "subnetId",
        )
    }

    fn group(&mut self, vpc: &str, name: &str) -> String {
        self.get(
            &format!("CreateSecurityGroup&VpcId={vpc}&GroupName={name}&GroupDescription=d"),
            "groupId",
        )
    }

    fn interface(&mut self, subnet: &str, group: &str) -> String {
        let form = format!("CreateNetworkInterface&SubnetId={subnet}&SecurityGroupId.1={group}");
        self.get(&form, "networkInterfaceId")
    }
}

/// The text of the first element of this name.
fn text(answer: &str, element: &str) -> Option<String> {
    let rest = answer.split_once(&format!("<{element}>"))?.1;
    rest.split_once('<').map(|(text, _)| text.to_owned())
}

/// How often the element occurs.
fn count(answer: &str, element: &str) -> usize {
    answer.matches(&format!("<{element}>")).count()
}
