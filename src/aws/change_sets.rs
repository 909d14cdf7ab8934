//! CloudFormation's change sets: what a deployment would do, asked before it is done.

use aws_sdk_cloudformation::types::{ChangeSetType, EventFilter, ResourceChange as Change};

use super::cloudformation::Deployment;
use super::{Aws, CallError, Service};

const SERVICE: Service = Service::CloudFormation;

/// How a change set came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeSetState {
    Pending,
    Ready,
    /// It would change nothing.
    Empty,
    Failed(String),
}

/// What a change set would do to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceChange {
    /// `Add`, `Modify`, `Remove`, `Import` or `Dynamic`.
    pub action: String,
    pub logical_id: String,
    /// Empty where nothing was made yet.
    pub physical_id: String,
    /// `AWS::EC2::VPC`.
    pub kind: String,
    /// `True`, `False` or `Conditional`; none for what is added or removed.
    pub replacement: Option<String>,
    pub properties: Vec<PropertyChange>,
}

/// What a change set would do to one property, or to the tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyChange {
    pub name: String,
    /// As JSON or plain text; what is not known before the change is a text of AWS's own.
    pub before: Option<String>,
    pub after: Option<String>,
    /// `Never`, `Conditionally` or `Always`, where it is told.
    pub recreation: Option<String>,
}

/// Something that early validation found wrong with a change set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationError {
    pub logical_id: String,
    /// `AWS::SageMaker::Domain`.
    pub kind: String,
    /// `/Resources/Domain/Properties`.
    pub path: String,
    pub reason: String,
}

impl std::fmt::Display for ValidationError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            logical_id,
            kind,
            path,
            reason,
        } = self;
        write!(out, "{kind} {logical_id}, at {path}: {reason}")
    }
}

impl Aws {
    /// What early validation found wrong with a change set.
    ///
    /// # Errors
    /// As any call.
    pub async fn validation_errors(&self, arn: &str) -> Result<Vec<ValidationError>, CallError> {
        let failed = EventFilter::builder().failed_events(true).build();
        let found = self
            .pages(
                SERVICE,
                "DescribeEvents",
                |token| {
                    self.cloudformation()
                        .describe_events()
                        .change_set_name(arn)
                        .filters(failed.clone())
                        .set_next_token(token)
                        .send()
                },
                |page| (page.operation_events.unwrap_or_default(), page.next_token),
            )
            .await?;
        let errors = found.into_iter().filter(|event| {
            let kind = event.event_type.as_ref();
            kind.is_some_and(|kind| kind.as_str() == "VALIDATION_ERROR")
        });
        Ok(errors
            .map(|event| ValidationError {
                logical_id: event.logical_resource_id.unwrap_or_default(),
                kind: event.resource_type.unwrap_or_default(),
                path: event.validation_path.unwrap_or_default(),
                reason: event.validation_status_reason.unwrap_or_default(),
            })
            .collect())
    }

    /// Asks for the changes that a deployment would make to a stack, and returns the change set's ARN. For a stack that
    /// does not exist CloudFormation makes an empty one under review.
    ///
    /// # Errors
    /// As any call.
    pub async fn create_change_set(
        &self,
        deployment: &Deployment,
        name: &str,
        exists: bool,
    ) -> Result<String, CallError> {
        let kind = if exists {
            ChangeSetType::Update
        } else {
            ChangeSetType::Create
        };
        let request = self
            .cloudformation()
            .create_change_set()
            .stack_name(&deployment.name)
            .change_set_name(name)
            .change_set_type(kind)
            .template_body(&deployment.template)
            .set_parameters(Some(deployment.parameters()))
            .set_capabilities(Some(deployment.capabilities()))
            .set_tags(Some(deployment.tags()))
            .set_role_arn(deployment.role_arn.clone())
            .client_token(&deployment.token)
            .send();
        Ok(self
            .call(SERVICE, "CreateChangeSet", request)
            .await?
            .id
            .unwrap_or_default())
    }

    /// How a change set came out, and what it would do, to the last page.
    ///
    /// # Errors
    /// As any call.
    pub async fn change_set(
        &self,
        arn: &str,
    ) -> Result<(ChangeSetState, Vec<ResourceChange>), CallError> {
        let mut changes = Vec::new();
        let mut token = None;
        loop {
            let request = self
                .cloudformation()
                .describe_change_set()
                .change_set_name(arn)
                .include_property_values(true)
                .set_next_token(token)
                .send();
            let page = self.call(SERVICE, "DescribeChangeSet", request).await?;
            let told = page.changes.unwrap_or_default().into_iter();
            changes.extend(
                told.filter_map(|change| change.resource_change)
                    .map(resource_change),
            );
            let status = page
                .status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default();
            let reason = page.status_reason.unwrap_or_default();
            match page.next_token {
                Some(next) => token = Some(next),
                None => return Ok((state(&status, reason), changes)),
            }
        }
    }

    /// Begins what a change set says; with `keep_failed` what was made stays where it fails.
    ///
    /// # Errors
    /// As any call.
    pub async fn execute_change_set(
        &self,
        arn: &str,
        token: &str,
        keep_failed: bool,
    ) -> Result<(), CallError> {
        let request = self
            .cloudformation()
            .execute_change_set()
            .change_set_name(arn)
            .client_request_token(token)
            .set_disable_rollback(keep_failed.then_some(true))
            .send();
        self.call(SERVICE, "ExecuteChangeSet", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_change_set(&self, arn: &str) -> Result<(), CallError> {
        let request = self
            .cloudformation()
            .delete_change_set()
            .change_set_name(arn)
            .send();
        self.call(SERVICE, "DeleteChangeSet", request)
            .await
            .map(drop)
    }
}

fn state(status: &str, reason: String) -> ChangeSetState {
    match status {
        "CREATE_COMPLETE" => ChangeSetState::Ready,
        "CREATE_PENDING" | "CREATE_IN_PROGRESS" => ChangeSetState::Pending,
        // There is no code for "nothing to change" (section 12b).
        _ if reason.contains("didn't contain changes")
            || reason.contains("No updates are to be performed") =>
        {
            ChangeSetState::Empty
        }
        _ => ChangeSetState::Failed(reason),
    }
}

fn resource_change(change: Change) -> ResourceChange {
    let details = change.details.unwrap_or_default().into_iter();
    let targets = details.filter_map(|detail| detail.target);
    let properties = targets.map(|target| PropertyChange {
        // A change of the tags or of another attribute has no property's name.
        name: target
            .name
            .or_else(|| target.attribute.map(|kind| kind.as_str().to_owned()))
            .unwrap_or_default(),
        before: target.before_value,
        after: target.after_value,
        recreation: target
            .requires_recreation
            .map(|recreation| recreation.as_str().to_owned()),
    });
    ResourceChange {
        properties: properties.collect(),
        action: change
            .action
            .map(|action| action.as_str().to_owned())
            .unwrap_or_default(),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        physical_id: change.physical_resource_id.unwrap_or_default(),
        kind: change.resource_type.unwrap_or_default(),
        replacement: change
            .replacement
            .map(|replacement| replacement.as_str().to_owned()),
    }
}
