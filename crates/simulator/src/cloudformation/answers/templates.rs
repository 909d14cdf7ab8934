//! Templates, as they are stored and as they are understood.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::super::body::Body;
use super::super::inputs::{enumeration, template};
use super::super::requests::refuse;
use super::super::stack::STACK_TYPE;
use super::super::template::Template;
use super::find;
use crate::wire::{Element, Input, Output};
use crate::world::{Answered, Call};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetIn {
    stack_name: String,
    template_stage: Option<String>,
}

pub(super) fn get_template(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: GetIn = input.parse()?;
    if let Some(stage) = input
        .template_stage
        .filter(|stage| !["Original", "Processed"].contains(&stage.as_str()))
    {
        let set = ["Original", "Processed"];
        return Err(enumeration(&stage, "templateStage", &set));
    }
    let stack = find(call, &input.stack_name)?;
    Ok(Output::Xml(vec![
        Element::text("TemplateBody", stack.template.text()),
        Element::texts("StagesAvailable", "member", ["Original", "Processed"]),
    ]))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SummaryIn {
    stack_name: Option<String>,
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ValidateIn {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
}

pub(super) fn validate_template(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: ValidateIn = input.parse()?;
    let (body, url) = (input.template_body.as_ref(), input.template_url.as_ref());
    let template = template(&call.world.templates, body, url)?;
    summary(call, "ValidateTemplate", template, None)
}

pub(super) fn template_summary(call: &mut Call<'_>, input: &Input) -> Answered {
    let input: SummaryIn = input.parse()?;
    let (body, url) = (input.template_body.as_ref(), input.template_url.as_ref());
    let template = template(&call.world.templates, body, url)?;
    summary(call, "GetTemplateSummary", template, input.stack_name)
}

fn nests(body: &Body) -> bool {
    let mut declared = body.resources.values();
    declared.any(|declared| declared.kind == STACK_TYPE)
}

/// What a template is said to need: whatever there is, where it nests stacks, whose own templates nobody reads for it (so
/// people have shown it). CreateStack demands less.
fn capabilities(body: &Body) -> Vec<&'static str> {
    if nests(body) {
        return vec!["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
    }
    body.capability().into_iter().collect()
}

fn summary(
    call: &mut Call<'_>,
    action: &str,
    template: Option<Template>,
    stack: Option<String>,
) -> Answered {
    let template = match (template, stack) {
        (Some(_), Some(_)) => {
            return Err(refuse(
                "Only one of StackName and TemplateBody may be specified",
            ));
        }
        (Some(template), None) => template,
        (None, Some(name)) => find(call, &name)?.template.clone(),
        (None, None) => {
            return Err(refuse(
                "Either Template URL or Template Body must be specified.",
            ));
        }
    };
    let body = template.body()?;
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
        Element::texts("Capabilities", "member", capabilities(body)),
    ];
    let reason = nests(body)
        .then(|| format!("The following resource(s) require capabilities: [{STACK_TYPE}]"));
    members.extend(Element::optional("CapabilitiesReason", reason.as_ref()));
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
