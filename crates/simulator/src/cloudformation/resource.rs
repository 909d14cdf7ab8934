//! One resource type as CloudFormation's handler for it sees the world.
//!
//! Each service implements [`ResourceType`] for its types beside the state that they change; the engine knows them
//! through [`find`] alone. A handler starts something and is then asked how it goes, as AWS's handlers are.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ServiceError;
use crate::world::{Operation, Place, World};

/// What a handler is asked to make or change.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    pub place: &'a Place,
    pub stack_name: &'a str,
    /// The stack's ARN.
    pub stack_id: &'a str,
    pub logical_id: &'a str,
    /// All functions resolved.
    pub properties: &'a Value,
    /// The stack's own tags. Types with system tags also get [`Request::system_tags`].
    pub stack_tags: &'a BTreeMap<String, String>,
    /// The stack's tags that the resource was made, or changed last, with; a new one has none.
    pub old_stack_tags: &'a BTreeMap<String, String>,
}

impl Request<'_> {
    /// `STACK/LOGICAL`, the logical name for [`World::mint`].
    pub fn mint_name(&self) -> String {
        format!("{}/{}", self.stack_name, self.logical_id)
    }

    /// `aws:cloudformation:stack-name`, `stack-id` and `logical-id`.
    pub fn system_tags(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (
                "aws:cloudformation:stack-name".to_owned(),
                self.stack_name.to_owned(),
            ),
            (
                "aws:cloudformation:stack-id".to_owned(),
                self.stack_id.to_owned(),
            ),
            (
                "aws:cloudformation:logical-id".to_owned(),
                self.logical_id.to_owned(),
            ),
        ])
    }
}

/// Why a handler could not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The text inside `Resource handler returned message: "…"`.
    pub message: String,
    /// `HandlerErrorCode` of section 3.1; none where an older handler tells its service's words as they are.
    pub handler_code: &'static str,
    /// The code of the service behind it, such as `DependencyViolation`; the engine retries by it.
    pub cause: String,
}

impl Failure {
    pub fn new(handler_code: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            handler_code,
            cause: String::new(),
        }
    }

    /// A service's refusal in the words of its handler: `TEXT (Service: Ec2, Status Code: 400, Request ID: …)`.
    pub fn of_service(
        service: &str,
        error: &ServiceError,
        handler_code: &'static str,
        request_id: &str,
    ) -> Self {
        let extended = if service == "Ec2" {
            ", Extended Request ID: null"
        } else {
            ""
        };
        let message = format!(
            "{} (Service: {service}, Status Code: {}, Request ID: {request_id}{extended})",
            error.message, error.status
        );
        Self {
            message,
            handler_code,
            cause: error.code.clone(),
        }
    }

    /// As [`Failure::of_service`], in the words of EC2's older handlers (section 3.3).
    pub fn of_older_handler(error: &ServiceError, request_id: &str) -> Self {
        let message = format!(
            "{} (Service: AmazonEC2; Status Code: {}; Error Code: {}; Request ID: {request_id}; Proxy: null)",
            error.message, error.status, error.code
        );
        Self {
            message,
            handler_code: "",
            cause: error.code.clone(),
        }
    }
}

/// `Resource of type 'T' with identifier 'X' did not stabilize.` (section 3.5)
pub(crate) fn not_stabilized(kind: &str, identifier: &str) -> Failure {
    let message =
        format!("Resource of type '{kind}' with identifier '{identifier}' did not stabilize.");
    Failure::new("NotStabilized", message)
}

/// How a started step goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    Working,
    Done,
    Failed(Failure),
}

/// A resource type's handler.
pub trait ResourceType: Sync {
    /// `AWS::EC2::VPC`.
    fn name(&self) -> &'static str;

    /// Properties whose change replaces the resource.
    fn create_only(&self) -> &'static [&'static str];

    /// The steps that take time in the handler itself; others take theirs in the service.
    fn own_steps(&self) -> &'static [Operation] {
        &[]
    }

    /// The property of its tags, where the type takes any; they change with the stack's.
    fn tags_property(&self) -> Option<&'static str> {
        None
    }

    /// Whether every update of a stack updates it, changed or not.
    fn always_updated(&self) -> bool {
        false
    }

    /// Checks the properties against the type's schema without making anything; also done before a creation begins.
    ///
    /// # Errors
    /// A sentence that names the unknown, missing or ill-typed property.
    fn check(&self, properties: &Value) -> Result<(), String>;

    /// The identifier of something that exists already and that a creation would collide with, where the type's names
    /// are the caller's.
    fn taken(&self, _world: &mut World, _place: &Place, _properties: &Value) -> Option<String> {
        None
    }

    /// Starts the creation and returns the physical id.
    ///
    /// # Errors
    /// Why it could not be started.
    fn create(&self, world: &mut World, request: &Request<'_>) -> Result<String, Failure>;

    /// How the creation or the update goes.
    fn progress(&self, world: &mut World, place: &Place, id: &str) -> Progress;

    /// Starts an update in place from `old` properties to the request's. Create-only properties are equal.
    ///
    /// # Errors
    /// Why it could not be started.
    fn update(
        &self,
        world: &mut World,
        id: &str,
        old: &Value,
        request: &Request<'_>,
    ) -> Result<(), Failure>;

    /// The physical id after an update in place.
    fn id_after(&self, _world: &mut World, id: &str, _request: &Request<'_>) -> String {
        id.to_owned()
    }

    /// What it is called where a step does not come to its end: the physical id, or a name.
    fn identifier(&self, _world: &mut World, _place: &Place, id: &str) -> String {
        id.to_owned()
    }

    /// The id of the resource's row, out of the physical id: that of profiles and spaces is `DOMAIN|NAME`.
    fn row_id(&self, id: &str) -> String {
        id.replace('|', "/")
    }

    /// Checks what the service asks besides for a deletion of whom the operation works as (`identity`, an ARN).
    ///
    /// # Errors
    /// The service's refusal.
    fn check_deletion(
        &self,
        _world: &mut World,
        _place: &Place,
        _id: &str,
        _identity: &str,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// Starts the deletion. A resource that is gone already is [`Progress::Done`].
    fn delete(&self, world: &mut World, place: &Place, id: &str, properties: &Value) -> Progress;

    /// How the deletion goes.
    fn deletion(&self, world: &mut World, place: &Place, id: &str, properties: &Value) -> Progress;

    /// The value of `Ref`.
    fn reference(&self, id: &str) -> String {
        id.to_owned()
    }

    /// The value of `Fn::GetAtt`, or nothing where the type has no such attribute.
    fn attribute(&self, world: &mut World, place: &Place, id: &str, name: &str) -> Option<Value>;

    /// Whether the type has the attribute at all, for checking a template.
    fn has_attribute(&self, name: &str) -> bool;
}

/// The handler of a type, or nothing where the simulator does not know the type.
pub fn find(name: &str) -> Option<&'static dyn ResourceType> {
    all().find(|kind| kind.name() == name)
}

/// The id of a resource's row, out of its physical id.
pub(crate) fn row_id(kind: &str, physical: &str) -> String {
    find(kind).map_or_else(|| physical.to_owned(), |handler| handler.row_id(physical))
}

/// Every resource type that the simulator knows.
pub fn all() -> impl Iterator<Item = &'static dyn ResourceType> {
    [
        super::nested::TYPES,
        crate::ec2::TYPES,
        crate::efs::TYPES,
        crate::iam::TYPES,
        crate::kms::TYPES,
        crate::logs::TYPES,
        crate::sagemaker::TYPES,
    ]
    .into_iter()
    .flatten()
    .copied()
}
