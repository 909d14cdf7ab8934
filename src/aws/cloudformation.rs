//! CloudFormation.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{
    Capability, OnFailure, Parameter, StackStatus, Tag, TemplateStage,
};
use environment::Kind;
use environment::facts::{Member, Tags};
use jiff::Timestamp;

use super::{Aws, CallError, Class, Service};

const SERVICE: Service = Service::CloudFormation;

/// A stack's type. As a member its physical id is the nested stack's ARN.
pub const STACK: &str = Kind::Stack.type_name();

/// The status of a stack, and of a member, whose deletion has failed (section 3.2).
pub const DELETE_FAILED: &str = "DELETE_FAILED";

/// The status of a stack that was deleted.
pub const DELETED: &str = "DELETE_COMPLETE";

/// A stack as DescribeStacks tells of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    pub arn: String,
    pub name: String,
    /// As CloudFormation writes it.
    pub status: String,
    pub reason: Option<String>,
    /// When it was changed last, on CloudFormation's clock.
    pub updated: Option<Timestamp>,
    pub protected: bool,
    /// ARN of the stack that this one is nested in.
    pub parent: Option<String>,
    /// ARN of the role that it was made with, and that every operation on it uses.
    pub service_role: Option<String>,
    pub tags: Tags,
    pub outputs: BTreeMap<String, String>,
    pub parameters: BTreeMap<String, String>,
    /// Names of the exports among the outputs.
    pub exports: Vec<String>,
}

/// One line of a stack's history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StackEvent {
    pub id: String,
    pub logical_id: String,
    pub physical_id: String,
    /// `AWS::EC2::VPC`.
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    pub token: Option<String>,
    pub time: Option<Timestamp>,
}

/// What a stack is made of or changed to.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    pub name: String,
    pub template: String,
    pub parameters: BTreeMap<String, ParameterValue>,
    pub capabilities: Vec<String>,
    pub tags: Tags,
    pub role_arn: Option<String>,
    /// Fresh for every operation: its events are told by it.
    pub token: String,
    /// Whether what was made stays where the operation fails; otherwise it is rolled back.
    pub keep_failed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    Value(String),
    /// As it is on the stack.
    Previous,
}

impl Deployment {
    pub(super) fn parameters(&self) -> Vec<Parameter> {
        let build = |(key, value): (&String, &ParameterValue)| {
            let parameter = Parameter::builder().parameter_key(key);
            match value {
                ParameterValue::Value(value) => parameter.parameter_value(value).build(),
                ParameterValue::Previous => parameter.use_previous_value(true).build(),
            }
        };
        self.parameters.iter().map(build).collect()
    }

    pub(super) fn capabilities(&self) -> Vec<Capability> {
        self.capabilities
            .iter()
            .map(|name| Capability::from(name.as_str()))
            .collect()
    }

    pub(super) fn tags(&self) -> Vec<Tag> {
        self.tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build())
            .collect()
    }
}

impl Aws {
    /// Every stack of the account and region that is not deleted.
    ///
    /// # Errors
    /// As any call.
    pub async fn stacks(&self) -> Result<Vec<Stack>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "DescribeStacks",
                |token| {
                    self.cloudformation()
                        .describe_stacks()
                        .set_next_token(token)
                        .send()
                },
                |page| (page.stacks.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found.into_iter().map(stack).collect())
    }

    /// One stack, by name or ARN; nothing where it does not exist. A deleted one is found by its ARN.
    ///
    /// # Errors
    /// As any call.
    pub async fn stack(&self, name: &str) -> Result<Option<Stack>, CallError> {
        let request = self
            .cloudformation()
            .describe_stacks()
            .stack_name(name)
            .send();
        match self.call(SERVICE, "DescribeStacks", request).await {
            Ok(answer) => Ok(answer
                .stacks
                .unwrap_or_default()
                .into_iter()
                .next()
                .map(stack)),
            Err(error) if error.class == super::Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// ARNs and names of stacks that were deleted in the last 90 days.
    ///
    /// # Errors
    /// As any call.
    pub async fn deleted_stacks(&self) -> Result<Vec<(String, String)>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListStacks",
                |token| {
                    self.cloudformation()
                        .list_stacks()
                        .stack_status_filter(StackStatus::DeleteComplete)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.stack_summaries.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|stack| {
                (
                    stack.stack_id.unwrap_or_default(),
                    stack.stack_name.unwrap_or_default(),
                )
            })
            .collect())
    }

    /// The members of a stack, deleted ones too, by ARN also of a deleted stack.
    ///
    /// # Errors
    /// As any call.
    pub async fn stack_members(&self, arn: &str) -> Result<Vec<Member>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListStackResources",
                |token| {
                    self.cloudformation()
                        .list_stack_resources()
                        .stack_name(arn)
                        .set_next_token(token)
                        .send()
                },
                |page| {
                    (
                        page.stack_resource_summaries.unwrap_or_default(),
                        page.next_token,
                    )
                },
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|member| Member {
                nested_in: None,
                logical_id: member.logical_resource_id.unwrap_or_default(),
                kind: member.resource_type.unwrap_or_default(),
                id: member.physical_resource_id.unwrap_or_default(),
                status: member
                    .resource_status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                retained: false,
            })
            .collect())
    }

    /// The template of a stack as CloudFormation works with it: transforms have been applied.
    ///
    /// # Errors
    /// As any call.
    pub async fn stack_template(&self, arn: &str) -> Result<String, CallError> {
        let request = self
            .cloudformation()
            .get_template()
            .stack_name(arn)
            .template_stage(TemplateStage::Processed)
            .send();
        Ok(self
            .call(SERVICE, "GetTemplate", request)
            .await?
            .template_body
            .unwrap_or_default())
    }

    /// Names of the stacks that import an export.
    ///
    /// # Errors
    /// As any call.
    pub async fn importers(&self, export: &str) -> Result<Vec<String>, CallError> {
        let listed = self
            .pages(
                SERVICE,
                "ListImports",
                |token| {
                    self.cloudformation()
                        .list_imports()
                        .export_name(export)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.imports.unwrap_or_default(), page.next_token),
            )
            .await;
        match listed {
            // CloudFormation says by an error that nobody imports it, and has no code of its own for that (section 3.4).
            Err(error)
                if error.code == "ValidationError"
                    && error.message.contains("is not imported by any stack") =>
            {
                Ok(Vec::new())
            }
            Err(error) if error.class == super::Class::NotFound => Ok(Vec::new()),
            other => other,
        }
    }

    /// A stack's events, newest first, back to and without the first that `known` recognises.
    ///
    /// # Errors
    /// As any call.
    pub async fn stack_events(
        &self,
        arn: &str,
        known: impl Fn(&str) -> bool,
    ) -> Result<Vec<StackEvent>, CallError> {
        let mut events = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .cloudformation()
                .describe_stack_events()
                .stack_name(arn)
                .set_next_token(token)
                .send();
            let page = self.call(SERVICE, "DescribeStackEvents", request).await?;
            for event in page.stack_events.unwrap_or_default() {
                let event = stack_event(event);
                if known(&event.id) {
                    return Ok(events);
                }
                events.push(event);
            }
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok(events),
            }
        }
    }

    /// Starts the creation of a stack and returns its ARN.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_stack(&self, deployment: &Deployment) -> Result<String, CallError> {
        let on_failure = if deployment.keep_failed {
            OnFailure::DoNothing
        } else {
            OnFailure::Rollback
        };
        let request = self
            .cloudformation()
            .create_stack()
            .stack_name(&deployment.name)
            .template_body(&deployment.template)
            .set_parameters(Some(deployment.parameters()))
            .set_capabilities(Some(deployment.capabilities()))
            .set_tags(Some(deployment.tags()))
            .set_role_arn(deployment.role_arn.clone())
            .on_failure(on_failure)
            .client_request_token(&deployment.token)
            .send();
        Ok(self
            .call(SERVICE, "CreateStack", request)
            .await?
            .stack_id
            .unwrap_or_default())
    }

    /// Takes a stack that rests where an update failed back to the last state in which everything was well.
    ///
    /// # Errors
    /// As any call.
    pub async fn rollback_stack(
        &self,
        arn: &str,
        token: &str,
        role_arn: Option<String>,
    ) -> Result<(), CallError> {
        let request = self
            .cloudformation()
            .rollback_stack()
            .stack_name(arn)
            .client_request_token(token)
            .set_role_arn(role_arn)
            .send();
        self.call(SERVICE, "RollbackStack", request).await.map(drop)
    }

    /// Sets termination protection of a stack.
    ///
    /// # Errors
    /// As any call.
    pub async fn protect_stack(&self, arn: &str) -> Result<(), CallError> {
        let request = self
            .cloudformation()
            .update_termination_protection()
            .stack_name(arn)
            .enable_termination_protection(true)
            .send();
        self.call(SERVICE, "UpdateTerminationProtection", request)
            .await
            .map(drop)
    }

    /// Starts the deletion of a stack.
    ///
    /// # Errors
    /// As any call.
    pub async fn delete_stack(
        &self,
        arn: &str,
        token: &str,
        retain: Vec<String>,
        role_arn: Option<String>,
    ) -> Result<(), CallError> {
        let retain = Some(retain).filter(|retain| !retain.is_empty());
        let request = self
            .cloudformation()
            .delete_stack()
            .stack_name(arn)
            .client_request_token(token)
            .set_retain_resources(retain)
            .set_role_arn(role_arn)
            .send();
        self.call(SERVICE, "DeleteStack", request).await.map(drop)
    }
}

impl Aws {
    /// The stack that a resource is a member of, by its physical id.
    ///
    /// # Errors
    /// As any call.
    pub async fn stack_with(&self, physical_id: &str) -> Result<Option<Stack>, CallError> {
        let request = self
            .cloudformation()
            .describe_stack_resources()
            .physical_resource_id(physical_id)
            .send();
        let found = match self.call(SERVICE, "DescribeStackResources", request).await {
            Ok(found) => found,
            Err(error) if error.class == Class::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let members = found.stack_resources.unwrap_or_default();
        match members.into_iter().find_map(|member| member.stack_id) {
            Some(arn) => self.stack(&arn).await,
            None => Ok(None),
        }
    }
}

fn stack(found: aws_sdk_cloudformation::types::Stack) -> Stack {
    let outputs = found.outputs.unwrap_or_default();
    Stack {
        arn: found.stack_id.unwrap_or_default(),
        name: found.stack_name.unwrap_or_default(),
        status: found
            .stack_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        reason: found.stack_status_reason,
        updated: found.last_updated_time.and_then(instant),
        protected: found.enable_termination_protection.unwrap_or(false),
        parent: found.parent_id,
        service_role: found.role_arn,
        tags: found
            .tags
            .unwrap_or_default()
            .into_iter()
            .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
            .collect(),
        exports: outputs
            .iter()
            .filter_map(|output| output.export_name.clone())
            .collect(),
        outputs: outputs
            .into_iter()
            .map(|output| {
                (
                    output.output_key.unwrap_or_default(),
                    output.output_value.unwrap_or_default(),
                )
            })
            .collect(),
        parameters: found
            .parameters
            .unwrap_or_default()
            .into_iter()
            .map(|parameter| {
                (
                    parameter.parameter_key.unwrap_or_default(),
                    parameter.parameter_value.unwrap_or_default(),
                )
            })
            .collect(),
    }
}

fn stack_event(found: aws_sdk_cloudformation::types::StackEvent) -> StackEvent {
    StackEvent {
        id: found.event_id.unwrap_or_default(),
        logical_id: found.logical_resource_id.unwrap_or_default(),
        physical_id: found.physical_resource_id.unwrap_or_default(),
        kind: found.resource_type.unwrap_or_default(),
        status: found
            .resource_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        reason: found.resource_status_reason,
        token: found.client_request_token,
        time: found.timestamp.and_then(instant),
    }
}

fn instant(time: DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(time.subsec_nanos()).ok()?;
    Timestamp::new(time.secs(), nanos).ok()
}
