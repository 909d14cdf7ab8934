//! Stacks over the wire: query requests in, and time that passes from one event to the next.

use crate::acts::Import;
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::wire::{Request, encode};
use crate::world::{Place, Reply, World};

mod change_sets;
mod creation;
mod deletion;
mod early_validation;
mod functions;
mod histories;
mod limits;
mod nested;
mod operation_events;
mod parameters;
mod patience;
mod refusals;
mod roles;
mod rollbacks;
mod statuses;
mod tokens;
mod types;
mod updates;

/// Code and text of a refusal.
type Refusal = (String, String);

/// A world and its present.
struct Bench {
    world: World,
    now: SimTime,
}

impl Bench {
    fn new() -> Self {
        Self::of("")
    }

    fn of(scenario: &str) -> Self {
        let mut scenario = Scenario::read(scenario).unwrap();
        scenario.latency = false.into();
        scenario.rates.enforced = false;
        Self {
            world: World::begin(&scenario, None).unwrap(),
            now: SimTime::START,
        }
    }

    fn place() -> Place {
        Place::new(crate::service::ACCOUNT, "us-east-1")
    }

    /// A call of CloudFormation.
    fn call(&mut self, action: &str, members: &[(&str, &str)]) -> Result<String, Refusal> {
        self.send("2010-05-15", action, members)
    }

    fn send(
        &mut self,
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
        let Reply::Answer(response, _) = self.world.handle(self.now, &request) else {
            panic!("dropped");
        };
        let status = response.status;
        let body = String::from_utf8(response.body).unwrap();
        if status == 200 {
            Ok(body)
        } else {
            Err((text(&body, "Code"), text(&body, "Message")))
        }
    }

    /// The text of a refusal of CloudFormation's.
    fn refused(&mut self, action: &str, members: &[(&str, &str)]) -> String {
        self.call(action, members).unwrap_err().1
    }

    /// Creates a stack and returns its ARN.
    fn create(&mut self, name: &str, template: &str) -> String {
        self.create_with(name, template, &[])
    }

    /// Creates a stack with more members in the call, and returns its ARN.
    fn create_with(&mut self, name: &str, template: &str, more: &[(&str, &str)]) -> String {
        let mut members = vec![("StackName", name), ("TemplateBody", template)];
        members.extend(more);
        text(&self.call("CreateStack", &members).unwrap(), "StackId")
    }

    /// Creates a stack and waits for it.
    fn created(&mut self, name: &str, template: &str) -> String {
        let arn = self.create(name, template);
        self.settle();
        assert_eq!(
            self.status(&arn),
            "CREATE_COMPLETE",
            "{:#?}",
            self.events(&arn)
        );
        arn
    }

    fn update(&mut self, name: &str, template: &str) -> Result<String, Refusal> {
        self.call(
            "UpdateStack",
            &[("StackName", name), ("TemplateBody", template)],
        )
    }

    fn delete(&mut self, name: &str) {
        self.call("DeleteStack", &[("StackName", name)]).unwrap();
    }

    /// Deletes a stack and waits until it is gone.
    fn deleted(&mut self, name: &str) {
        let arn = text(&self.describe(name), "StackId");
        self.delete(name);
        self.settle();
        assert_eq!(
            self.status(&arn),
            "DELETE_COMPLETE",
            "{:#?}",
            self.events(&arn)
        );
    }

    /// Somebody imports into a stack, which is in this status then.
    fn import(&mut self, stack: &str, status: &str) -> Result<(), String> {
        self.world.import(&Import {
            stack: stack.to_owned(),
            region: None,
            status: status.to_owned(),
        })
    }

    /// Lets a scripted fault come into force.
    fn fault(&mut self, rule: &str) {
        let rule = serde_json::from_str(rule).unwrap();
        self.world.faults().add(self.now, rule);
    }

    /// Somebody's interface in a subnet.
    fn interface_in(&mut self, subnet: &str) -> String {
        let members = [("SubnetId", subnet)];
        let made = self.send("2016-11-15", "CreateNetworkInterface", &members);
        text(&made.unwrap(), "networkInterfaceId")
    }

    /// Somebody deletes his interface.
    fn without_interface(&mut self, id: &str) {
        let members = [("NetworkInterfaceId", id)];
        self.send("2016-11-15", "DeleteNetworkInterface", &members)
            .unwrap();
    }

    fn wait(&mut self, seconds: f64) {
        self.now = self.now.plus(std::time::Duration::from_secs_f64(seconds));
        self.world.advance(self.now);
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

    /// Lets time pass until the stack's history ends with this event.
    fn until(&mut self, arn: &str, logical: &str, status: &str) {
        for _ in 0..100_000 {
            let last = self.events(arn).pop().unwrap();
            if (last.0.as_str(), last.1.as_str()) == (logical, status) {
                return;
            }
            let next = self.world.next_due();
            self.now = self.now.max(next.expect("nothing happens any more"));
            self.world.advance(self.now);
        }
        panic!("it never comes to that");
    }

    fn describe(&mut self, name: &str) -> String {
        self.call("DescribeStacks", &[("StackName", name)]).unwrap()
    }

    fn status(&mut self, name: &str) -> String {
        text(&self.describe(name), "StackStatus")
    }

    /// Logical id, status and reason of everything that happened, oldest first.
    fn events(&mut self, arn: &str) -> Vec<(String, String, String)> {
        let answer = self
            .call("DescribeStackEvents", &[("StackName", arn)])
            .unwrap();
        let mut events: Vec<_> = answer
            .split("<member>")
            .skip(1)
            .map(|event| {
                (
                    text(event, "LogicalResourceId"),
                    text(event, "ResourceStatus"),
                    text(event, "ResourceStatusReason"),
                )
            })
            .collect();
        events.reverse();
        events
    }

    /// `LOGICAL STATUS` of everything that happened from the `from`-th event on.
    fn history(&mut self, arn: &str, from: usize) -> Vec<String> {
        let events = self.events(arn).into_iter().skip(from);
        events
            .map(|(logical, status, _)| format!("{logical} {status}"))
            .collect()
    }

    /// `LOGICAL STATUS: REASON` of everything that happened from the `from`-th event on, without UUIDs.
    fn story(&mut self, arn: &str, from: usize) -> Vec<String> {
        let events = self.events(arn).into_iter().skip(from);
        events
            .map(|(logical, status, reason)| {
                let colon = if reason.is_empty() { "" } else { ": " };
                without_uuids(&format!("{logical} {status}{colon}{reason}"))
            })
            .collect()
    }

    /// The value of an output.
    fn output(&mut self, name: &str, key: &str) -> Option<String> {
        let answer = self.describe(name);
        let (_, rest) = answer.split_once(&format!("<OutputKey>{key}</OutputKey>"))?;
        Some(text(rest, "OutputValue"))
    }

    /// The physical id of a member.
    fn physical(&mut self, stack: &str, logical: &str) -> String {
        let members = [("StackName", stack), ("LogicalResourceId", logical)];
        let answer = self.call("DescribeStackResource", &members).unwrap();
        text(&answer, "PhysicalResourceId")
    }

    /// Ids of what exists of a type in environments.
    fn rows(&self, kind: &str) -> Vec<String> {
        let rows = self.world.rows().into_iter();
        rows.filter(|row| row.kind == kind && row.scope == crate::Scope::Environment)
            .map(|row| row.id)
            .collect()
    }
}

/// The text of the first element of this name, or nothing.
fn text(answer: &str, element: &str) -> String {
    let rest = answer.split_once(&format!("<{element}>"));
    let text = rest.and_then(|(_, rest)| rest.split_once(&format!("</{element}>")));
    let entities = [
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    entities.into_iter().fold(
        text.map_or("", |(text, _)| text).to_owned(),
        |text, (entity, letter)| text.replace(entity, letter),
    )
}

/// The text with an ellipsis in place of every UUID.
fn without_uuids(text: &str) -> String {
    let of_uuid = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    let mut words = text.split_inclusive(|letter| !of_uuid(letter));
    let mut shown = String::new();
    for word in &mut words {
        let (word, end) = match word.char_indices().last() {
            Some((at, letter)) if !of_uuid(letter) => word.split_at(at),
            _ => (word, ""),
        };
        let is_uuid = word.len() == 36 && word.matches('-').count() == 4;
        shown += if is_uuid { "…" } else { word };
        shown += end;
    }
    shown
}

/// A gateway needs nothing and takes tags.
const GATEWAY: &str = "Resources: {Gateway: {Type: AWS::EC2::InternetGateway}}";

/// A VPC with a subnet in it.
const NETWORK: &str = "
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
";

const EXPORTER: &str = "
Resources: {Gateway: {Type: AWS::EC2::InternetGateway}}
Outputs: {Id: {Value: !Ref Gateway, Export: {Name: gateway}}}
";

const IMPORTER: &str = "
Resources:
  Other:
    Type: AWS::EC2::InternetGateway
    Properties: {Tags: [{Key: other, Value: !ImportValue gateway}]}
";

/// Fails the creation of gateways after a second.
const NO_GATEWAY: &str = r#"{"match": {"type": "AWS::EC2::InternetGateway", "operation": "create"},
    "effect": {"kind": "fail", "reason": "no gateway today", "seconds": 1}}"#;

/// The capability that plain IAM resources need.
const IAM: (&str, &str) = ("Capabilities.member.1", "CAPABILITY_IAM");

/// What fails rests as it is.
const DISABLED: (&str, &str) = ("DisableRollback", "true");

/// A domain of this name, in the default VPC.
fn domain(bench: &mut Bench, name: &str, more: &str) -> String {
    let vpc = bench.send("2016-11-15", "DescribeVpcs", &[]).unwrap();
    let subnets = bench.send("2016-11-15", "DescribeSubnets", &[]).unwrap();
    format!(
        "
Resources:
  Role: {{Type: AWS::IAM::Role, Properties: {{AssumeRolePolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Principal: {{Service: sagemaker.amazonaws.com}}, Action: 'sts:AssumeRole'}}]}}}}}}
  Domain:
    Type: AWS::SageMaker::Domain
    Properties:
      AuthMode: IAM
      DomainName: {name}
      VpcId: {}
      SubnetIds: [{}]
      DefaultUserSettings: {{ExecutionRole: !GetAtt Role.Arn}}
{more}",
        text(&vpc, "vpcId"),
        text(&subnets, "subnetId"),
    )
}

/// A profile in that domain.
const PROFILE: &str = "  Profile:
    Type: AWS::SageMaker::UserProfile
    Properties: {DomainId: !Ref Domain, UserProfileName: ann}
";

/// The VPC's gateways.
const GATEWAYS: &str = "AWS::EC2::InternetGateway";
