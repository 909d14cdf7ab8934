//! A denial, in the words of the service that was called.

use super::encoded;
use super::judge::role_arn;
use super::layers::{Ground, Layer};
use super::question::Context;
use crate::error::ServiceError;

/// What was denied to whom, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The caller's ARN.
    pub principal: String,
    /// As IAM names it.
    pub action: String,
    /// An ARN, or `*` where the action has no resource.
    pub resource: String,
    pub ground: Ground,
    pub(super) context: Context,
}

impl Layer {
    /// AWS's noun, after `no …` and after `in …` with its article.
    fn noun(self) -> (&'static str, &'static str) {
        match self {
            Layer::ServiceControl => ("service control policy", "a service control policy"),
            Layer::Identity => ("identity-based policy", "an identity-based policy"),
            Layer::Boundary => ("permissions boundary", "a permissions boundary"),
        }
    }
}

impl Denial {
    /// The sentence that most services give. An action without a resource names none.
    pub fn text(&self) -> String {
        let Self {
            principal, action, ..
        } = self;
        let resource = match self.resource.as_str() {
            "*" => String::new(),
            resource => format!(" on resource: {}", shown(action, resource)),
        };
        let start = format!("User: {principal} is not authorized to perform: {action}{resource}");
        match &self.ground {
            Ground::Explicit(layer) => {
                format!("{start} with an explicit deny in {}", layer.noun().1)
            }
            Ground::Implicit(layer) => {
                format!(
                    "{start} because no {} allows the {action} action",
                    layer.noun().0
                )
            }
            Ground::NoRole => {
                let role = role_arn(principal);
                format!("Role {role} is invalid or cannot be assumed")
            }
            Ground::Unreadable(problem) => format!("{start}: {problem}"),
        }
    }

    /// The refusal of a call of the service whose actions have the prefix.
    ///
    /// EC2 tells resource and cause since 2023 and adds an encoded message where there is a resource; EFS tells neither.
    pub fn error(&self, prefix: &str, seed: u64) -> ServiceError {
        match prefix {
            "ec2" => {
                let mut text = format!(
                    "You are not authorized to perform this operation. {}",
                    self.text()
                );
                if self.resource != "*" {
                    let message = encoded::encode(self, seed);
                    text.push_str(". Encoded authorization failure message: ");
                    text.push_str(&message);
                }
                ServiceError::new("UnauthorizedOperation", text).status(403)
            }
            "elasticfilesystem" if self.action.starts_with("elasticfilesystem:") => {
                let Self {
                    principal, action, ..
                } = self;
                let text = format!(
                    "User: {principal} is not authorized to perform: {action} on the specified resource"
                );
                ServiceError::new("AccessDeniedException", text).status(403)
            }
            // What EFS needs of another service it does not name (terraform-provider-aws#1727).
            "elasticfilesystem" => {
                let text =
                    "User is not authorized to perform that action on the specified resource";
                ServiceError::new("AccessDeniedException", text).status(403)
            }
            "cloudformation" | "iam" | "sts" => {
                ServiceError::new("AccessDenied", self.text()).status(403)
            }
            _ => ServiceError::new("AccessDeniedException", self.text()),
        }
    }
}

/// IAM names what exists by kind and name: `role NAME`.
fn shown(action: &str, resource: &str) -> String {
    let by_arn = [
        "iam:CreateRole",
        "iam:PassRole",
        "iam:CreateServiceLinkedRole",
    ];
    let role = resource.split_once(":role/").map(|(_, path)| path);
    match role {
        Some(path) if action.starts_with("iam:") && !by_arn.contains(&action) => {
            format!("role {}", path.rsplit('/').next().unwrap_or(path))
        }
        Some(_) | None => resource.to_owned(),
    }
}
