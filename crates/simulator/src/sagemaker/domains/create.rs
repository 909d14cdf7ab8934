//! CreateDomain.

use serde::Deserialize;
use serde_json::Value;

use super::home;
use super::{Domain, KIND, Retention};
use crate::ec2::{groups, subnets};
use crate::error::ServiceError;
use crate::quotas;
use crate::sagemaker::life::{self, Step, Subject};
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::refusals::{
    check_name, check_one_of, check_role, in_use, limit_exceeded, validation,
};
use crate::sagemaker::shape::{Reading, Shape};
use crate::sagemaker::state;
use crate::sagemaker::{settings, tags};
use crate::wire::tags::Tag;
use crate::world::{Place, World};

/// The service whose role SageMaker makes in the account with the first domain (section 7).
pub(in crate::sagemaker) const SERVICE: &str = "notebooks.sagemaker.amazonaws.com";

/// What a domain is made from, by a call or by a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(in crate::sagemaker) struct CreateDomain {
    pub(in crate::sagemaker) domain_name: String,
    pub(in crate::sagemaker) auth_mode: String,
    pub(in crate::sagemaker) default_user_settings: Value,
    pub(in crate::sagemaker) domain_settings: Option<Value>,
    pub(in crate::sagemaker) subnet_ids: Vec<String>,
    vpc_id: String,
    #[serde(default)]
    pub(in crate::sagemaker) tags: Vec<Tag>,
    pub(in crate::sagemaker) app_network_access_type: Option<String>,
    home_efs_file_system_kms_key_id: Option<String>,
    kms_key_id: Option<String>,
    pub(in crate::sagemaker) app_security_group_management: Option<String>,
    home_efs_file_system_creation: Option<String>,
    pub(in crate::sagemaker) tag_propagation: Option<String>,
    pub(in crate::sagemaker) default_space_settings: Option<Value>,
}

impl CreateDomain {
    /// Checks everything that can be checked without looking at the world.
    ///
    /// # Errors
    /// A sentence that names the member.
    pub(in crate::sagemaker) fn checked(mut self, reading: Reading) -> Result<Self, ServiceError> {
        check_name("domainName", &self.domain_name)?;
        check_one_of("authMode", &self.auth_mode, &["SSO", "IAM"])?;
        let read = |shape: Shape, path: &str, value: &Value| {
            shape.read(path, value, reading).map_err(validation)
        };
        self.default_user_settings = read(
            settings::USER,
            "defaultUserSettings",
            &self.default_user_settings,
        )?;
        self.default_space_settings = self
            .default_space_settings
            .map(|value| read(settings::DEFAULT_SPACE, "defaultSpaceSettings", &value))
            .transpose()?;
        self.domain_settings = self
            .domain_settings
            .map(|value| read(settings::DOMAIN, "domainSettings", &value))
            .transpose()?;
        self.check_choices()?;
        Ok(self)
    }

    fn check_choices(&self) -> Result<(), ServiceError> {
        let choices: [(&str, &Option<String>, &[&str]); 4] = [
            (
                "appNetworkAccessType",
                &self.app_network_access_type,
                &["PublicInternetOnly", "VpcOnly"],
            ),
            (
                "appSecurityGroupManagement",
                &self.app_security_group_management,
                &["Service", "Customer"],
            ),
            (
                "homeEfsFileSystemCreation",
                &self.home_efs_file_system_creation,
                &["Enabled", "Disabled"],
            ),
            (
                "tagPropagation",
                &self.tag_propagation,
                &["ENABLED", "DISABLED"],
            ),
        ];
        for (member, value, known) in choices {
            value
                .as_ref()
                .map_or(Ok(()), |value| check_one_of(member, value, known))?;
        }
        check_subnets(&self.subnet_ids)
    }

    fn vpc_only(&self) -> bool {
        self.app_network_access_type.as_deref() == Some("VpcOnly")
    }

    /// The call has parameters that CloudFormation's properties lack.
    pub(in crate::sagemaker) fn beyond_template(&self) -> Option<&'static str> {
        if self.home_efs_file_system_creation.is_some() {
            return Some("HomeEfsFileSystemCreation");
        }
        self.home_efs_file_system_kms_key_id
            .as_ref()
            .map(|_| "HomeEfsFileSystemKmsKeyId")
    }
}

/// 1 to 16 subnets.
pub(super) fn check_subnets(subnet_ids: &[String]) -> Result<(), ServiceError> {
    if (1..=16).contains(&subnet_ids.len()) {
        return Ok(());
    }
    Err(validation(
        "1 validation error detected: Value at 'subnetIds' failed to satisfy constraint: Member must have length \
         between 1 and 16",
    ))
}

/// Starts making a domain, with all that comes with it, and returns its id. `name` is its logical name.
pub(in crate::sagemaker) fn create(
    world: &mut World,
    place: &Place,
    name: &str,
    input: CreateDomain,
) -> Result<String, ServiceError> {
    check(world, place, &input)?;
    let tags = tags::read(input.tags.clone())?;
    crate::iam::ensure_service_linked_role(world, &place.account, SERVICE);
    let letters = world.mint_letters(
        place,
        KIND,
        name,
        b"abcdefghijklmnopqrstuvwxyz0123456789",
        12,
    );
    let id = format!("d-{letters}");
    let arn = place.arn("sagemaker", &format!("domain/{id}"));
    let with_home = !world.switches.domain_without_volume
        && input.home_efs_file_system_creation.as_deref() != Some("Disabled");
    let record = Record::new(arn, tags, Status::Pending, world.now());
    let domain = of(record, &id, input);
    state(world, place).domains.insert(id.clone(), domain);
    if with_home {
        home::begin(world, place, &id);
    }
    life::begin(world, place, Subject::Domain(id.clone()), Step::Creation);
    Ok(id)
}

fn of(record: Record, id: &str, input: CreateDomain) -> Domain {
    Domain {
        record,
        id: id.to_owned(),
        name: input.domain_name,
        auth_mode: input.auth_mode,
        vpc_id: input.vpc_id,
        subnet_ids: input.subnet_ids,
        network_access: input
            .app_network_access_type
            .unwrap_or_else(|| "PublicInternetOnly".to_owned()),
        default_user_settings: input.default_user_settings,
        default_space_settings: input.default_space_settings,
        settings: input.domain_settings,
        home_kms_key_id: input
            .home_efs_file_system_kms_key_id
            .or_else(|| input.kms_key_id.clone()),
        kms_key_id: input.kms_key_id,
        group_management: input.app_security_group_management,
        tag_propagation: input.tag_propagation.as_deref() == Some("ENABLED"),
        home: None,
        own_part_done: false,
        retention: Retention::Retain,
        next_uid: 200_000,
    }
}

fn check(world: &mut World, place: &Place, input: &CreateDomain) -> Result<(), ServiceError> {
    if input.auth_mode == "SSO" {
        return Err(validation(
            "AuthMode SSO needs an instance of IAM Identity Center, which this account has not.",
        ));
    }
    let quota = world.quotas.limit(quotas::TOTAL_DOMAINS);
    let domains = &state(world, place).domains;
    if domains.len() >= quota {
        return Err(limit_exceeded(
            quotas::TOTAL_DOMAINS,
            "Domains",
            quota,
            domains.len(),
        ));
    }
    if let Some(other) = domains
        .values()
        .find(|domain| domain.name == input.domain_name)
    {
        let message = format!(
            "Domain [{}] with name {} already exists.",
            other.record.arn, input.domain_name
        );
        return Err(in_use(message));
    }
    check_network(world, place, &input.vpc_id, &input.subnet_ids)?;
    let user = &input.default_user_settings;
    if input.vpc_only() && settings::texts(user, "SecurityGroups").is_empty() {
        return Err(validation(
            "SecurityGroups are required in DefaultUserSettings when AppNetworkAccessType is VpcOnly.",
        ));
    }
    if settings::text(user, "ExecutionRole").is_none() {
        return Err(validation(
            "ExecutionRole is required in DefaultUserSettings.",
        ));
    }
    check_settings(world, place, user)?;
    input
        .default_space_settings
        .as_ref()
        .map_or(Ok(()), |space| check_settings(world, place, space))
}

/// Every subnet exists and is in the VPC.
pub(super) fn check_network(
    world: &mut World,
    place: &Place,
    vpc_id: &str,
    subnet_ids: &[String],
) -> Result<(), ServiceError> {
    for id in subnet_ids {
        let Some(subnet) = subnets::find(world, place, id) else {
            return Err(validation(format!("The subnet ID '{id}' does not exist")));
        };
        if subnet.vpc_id != vpc_id {
            return Err(validation(format!(
                "The subnet '{id}' is not in the VPC '{vpc_id}'"
            )));
        }
    }
    Ok(())
}

/// Role and security groups of user or space settings exist.
pub(in crate::sagemaker) fn check_settings(
    world: &mut World,
    place: &Place,
    given: &Value,
) -> Result<(), ServiceError> {
    if let Some(role) = settings::text(given, "ExecutionRole") {
        check_role(world, &place.account, role)?;
    }
    for group in settings::texts(given, "SecurityGroups") {
        if !groups::exists(world, place, &group) {
            return Err(validation(format!(
                "The security group '{group}' does not exist"
            )));
        }
    }
    Ok(())
}
