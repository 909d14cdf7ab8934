//! Who is calling.

use super::{Aws, CallError, Service};

/// The caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

impl Identity {
    /// The principal behind a session: `arn:…:assumed-role/ROLE/SESSION` is the role, whatever the session's name.
    pub fn principal(&self) -> String {
        match self.arn.split_once(":assumed-role/") {
            Some((head, rest)) => {
                let role = rest.split('/').next().unwrap_or(rest);
                format!("{}:role/{role}", head.replace(":sts:", ":iam:"))
            }
            None => self.arn.clone(),
        }
    }
}

impl Aws {
    /// # Errors
    /// As any call.
    pub async fn identity(&self) -> Result<Identity, CallError> {
        let request = self.sts().get_caller_identity().send();
        let answer = self
            .call(Service::Sts, "GetCallerIdentity", request)
            .await?;
        let arn = answer.arn.unwrap_or_default();
        self.learn_partition(&arn);
        Ok(Identity {
            account: answer.account.unwrap_or_default(),
            arn,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_its_role() {
        let identity = Identity {
            account: "1".into(),
            arn: "arn:aws:sts::1:assumed-role/ci/run-7".into(),
        };
        assert_eq!(identity.principal(), "arn:aws:iam::1:role/ci");
        let user = Identity {
            account: "1".into(),
            arn: "arn:aws:iam::1:user/ann".into(),
        };
        assert_eq!(user.principal(), "arn:aws:iam::1:user/ann");
    }
}
