//! Roles, as far as network interfaces name them.

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
}
