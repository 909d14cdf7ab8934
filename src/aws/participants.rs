//! SageMaker: user profiles, spaces and apps of participants.

use std::collections::BTreeMap;

use aws_sdk_sagemaker::types::{
    AppDetails, AppType, OwnershipSettings, ResourceSpec, SharingType, SpaceSettings,
    SpaceSharingSettings, Tag,
};
use environment::facts::Tags;

use super::sagemaker::{PAGE, SERVICE};
use super::{Aws, CallError};

/// How many apps run, by instance type.
pub type Running = BTreeMap<String, usize>;

fn tags(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

impl Aws {
    /// Makes a user profile with the domain's defaults.
    ///
    /// # Errors
    /// As any call; `ResourceInUse` where there is one of that name.
    pub async fn make_user_profile(
        &self,
        domain: &str,
        name: &str,
        marks: &Tags,
    ) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .create_user_profile()
            .domain_id(domain)
            .user_profile_name(name)
            .set_tags(tags(marks))
            .send();
        self.call(SERVICE, "CreateUserProfile", request)
            .await
            .map(drop)
    }

    /// Makes a private space for JupyterLab.
    ///
    /// # Errors
    /// As any call; `ResourceInUse` where there is one of that name.
    pub async fn make_space(
        &self,
        domain: &str,
        owner: &str,
        name: &str,
        marks: &Tags,
    ) -> Result<(), CallError> {
        let ownership = OwnershipSettings::builder()
            .owner_user_profile_name(owner)
            .build();
        let sharing = SpaceSharingSettings::builder()
            .sharing_type(SharingType::Private)
            .build();
        let settings = SpaceSettings::builder()
            .app_type(AppType::JupyterLab)
            .build();
        let request = self
            .sagemaker()
            .create_space()
            .domain_id(domain)
            .space_name(name)
            .set_ownership_settings(ownership.into())
            .space_sharing_settings(sharing)
            .space_settings(settings)
            .set_tags(tags(marks))
            .send();
        self.call(SERVICE, "CreateSpace", request).await.map(drop)
    }

    /// Starts JupyterLab in a space on an instance type.
    ///
    /// # Errors
    /// As any call; `ResourceInUse` where it runs already.
    pub async fn start_jupyterlab(
        &self,
        domain: &str,
        space: &str,
        instance: &str,
    ) -> Result<(), CallError> {
        let resources = ResourceSpec::builder()
            .instance_type(instance.into())
            .build();
        let request = self
            .sagemaker()
            .create_app()
            .domain_id(domain)
            .space_name(space)
            .app_type(AppType::JupyterLab)
            .app_name("default")
            .resource_spec(resources)
            .send();
        self.call(SERVICE, "CreateApp", request).await.map(drop)
    }

    /// Why a user profile failed, where it did.
    ///
    /// # Errors
    /// As any call.
    pub async fn profile_failure(
        &self,
        domain: &str,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        let request = self
            .sagemaker()
            .describe_user_profile()
            .domain_id(domain)
            .user_profile_name(name)
            .send();
        let described = self.call(SERVICE, "DescribeUserProfile", request).await?;
        Ok(described.failure_reason)
    }

    /// Why a space failed, where it did.
    ///
    /// # Errors
    /// As any call.
    pub async fn space_failure(
        &self,
        domain: &str,
        name: &str,
    ) -> Result<Option<String>, CallError> {
        let request = self
            .sagemaker()
            .describe_space()
            .domain_id(domain)
            .space_name(name)
            .send();
        let described = self.call(SERVICE, "DescribeSpace", request).await?;
        Ok(described.failure_reason)
    }

    /// Why JupyterLab in a space failed, where it did.
    ///
    /// # Errors
    /// As any call.
    pub async fn jupyterlab_failure(
        &self,
        domain: &str,
        space: &str,
    ) -> Result<Option<String>, CallError> {
        let request = self
            .sagemaker()
            .describe_app()
            .domain_id(domain)
            .space_name(space)
            .app_type(AppType::JupyterLab)
            .app_name("default")
            .send();
        let described = self.call(SERVICE, "DescribeApp", request).await?;
        Ok(described.failure_reason)
    }

    /// How many user profiles the account has in the region, over all domains.
    ///
    /// # Errors
    /// As any call.
    pub async fn count_user_profiles(&self) -> Result<usize, CallError> {
        Ok(self.listed_user_profiles(None).await?.len())
    }

    /// How many spaces the account has in the region, over all domains.
    ///
    /// # Errors
    /// As any call.
    pub async fn count_spaces(&self) -> Result<usize, CallError> {
        Ok(self.listed_spaces(None).await?.len())
    }

    /// How many JupyterLab apps run on an instance type in the region, over all domains.
    ///
    /// # Errors
    /// As any call.
    pub async fn count_jupyterlabs(&self, instance: &str) -> Result<usize, CallError> {
        let found = self.listed_apps(None).await?;
        let counts = found.iter().filter(|app| {
            app.app_type == Some(AppType::JupyterLab) && running_on(app) == Some(instance)
        });
        Ok(counts.count())
    }

    /// How many apps run in a domain, by instance type.
    ///
    /// # Errors
    /// As any call.
    pub async fn running_apps(&self, domain: &str) -> Result<Running, CallError> {
        let mut running = Running::new();
        for app in self.listed_apps(Some(domain)).await? {
            if let Some(instance) = running_on(&app) {
                *running.entry(instance.to_owned()).or_default() += 1;
            }
        }
        Ok(running)
    }

    async fn listed_apps(&self, domain: Option<&str>) -> Result<Vec<AppDetails>, CallError> {
        self.pages(
            SERVICE,
            "ListApps",
            |token| {
                self.sagemaker()
                    .list_apps()
                    .set_domain_id_equals(domain.map(str::to_owned))
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.apps.unwrap_or_default(), page.next_token),
        )
        .await
    }
}

/// The instance type that an app runs on, unless it is over with it.
fn running_on(app: &AppDetails) -> Option<&str> {
    let status = app.status.as_ref()?.as_str();
    let instance = app.resource_spec.as_ref()?.instance_type.as_ref()?;
    (!matches!(status, "Deleted" | "Failed")).then(|| instance.as_str())
}
