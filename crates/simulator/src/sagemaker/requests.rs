//! What Studio's operations take, member by member (botocore 1.43.11). CloudFormation's properties are read the same way.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::forms;
use super::refusals::validation;
use super::settings::{self, APP_TYPES, ENABLED, SUBNETS, TAGS};
use super::shape::Shape::{Between, Flag, Members, OneOf, Text, Whole, Written};
use super::shape::{Member, Reading, Shape, may, must};
use crate::error::ServiceError;
use crate::wire::Input;

const NAME: Shape = Written(forms::NAME);
const DOMAIN_ID: Member = must("DomainId", Written(forms::DOMAIN_ID));
const PROFILE_NAME: Member = must("UserProfileName", NAME);
const SPACE_NAME: Member = must("SpaceName", NAME);
const TAGGED: Member = may("Tags", TAGS);
const ACCESS: Member = may(
    "AppNetworkAccessType",
    OneOf(&["PublicInternetOnly", "VpcOnly"]),
);
const GROUP_MANAGEMENT: Member = may(
    "AppSecurityGroupManagement",
    OneOf(&["Service", "Customer"]),
);
const HOME: Member = may("HomeEfsFileSystemCreation", OneOf(&["Enabled", "Disabled"]));
const PROPAGATION: Member = may("TagPropagation", ENABLED);
const SPACE_DEFAULTS: Member = may("DefaultSpaceSettings", settings::DEFAULT_SPACE);

/// The model leaves VPC and subnets out for domains of Unified Studio, which are not simulated.
pub(super) const CREATE_DOMAIN: Shape = Members(&[
    must("DomainName", NAME),
    must("AuthMode", OneOf(&["SSO", "IAM"])),
    must("DefaultUserSettings", settings::USER),
    may("DomainSettings", settings::DOMAIN),
    must("SubnetIds", SUBNETS),
    must("VpcId", Written(forms::NETWORK_ID)),
    TAGGED,
    ACCESS,
    may("HomeEfsFileSystemKmsKeyId", Written(forms::KMS_KEY)),
    may("KmsKeyId", Written(forms::KMS_KEY)),
    GROUP_MANAGEMENT,
    HOME,
    PROPAGATION,
    SPACE_DEFAULTS,
]);

pub(super) const UPDATE_DOMAIN: Shape = Members(&[
    DOMAIN_ID,
    may("DefaultUserSettings", settings::USER),
    may("DomainSettingsForUpdate", settings::DOMAIN_FOR_UPDATE),
    GROUP_MANAGEMENT,
    SPACE_DEFAULTS,
    may("SubnetIds", SUBNETS),
    ACCESS,
    PROPAGATION,
    HOME,
    may("VpcId", Written(forms::NETWORK_ID)),
]);

pub(super) const DESCRIBE_DOMAIN: Shape = Members(&[DOMAIN_ID]);

pub(super) const DELETE_DOMAIN: Shape = Members(&[
    DOMAIN_ID,
    may(
        "RetentionPolicy",
        Members(&[may("HomeEfsFileSystem", OneOf(&["Retain", "Delete"]))]),
    ),
]);

pub(super) const CREATE_PRESIGNED_DOMAIN_URL: Shape = Members(&[
    DOMAIN_ID,
    PROFILE_NAME,
    may("SessionExpirationDurationInSeconds", Whole(1800, 43_200)),
    may("ExpiresInSeconds", Whole(5, 300)),
    may("SpaceName", NAME),
    may("LandingUri", Written(forms::LANDING_URI)),
]);

pub(super) const CREATE_USER_PROFILE: Shape = Members(&[
    DOMAIN_ID,
    PROFILE_NAME,
    may("SingleSignOnUserIdentifier", OneOf(&["UserName"])),
    may("SingleSignOnUserValue", Text),
    TAGGED,
    may("UserSettings", settings::USER),
]);

pub(super) const UPDATE_USER_PROFILE: Shape =
    Members(&[DOMAIN_ID, PROFILE_NAME, may("UserSettings", settings::USER)]);

pub(super) const ONE_USER_PROFILE: Shape = Members(&[DOMAIN_ID, PROFILE_NAME]);

pub(super) const CREATE_SPACE: Shape = Members(&[
    DOMAIN_ID,
    SPACE_NAME,
    TAGGED,
    may("SpaceSettings", settings::SPACE),
    may(
        "OwnershipSettings",
        Members(&[must("OwnerUserProfileName", NAME)]),
    ),
    may(
        "SpaceSharingSettings",
        Members(&[must("SharingType", OneOf(&["Private", "Shared"]))]),
    ),
    may("SpaceDisplayName", Written(forms::DISPLAY_NAME)),
]);

pub(super) const UPDATE_SPACE: Shape = Members(&[
    DOMAIN_ID,
    SPACE_NAME,
    may("SpaceSettings", settings::SPACE),
    may("SpaceDisplayName", Written(forms::DISPLAY_NAME)),
]);

pub(super) const ONE_SPACE: Shape = Members(&[DOMAIN_ID, SPACE_NAME]);

pub(super) const CREATE_APP: Shape = Members(&[
    DOMAIN_ID,
    may("UserProfileName", NAME),
    may("SpaceName", NAME),
    must("AppType", OneOf(APP_TYPES)),
    must("AppName", NAME),
    TAGGED,
    may("ResourceSpec", settings::RESOURCE_SPEC),
    may("RecoveryMode", Flag),
]);

/// `AWS::SageMaker::App`: no space, and fewer types (section 3.8).
pub(super) const APP_PROPERTIES: Shape = Members(&[
    DOMAIN_ID,
    PROFILE_NAME,
    must(
        "AppType",
        OneOf(&[
            "JupyterServer",
            "KernelGateway",
            "RStudioServerPro",
            "RSessionGateway",
            "Canvas",
        ]),
    ),
    must("AppName", NAME),
    TAGGED,
    may("ResourceSpec", settings::RESOURCE_SPEC),
]);

pub(super) const ONE_APP: Shape = Members(&[
    DOMAIN_ID,
    may("UserProfileName", NAME),
    may("SpaceName", NAME),
    must("AppType", OneOf(APP_TYPES)),
    must("AppName", NAME),
]);

const TOKEN: Member = may("NextToken", Written(forms::TOKEN));
const RESULTS: Member = may("MaxResults", Whole(1, 100));
const ORDER: Member = may("SortOrder", OneOf(&["Ascending", "Descending"]));
const BY_TIME: Member = may("SortBy", OneOf(&["CreationTime", "LastModifiedTime"]));
const OF_DOMAIN: Member = may("DomainIdEquals", Written(forms::DOMAIN_ID));

pub(super) const LIST_DOMAINS: Shape = Members(&[TOKEN, RESULTS]);

pub(super) const LIST_USER_PROFILES: Shape = Members(&[
    TOKEN,
    RESULTS,
    ORDER,
    BY_TIME,
    OF_DOMAIN,
    may("UserProfileNameContains", NAME),
]);

pub(super) const LIST_SPACES: Shape = Members(&[
    TOKEN,
    RESULTS,
    ORDER,
    BY_TIME,
    OF_DOMAIN,
    may("SpaceNameContains", NAME),
]);

pub(super) const LIST_APPS: Shape = Members(&[
    TOKEN,
    RESULTS,
    ORDER,
    may("SortBy", OneOf(&["CreationTime"])),
    OF_DOMAIN,
    may("UserProfileNameEquals", NAME),
    may("SpaceNameEquals", NAME),
]);

const ARN: Member = must("ResourceArn", Written(forms::ARN));

pub(super) const ADD_TAGS: Shape = Members(&[ARN, must("Tags", TAGS)]);

pub(super) const DELETE_TAGS: Shape = Members(&[
    ARN,
    must("TagKeys", Between(&Written(forms::TAG_KEY), 1, 50)),
]);

pub(super) const LIST_TAGS: Shape =
    Members(&[ARN, TOKEN, may("MaxResults", Whole(50, i32::MAX as i64))]);

/// Reads the input of a call.
///
/// # Errors
/// `ValidationException` that names the member that does not fit.
pub(super) fn read<T: DeserializeOwned>(input: &Input, shape: Shape) -> Result<T, ServiceError> {
    parse(&input.value, shape, Reading::Strict)
}

/// Reads a call's input, or CloudFormation's properties, whose scalars become what is asked for.
///
/// # Errors
/// `ValidationException` that names the member that does not fit.
pub(super) fn parse<T: DeserializeOwned>(
    given: &Value,
    shape: Shape,
    reading: Reading,
) -> Result<T, ServiceError> {
    let value = shape.read("", given, reading).map_err(validation)?;
    serde_json::from_value(value).map_err(|problem| validation(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    /// Every operation with members that a call cannot do without.
    const REQUIRED: &[(&str, Shape)] = &[
        ("CreateDomain", CREATE_DOMAIN),
        ("UpdateDomain", UPDATE_DOMAIN),
        ("DescribeDomain", DESCRIBE_DOMAIN),
        ("DeleteDomain", DELETE_DOMAIN),
        ("CreatePresignedDomainUrl", CREATE_PRESIGNED_DOMAIN_URL),
        ("CreateUserProfile", CREATE_USER_PROFILE),
        ("UpdateUserProfile", UPDATE_USER_PROFILE),
        ("DescribeUserProfile", ONE_USER_PROFILE),
        ("DeleteUserProfile", ONE_USER_PROFILE),
        ("CreateSpace", CREATE_SPACE),
        ("UpdateSpace", UPDATE_SPACE),
        ("DescribeSpace", ONE_SPACE),
        ("DeleteSpace", ONE_SPACE),
        ("CreateApp", CREATE_APP),
        ("DescribeApp", ONE_APP),
        ("DeleteApp", ONE_APP),
        ("AddTags", ADD_TAGS),
        ("DeleteTags", DELETE_TAGS),
        ("ListTags", LIST_TAGS),
    ];

    /// Facts: 1.3.1
    #[test]
    fn what_is_missing_and_what_is_unknown_is_named() {
        for (action, shape) in REQUIRED {
            let problem =
                |given: Value| parse::<BTreeMap<String, Value>>(&given, *shape, Reading::Strict);
            let missing = problem(json!({})).unwrap_err();
            assert_eq!(missing.code, "ValidationException", "{action}");
            assert!(
                missing
                    .message
                    .starts_with("1 validation error detected: Value null at '")
                    && missing.message.ends_with("Member must not be null"),
                "{action}: {}",
                missing.message
            );
            let unknown = problem(json!({"Colour": "red"})).unwrap_err();
            assert!(unknown.message.contains("'Colour'"), "{action}");
        }
    }

    /// Facts: 1.3.1
    #[test]
    fn constraints_of_the_lists() {
        for (shape, given, constraint) in [
            (LIST_DOMAINS, json!({"MaxResults": 0}), "between 1 and 100"),
            (
                LIST_DOMAINS,
                json!({"MaxResults": 101}),
                "between 1 and 100",
            ),
            (
                LIST_APPS,
                json!({"SortBy": "LastModifiedTime"}),
                "[CreationTime]",
            ),
            (
                LIST_SPACES,
                json!({"SortBy": "Name"}),
                "[CreationTime, LastModifiedTime]",
            ),
            (
                LIST_USER_PROFILES,
                json!({"SortOrder": "Up"}),
                "[Ascending, Descending]",
            ),
            (
                LIST_APPS,
                json!({"DomainIdEquals": "x"}),
                "d-(-*[a-z0-9]){1,61}",
            ),
            (
                LIST_SPACES,
                json!({"SpaceNameContains": "-"}),
                "[a-zA-Z0-9]",
            ),
            (
                LIST_TAGS,
                json!({"ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:app/x", "MaxResults": 49}),
                "between 50",
            ),
            (
                DELETE_TAGS,
                json!({"ResourceArn": "arn:aws:sagemaker:us-east-1:111122223333:app/x", "TagKeys": []}),
                "greater than or equal to 1",
            ),
        ] {
            let refused = parse::<BTreeMap<String, Value>>(&given, shape, Reading::Strict);
            let message = refused.unwrap_err().message;
            assert!(message.contains(constraint), "{message}");
        }
    }
}
