//! A client for tests: real requests to a world, and time that passes as the test says.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::durations::{Changes, Spread};
use crate::faults::Rule;
use crate::limits::Rates;
use crate::row::Row;
use crate::service::{ACCOUNT, Service};
use crate::time::SimTime;
use crate::wire::Request;
use crate::world::{Place, Reply, World};
use crate::{Scenario, Switches};

/// Code and text of a refusal.
pub(crate) type Refusal = (String, String);

/// A world and its present.
pub(crate) struct Client {
    pub(crate) world: World,
    now: SimTime,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::with(Switches::default())
    }

    pub(crate) fn with(switches: Switches) -> Self {
        let rates = Rates {
            enforced: false,
            ..Rates::default()
        };
        let scenario = Scenario {
            latency: false.into(),
            rates,
            switches,
            ..Scenario::default()
        };
        let mut client = Self {
            world: World::begin(&scenario, None).unwrap(),
            now: SimTime::START,
        };
        client.make_role();
        // A new role is usable after some seconds.
        client.wait(15);
        client
    }

    /// A client of lists that lag for three seconds, or not at all; what is new is found by its id after as long.
    pub(crate) fn with_lists(lists_lag: bool) -> Self {
        let mut client = Self::with(Switches {
            lists_lag,
            ..Switches::default()
        });
        let spread = Spread {
            least: 3.0,
            median: 3.0,
            p99: 3.0,
            most: None,
        };
        let names = [
            "list shows new",
            "describe finds new",
            "list forgets deleted",
        ];
        let spreads = names.map(|name| (name.to_owned(), spread));
        client.world.durations = Changes {
            entries: spreads.into(),
            ..Changes::default()
        }
        .apply();
        client
    }

    /// A scripted fault, as a scenario file has it.
    pub(crate) fn fault(&mut self, rule: Value) {
        let rule: Rule = serde_json::from_value(rule).unwrap();
        rule.check().unwrap();
        self.world.faults().add(self.now, rule);
    }

    fn make_role(&mut self) {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let body = format!(
            "Action=CreateRole&Version=2010-05-08&RoleName=studio&AssumeRolePolicyDocument={trust}"
        );
        self.send("POST", "/", "", body.as_bytes(), &[]).unwrap();
    }

    pub(crate) fn role() -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/studio")
    }

    pub(crate) fn place() -> Place {
        Place::new(ACCOUNT, "us-east-1")
    }

    /// The default VPC with its subnets and its default group.
    pub(crate) fn network(&mut self) -> (String, Vec<String>, String) {
        let place = Self::place();
        let ec2 = &self.world.region(&place).ec2;
        let vpc = ec2.vpcs.keys().next().unwrap().clone();
        let group = ec2
            .groups
            .values()
            .find(|group| group.is_default())
            .unwrap()
            .id
            .clone();
        (vpc, ec2.subnets.keys().cloned().collect(), group)
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
        self.world.advance(self.now);
    }

    /// A call of SageMaker.
    pub(crate) fn call(&mut self, action: &str, input: &Value) -> Result<Value, Refusal> {
        self.ask(Service::SageMaker, action, input)
    }

    /// A call of a service whose protocol is json 1.1.
    pub(crate) fn ask(
        &mut self,
        service: Service,
        action: &str,
        input: &Value,
    ) -> Result<Value, Refusal> {
        let target = format!("{}.{action}", service.target().unwrap());
        let body = input.to_string();
        self.send(
            "POST",
            "/",
            "",
            body.as_bytes(),
            &[("x-amz-target", target.as_str())],
        )
    }

    /// A call of EFS.
    pub(crate) fn efs(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        input: Option<&Value>,
    ) -> Result<Value, Refusal> {
        let body = input.map(Value::to_string).unwrap_or_default();
        self.send(
            method,
            &format!("/2015-02-01/{path}"),
            query,
            body.as_bytes(),
            &[],
        )
    }

    /// A call of CloudFormation, and its answer as it is.
    pub(crate) fn stack(&mut self, action: &str, members: &[(&str, &str)]) -> String {
        self.query("2010-05-15", action, members)
    }

    /// A call of a service of the query protocol, known by its version.
    pub(crate) fn query(
        &mut self,
        version: &str,
        action: &str,
        members: &[(&str, &str)],
    ) -> String {
        let encode = |text: &str| -> String {
            let letters = text.bytes().map(|byte| format!("%{byte:02X}"));
            letters.collect::<Vec<_>>().concat()
        };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in members {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        let request = Request {
            method: "POST".into(),
            path: "/".into(),
            body: body.into_bytes(),
            ..Request::default()
        };
        let Reply::Answer(response, _) = self.world.handle(self.now, &request) else {
            panic!("no answer");
        };
        String::from_utf8(response.body).unwrap()
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        body: &[u8],
        headers: &[(&str, &str)],
    ) -> Result<Value, Refusal> {
        let headers: BTreeMap<String, String> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.to_vec(),
        };
        let Reply::Answer(response, _) = self.world.handle(self.now, &request) else {
            panic!("no answer")
        };
        let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        if response.status < 300 {
            return Ok(body);
        }
        let code = body["__type"]
            .as_str()
            .or(body["ErrorCode"].as_str())
            .unwrap_or_default();
        let text = body["Message"].as_str().or(body["message"].as_str());
        Err((code.to_owned(), text.unwrap_or_default().to_owned()))
    }

    pub(crate) fn rows(&self, kind: &str) -> Vec<Row> {
        self.world
            .rows()
            .into_iter()
            .filter(|row| row.kind == kind)
            .collect()
    }

    /// A VpcOnly domain in two subnets, as it is asked for.
    pub(crate) fn domain_input(&mut self, name: &str) -> Value {
        let (vpc, subnets, group) = self.network();
        json!({
            "DomainName": name, "AuthMode": "IAM", "VpcId": vpc, "SubnetIds": &subnets[..2],
            "AppNetworkAccessType": "VpcOnly",
            "DefaultUserSettings": {"ExecutionRole": Self::role(), "SecurityGroups": [group]},
        })
    }

    /// Starts a domain and returns its id.
    pub(crate) fn start_domain(&mut self, name: &str) -> String {
        let input = self.domain_input(name);
        let made = self.call("CreateDomain", &input).unwrap();
        made["DomainId"].as_str().unwrap().to_owned()
    }

    /// A domain in service.
    pub(crate) fn domain(&mut self, name: &str) -> String {
        let id = self.start_domain(name);
        self.wait(700);
        id
    }

    /// Starts an endpoint for inference components: its variant `all` has no model.
    pub(crate) fn start_host(&mut self, name: &str) {
        let variant =
            json!({"VariantName": "all", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1});
        let config = json!({
            "EndpointConfigName": name, "ExecutionRoleArn": Self::role(), "ProductionVariants": [variant],
        });
        self.call("CreateEndpointConfig", &config).unwrap();
        let endpoint = json!({"EndpointName": name, "EndpointConfigName": name});
        self.call("CreateEndpoint", &endpoint).unwrap();
    }

    /// A domain with the profile `alice`, her space `lab` and a JupyterLab app in it, all in service.
    pub(crate) fn studio(&mut self) -> String {
        let domain = self.domain("studio");
        let profile = json!({"DomainId": domain, "UserProfileName": "alice"});
        self.call("CreateUserProfile", &profile).unwrap();
        self.wait(200);
        self.call("CreateSpace", &space(&domain)).unwrap();
        self.wait(100);
        self.call("CreateApp", &app(&domain)).unwrap();
        self.wait(500);
        domain
    }
}

/// The space `lab` of `alice`.
pub(crate) fn space(domain: &str) -> Value {
    json!({
        "DomainId": domain, "SpaceName": "lab", "SpaceSettings": {"AppType": "JupyterLab"},
        "OwnershipSettings": {"OwnerUserProfileName": "alice"},
        "SpaceSharingSettings": {"SharingType": "Private"},
    })
}

/// The JupyterLab app of the space `lab`.
pub(crate) fn app(domain: &str) -> Value {
    json!({"DomainId": domain, "SpaceName": "lab", "AppType": "JupyterLab", "AppName": "default"})
}
