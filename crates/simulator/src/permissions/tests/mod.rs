//! Policies at work: signed requests in, answers and denials out.

use serde_json::{Value, json};

use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::{Request, encode};
use crate::world::{Place, Reply, World};

mod calls;
mod conditions;
mod denials;
mod layers;
mod setup;
mod stacks;

mod tables;

/// Status, code and text of a refusal.
#[derive(Debug, PartialEq)]
struct Refusal {
    status: u16,
    code: String,
    text: String,
}

/// A world and its present.
struct Bench {
    world: World,
    now: SimTime,
}

impl Bench {
    fn of(scenario: &str) -> Self {
        let mut scenario = Scenario::read(scenario).unwrap();
        scenario.latency = false.into();
        scenario.rates.enforced = false;
        Self {
            world: World::begin(&scenario, None).unwrap(),
            now: SimTime::START,
        }
    }

    /// A world in which alice has this policy and everybody else may do everything.
    fn alice(policy: &Value) -> Self {
        Self::of(&principal("alice", policy))
    }

    /// Sets up who may do what anew.
    fn set_up(&mut self, permissions: &Value) {
        let request = Request {
            method: "PUT".into(),
            path: "/_simulator/permissions".into(),
            body: permissions.to_string().into_bytes(),
            ..Request::default()
        };
        let answer = crate::control::answer(&mut self.world, &request).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn send(&mut self, who: &str, mut request: Request) -> Result<String, Refusal> {
        let credential = format!("{}/20260105/us-east-1/x/aws4_request", who.to_uppercase());
        request.headers.insert(
            "authorization".into(),
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host"),
        );
        let Reply::Answer(response, _) = self.world.handle(self.now, &request) else {
            panic!("dropped");
        };
        let body = String::from_utf8(response.body).unwrap();
        if response.status < 300 {
            return Ok(body);
        }
        let parsed: Option<Value> = serde_json::from_str(&body).ok();
        let member = |names: &[&str]| {
            let parsed = parsed.as_ref()?;
            let mut found = names.iter().filter_map(|name| parsed[name].as_str());
            found.next().map(str::to_owned)
        };
        Err(Refusal {
            status: response.status,
            code: member(&["__type", "ErrorCode"]).unwrap_or_else(|| text(&body, "Code")),
            text: member(&["Message"]).unwrap_or_else(|| text(&body, "Message")),
        })
    }

    fn query(
        &mut self,
        who: &str,
        version: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        let pairs = [("Action", action), ("Version", version)];
        let pairs = pairs.iter().chain(members);
        let body: Vec<String> = pairs
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            body: body.join("&").into_bytes(),
            ..Request::default()
        };
        self.send(who, request)
    }

    fn ec2(
        &mut self,
        who: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        self.query(who, "2016-11-15", action, members)
    }

    fn iam(
        &mut self,
        who: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        self.query(who, "2010-05-08", action, members)
    }

    fn stack(
        &mut self,
        who: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> Result<String, Refusal> {
        self.query(who, "2010-05-15", action, members)
    }

    fn sagemaker(&mut self, who: &str, action: &str, input: &Value) -> Result<String, Refusal> {
        let mut request = Request {
            method: "POST".into(),
            path: "/".into(),
            body: input.to_string().into_bytes(),
            ..Request::default()
        };
        let target = format!("SageMaker.{action}");
        request.headers.insert("x-amz-target".into(), target);
        self.send(who, request)
    }

    fn efs(
        &mut self,
        who: &str,
        method: &str,
        path: &str,
        input: Option<&Value>,
    ) -> Result<String, Refusal> {
        let request = Request {
            method: method.into(),
            path: format!("/2015-02-01/{path}"),
            body: input.map(Value::to_string).unwrap_or_default().into_bytes(),
            ..Request::default()
        };
        self.send(who, request)
    }

    /// A role that services may assume.
    fn role(&mut self, name: &str) -> String {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let members = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        let answer = self.iam("root", "CreateRole", &members).unwrap();
        // Until all services know it.
        self.now = self.now.plus(std::time::Duration::from_secs(15));
        text(&answer, "Arn")
    }

    /// A volume that is available.
    fn volume(&mut self) -> String {
        let input = json!({"CreationToken": "t"});
        let made = self.efs("root", "POST", "file-systems", Some(&input));
        let made: Value = serde_json::from_str(&made.unwrap()).unwrap();
        self.settle();
        made["FileSystemId"].as_str().unwrap().to_owned()
    }

    /// Lets time pass until nothing more happens by itself.
    fn settle(&mut self) {
        for _ in 0..100_000 {
            match self.world.next_due() {
                Some(next) => self.now = self.now.max(next),
                None => return,
            }
            self.world.advance(self.now);
        }
        panic!("it never ends");
    }

    /// The code of the last entry of the log.
    fn logged(&self) -> Option<String> {
        self.world.log().last().unwrap().code.clone()
    }

    fn place() -> Place {
        Place::new(crate::service::ACCOUNT, "us-east-1")
    }

    /// The default VPC and its subnets.
    fn network(&mut self) -> (String, Vec<String>) {
        let ec2 = &self.world.region(&Self::place()).ec2;
        let vpc = ec2.vpcs.keys().next().unwrap().clone();
        (vpc, ec2.subnets.keys().cloned().collect())
    }
}

/// A scenario's entry of a principal.
fn principal(name: &str, policy: &Value) -> String {
    format!("[[principal]]\nname = \"{name}\"\npolicy = '''{policy}'''\n")
}

/// A document of one statement that allows actions on everything.
fn allow(actions: &[&str]) -> Value {
    document(&[json!({"Effect": "Allow", "Action": actions, "Resource": "*"})])
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The text of the first element of a name.
fn text(body: &str, name: &str) -> String {
    let rest = body.split(&format!("<{name}>")).nth(1).unwrap_or_default();
    let text = rest.split('<').next().unwrap_or_default();
    text.replace("&quot;", "\"").replace("&amp;", "&")
}
