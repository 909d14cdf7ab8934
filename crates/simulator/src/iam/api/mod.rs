//! The actions of IAM's API.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::ServiceError;
use crate::service::Operation;
use crate::wire::page::page;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

mod instance_profiles;
mod managed_policies;
mod policies;
mod roles;

/// What IAM can be asked.
pub(crate) const OPERATIONS: &[Operation] = &[
    ("CreateRole", roles::create),
    ("GetRole", roles::get),
    ("ListRoles", roles::list),
    ("DeleteRole", roles::delete),
    ("TagRole", roles::tag),
    ("UntagRole", roles::untag),
    ("ListRoleTags", roles::list_tags),
    ("AttachRolePolicy", policies::attach),
    ("DetachRolePolicy", policies::detach),
    ("ListAttachedRolePolicies", policies::list_attached),
    ("PutRolePolicy", policies::put),
    ("GetRolePolicy", policies::get),
    ("DeleteRolePolicy", policies::delete),
    ("ListRolePolicies", policies::list),
    ("CreatePolicy", managed_policies::create),
    ("GetPolicy", managed_policies::get),
    ("ListPolicies", managed_policies::list),
    ("DeletePolicy", managed_policies::delete),
    ("CreatePolicyVersion", managed_policies::create_version),
    ("GetPolicyVersion", managed_policies::get_version),
    ("ListPolicyVersions", managed_policies::list_versions),
    ("DeletePolicyVersion", managed_policies::delete_version),
    ("SetDefaultPolicyVersion", managed_policies::set_default),
    ("CreateInstanceProfile", instance_profiles::create),
    ("GetInstanceProfile", instance_profiles::get),
    ("ListInstanceProfiles", instance_profiles::list),
    (
        "ListInstanceProfilesForRole",
        instance_profiles::list_for_role,
    ),
    ("DeleteInstanceProfile", instance_profiles::delete),
    ("AddRoleToInstanceProfile", instance_profiles::add_role),
    (
        "RemoveRoleFromInstanceProfile",
        instance_profiles::remove_role,
    ),
];

/// Where a list goes on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "PascalCase")]
#[derive(Default)]
struct Paging {
    role_name: Option<String>,
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

impl Paging {
    /// Of a list that a role has.
    fn of_role(input: &Input) -> Result<(Self, String), ServiceError> {
        let paging: Self = input.parse()?;
        match (&paging.role_name, &paging.path_prefix) {
            (Some(name), None) => {
                let name = name.clone();
                Ok((paging, name))
            }
            (_, Some(_)) => Err(unknown("PathPrefix")),
            (None, None) => {
                let text = "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must \
                            not be null";
                Err(ServiceError::new("ValidationError", text))
            }
        }
    }

    /// Of the list of all roles.
    fn of_all(input: &Input) -> Result<Self, ServiceError> {
        let paging: Self = input.parse()?;
        if paging.role_name.is_some() {
            return Err(unknown("RoleName"));
        }
        Ok(paging)
    }

    /// The page's list under its name, and how to go on.
    fn answer<T>(
        &self,
        call: &Call<'_>,
        name: &str,
        items: Vec<T>,
        key: impl Fn(&T) -> String,
        element: impl Fn(&T) -> Element,
    ) -> Answered {
        if let Some(size) = self.max_items.filter(|size| !(1..=1000).contains(size)) {
            let text = format!(
                "1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: Member must have \
                 value between 1 and 1000"
            );
            return Err(ServiceError::new("ValidationError", text));
        }
        let size = call.world.page_size(self.max_items, 100);
        let invalid = || ServiceError::new("ValidationError", "The marker is not valid.");
        let (items, next) = page(
            &call.action,
            items,
            key,
            self.marker.as_deref(),
            size,
            invalid,
        )?;
        let mut members = vec![
            Element::new(name).children(items.iter().map(element)),
            Element::text("IsTruncated", next.is_some()),
        ];
        members.extend(Element::optional("Marker", next.as_ref()));
        Ok(Output::Xml(members))
    }
}

fn unknown(member: &str) -> ServiceError {
    ServiceError::new("ValidationError", format!("unknown field `{member}`"))
}

/// A tag of the API.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn tags(given: Vec<Tag>) -> Result<BTreeMap<String, String>, ServiceError> {
    if given
        .iter()
        .any(|tag| tag.key.to_lowercase().starts_with("aws:"))
    {
        let text = "Tag keys starting with 'aws:' are reserved for system use.";
        return Err(ServiceError::new("InvalidInput", text));
    }
    Ok(given.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

fn tag_element(key: &str, value: &str) -> Element {
    Element::new("member")
        .child(Element::text("Key", key))
        .child(Element::text("Value", value))
}

/// Nothing to tell.
fn done() -> Output {
    Output::Xml(Vec::new())
}
