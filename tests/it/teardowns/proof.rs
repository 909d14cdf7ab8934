//! What proves that a call of a teardown is about something of ours: a step that was told for the very thing that the call
//! names, with evidence that it is ours.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use environment::evidence::{Verdict, verdict};
use environment::{Evidence, Kind, ResourceId, Verb};
use jumpstart_vpc::event::{Event, Named, Step};
use simulator::World;
use simulator::log::Entry;

use crate::support::hand::ids;
use crate::support::{Life, paused};

/// The steps that prove something, and the world before them.
pub(super) struct Proof<'a> {
    steps: Vec<Step>,
    before: &'a World,
    /// Interfaces by their attachments.
    attached: OnceCell<BTreeMap<String, String>>,
}

impl<'a> Proof<'a> {
    /// What a teardown of this world has told. Nobody said that location is enough, and what is only waited for is asked
    /// nothing.
    pub(super) fn of(life: &Life, before: &'a World) -> Self {
        let events = life.recorder.0.borrow();
        let steps = events.iter().flat_map(|event| match event {
            Event::Plan { steps, .. } => steps.as_slice(),
            Event::StepAdded { step } => std::slice::from_ref(step),
            _ => &[],
        });
        let proving = steps.filter(|step| proves(step));
        Self {
            steps: proving.cloned().collect(),
            before,
            attached: OnceCell::new(),
        }
    }

    /// Whether one of them is about what a call writes on.
    pub(super) fn covers(&self, entry: &Entry) -> bool {
        let named = entry.resources.iter().map(String::as_str);
        let named: Vec<&str> = if entry.action == "ec2:DetachNetworkInterface" {
            let attached = self.attached.get_or_init(|| attached(self.before));
            let interfaces = named.filter_map(|it| attached.get(it));
            interfaces.map(String::as_str).collect()
        } else {
            named.collect()
        };
        let mut steps = self.steps.iter();
        steps.any(|step| is_about(&entry.action, step) && is_named(step, &named))
    }
}

fn proves(step: &Step) -> bool {
    step.kind != Verb::Wait && verdict(&step.evidence) == Verdict::Ours
}

/// The interfaces of a world by their attachments: who detaches one names nothing else.
fn attached(world: &World) -> BTreeMap<String, String> {
    let life = Life::within(world, 0).as_caller("carl");
    let vpcs = ids(&life, "AWS::EC2::VPC");
    let found = paused(0, async {
        let aws = life.context().await.aws;
        aws.network_interfaces(&vpcs, &[]).await.unwrap()
    });
    let attached = found
        .into_iter()
        .filter_map(|it| Some((it.attachment?, it.id)));
    attached.collect()
}

/// The last part of a type's name.
fn noun(step: &Step) -> &str {
    let (_, noun) = step.resource.kind.rsplit_once("::").unwrap_or_default();
    noun
}

/// Whether an action is one of those by which a step's kind of thing is removed, or is marked before.
fn is_about(action: &str, step: &Step) -> bool {
    let noun = noun(step);
    match action {
        "ec2:CreateTags" => noun == "VPC",
        "elasticfilesystem:TagResource" => noun == "FileSystem",
        "logs:TagResource" => ["Endpoint", "InferenceComponent"].contains(&noun),
        "ec2:RevokeSecurityGroupIngress" | "ec2:RevokeSecurityGroupEgress" => {
            noun == "SecurityGroupRule"
        }
        "ec2:DeleteVpcEndpoints" => noun == "VPCEndpoint",
        "iam:DetachRolePolicy" => noun == "ManagedPolicy",
        "sagemaker:UpdateTrainingJob" => noun == "WarmPool",
        // `DeleteVpc` is about an `AWS::EC2::VPC`.
        _ => {
            let (_, operation) = action.split_once(':').unwrap_or_default();
            let mut verbs = ["Delete", "Stop", "Detach", "Deregister"].iter();
            let about = verbs.find_map(|verb| operation.strip_prefix(*verb));
            about.is_some_and(|about| about.eq_ignore_ascii_case(noun))
        }
    }
}

/// Whether everything that a step's id is made of is named.
fn is_named(step: &Step, named: &[&str]) -> bool {
    let id = step.resource.id.as_str();
    let parts: Vec<&str> = match noun(step) {
        // `DOMAIN/OWNER/TYPE/NAME`, and a type is no name.
        "App" => {
            let parts = id.splitn(4, '/').enumerate();
            parts.filter(|(at, _)| *at != 2).map(|it| it.1).collect()
        }
        "UserProfile" | "Space" | "ManagedPolicy" | "RolePolicy" => id.splitn(2, '/').collect(),
        "LogStream" => id.splitn(2, ':').collect(),
        "ScalableTarget" => id.split('|').take(1).collect(),
        _ => vec![id],
    };
    let is_it = |part: &str, name: &str| {
        let tail = name.rsplit(['/', ':']).next();
        name == part || (name.starts_with("arn:") && tail == Some(part))
    };
    let mut parts = parts.into_iter();
    parts.all(|part| named.iter().any(|name| is_it(part, name)))
}

/// A step as a plan has it.
fn step(kind: Kind, id: &str, evidence: Evidence) -> Step {
    Step {
        id: String::new().into(),
        kind: Verb::Delete,
        resource: Named::of(&ResourceId::new(kind, id)),
        needs: Vec::new(),
        evidence: vec![evidence],
        destroys_data: false,
    }
}

#[test]
fn only_strong_evidence_proves() {
    let group = |evidence| step(Kind::SecurityGroup, "sg-1", evidence);
    assert!(proves(&group(Evidence::DomainTag("arn".into()))));
    assert!(!proves(&group(Evidence::Located("vpc-1".into()))));
    assert!(!proves(&group(Evidence::Against("arn".into()))));
}

#[test]
fn only_the_very_thing_that_is_named_is_covered() {
    let covers = |kind: Kind, id: &str, action: &str, named: &[&str]| {
        let step = step(kind, id, Evidence::Stack("s".into()));
        is_about(action, &step) && is_named(&step, named)
    };
    let model = |named| covers(Kind::Model, "llm", "sagemaker:DeleteModel", &[named]);
    assert!(model("llm") && !model("llm-2") && !model("l"));
    let app = "d-1/lab/JupyterLab/default";
    let delete = "sagemaker:DeleteApp";
    assert!(covers(Kind::App, app, delete, &["d-1", "lab", "default"]));
    assert!(!covers(
        Kind::App,
        app,
        delete,
        &["d-1", "other", "default"]
    ));
    // What is in a thing, or written in it, is another thing.
    assert!(!covers(
        Kind::Domain,
        "d-1",
        "sagemaker:DeleteSpace",
        &["d-1", "lab"]
    ));
    let revoke = "ec2:RevokeSecurityGroupIngress";
    assert!(!covers(Kind::SecurityGroup, "sg-1", revoke, &["sg-1"]));
    assert!(covers(Kind::GroupRules, "sg-1", revoke, &["sg-1"]));
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/sagemaker/Endpoints/llm";
    assert!(covers(Kind::Endpoint, "llm", "logs:TagResource", &[arn]));
    assert!(!covers(Kind::Endpoint, "lm", "logs:TagResource", &[arn]));
}
