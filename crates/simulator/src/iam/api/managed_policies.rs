//! Actions on managed policies.

use serde::Deserialize;

use super::roles::percent_encoded;
use super::{Paging, Tag, done, tag_element, tags};
use crate::error::ServiceError;
use crate::iam::State;
use crate::iam::policies::{self, NewPolicy, Policy, Version};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Create {
    policy_name: String,
    policy_document: String,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Create = input.parse()?;
    let new = NewPolicy {
        name: asked.policy_name,
        path: asked.path.unwrap_or_else(|| "/".to_owned()),
        document: asked.policy_document,
        description: asked.description,
        tags: tags(asked.tags)?,
    };
    let account = call.place.account.clone();
    let arn = policies::create(call.world, &account, new)?;
    call.touch(&arn);
    one(call, &arn)
}

/// Of AWS's own policies no more is known here than that they are there.
fn one(call: &mut Call<'_>, arn: &str) -> Answered {
    let state = call.world.iam(&call.place.account.clone());
    let element = Element::new("Policy");
    let element = if policies::is_of_aws(arn) {
        of_aws(element, state, arn)
    } else {
        members(element, state, policies::find(state, arn)?, true)
    };
    Ok(Output::Xml(vec![element]))
}

fn counts(element: Element, state: &State, arn: &str) -> Element {
    let boundaries = policies::boundaries(state, arn);
    element
        .child(Element::text("Arn", arn))
        .child(Element::text(
            "AttachmentCount",
            policies::attachments(state, arn),
        ))
        .child(Element::text("PermissionsBoundaryUsageCount", boundaries))
        .child(Element::text("IsAttachable", true))
}

fn of_aws(element: Element, state: &State, arn: &str) -> Element {
    let name = arn.rsplit('/').next().unwrap_or_default();
    counts(element, state, arn).child(Element::text("PolicyName", name))
}

/// Lists tell neither descriptions nor tags.
fn members(element: Element, state: &State, policy: &Policy, whole: bool) -> Element {
    let updated = policy
        .versions
        .last()
        .map_or(policy.created, |it| it.created);
    let element = counts(element, state, &policy.arn)
        .child(Element::text("PolicyName", &policy.name))
        .child(Element::text("PolicyId", &policy.unique_id))
        .child(Element::text("Path", &policy.path))
        .child(Element::text(
            "DefaultVersionId",
            format!("v{}", policy.in_force),
        ))
        .child(Element::text("CreateDate", policy.created.iso()))
        .child(Element::text("UpdateDate", updated.iso()));
    if !whole {
        return element;
    }
    let tags = policy
        .tags
        .iter()
        .map(|(key, value)| tag_element(key, value));
    let description = policy.description.as_ref();
    element
        .children(Element::optional("Description", description))
        .child(Element::new("Tags").children(tags))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Named {
    policy_arn: String,
}

pub(super) fn get(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    one(call, &asked.policy_arn)
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Named = input.parse()?;
    policies::delete(
        call.world.iam(&call.place.account.clone()),
        &asked.policy_arn,
    )?;
    Ok(done())
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum Scope {
    #[default]
    All,
    #[serde(rename = "AWS")]
    Aws,
    Local,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    only_attached: bool,
    #[serde(default)]
    path_prefix: Option<String>,
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    max_items: Option<usize>,
}

/// Of AWS's own policies, those that some role has are listed; the others are not known here.
pub(super) fn list(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: List = input.parse()?;
    let state = call.world.iam(&call.place.account.clone()).clone();
    let prefix = asked.path_prefix.as_deref().unwrap_or("/");
    let own = state.policies.values().filter(|policy| {
        let attached = policies::attachments(&state, &policy.arn) > 0;
        asked.scope != Scope::Aws
            && policy.path.starts_with(prefix)
            && (attached || !asked.only_attached)
    });
    let mut arns: Vec<String> = own.map(|policy| policy.arn.clone()).collect();
    if asked.scope != Scope::Local {
        let attached = state.roles.values().flat_map(|role| &role.attached);
        let of_aws = attached.filter(|arn| {
            policies::is_of_aws(arn) && arn["arn:aws:iam::aws:policy".len()..].starts_with(prefix)
        });
        arns.extend(of_aws.cloned());
    }
    arns.sort();
    arns.dedup();
    let element = |arn: &String| {
        let element = Element::new("member");
        match state.policies.get(arn) {
            Some(policy) => members(element, &state, policy, false),
            None => of_aws(element, &state, arn),
        }
    };
    let paging = Paging {
        marker: asked.marker,
        max_items: asked.max_items,
        ..Paging::default()
    };
    paging.answer(call, "Policies", arns, Clone::clone, element)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateVersion {
    policy_arn: String,
    policy_document: String,
    #[serde(default)]
    set_as_default: bool,
}

pub(super) fn create_version(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: CreateVersion = input.parse()?;
    let now = call.world.now();
    let (arn, document) = (&asked.policy_arn, asked.policy_document);
    let state = call.world.iam(&call.place.account.clone());
    let id = policies::add_version(state, arn, document, asked.set_as_default, now)?;
    let policy = policies::find(state, arn)?;
    let element = version(
        Element::new("PolicyVersion"),
        policy,
        policies::version(policy, &id)?,
        false,
    );
    Ok(Output::Xml(vec![element]))
}

fn version(element: Element, policy: &Policy, version: &Version, whole: bool) -> Element {
    let document = whole.then(|| percent_encoded(&version.document));
    element
        .children(Element::optional("Document", document.as_ref()))
        .child(Element::text("VersionId", version.id()))
        .child(Element::text(
            "IsDefaultVersion",
            policy.in_force == version.number,
        ))
        .child(Element::text("CreateDate", version.created.iso()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OneVersion {
    policy_arn: String,
    version_id: String,
}

pub(super) fn get_version(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: OneVersion = input.parse()?;
    if policies::is_of_aws(&asked.policy_arn) {
        let text = "The documents of AWS's own policies are not known here.";
        return Err(ServiceError::new("InvalidInput", text));
    }
    let state = call.world.iam(&call.place.account.clone());
    let policy = policies::find(state, &asked.policy_arn)?;
    let found = policies::version(policy, &asked.version_id)?;
    let element = version(Element::new("PolicyVersion"), policy, found, true);
    Ok(Output::Xml(vec![element]))
}

pub(super) fn delete_version(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: OneVersion = input.parse()?;
    let state = call.world.iam(&call.place.account.clone());
    policies::remove_version(state, &asked.policy_arn, &asked.version_id)?;
    Ok(done())
}

pub(super) fn set_default(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: OneVersion = input.parse()?;
    let state = call.world.iam(&call.place.account.clone());
    policies::set_in_force(state, &asked.policy_arn, &asked.version_id)?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListVersions {
    policy_arn: String,
    #[serde(default)]
    marker: Option<String>,
    #[serde(default)]
    max_items: Option<usize>,
}

pub(super) fn list_versions(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: ListVersions = input.parse()?;
    let state = call.world.iam(&call.place.account.clone());
    let policy = policies::find(state, &asked.policy_arn)?.clone();
    let element = |it: &Version| version(Element::new("member"), &policy, it, false);
    let paging = Paging {
        marker: asked.marker,
        max_items: asked.max_items,
        ..Paging::default()
    };
    paging.answer(
        call,
        "Versions",
        policy.versions.clone(),
        Version::id,
        element,
    )
}
