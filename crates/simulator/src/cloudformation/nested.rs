//! `AWS::CloudFormation::Stack`: a stack that is a member of another one.
//!
//! It is made, and goes, as its parent's operation has it: by the same caller or service role, with the parent's tags,
//! capabilities and protection. One that fails rests there, with `DisableRollback`, until its parent's rollback deletes it
//! (so DescribeStacks has shown it to people; no page of AWS's tells it). Properties other than the template's URL, parameters
//! and tags are refused, and so is every change of one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::engine;
use super::inputs::{check_tag_count, check_value};
use super::requests::{self, Leave, Wanted, refuse};
use super::resource::{Failure, Progress, Request, ResourceType};
use super::stack::{OnFailure, Phase, STACK_TYPE, Stack};
use crate::error::ServiceError;
use crate::wire::input::lenient;
use crate::wire::tags::{self, Tag};
use crate::world::{Call, Place, World};

pub(super) const TYPES: &[&dyn ResourceType] = &[&Nested];

/// How many letters of a nested stack's name are its parent's and its member's: none that people have shown has more than a
/// hundred, thirteen random ones among them.
const NAMES: usize = 85;
const RANDOM: usize = 12;

/// What a deletion is called in a stack's list of operations.
const DELETION: &str = "DELETE_STACK";

struct Nested;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(rename = "TemplateURL")]
    template_url: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// CloudFormation's own refusals are told as they are.
fn in_its_words(error: ServiceError) -> Failure {
    Failure {
        cause: error.code,
        ..Failure::new("", error.message)
    }
}

/// `PARENT-LOGICALID-RANDOM`; where that would be too long, the longer of the two names is cut.
fn name(world: &mut World, request: &Request<'_>) -> String {
    let (parent, logical) = (request.stack_name, request.logical_id);
    let room = NAMES - parent.len().min(NAMES / 2);
    let logical: String = logical.chars().take(room).collect();
    let parent: String = parent.chars().take(NAMES - logical.len()).collect();
    let alphabet = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mint_name = request.mint_name();
    let random = world.mint_letters(request.place, STACK_TYPE, &mint_name, alphabet, RANDOM);
    format!("{parent}-{logical}-{random}")
}

/// ARN of who asked for what a stack is at.
fn initiator(stack: &Stack) -> String {
    let operation = stack.operation.as_ref();
    operation
        .map(|operation| operation.initiator.clone())
        .unwrap_or_default()
}

/// Begins the creation of a nested stack, and returns its ARN.
fn make(world: &mut World, request: &Request<'_>) -> Result<String, ServiceError> {
    let properties: Properties = lenient(request.properties.clone()).map_err(refuse)?;
    let parent = engine::get(world, request.place, request.stack_id)
        .ok_or_else(|| requests::no_such_stack(request.stack_name))?;
    let template = world.templates.find(&properties.template_url)?;
    let mut tags = request.stack_tags.clone();
    tags.extend(tags::read(properties.tags).map_err(refuse)?);
    check_tag_count(tags.len())?;
    for (name, value) in &properties.parameters {
        check_value(name, value)?;
    }
    let given = properties.parameters.into_iter();
    let wanted = Wanted {
        template: Some(template),
        parameters: given.map(|(name, value)| (name, Some(value))).collect(),
        capabilities: parent.capabilities.clone(),
        tags: Some(tags),
        role_arn: parent.role_arn.clone(),
        on_failure: OnFailure::DoNothing,
        protected: parent.protected,
        retain_except_on_create: parent.retain_except_on_create,
    };
    let name = name(world, request);
    let mut call = Call::of(world, request.place, &initiator(&parent));
    if call.region().cloudformation.find(&name).is_some() {
        return Err(requests::already_exists(&name));
    }
    let (mut stack, members) = requests::new_stack(&mut call, &name, &wanted)?;
    stack.parent = Some(parent.arn.clone());
    stack.root = Some(parent.top().clone());
    let arn = stack.arn.clone();
    let stacks = &mut call.region().cloudformation.stacks;
    stacks.insert(arn.clone(), stack);
    requests::start_creation(&mut call, &arn, members, None);
    Ok(arn)
}

/// Begins the deletion of a nested stack with its parent's.
fn begin_deletion(world: &mut World, place: &Place, stack: &Stack) -> Progress {
    let parent = stack.parent.as_deref().unwrap_or_default();
    let parent = engine::get(world, place, parent).unwrap_or_default();
    let leave = Leave {
        retain: BTreeSet::new(),
        force: false,
        role_arn: parent.role_arn.clone(),
    };
    let mut call = Call::of(world, place, &initiator(&parent));
    match requests::begin_deletion(&mut call, stack, leave, None) {
        Ok(()) => Progress::Working,
        Err(error) => Progress::Failed(in_its_words(error)),
    }
}

/// Whether a deletion of its parent goes without one that could not go before.
fn is_left(world: &mut World, place: &Place, stack: &Stack) -> bool {
    let parent = stack.parent.as_deref().unwrap_or_default();
    let parent = engine::get(world, place, parent).unwrap_or_default();
    stack.status == "DELETE_FAILED"
        && parent.phase() == Some(Phase::Delete)
        && world.switches.failed_nested_stacks_are_left
}

/// Whether it is in a status from which any update may go on.
fn check_well(stack: &Stack) -> Result<(), ServiceError> {
    requests::check_updatable(stack, OnFailure::Rollback)
}

fn embedded(stack: &Stack, done: &str) -> Progress {
    let reason = stack.reason.as_deref().unwrap_or_default();
    let text = format!(
        "Embedded stack {} was not successfully {done}: {} ",
        stack.arn,
        reason.trim_end()
    );
    Progress::Failed(Failure::new("", text))
}

impl ResourceType for Nested {
    fn name(&self) -> &'static str {
        STACK_TYPE
    }

    fn create_only(&self) -> &'static [&'static str] {
        &[]
    }

    fn tags_property(&self) -> Option<&'static str> {
        Some("Tags")
    }

    /// AWS's page on updates: that of a root updates each nested stack, which then changes what is other than its template
    /// says.
    fn always_updated(&self) -> bool {
        true
    }

    fn check(&self, properties: &Value) -> Result<(), String> {
        lenient::<Properties>(properties.clone()).map(|_properties| ())
    }

    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure> {
        make(world, request).map_err(in_its_words)
    }

    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress {
        let stack = engine::get(world, place, id).unwrap_or_default();
        if stack.operation.is_some() {
            Progress::Working
        } else if check_well(&stack).is_ok() {
            Progress::Done
        } else {
            embedded(&stack, "created")
        }
    }

    /// What an update that failed goes back to is what the nested stack still is; it fails, there and back, at one that
    /// could not be updated.
    fn update(
        &self,
        world: &mut World,
        id: &str,
        old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure> {
        if request.properties == old && request.stack_tags == request.old_stack_tags {
            let stack = engine::get(world, request.place, id);
            let stack = stack.ok_or_else(|| requests::no_such_stack(id));
            return stack
                .and_then(|stack| check_well(&stack))
                .map_err(in_its_words);
        }
        let text = "The simulator does not change nested stacks";
        Err(Failure::new("", text))
    }

    /// One that goes back itself is waited for; a creation is cancelled.
    fn delete(&self, world: &mut World, place: &Place, id: &str, _properties: &Value) -> Progress {
        match engine::get(world, place, id) {
            Some(stack) if stack.status != "DELETE_COMPLETE" => {
                if is_left(world, place, &stack) {
                    return Progress::Done;
                }
                let is_busy = stack.phase().is_some_and(|phase| phase != Phase::Create);
                if is_busy {
                    return Progress::Working;
                }
                begin_deletion(world, place, &stack)
            }
            Some(_) | None => Progress::Done,
        }
    }

    fn deletion(
        &self,
        world: &mut World,
        place: &Place,
        id: &str,
        _properties: &Value,
    ) -> Progress {
        let Some(stack) = engine::get(world, place, id) else {
            return Progress::Done;
        };
        let mut newest = stack.operations.iter().map(|(what, _)| what);
        if stack.status == "DELETE_COMPLETE" {
            Progress::Done
        } else if stack.operation.is_some() {
            Progress::Working
        } else if newest.next().is_some_and(|what| what == DELETION) {
            embedded(&stack, "deleted")
        } else {
            begin_deletion(world, place, &stack)
        }
    }

    /// `Outputs.NAME`.
    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value> {
        let key = name.strip_prefix("Outputs.")?;
        let stack = engine::get(world, place, id)?;
        let output = stack.outputs.iter().find(|output| output.key == key)?;
        Some(Value::String(output.value.clone()))
    }

    fn has_attribute(&self, name: &str) -> bool {
        let key = name.strip_prefix("Outputs.");
        key.is_some_and(|key| !key.is_empty())
    }
}
