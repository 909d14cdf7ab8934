//! Actions on the policies of roles.

use serde::Deserialize;

use super::roles::percent_encoded;
use super::{Paging, done};
use crate::iam::attachments;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Managed {
    role_name: String,
    policy_arn: String,
}

pub(super) fn attach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Managed = input.parse()?;
    let account = call.place.account.clone();
    attachments::attach(call.world, &account, &asked.role_name, &asked.policy_arn)?;
    Ok(done())
}

pub(super) fn detach(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Managed = input.parse()?;
    let account = call.place.account.clone();
    attachments::detach(
        call.world.iam(&account),
        &asked.role_name,
        &asked.policy_arn,
    )?;
    Ok(done())
}

pub(super) fn list_attached(call: &mut Call<'_>, input: &Input) -> Answered {
    let (asked, role) = Paging::of_role(input)?;
    let account = call.place.account.clone();
    let mut arns = call.world.iam(&account).role(&role)?.attached.clone();
    arns.sort();
    let element = |arn: &String| {
        Element::new("member")
            .child(Element::text(
                "PolicyName",
                arn.rsplit('/').next().unwrap_or_default(),
            ))
            .child(Element::text("PolicyArn", arn))
    };
    asked.answer(call, "AttachedPolicies", arns, Clone::clone, element)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Put {
    role_name: String,
    policy_name: String,
    policy_document: String,
}

pub(super) fn put(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Put = input.parse()?;
    let account = call.place.account.clone();
    let state = call.world.iam(&account);
    attachments::put(
        state,
        &asked.role_name,
        &asked.policy_name,
        &asked.policy_document,
    )?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Inline {
    role_name: String,
    policy_name: String,
}

pub(super) fn get(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Inline = input.parse()?;
    let account = call.place.account.clone();
    let role = call.world.iam(&account).role(&asked.role_name)?;
    let document = role.inline.get(&asked.policy_name);
    let document = document.ok_or_else(|| attachments::no_inline(&asked.policy_name))?;
    Ok(Output::Xml(vec![
        Element::text("RoleName", &asked.role_name),
        Element::text("PolicyName", &asked.policy_name),
        Element::text("PolicyDocument", percent_encoded(document)),
    ]))
}

pub(super) fn delete(call: &mut Call<'_>, input: &Input) -> Answered {
    let asked: Inline = input.parse()?;
    let account = call.place.account.clone();
    attachments::remove(
        call.world.iam(&account),
        &asked.role_name,
        &asked.policy_name,
    )?;
    Ok(done())
}

pub(super) fn list(call: &mut Call<'_>, input: &Input) -> Answered {
    let (asked, role) = Paging::of_role(input)?;
    let account = call.place.account.clone();
    let names: Vec<String> = call
        .world
        .iam(&account)
        .role(&role)?
        .inline
        .keys()
        .cloned()
        .collect();
    asked.answer(call, "PolicyNames", names, Clone::clone, |name| {
        Element::text("member", name)
    })
}
