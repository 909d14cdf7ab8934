//! The inputs of CreateStack, UpdateStack and CreateChangeSet: each knows its own members and no others.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::body::check_given;
use super::requests::{Wanted, check_name, refuse};
use super::stack::OnFailure;
use super::template::Template;
use super::templates::Templates;
use crate::error::ServiceError;
use crate::wire::tags::{self, Tag};

const CAPABILITIES: [&str; 3] = [
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
];

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ParameterIn {
    parameter_key: String,
    parameter_value: Option<String>,
    #[serde(default)]
    use_previous_value: bool,
}

/// An input that tells what a stack should be, with the members that all of them have.
macro_rules! inputs {
    ($($(#[$about:meta])* $name:ident { $($(#[$attribute:meta])* $member:ident: $kind:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(super) struct $name {
            pub(super) stack_name: String,
            template_body: Option<String>,
            #[serde(rename = "TemplateURL")]
            template_url: Option<String>,
            #[serde(default)]
            parameters: Vec<ParameterIn>,
            #[serde(default)]
            capabilities: Vec<String>,
            tags: Option<Vec<Tag>>,
            #[serde(rename = "RoleARN")]
            role_arn: Option<String>,
            $($(#[$attribute])* pub(super) $member: $kind,)*
        }

        impl $name {
            /// Checks that the template is told once: as a body, by its URL, or as the one that the stack has.
            fn check_template(&self, previous: bool) -> Result<(), ServiceError> {
                let (body, url) = (self.template_body.as_ref(), self.template_url.as_ref());
                check_template(body.or(url), previous)
            }

            /// What is wanted, as far as it is told in the same way everywhere.
            fn common(&self, templates: &Templates) -> Result<Wanted, ServiceError> {
                let (body, url) = (self.template_body.as_ref(), self.template_url.as_ref());
                Ok(Wanted {
                    template: template(templates, body, url)?,
                    parameters: parameters(&self.parameters)?,
                    capabilities: capabilities(&self.capabilities)?,
                    tags: self.tags.clone().map(read_tags).transpose()?,
                    role_arn: self.role_arn.as_deref().map(role_arn).transpose()?,
                    on_failure: OnFailure::Rollback,
                    protected: false,
                    retain_except_on_create: false,
                })
            }
        }
    )*};
}

inputs! {
    CreateIn {
        on_failure: Option<String>,
        disable_rollback: Option<bool>,
        #[serde(default)]
        retain_except_on_create: bool,
        enable_termination_protection: Option<bool>,
        client_request_token: Option<String>,
    }
    UpdateIn {
        #[serde(default)]
        use_previous_template: bool,
        disable_rollback: Option<bool>,
        #[serde(default)]
        retain_except_on_create: bool,
        client_request_token: Option<String>,
    }
    ChangeSetIn {
        #[serde(default)]
        use_previous_template: bool,
        change_set_name: String,
        change_set_type: Option<String>,
        client_token: Option<String>,
        description: Option<String>,
        #[serde(default)]
        disable_validation: bool,
        on_stack_failure: Option<String>,
    }
}

impl CreateIn {
    pub(super) fn wanted(&self, templates: &Templates) -> Result<Wanted, ServiceError> {
        if self.on_failure.is_some() && self.disable_rollback.is_some() {
            return Err(refuse(
                "Either DisableRollback or OnFailure can be specified, not both.",
            ));
        }
        self.check_template(false)?;
        let on_failure = match &self.on_failure {
            Some(given) => on_failure("onFailure", given)?,
            None if self.disable_rollback == Some(true) => OnFailure::DoNothing,
            None => OnFailure::Rollback,
        };
        Ok(Wanted {
            on_failure,
            protected: self.enable_termination_protection.unwrap_or(false),
            retain_except_on_create: self.retain_except_on_create,
            ..self.common(templates)?
        })
    }
}

impl UpdateIn {
    pub(super) fn wanted(&self, templates: &Templates) -> Result<Wanted, ServiceError> {
        self.check_template(self.use_previous_template)?;
        let on_failure = if self.disable_rollback == Some(true) {
            OnFailure::DoNothing
        } else {
            OnFailure::Rollback
        };
        Ok(Wanted {
            on_failure,
            retain_except_on_create: self.retain_except_on_create,
            ..self.common(templates)?
        })
    }
}

impl ChangeSetIn {
    /// Whether it is for a stack that does not exist yet.
    pub(super) fn is_create(&self) -> Result<bool, ServiceError> {
        match self.change_set_type.as_deref() {
            None | Some("UPDATE") => Ok(false),
            Some("CREATE") => Ok(true),
            Some(other) => Err(enumeration(other, "changeSetType", &["CREATE", "UPDATE"])),
        }
    }

    pub(super) fn wanted(&self, templates: &Templates) -> Result<Wanted, ServiceError> {
        check_name("changeSetName", &self.change_set_name)?;
        if self.description.as_ref().is_some_and(|it| it.len() > 1_024) {
            return Err(refuse(
                "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1024",
            ));
        }
        self.check_template(self.use_previous_template)?;
        let on_failure = match &self.on_stack_failure {
            Some(given) => on_failure("onStackFailure", given)?,
            None => OnFailure::Rollback,
        };
        if on_failure == OnFailure::Delete && !self.is_create()? {
            return Err(refuse(
                "OnStackFailure DELETE can be specified only for a change set of type CREATE",
            ));
        }
        Ok(Wanted {
            on_failure,
            ..self.common(templates)?
        })
    }
}

/// The template that a call gives: its body, or what is under a URL. How CloudFormation refuses both is not known.
///
/// # Errors
/// Where both are given, the body is too long, or nothing is under the URL.
pub(super) fn template(
    templates: &Templates,
    body: Option<&String>,
    url: Option<&String>,
) -> Result<Option<Template>, ServiceError> {
    match (body, url) {
        (Some(_), Some(_)) => Err(refuse(
            "Only one of Template URL and Template Body may be specified.",
        )),
        (None, Some(url)) => templates.find(url).map(Some),
        (Some(body), None) => {
            check_given(body)?;
            Ok(Some(Template::from(body.clone())))
        }
        (None, None) => Ok(None),
    }
}

fn check_template(given: Option<&String>, previous: bool) -> Result<(), ServiceError> {
    match (given, previous) {
        (Some(_), true) => Err(refuse(
            "You cannot specify both usePreviousTemplate and Template URL or Template Body.",
        )),
        (None, false) => Err(refuse(
            "Either Template URL or Template Body must be specified.",
        )),
        (Some(_), false) | (None, true) => Ok(()),
    }
}

fn on_failure(member: &str, given: &str) -> Result<OnFailure, ServiceError> {
    match given {
        "ROLLBACK" => Ok(OnFailure::Rollback),
        "DO_NOTHING" => Ok(OnFailure::DoNothing),
        "DELETE" => Ok(OnFailure::Delete),
        other => {
            let set = ["ROLLBACK", "DELETE", "DO_NOTHING"];
            Err(enumeration(other, member, &set))
        }
    }
}

fn capabilities(given: &[String]) -> Result<Vec<String>, ServiceError> {
    let bad = given
        .iter()
        .find(|name| !CAPABILITIES.contains(&name.as_str()));
    bad.map_or(Ok(given.to_vec()), |bad| {
        Err(enumeration_of_list(bad, "capabilities", &CAPABILITIES))
    })
}

fn parameters(given: &[ParameterIn]) -> Result<BTreeMap<String, Option<String>>, ServiceError> {
    let mut values = BTreeMap::new();
    for parameter in given {
        let key = &parameter.parameter_key;
        let value = match (&parameter.parameter_value, parameter.use_previous_value) {
            (Some(_), true) => {
                return Err(refuse(format!(
                    "Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                )));
            }
            (None, true) => None,
            (value, false) => Some(value.clone().unwrap_or_default()),
        };
        if let Some(value) = &value {
            check_value(key, value)?;
        }
        if values.insert(key.clone(), value).is_some() {
            return Err(refuse(format!("Parameter '{key}' is given more than once")));
        }
    }
    Ok(values)
}

/// How long the value of a parameter may be (section 3.6).
pub(super) fn check_value(key: &str, value: &str) -> Result<(), ServiceError> {
    if value.len() > 4_096 {
        return Err(refuse(format!(
            "Parameter '{key}' has a value that is longer than 4096 bytes"
        )));
    }
    Ok(())
}

fn read_tags(given: Vec<Tag>) -> Result<BTreeMap<String, String>, ServiceError> {
    check_tag_count(given.len())?;
    tags::read(given).map_err(refuse)
}

/// How many tags a stack may have (section 3.6).
pub(super) fn check_tag_count(count: usize) -> Result<(), ServiceError> {
    if count > 50 {
        return Err(refuse(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    Ok(())
}

/// The ARN of a service role [B: 20 to 2048 characters].
pub(super) fn role_arn(given: &str) -> Result<String, ServiceError> {
    if (20..=2_048).contains(&given.len()) {
        return Ok(given.to_owned());
    }
    Err(refuse(format!(
        "1 validation error detected: Value '{given}' at 'roleARN' failed to satisfy constraint: Member must have length between 20 and 2048, inclusive"
    )))
}

/// A member of a list that is not one of an enumeration's.
pub(super) fn enumeration_of_list(value: &str, member: &str, set: &[&str]) -> ServiceError {
    refuse(format!(
        "1 validation error detected: Value '[{value}]' at '{member}' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
        set.join(", ")
    ))
}

/// A value that is not one of an enumeration's.
pub(super) fn enumeration(value: &str, member: &str, set: &[&str]) -> ServiceError {
    refuse(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        set.join(", ")
    ))
}
