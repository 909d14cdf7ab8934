//! What somebody wants a stack to be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::body::Body;
use super::super::stack::{OnFailure, Stack};
use super::super::template::Template;
use super::refuse;
use crate::error::ServiceError;

/// What somebody wants a stack to be.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// None: as it is.
    pub template: Option<Template>,
    /// None: the previous value.
    pub parameters: BTreeMap<String, Option<String>>,
    pub capabilities: Vec<String>,
    /// None: as they are.
    pub tags: Option<BTreeMap<String, String>>,
    pub role_arn: Option<String>,
    /// What becomes of what was made when it fails; an update can do nothing or go back.
    pub on_failure: OnFailure,
    pub protected: bool,
    /// A rollback removes what is new whatever its deletion policy says (section 3.7).
    pub retain_except_on_create: bool,
}

impl Wanted {
    /// Makes the stack what is wanted, as far as its description goes.
    ///
    /// # Errors
    /// What CloudFormation finds before it begins.
    pub(crate) fn apply(&self, stack: &mut Stack) -> Result<(), ServiceError> {
        let template = self
            .template
            .clone()
            .unwrap_or_else(|| stack.template.clone());
        let body = template.body()?;
        stack.parameters = self.values(body, stack)?;
        self.check_capabilities(body)?;
        if body.transformed {
            return Err(refuse(
                "Template format error: the section Transform is not supported here",
            ));
        }
        stack.description.clone_from(&body.description);
        stack.template = template;
        stack.capabilities.clone_from(&self.capabilities);
        stack.retain_except_on_create = self.retain_except_on_create;
        if let Some(tags) = &self.tags {
            stack.tags.clone_from(tags);
        }
        if self.role_arn.is_some() {
            stack.role_arn.clone_from(&self.role_arn);
        }
        Ok(())
    }

    fn check_capabilities(&self, body: &Body) -> Result<(), ServiceError> {
        let Some(needed) = body.capability() else {
            return Ok(());
        };
        let enough = |given: &String| {
            given == needed || (needed == "CAPABILITY_IAM" && given == "CAPABILITY_NAMED_IAM")
        };
        if self.capabilities.iter().any(enough) {
            return Ok(());
        }
        Err(ServiceError::new(
            "InsufficientCapabilitiesException",
            format!("Requires capabilities : [{needed}]"),
        ))
    }

    fn values(&self, body: &Body, stack: &Stack) -> Result<BTreeMap<String, String>, ServiceError> {
        let unknown: Vec<&String> = self
            .parameters
            .keys()
            .filter(|name| !body.parameters.iter().any(|known| known.name == **name))
            .collect();
        if !unknown.is_empty() {
            let names = unknown.into_iter().cloned().collect::<Vec<_>>().join(", ");
            return Err(refuse(format!(
                "Parameters: [{names}] do not exist in the template"
            )));
        }
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for declared in &body.parameters {
            let given = match self.parameters.get(&declared.name) {
                Some(Some(value)) => Some(value.clone()),
                Some(None) => stack.parameters.get(&declared.name).cloned(),
                None => declared.default.clone(),
            };
            match given {
                Some(value) => {
                    declared.check(&value).map_err(refuse)?;
                    values.insert(declared.name.clone(), value);
                }
                None => missing.push(declared.name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(values)
        } else {
            Err(refuse(format!(
                "Parameters: [{}] must have values",
                missing.join(", ")
            )))
        }
    }
}
