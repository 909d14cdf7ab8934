//! Policies on roles of ours: which of them the role's stack put there, and which somebody attached by hand.

use std::cell::RefCell;
use std::collections::BTreeMap;

use environment::facts::{RolePolicy, Stack};

use super::Inventory;
use super::stacks::present;
use crate::aws::{CallError, Class};

/// Texts of inline policies by role and name, and what templates say of policies by the ARN of the stack.
#[derive(Default)]
pub(super) struct Cache {
    documents: RefCell<BTreeMap<(String, String), String>>,
}

impl Inventory {
    pub(super) async fn read_role_policies(&self) -> Result<Vec<RolePolicy>, CallError> {
        let stacks = self.facts().marked().to_vec();
        let mut policies = Vec::new();
        for stack in &stacks {
            let roles: Vec<String> = present(stack, "AWS::IAM::Role").cloned().collect();
            for role in roles {
                match self.policies_of(stack, &role).await {
                    Ok(found) => policies.extend(found),
                    Err(error) if error.class == Class::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(policies)
    }

    async fn policies_of(&self, stack: &Stack, role: &str) -> Result<Vec<RolePolicy>, CallError> {
        let template = self.template_of(stack);
        let mut policies = Vec::new();
        for arn in self.aws.attached_policies(role).await? {
            policies.push(RolePolicy {
                role: role.to_owned(),
                is_of_stack: self.is_of_stack(stack, &template, role, &arn),
                policy: arn,
                document: None,
            });
        }
        for name in self.aws.inline_policies(role).await? {
            let is_of_stack = self.is_of_stack(stack, &template, role, &name);
            let document = if is_of_stack {
                String::new()
            } else {
                self.document(role, &name).await?
            };
            policies.push(RolePolicy {
                role: role.to_owned(),
                is_of_stack,
                policy: name,
                document: Some(document),
            });
        }
        Ok(policies)
    }

    async fn document(&self, role: &str, name: &str) -> Result<String, CallError> {
        let key = (role.to_owned(), name.to_owned());
        let known = self.roles.documents.borrow().get(&key).cloned();
        if let Some(document) = known {
            return Ok(document);
        }
        let document = self.aws.inline_policy(role, name).await?;
        let mut documents = self.roles.documents.borrow_mut();
        documents.insert(key, document.clone());
        Ok(document)
    }

    /// Whether a stack takes a policy off its role by itself: the policy is a member, its template names it, or a value of
    /// its parameters. What is still there after the role's deletion failed is nobody's but ours to take off.
    fn is_of_stack(&self, stack: &Stack, template: &str, role: &str, policy: &str) -> bool {
        let mut members = stack.members.iter();
        let failed = members.any(|member| member.id == role && member.status == "DELETE_FAILED");
        if failed {
            return false;
        }
        let member = self.facts().stack_of(policy).is_some();
        let survey = self.survey();
        let told = survey.marked.iter().find(|told| told.arn == stack.arn);
        let mut values = told.iter().flat_map(|told| told.parameters.values());
        let given = values.any(|value| value.split(',').any(|value| value.trim() == policy));
        let name = policy.rsplit('/').next().unwrap_or(policy);
        member || given || template.contains(name)
    }

    /// A stack's template with the values of parameters and pseudo parameters where `Fn::Sub` would put them.
    fn template_of(&self, stack: &Stack) -> String {
        let mut text = self.stacks.template(&stack.arn).unwrap_or_default();
        let facts = self.facts();
        let survey = self.survey();
        let told = survey.marked.iter().find(|told| told.arn == stack.arn);
        let parameters = told.iter().flat_map(|told| &told.parameters);
        let pseudo = [
            ("AWS::StackName", stack.name.as_str()),
            ("AWS::Region", facts.region.as_str()),
            ("AWS::AccountId", facts.account.as_str()),
            ("AWS::Partition", self.aws.partition()),
        ];
        let values = parameters.map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in values.chain(pseudo) {
            text = text.replace(&format!("${{{key}}}"), value);
        }
        text
    }
}
