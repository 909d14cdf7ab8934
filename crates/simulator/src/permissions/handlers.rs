//! A step of a CloudFormation handler is checked with the caller's permissions, or with those of the stack's service role
//! (`handlers.toml`; operators' notes, items 14 and 28).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::denial::Denial;
use super::judge::Judge;
use super::layers::Ground;
use super::resources::{self, Members};
use super::{request, sides};
use crate::cloudformation::resource::Failure;
use crate::world::{Place, World};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Handler {
    service: String,
    resource: String,
    identifier: Vec<String>,
    members: BTreeMap<String, String>,
    passed_to: String,
    service_linked: String,
    principals: Vec<String>,
    create: Vec<String>,
    read: Vec<String>,
    update: Vec<String>,
    delete: Vec<String>,
}

#[expect(
    clippy::expect_used,
    reason = "the table is part of the crate, and a test reads it"
)]
static HANDLERS: LazyLock<BTreeMap<String, Handler>> = LazyLock::new(|| {
    toml::from_str(include_str!("handlers.toml")).expect("handlers.toml is a table of handlers")
});

/// What a handler is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Create,
    Read,
    Update,
    Delete,
}

/// The resource that a step is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub kind: &'a str,
    pub stack_name: &'a str,
    pub logical_id: &'a str,
    /// The physical id; empty before the resource is made.
    pub id: &'a str,
    pub properties: &'a Value,
    pub stack_tags: &'a BTreeMap<String, String>,
}

/// Checks a step of a handler that works as `identity`, the ARN of who asked for the operation or of the stack's service
/// role: each permission that the type's schema declares for it, and what these need of other services (`sides.toml`).
///
/// Which of them a handler really uses in a case nobody outside AWS knows; here it needs all of them. `iam:PassRole` is
/// asked for each role that the properties name, and not where they name none; so is what a policy's handler does to
/// users, groups and roles.
///
/// # Errors
/// The handler's failure, with the code `AccessDenied`.
pub(crate) fn check_step(
    world: &mut World,
    place: &Place,
    identity: &str,
    step: Step,
    subject: Subject<'_>,
) -> Result<(), Failure> {
    let Some(handler) = HANDLERS.get(subject.kind) else {
        return Ok(());
    };
    let Some(judge) = judge(world, place, identity) else {
        return Ok(());
    };
    for (teller, wanted) in handler.questions(world, place, step, subject) {
        if let Err(denial) = judge.pass(world, &wanted) {
            return Err(failure(world, place, subject.kind, &teller, &denial));
        }
    }
    Ok(())
}

/// The policies that decide what a handler may do that works as `identity`; nothing where they do not restrict it.
pub(super) fn judge(world: &World, place: &Place, identity: &str) -> Option<Judge> {
    if identity.contains(":role/") {
        Judge::of(world, place, &session(identity))
    } else {
        Judge::of(world, place, identity).map(Judge::via_cloudformation)
    }
}

/// The session in which CloudFormation works with a service role.
fn session(role: &str) -> String {
    let account = role.split(':').nth(4).unwrap_or_default();
    let name = role.rsplit('/').next().unwrap_or_default();
    format!("arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation")
}

impl Handler {
    fn actions(&self, step: Step) -> &[String] {
        match step {
            Step::Create => &self.create,
            Step::Read => &self.read,
            Step::Update => &self.update,
            Step::Delete => &self.delete,
        }
    }

    /// What is asked, each with the prefix of the service that tells the denial: what an action needs of another service
    /// is told by the action's own, and that a role may not be passed by the service that it is for.
    fn questions(
        &self,
        world: &World,
        place: &Place,
        step: Step,
        subject: Subject<'_>,
    ) -> Vec<(String, sides::Side)> {
        let members = self.members(world, place, subject);
        let roles: Vec<&str> = sides::passing_members().into_iter().collect();
        let tags = subject.stack_tags.clone().into_iter();
        let tags: BTreeMap<_, _> = tags
            .map(|(key, value)| (key, Some(value)))
            .chain(request::tags(subject.properties))
            .collect();
        let mut questions = Vec::new();
        for action in self.actions(step) {
            let prefix = action.split(':').next().unwrap_or_default();
            let (teller, asked): (&str, Vec<sides::Side>) = match action.as_str() {
                "iam:PassRole" => {
                    let passed = request::found(subject.properties, &roles).into_iter();
                    let passed = passed.map(|role| sides::pass_role(role, &self.passed_to));
                    (self.service.as_str(), passed.collect())
                }
                "iam:CreateServiceLinkedRole" => {
                    let linked = sides::service_linked(world, place, &self.service_linked);
                    (prefix, linked.into_iter().collect())
                }
                _ if self.names_nobody(action, &members) => continue,
                _ => {
                    let context =
                        request::context(prefix, subject.properties).with_request_tags(&tags);
                    let found = resources::arns(world, place, action, &members).into_iter();
                    let own = found.map(|resource| sides::Side {
                        action: action.clone(),
                        resource,
                        context: context.clone(),
                    });
                    let needs = sides::needs(world, place, action, &members);
                    (prefix, own.chain(needs).collect())
                }
            };
            questions.extend(asked.into_iter().map(|one| (teller.to_owned(), one)));
        }
        questions
    }

    /// Whether an action is about principals of a kind of which the properties name none.
    fn names_nobody(&self, action: &str, members: &Members) -> bool {
        let templates = resources::templates(action).unwrap_or_default();
        let mut kinds = self.principals.iter();
        kinds.any(|kind| {
            let placeholder = format!("{{{kind}}}");
            let mut about = templates.iter();
            members.get(kind).is_empty() && about.any(|one| one.contains(&placeholder))
        })
    }

    /// The properties and what the physical id tells, under the names of the services' inputs.
    fn members(&self, world: &World, place: &Place, subject: Subject<'_>) -> Members {
        let mut members = Members::of(subject.properties).with_anything_missing();
        for (name, property) in &self.members {
            members.set(name, members.get(property).to_vec());
        }
        if subject.id.is_empty() {
            // A name that nobody gives begins with those of the stack and the resource.
            for name in self.identifier.iter().filter(|name| name.ends_with("Name")) {
                if members.get(name).is_empty() {
                    members.set(
                        name,
                        vec![format!("{}-{}-*", subject.stack_name, subject.logical_id)],
                    );
                }
            }
        } else {
            for (name, part) in self.identifier.iter().zip(subject.id.split('|')) {
                members.set(name, vec![part.to_owned()]);
            }
        }
        if !self.resource.is_empty() {
            let own = resources::expand(world, place, &self.service, &self.resource, &members);
            for name in ["ResourceId", "ResourceArn", "resourceArn"] {
                members.set(name, own.clone());
            }
        }
        members
    }
}

/// The denial in the words of the handler: `TEXT (Service: SageMaker, Status Code: 400, Request ID: …)`. `teller` is the
/// prefix of the service that tells it.
fn failure(world: &mut World, place: &Place, kind: &str, teller: &str, denial: &Denial) -> Failure {
    if denial.ground == Ground::NoRole {
        return Failure::new("AccessDenied", denial.text());
    }
    let service = match teller {
        "cloudformation" => "CloudFormation",
        "ec2" => "Ec2",
        "elasticfilesystem" => "Efs",
        "iam" => "Iam",
        "sagemaker" => "SageMaker",
        other => other,
    };
    let error = denial.error(teller, world.seed());
    let request_id = world.mint_uuid(place, kind, "request");
    Failure::of_service(service, &error, "AccessDenied", &request_id)
}

#[cfg(test)]
pub(super) fn kinds() -> Vec<&'static str> {
    HANDLERS.keys().map(String::as_str).collect()
}

#[cfg(test)]
pub(super) fn permissions(kind: &str) -> Vec<&'static str> {
    let handler = &HANDLERS[kind];
    let steps = [Step::Create, Step::Read, Step::Update, Step::Delete];
    let actions = steps.iter().flat_map(|step| handler.actions(*step));
    actions.map(String::as_str).collect()
}
