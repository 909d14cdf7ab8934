//! Roles, as far as network interfaces name them and as far as they are in the way of their own end.

use super::{Aws, CallError, Service};

impl Aws {
    /// The unique id (`AROA…`) of a role.
    ///
    /// # Errors
    /// As any call; a role that is gone is `NotFound`.
    pub async fn role_id(&self, name: &str) -> Result<String, CallError> {
        let request = self.iam().get_role().role_name(name).send();
        let answer = self.call(Service::Iam, "GetRole", request).await?;
        Ok(answer.role.map(|role| role.role_id).unwrap_or_default())
    }

    /// ARNs of the managed policies on a role.
    ///
    /// # Errors
    /// As any call; a role that is gone is `NotFound`.
    pub async fn attached_policies(&self, role: &str) -> Result<Vec<String>, CallError> {
        let found = self
            .pages(
                Service::Iam,
                "ListAttachedRolePolicies",
                |marker| {
                    self.iam()
                        .list_attached_role_policies()
                        .role_name(role)
                        .set_marker(marker)
                        .send()
                },
                |page| (page.attached_policies.unwrap_or_default(), page.marker),
            )
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|policy| policy.policy_arn)
            .collect())
    }

    /// Names of the policies that are written on a role itself.
    ///
    /// # Errors
    /// As any call; a role that is gone is `NotFound`.
    pub async fn inline_policies(&self, role: &str) -> Result<Vec<String>, CallError> {
        self.pages(
            Service::Iam,
            "ListRolePolicies",
            |marker| {
                self.iam()
                    .list_role_policies()
                    .role_name(role)
                    .set_marker(marker)
                    .send()
            },
            |page| (page.policy_names, page.marker),
        )
        .await
    }

    /// The text of a policy that is written on a role, as IAM gives it: URL-encoded JSON, decoded.
    ///
    /// # Errors
    /// As any call.
    pub async fn inline_policy(&self, role: &str, name: &str) -> Result<String, CallError> {
        let request = self
            .iam()
            .get_role_policy()
            .role_name(role)
            .policy_name(name)
            .send();
        let answer = self.call(Service::Iam, "GetRolePolicy", request).await?;
        Ok(decoded(&answer.policy_document))
    }

    /// # Errors
    /// As any call.
    pub async fn detach_policy(&self, role: &str, arn: &str) -> Result<(), CallError> {
        let request = self
            .iam()
            .detach_role_policy()
            .role_name(role)
            .policy_arn(arn)
            .send();
        self.call(Service::Iam, "DetachRolePolicy", request)
            .await
            .map(drop)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_inline_policy(&self, role: &str, name: &str) -> Result<(), CallError> {
        let request = self
            .iam()
            .delete_role_policy()
            .role_name(role)
            .policy_name(name)
            .send();
        self.call(Service::Iam, "DeleteRolePolicy", request)
            .await
            .map(drop)
    }
}

/// Takes the percent-encoding off a document.
fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        assert_eq!(decoded("%7B%22a%22%3A%201%7D"), "{\"a\": 1}");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz"), "%zz");
    }
}
