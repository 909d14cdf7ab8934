//! CreateDomain.

use serde::Deserialize;
use serde_json::Value;

use super::home::{self, Home};
use super::{Domain, KIND, Retention};
use crate::ec2::subnets;
use crate::error::ServiceError;
use crate::quotas;
use crate::sagemaker::life::{self, Step, Subject};
use crate::sagemaker::record::{Record, Status};
use crate::sagemaker::refusals::{check_quota, check_role, in_use, validation};
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
    let with_volume = !world.switches.domain_without_volume
        && input.home_efs_file_system_creation.as_deref() != Some("Disabled");
    let record = Record::new(arn, tags, Status::Pending, world.now());
    let mut domain = of(record, &id, input);
    domain.home.with_volume = with_volume;
    state(world, place).domains.insert(id.clone(), domain);
    home::begin(world, place, &id);
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
        home: Home::default(),
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
    let used = state(world, place).domains.len();
    check_quota(world, quotas::TOTAL_DOMAINS, "Domains", used)?;
    let domains = &state(world, place).domains;
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
    check_r_studio(world, place, input)?;
    let user = &input.default_user_settings;
    check_closed_network(input.vpc_only(), user)?;
    if settings::text(user, "ExecutionRole").is_none() {
        return Err(validation(
            "ExecutionRole is required in DefaultUserSettings.",
        ));
    }
    check_settings(world, place, &input.vpc_id, user)?;
    input
        .default_space_settings
        .as_ref()
        .map_or(Ok(()), |space| {
            check_settings(world, place, &input.vpc_id, space)
        })
}

/// RStudio has a role of its own, and its apps in a closed network a group that SageMaker manages (the model's
/// documentation of `AppSecurityGroupManagement`).
fn check_r_studio(
    world: &mut World,
    place: &Place,
    input: &CreateDomain,
) -> Result<(), ServiceError> {
    let Some(given) = &input.domain_settings else {
        return Ok(());
    };
    check_domain_settings(world, place, &input.vpc_id, given)?;
    let r_studio = given.get(settings::R_STUDIO_DOMAIN).is_some();
    let managed = input.app_security_group_management.as_deref() == Some("Service");
    if r_studio && input.vpc_only() && !managed {
        return Err(validation(
            "AppSecurityGroupManagement must be Service when AppNetworkAccessType is VpcOnly and \
             RStudioServerProDomainSettings is given.",
        ));
    }
    Ok(())
}

/// Section 1.3: a closed network needs the groups of the apps in it.
pub(super) fn check_closed_network(vpc_only: bool, user: &Value) -> Result<(), ServiceError> {
    if vpc_only && settings::texts(user, "SecurityGroups").is_empty() {
        return Err(validation(
            "SecurityGroups are required in DefaultUserSettings when AppNetworkAccessType is VpcOnly.",
        ));
    }
    Ok(())
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
    vpc_id: &str,
    given: &Value,
) -> Result<(), ServiceError> {
    if let Some(role) = settings::text(given, "ExecutionRole") {
        check_role(world, &place.account, role)?;
    }
    check_groups(
        world,
        place,
        vpc_id,
        &settings::texts(given, "SecurityGroups"),
    )
}

/// Security groups of a domain's own settings exist, and the role of its RStudio.
pub(super) fn check_domain_settings(
    world: &mut World,
    place: &Place,
    vpc_id: &str,
    given: &Value,
) -> Result<(), ServiceError> {
    check_groups(
        world,
        place,
        vpc_id,
        &settings::texts(given, "SecurityGroupIds"),
    )?;
    let r_studio = given.get(settings::R_STUDIO_DOMAIN);
    r_studio
        .and_then(|it| settings::text(it, "DomainExecutionRoleArn"))
        .map_or(Ok(()), |role| check_role(world, &place.account, role))
}

/// Every group exists and is in the VPC.
fn check_groups(
    world: &mut World,
    place: &Place,
    vpc_id: &str,
    ids: &[String],
) -> Result<(), ServiceError> {
    for id in ids {
        let Some(group) = world.region(place).ec2.groups.get(id) else {
            return Err(validation(format!(
                "The security group '{id}' does not exist"
            )));
        };
        if group.vpc_id != vpc_id {
            return Err(validation(format!(
                "The security group '{id}' is not in the VPC '{vpc_id}'"
            )));
        }
    }
    Ok(())
}
