//! Actions on instance profiles.

use serde::Deserialize;

use super::{Paging, Tag, done, roles, tag_element, tags};
use crate::error::ServiceError;
use crate::iam::instance_profiles::{self, InstanceProfile};
use crate::iam::{State, roles::Role};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    instance_profile_name: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let account = call.place.account.clone();
    let (name, path) = (&asked.instance_profile_name, asked.path.as_deref());
    let tags = tags(asked.tags)?;
    instance_profiles::create(call.world, &account, name, path.unwrap_or("/"), tags)?;
    one(call, name)
}

fn one(call: &mut Call<'_>, name: &str) -> Answered {
    let state = call.world.iam(&call.place.account.clone());
    let profile = instance_profiles::find(state, name)?;
    let element = members(Element::new("InstanceProfile"), state, profile);
    Ok(Output::Xml(vec![element]))
}

fn members(element: Element, state: &State, profile: &InstanceProfile) -> Element {
    let role = profile.role.as_ref().and_then(|name| state.roles.get(name));
    let role = role.map(|role: &Role| roles::members(Element::new("member"), role, false));
    let tags = profile
        .tags
        .iter()
        .map(|(key, value)| tag_element(key, value));
    element
        .child(Element::text("Path", &profile.path))
        .child(Element::text("InstanceProfileName", &profile.name))
        .child(Element::text("InstanceProfileId", &profile.unique_id))
        .child(Element::text("Arn", &profile.arn))
        .child(Element::text("CreateDate", profile.created.iso()))
        .child(Element::new("Roles").children(role))
        .child(Element::new("Tags").children(tags))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Named {
    instance_profile_name: String,
}

pub(super) fn get(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    one(call, &asked.instance_profile_name)
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    let state = call.world.iam(&call.place.account.clone());
    instance_profiles::delete(state, &asked.instance_profile_name)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct WithRole {
    instance_profile_name: String,
    role_name: String,
}

fn change(
    call: &mut Call<'_>,
    input: &Input,
    change: fn(&mut State, &str, &str) -> Result<(), ServiceError>,
) -> Answered {
    let asked: WithRole = input.parse()?;
    let state = call.world.iam(&call.place.account.clone());
    change(state, &asked.instance_profile_name, &asked.role_name)?;
    Ok(done())
}

pub(super) fn add_role(call: &mut Call<'_>, input: &Input) -> Answered {
    change(call, input, instance_profiles::add_role)
}

pub(super) fn remove_role(call: &mut Call<'_>, input: &Input) -> Answered {
    change(call, input, instance_profiles::remove_role)
}

pub(super) fn list(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked = Paging::of_all(input)?;
    let prefix = asked.path_prefix.clone().unwrap_or_else(|| "/".to_owned());
    answer(call, &asked, |profile| profile.path.starts_with(&prefix))
}

pub(super) fn list_for_role(call: &mut Call<'_>, input: &Input) -> Answered {
    let (asked, role) = Paging::of_role(input)?;
    call.world.iam(&call.place.account.clone()).role(&role)?;
    answer(call, &asked, |profile| profile.role.as_ref() == Some(&role))
}

fn answer(
    call: &mut Call<'_>,
    asked: &Paging,
    shown: impl Fn(&InstanceProfile) -> bool,
) -> Answered {
    let state = call.world.iam(&call.place.account.clone()).clone();
    let profiles = state.instance_profiles.values();
    let profiles: Vec<&InstanceProfile> = profiles.filter(|profile| shown(profile)).collect();
    let element = |profile: &&InstanceProfile| members(Element::new("member"), &state, profile);
    asked.answer(
        call,
        "InstanceProfiles",
        profiles,
        |it| it.name.clone(),
        element,
    )
}
