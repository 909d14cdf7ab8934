//! SageMaker: Studio.

use aws_sdk_sagemaker::types::{
    AppType, RetentionPolicy, RetentionType, SpaceDetails, Tag, UserProfileDetails,
};
use environment::facts::{App, AppOwner, Domain, Space, Tags, UserProfile};

use super::{Aws, CallError, Service};

pub(super) const SERVICE: Service = Service::SageMaker;
/// Items a page: the most that SageMaker gives.
pub(super) const PAGE: i32 = 100;

pub(super) fn tags(tags: Option<Vec<Tag>>) -> Tags {
    tags.unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect()
}

/// Removes the value from a call's answer where only its arrival matters.
pub(super) fn accepted<T>(answer: Result<T, CallError>) -> Result<(), CallError> {
    answer.map(drop)
}

impl Aws {
    /// Every domain of the account and region, without its home volume.
    ///
    /// # Errors
    /// As any call.
    pub async fn domains(&self) -> Result<Vec<Domain>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListDomains",
                |token| {
                    self.sagemaker()
                        .list_domains()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.domains.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|domain| Domain {
                id: domain.domain_id.unwrap_or_default(),
                arn: domain.domain_arn.unwrap_or_default().into(),
                name: domain.domain_name.unwrap_or_default(),
                status: domain
                    .status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                home_volume: None,
            })
            .collect())
    }

    /// One domain as it describes itself.
    ///
    /// # Errors
    /// As any call; `NotFound` when it is gone.
    pub async fn domain(&self, id: &str) -> Result<DomainDescription, CallError> {
        let request = self.sagemaker().describe_domain().domain_id(id).send();
        let answer = self.call(SERVICE, "DescribeDomain", request).await?;
        Ok(DomainDescription {
            url: answer.url,
            home_volume: answer.home_efs_file_system_id,
            failure: answer.failure_reason,
            vpc: answer.vpc_id,
            status: answer
                .status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
        })
    }

    /// The user profiles of a domain, or of all domains of the account and region.
    pub(super) async fn listed_user_profiles(
        &self,
        domain: Option<&str>,
    ) -> Result<Vec<UserProfileDetails>, CallError> {
        self.pages(
            SERVICE,
            "ListUserProfiles",
            |token| {
                self.sagemaker()
                    .list_user_profiles()
                    .set_domain_id_equals(domain.map(str::to_owned))
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.user_profiles.unwrap_or_default(), page.next_token),
        )
        .await
    }

    /// The spaces of a domain, or of all domains of the account and region.
    pub(super) async fn listed_spaces(
        &self,
        domain: Option<&str>,
    ) -> Result<Vec<SpaceDetails>, CallError> {
        self.pages(
            SERVICE,
            "ListSpaces",
            |token| {
                self.sagemaker()
                    .list_spaces()
                    .set_domain_id_equals(domain.map(str::to_owned))
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |page| (page.spaces.unwrap_or_default(), page.next_token),
        )
        .await
    }

    /// The user profiles of a domain.
    ///
    /// # Errors
    /// As any call.
    pub async fn user_profiles(&self, domain: &str) -> Result<Vec<UserProfile>, CallError> {
        let found = self.listed_user_profiles(Some(domain)).await?;
        Ok(found
            .into_iter()
            .map(|profile| UserProfile {
                domain: domain.to_owned(),
                name: profile.user_profile_name.unwrap_or_default(),
                status: profile
                    .status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
            })
            .collect())
    }

    /// The number under which a profile's files stand on the home volume.
    ///
    /// # Errors
    /// As any call.
    pub async fn home_uid(&self, domain: &str, profile: &str) -> Result<Option<String>, CallError> {
        let request = self
            .sagemaker()
            .describe_user_profile()
            .domain_id(domain)
            .user_profile_name(profile)
            .send();
        Ok(self
            .call(SERVICE, "DescribeUserProfile", request)
            .await?
            .home_efs_file_system_uid)
    }

    /// The spaces of a domain.
    ///
    /// # Errors
    /// As any call.
    pub async fn spaces(&self, domain: &str) -> Result<Vec<Space>, CallError> {
        let found = self.listed_spaces(Some(domain)).await?;
        Ok(found
            .into_iter()
            .map(|space| space_fact(domain, space))
            .collect())
    }

    /// The apps of a domain, of profiles and spaces alike; Deleted ones too.
    ///
    /// # Errors
    /// As any call.
    pub async fn apps(&self, domain: &str) -> Result<Vec<App>, CallError> {
        let found = self
            .pages(
                SERVICE,
                "ListApps",
                |token| {
                    self.sagemaker()
                        .list_apps()
                        .domain_id_equals(domain)
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| (page.apps.unwrap_or_default(), page.next_token),
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|app| App {
                domain: domain.to_owned(),
                owner: match (app.space_name, app.user_profile_name) {
                    (Some(space), _) => AppOwner::Space(space),
                    (None, profile) => AppOwner::UserProfile(profile.unwrap_or_default()),
                },
                kind: app
                    .app_type
                    .map(|kind| kind.as_str().to_owned())
                    .unwrap_or_default(),
                name: app.app_name.unwrap_or_default(),
                status: app
                    .status
                    .map(|status| status.as_str().to_owned())
                    .unwrap_or_default(),
                instance: app
                    .resource_spec
                    .and_then(|spec| spec.instance_type)
                    .map(|instance| instance.as_str().to_owned()),
            })
            .collect())
    }

    /// # Errors
    /// As any call.
    pub async fn delete_app(
        &self,
        domain: &str,
        owner: &AppOwner,
        kind: &str,
        name: &str,
    ) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_app()
            .domain_id(domain)
            .app_type(AppType::from(kind))
            .app_name(name);
        let request = match owner {
            AppOwner::UserProfile(profile) => request.user_profile_name(profile),
            AppOwner::Space(space) => request.space_name(space),
        };
        accepted(self.call(SERVICE, "DeleteApp", request.send()).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_space(&self, domain: &str, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_space()
            .domain_id(domain)
            .space_name(name)
            .send();
        accepted(self.call(SERVICE, "DeleteSpace", request).await)
    }

    /// # Errors
    /// As any call.
    pub async fn delete_user_profile(&self, domain: &str, name: &str) -> Result<(), CallError> {
        let request = self
            .sagemaker()
            .delete_user_profile()
            .domain_id(domain)
            .user_profile_name(name)
            .send();
        accepted(self.call(SERVICE, "DeleteUserProfile", request).await)
    }

    /// Deletes a domain and keeps its home volume: the volume's fate is decided last, by us.
    ///
    /// # Errors
    /// As any call.
    pub async fn delete_domain(&self, id: &str) -> Result<(), CallError> {
        let retain = RetentionPolicy::builder()
            .home_efs_file_system(RetentionType::Retain)
            .build();
        let request = self
            .sagemaker()
            .delete_domain()
            .domain_id(id)
            .retention_policy(retain)
            .send();
        accepted(self.call(SERVICE, "DeleteDomain", request).await)
    }
}

/// What a domain tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainDescription {
    pub url: Option<String>,
    pub home_volume: Option<String>,
    pub failure: Option<String>,
    pub vpc: Option<String>,
    pub status: String,
}

fn space_fact(domain: &str, space: SpaceDetails) -> Space {
    let storage = space
        .space_settings_summary
        .and_then(|settings| settings.space_storage_settings);
    let size = storage
        .and_then(|storage| storage.ebs_storage_settings)
        .map(|volume| volume.ebs_volume_size_in_gb);
    Space {
        domain: domain.to_owned(),
        name: space.space_name.unwrap_or_default(),
        status: space
            .status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        owner: space
            .ownership_settings_summary
            .and_then(|settings| settings.owner_user_profile_name),
        size_gib: size
            .and_then(|size| size)
            .and_then(|size| u64::try_from(size).ok()),
        changed: space.last_modified_time.map(|time| time.secs()),
    }
}
