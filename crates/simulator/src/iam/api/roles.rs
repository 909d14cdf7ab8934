//! Actions on roles.

use serde::Deserialize;

use super::{Paging, Tag, done, tag_element, tags};
use crate::iam::roles::{self, NewRole, Role};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    role_name: String,
    assume_role_policy_document: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    max_session_duration: Option<u32>,
    #[serde(default)]
    permissions_boundary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let new = NewRole {
        name: asked.role_name.clone(),
        path: asked.path.unwrap_or_else(|| "/".to_owned()),
        trust: asked.assume_role_policy_document,
        description: asked.description,
        max_session: asked.max_session_duration,
        boundary: asked.permissions_boundary,
        tags: tags(asked.tags)?,
    };
    let account = call.place.account.clone();
    roles::create(call.world, &account, new)?;
    one(call, &asked.role_name)
}

fn one(call: &mut Call<'_>, name: &str) -> Answered {
    let account = call.place.account.clone();
    let role = call.world.iam(&account).role(name)?;
    Ok(Output::Xml(vec![members(Element::new("Role"), role, true)]))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Named {
    role_name: String,
}

pub(super) fn get(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    one(call, &asked.role_name)
}

/// Lists tell neither tags nor boundaries.
pub(super) fn list(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked = Paging::of_all(input)?;
    let account = call.place.account.clone();
    let prefix = asked.path_prefix.clone().unwrap_or_else(|| "/".to_owned());
    let roles = call
        .world
        .iam(&account)
        .roles
        .values()
        .filter(|role| role.path.starts_with(&prefix));
    let roles: Vec<Role> = roles.cloned().collect();
    let member = |role: &Role| members(Element::new("member"), role, false);
    asked.answer(call, "Roles", roles, |role| role.name.clone(), member)
}

pub(super) fn members(element: Element, role: &Role, whole: bool) -> Element {
    let element = element
        .child(Element::text("Path", &role.path))
        .child(Element::text("RoleName", &role.name))
        .child(Element::text("RoleId", &role.unique_id))
        .child(Element::text("Arn", &role.arn))
        .child(Element::text("CreateDate", role.created.iso()))
        .child(Element::text(
            "AssumeRolePolicyDocument",
            percent_encoded(&role.trust),
        ))
        .children(Element::optional("Description", role.description.as_ref()))
        .child(Element::text("MaxSessionDuration", role.max_session));
    if !whole {
        return element;
    }
    let boundary = role.boundary.as_ref().map(|arn| {
        Element::new("PermissionsBoundary")
            .child(Element::text(
                "PermissionsBoundaryType",
                "PermissionsBoundaryPolicy",
            ))
            .child(Element::text("PermissionsBoundaryArn", arn))
    });
    let tags = role.tags.iter().map(|(key, value)| tag_element(key, value));
    element
        .children(boundary)
        .child(Element::new("Tags").children(tags))
}

const HEX: [&str; 16] = [
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "A", "B", "C", "D", "E", "F",
];

/// Documents are percent-encoded in answers, as RFC 3986 says.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend([
                "%",
                HEX[usize::from(byte >> 4)],
                HEX[usize::from(byte & 15)],
            ]);
        }
    }
    encoded
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    let account = call.place.account.clone();
    roles::delete(call.world.iam(&account), &asked.role_name)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagRole {
    role_name: String,
    tags: Vec<Tag>,
}

pub(super) fn tag(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: TagRole = input.parse()?;
    let account = call.place.account.clone();
    let role = call.world.iam(&account).role_mut(&asked.role_name)?;
    role.tags.extend(tags(asked.tags)?);
    role.changed();
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagRole {
    role_name: String,
    tag_keys: Vec<String>,
}

pub(super) fn untag(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: UntagRole = input.parse()?;
    let account = call.place.account.clone();
    let role = call.world.iam(&account).role_mut(&asked.role_name)?;
    role.tags.retain(|key, _| !asked.tag_keys.contains(key));
    role.changed();
    Ok(done())
}

pub(super) fn list_tags(call: &mut Call<'_>, input: &Input) -> Answered {
    let (asked, role) = Paging::of_role(input)?;
    let account = call.place.account.clone();
    let tags = call.world.iam(&account).role(&role)?.tags.clone();
    let tags: Vec<(String, String)> = tags.into_iter().collect();
    asked.answer(
        call,
        "Tags",
        tags,
        |(key, _)| key.clone(),
        |(key, value)| tag_element(key, value),
    )
}
