//! Templates, as they are stored and as they are understood.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::body::Body;
use super::super::inputs::enumeration;
use super::super::requests::refuse;
use super::{find, required};
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TemplateIn {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
    template_body: Option<String>,
}

pub(super) fn get_template(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: TemplateIn = input.parse()?;
    if input.change_set_name.is_some() || input.template_body.is_some() {
        return Err(refuse("templates are shown by stack here"));
    }
    if let Some(stage) = input
        .template_stage
        .filter(|stage| !["Original", "Processed"].contains(&stage.as_str()))
    {
        let set = ["Original", "Processed"];
        return Err(enumeration(&stage, "templateStage", &set));
    }
    let stack = find(call, &required(input.stack_name)?)?;
    Ok(Output::Xml(vec![
        Element::text("TemplateBody", &stack.template),
        Element::texts("StagesAvailable", "member", ["Original", "Processed"]),
    ]))
}

pub(super) fn template_summary(call: &mut Call<'_>, action: &str, input: &Input) -> Answered {
    let input: TemplateIn = input.parse()?;
    let text = match (input.template_body, input.stack_name) {
        (Some(text), _) => text,
        (None, Some(name)) => find(call, &name)?.template,
        (None, None) => {
            return Err(refuse(
                "Either Template URL or Template Body must be specified.",
            ));
        }
    };
    let body = Body::read(&text)?;
    let parameters = body.parameters.iter().map(|parameter| {
        let mut members = vec![
            Element::text("ParameterKey", &parameter.name),
            Element::text("NoEcho", parameter.no_echo),
        ];
        members.extend(Element::optional(
            "DefaultValue",
            parameter.default.as_ref(),
        ));
        members.extend(Element::optional(
            "Description",
            parameter.description.as_ref(),
        ));
        if action == "GetTemplateSummary" {
            members.push(Element::text("ParameterType", &parameter.kind));
        }
        members
    });
    let mut members = vec![
        Element::list("Parameters", "member", parameters),
        Element::texts("Capabilities", "member", body.capability()),
    ];
    members.extend(Element::optional("Description", body.description.as_ref()));
    if action == "GetTemplateSummary" {
        let kinds: BTreeSet<&String> = body
            .resources
            .values()
            .map(|declared| &declared.kind)
            .collect();
        members.push(Element::texts("ResourceTypes", "member", kinds));
        members.push(Element::text("Version", "2010-09-09"));
    }
    Ok(Output::Xml(members))
}
