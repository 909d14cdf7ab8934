//! Policies on roles of ours: which of them the role's stack put there, and which somebody attached by hand.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use environment::facts::{Member, RolePolicy, Stack};

use smol_str::SmolStr;

use super::Inventory;
use crate::aws::cloudformation::DELETE_FAILED;
use crate::aws::{CallError, Class};

const ROLE: &str = "AWS::IAM::Role";

/// Texts of inline policies by role and name, and what templates say of policies by the ARN of the stack.
#[derive(Default)]
pub(super) struct Cache {
    documents: RefCell<BTreeMap<(String, String), String>>,
    /// The inline policies whose texts were told.
    told: RefCell<BTreeSet<(String, String)>>,
}

/// What the templates of a whole say of policies.
struct Written {
    /// Names of those that they write or attach; nothing where one of them cannot be read.
    named: Option<BTreeSet<String>>,
    /// The values of their parameters.
    given: BTreeSet<String>,
}

impl Inventory {
    pub(super) async fn read_role_policies(&self) -> Result<Vec<RolePolicy>, CallError> {
        let stacks = self.facts().marked().to_vec();
        let mut policies = Vec::new();
        for stack in &stacks {
            let members = stack.members.iter();
            let roles = members.filter(|member| member.kind == ROLE && member.is_present());
            let roles: Vec<&Member> = roles.collect();
            if roles.is_empty() {
                continue;
            }
            let written = self.written_by(stack);
            for role in roles {
                match self.policies_of(&written, role).await {
                    Ok(found) => policies.extend(found),
                    Err(error) if error.class == Class::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(policies)
    }

    /// What a stack and those that are nested in it say of policies: one may be named in another template than the role's.
    fn written_by(&self, stack: &Stack) -> Written {
        let nested = stack.nested.iter().map(|nested| &nested.arn);
        let whole: Vec<&SmolStr> = std::iter::once(&stack.arn).chain(nested).collect();
        let named = whole
            .iter()
            .map(|arn| policies_named(&self.template_of(arn)));
        let named: Option<Vec<BTreeSet<String>>> = named.collect();
        let survey = self.survey();
        let stacks = survey.marked.iter();
        let stacks = stacks.filter(|stack| whole.iter().any(|arn| **arn == stack.arn));
        let values = stacks.flat_map(|stack| stack.parameters.values());
        Written {
            named: named.map(|named| named.into_iter().flatten().collect()),
            given: values
                .flat_map(|value| value.split(','))
                .map(|value| value.trim().to_owned())
                .collect(),
        }
    }

    async fn policies_of(
        &self,
        written: &Written,
        role: &Member,
    ) -> Result<Vec<RolePolicy>, CallError> {
        let is_of_stack = |policy: &str| self.is_of_stack(written, role, policy);
        let role = role.id.as_str();
        let mut policies = Vec::new();
        for arn in self.aws.attached_policies(role).await? {
            policies.push(RolePolicy {
                role: role.to_owned(),
                is_of_stack: is_of_stack(&arn),
                policy: arn,
                document: None,
            });
        }
        for name in self.aws.inline_policies(role).await? {
            let is_of_stack = is_of_stack(&name);
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

    /// The texts of those of these inline policies, by `ROLE/NAME`, that were not told in this run yet.
    pub fn untold_policies(&self, wanted: impl Fn(&str) -> bool) -> Vec<RolePolicy> {
        let facts = self.facts();
        let mut told = self.roles.told.borrow_mut();
        let policies = facts.role_policies.items().iter();
        let wanted = policies.filter(|it| it.document.is_some() && wanted(&it.id()));
        wanted
            .filter(|it| told.insert((it.role.clone(), it.policy.clone())))
            .cloned()
            .collect()
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
    /// its parameters. What is still there after the role's deletion failed is nobody's but ours to take off. Where the
    /// template cannot be read, nothing is known to be written by hand.
    fn is_of_stack(&self, written: &Written, role: &Member, policy: &str) -> bool {
        if role.status == DELETE_FAILED {
            return false;
        }
        let is_named = |named: &BTreeSet<String>| named.contains(last_segment(policy));
        self.facts().stack_of(policy).is_some()
            || written.given.contains(policy)
            || written.named.as_ref().is_none_or(is_named)
    }

    /// A stack's template with the values of parameters and pseudo parameters where `Fn::Sub` would put them.
    fn template_of(&self, arn: &str) -> String {
        let mut text = self.stacks.template(arn).unwrap_or_default();
        let facts = self.facts();
        let survey = self.survey();
        let told = survey.marked.iter().find(|told| told.arn == arn);
        let parameters = told.iter().flat_map(|told| &told.parameters);
        let pseudo = [
            ("AWS::StackName", told.map_or("", |told| told.name.as_str())),
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

/// Names of the policies that a template writes or attaches; none where it cannot be read.
fn policies_named(template: &str) -> Option<BTreeSet<String>> {
    let mut named = BTreeSet::new();
    collect(&template::parse(template).ok()?, false, &mut named);
    Some(named)
}

/// Collects every text below a key that names policies, whatever function puts it there.
fn collect(node: &template::Node, names_policies: bool, named: &mut BTreeSet<String>) {
    if let (true, Some(text)) = (names_policies, node.text()) {
        named.insert(last_segment(&text).to_owned());
    }
    for (key, value) in node.as_map().unwrap_or_default() {
        let names = matches!(key.name.as_str(), "PolicyName" | "ManagedPolicyArns");
        collect(value, names_policies || names, named);
    }
    for value in node.as_list().unwrap_or_default() {
        collect(value, names_policies, named);
    }
}

/// A managed policy's ARN ends in its name.
fn last_segment(policy: &str) -> &str {
    policy.rsplit('/').next().unwrap_or(policy)
}

#[cfg(test)]
mod tests {
    use super::policies_named;

    #[test]
    fn a_policy_is_a_templates_where_it_is_named_as_one() {
        let template = r"
Resources:
  # The endpoint of s3 is somebody else's.
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: reaches logs
      ManagedPolicyArns:
        - !Sub arn:aws:iam::aws:policy/AmazonSageMakerFullAccess
        - !If [Canvas, arn:aws:iam::aws:policy/AmazonSageMakerCanvasFullAccess, !Ref AWS::NoValue]
      Policies:
        - PolicyName: images
          PolicyDocument:
            Statement: [{Effect: Allow, Action: ecr:*, Resource: '*'}]
";
        let named = policies_named(template).unwrap();
        for policy in [
            "AmazonSageMakerFullAccess",
            "AmazonSageMakerCanvasFullAccess",
            "images",
        ] {
            assert!(named.contains(policy), "{policy}");
        }
        for other in ["s3", "logs", "ecr:*"] {
            assert!(!named.contains(other), "{other}");
        }
        assert_eq!(policies_named("Resources: ["), None);
    }
}
