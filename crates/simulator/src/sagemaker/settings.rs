//! The shapes of Studio's settings (section 1.3 of the notes on AWS's behaviour; botocore 1.43.11). Trusted identity
//! propagation, Amazon Q, Unified Studio and IPv6 are not simulated: their settings are unknown members and values.

use serde_json::Value;

use super::forms;
use super::shape::Shape::{Between, List, Members, OneOf, Text, Whole, Written};
use super::shape::{Member, Shape, may, must};
use crate::instance_types;

pub(super) const APP_TYPES: &[&str] = &[
    "JupyterServer",
    "KernelGateway",
    "DetailedProfiler",
    "TensorBoard",
    "CodeEditor",
    "JupyterLab",
    "RStudioServerPro",
    "RSessionGateway",
    "Canvas",
];

const ML_TOOLS: &[&str] = &[
    "DataWrangler",
    "FeatureStore",
    "EmrClusters",
    "AutoMl",
    "Experiments",
    "Training",
    "ModelEvaluation",
    "Pipelines",
    "Models",
    "JumpStart",
    "InferenceRecommender",
    "Endpoints",
    "Projects",
    "InferenceOptimization",
    "PerformanceEvaluation",
    "LakeraGuard",
    "Comet",
    "DeepchecksLLMEvaluation",
    "Fiddler",
    "HyperPodClusters",
    "RunningInstances",
    "Datasets",
    "Evaluators",
];

const SWITCH: Shape = OneOf(&["ENABLED", "DISABLED"]);
const MINUTES: Shape = Whole(60, 525_600);
const GIGABYTES: Shape = Whole(5, 16_384);
const ROLE: Shape = Written(forms::ROLE);
const S3_PATH: Shape = Written(forms::S3_PATH);
const KMS_KEY: Shape = Written(forms::KMS_KEY);
const FILE_SYSTEM_ID: Shape = Written(forms::FILE_SYSTEM_ID);

/// The model has no bound of its own for these lists.
const MANY: usize = 200;

/// `ResourceSpec`.
pub(super) const RESOURCE_SPEC: Shape = Members(&[
    may("SageMakerImageArn", Written(forms::IMAGE)),
    may("SageMakerImageVersionArn", Written(forms::IMAGE_VERSION)),
    may(
        "SageMakerImageVersionAlias",
        Written(forms::IMAGE_VERSION_ALIAS),
    ),
    may("InstanceType", OneOf(instance_types::STUDIO)),
    LIFECYCLE_CONFIG,
    may("TrainingPlanArn", Written(forms::TRAINING_PLAN)),
]);

const LIFECYCLE_CONFIG: Member = may("LifecycleConfigArn", Written(forms::LIFECYCLE_CONFIG));

const LIFECYCLE_CONFIGS: Member = may(
    "LifecycleConfigArns",
    List(&Written(forms::LIFECYCLE_CONFIG), MANY),
);

const DEFAULT_SPEC: Member = may("DefaultResourceSpec", RESOURCE_SPEC);

const CUSTOM_IMAGES: Member = may(
    "CustomImages",
    List(
        &Members(&[
            must("ImageName", Written(forms::IMAGE_NAME)),
            may("ImageVersionNumber", Whole(0, i64::MAX)),
            must("AppImageConfigName", Written(forms::NAME)),
        ]),
        200,
    ),
);

const CODE_REPOSITORIES: Member = may(
    "CodeRepositories",
    List(
        &Members(&[must("RepositoryUrl", Written(forms::REPOSITORY_URL))]),
        10,
    ),
);

const IDLE: Member = may(
    "AppLifecycleManagement",
    Members(&[may(
        "IdleSettings",
        Members(&[
            may("LifecycleManagement", SWITCH),
            may("IdleTimeoutInMinutes", MINUTES),
            may("MinIdleTimeoutInMinutes", MINUTES),
            may("MaxIdleTimeoutInMinutes", MINUTES),
        ]),
    )]),
);

const BUILT_IN_LIFECYCLE_CONFIG: Member = may(
    "BuiltInLifecycleConfigArn",
    Written(forms::LIFECYCLE_CONFIG),
);

const JUPYTER_LAB: Member = may(
    "JupyterLabAppSettings",
    Members(&[
        DEFAULT_SPEC,
        IDLE,
        LIFECYCLE_CONFIGS,
        BUILT_IN_LIFECYCLE_CONFIG,
        CUSTOM_IMAGES,
        CODE_REPOSITORIES,
        may(
            "EmrSettings",
            Members(&[
                may("AssumableRoleArns", List(&ROLE, 5)),
                may("ExecutionRoleArns", List(&ROLE, 5)),
            ]),
        ),
    ]),
);

const CODE_EDITOR: Member = may(
    "CodeEditorAppSettings",
    Members(&[
        DEFAULT_SPEC,
        IDLE,
        LIFECYCLE_CONFIGS,
        BUILT_IN_LIFECYCLE_CONFIG,
        CUSTOM_IMAGES,
    ]),
);

const JUPYTER_SERVER: Member = may(
    "JupyterServerAppSettings",
    Members(&[DEFAULT_SPEC, LIFECYCLE_CONFIGS, CODE_REPOSITORIES]),
);

const KERNEL_GATEWAY: Member = may(
    "KernelGatewayAppSettings",
    Members(&[DEFAULT_SPEC, LIFECYCLE_CONFIGS, CUSTOM_IMAGES]),
);

const R_STUDIO: Member = may(
    "RStudioServerProAppSettings",
    Members(&[
        may("AccessStatus", SWITCH),
        may("UserGroup", OneOf(&["R_STUDIO_ADMIN", "R_STUDIO_USER"])),
    ]),
);

const CANVAS: Member = may(
    "CanvasAppSettings",
    Members(&[
        may(
            "TimeSeriesForecastingSettings",
            Members(&[may("Status", SWITCH), may("AmazonForecastRoleArn", ROLE)]),
        ),
        may(
            "ModelRegisterSettings",
            Members(&[
                may("Status", SWITCH),
                may("CrossAccountModelRegisterRoleArn", ROLE),
            ]),
        ),
        may(
            "WorkspaceSettings",
            Members(&[may("S3ArtifactPath", S3_PATH), may("S3KmsKeyId", KMS_KEY)]),
        ),
        may(
            "IdentityProviderOAuthSettings",
            List(
                &Members(&[
                    may("DataSourceName", OneOf(&["SalesforceGenie", "Snowflake"])),
                    may("Status", SWITCH),
                    may("SecretArn", Written(forms::SECRET)),
                ]),
                20,
            ),
        ),
        may("DirectDeploySettings", Members(&[may("Status", SWITCH)])),
        may("KendraSettings", Members(&[may("Status", SWITCH)])),
        may(
            "GenerativeAiSettings",
            Members(&[may("AmazonBedrockRoleArn", ROLE)]),
        ),
        may(
            "EmrServerlessSettings",
            Members(&[may("ExecutionRoleArn", ROLE), may("Status", SWITCH)]),
        ),
    ]),
);

const SPACE_STORAGE: Member = may(
    "SpaceStorageSettings",
    Members(&[may(
        "DefaultEbsStorageSettings",
        Members(&[
            must("DefaultEbsVolumeSizeInGb", GIGABYTES),
            must("MaximumEbsVolumeSizeInGb", GIGABYTES),
        ]),
    )]),
);

const POSIX_USER: Member = may(
    "CustomPosixUserConfig",
    Members(&[
        must("Uid", Whole(10_000, 4_000_000)),
        must("Gid", Whole(1001, 4_000_000)),
    ]),
);

const MOUNTED_VOLUME: Shape = Members(&[
    must("FileSystemId", FILE_SYSTEM_ID),
    may("FileSystemPath", Written(forms::FILE_SYSTEM_PATH)),
]);

const FILE_SYSTEMS: Member = may(
    "CustomFileSystemConfigs",
    List(
        &Members(&[
            may("EFSFileSystemConfig", MOUNTED_VOLUME),
            may("FSxLustreFileSystemConfig", MOUNTED_VOLUME),
            may(
                "S3FileSystemConfig",
                Members(&[
                    may("MountPath", Text),
                    must("S3Uri", Written(forms::S3_URI)),
                ]),
            ),
        ]),
        10,
    ),
);

const SECURITY_GROUPS: Member = may("SecurityGroups", List(&Written(forms::NETWORK_ID), 5));

const SHARING: Member = may(
    "SharingSettings",
    Members(&[
        may("NotebookOutputOption", OneOf(&["Allowed", "Disabled"])),
        may("S3OutputPath", S3_PATH),
        may("S3KmsKeyId", KMS_KEY),
    ]),
);

const PORTAL: Member = may(
    "StudioWebPortalSettings",
    Members(&[
        may("HiddenMlTools", List(&OneOf(ML_TOOLS), MANY)),
        may("HiddenAppTypes", List(&OneOf(APP_TYPES), MANY)),
        may(
            "HiddenInstanceTypes",
            List(&OneOf(instance_types::STUDIO), MANY),
        ),
        may(
            "HiddenSageMakerImageVersionAliases",
            List(
                &Members(&[
                    may("SageMakerImageName", OneOf(&["sagemaker_distribution"])),
                    may("VersionAliases", List(&Written(forms::MINOR_VERSION), 20)),
                ]),
                5,
            ),
        ),
        may(
            "ExecutionRoleSessionNameMode",
            OneOf(&["STATIC", "USER_IDENTITY"]),
        ),
    ]),
);

/// `UserSettings`; of a domain's `DefaultUserSettings` the role is required besides.
pub(super) const USER: Shape = Members(&[
    may("ExecutionRole", ROLE),
    SECURITY_GROUPS,
    SHARING,
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    may("TensorBoardAppSettings", Members(&[DEFAULT_SPEC])),
    R_STUDIO,
    may(
        "RSessionAppSettings",
        Members(&[DEFAULT_SPEC, CUSTOM_IMAGES]),
    ),
    CANVAS,
    JUPYTER_LAB,
    CODE_EDITOR,
    SPACE_STORAGE,
    may("DefaultLandingUri", Written(forms::LANDING_URI)),
    may("StudioWebPortal", SWITCH),
    POSIX_USER,
    FILE_SYSTEMS,
    PORTAL,
    may(
        "AutoMountHomeEFS",
        OneOf(&["Enabled", "Disabled", "DefaultAsDomain"]),
    ),
]);

/// `DefaultSpaceSettings` of a domain.
pub(super) const DEFAULT_SPACE: Shape = Members(&[
    may("ExecutionRole", ROLE),
    SECURITY_GROUPS,
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    JUPYTER_LAB,
    SPACE_STORAGE,
    POSIX_USER,
    FILE_SYSTEMS,
]);

const R_STUDIO_OF_DOMAIN: Shape = Members(&[
    must("DomainExecutionRoleArn", ROLE),
    may("RStudioConnectUrl", Text),
    may("RStudioPackageManagerUrl", Text),
    DEFAULT_SPEC,
]);

const DOMAIN_GROUPS: Member = may("SecurityGroupIds", List(&Written(forms::NETWORK_ID), 3));

const IDENTITY: Member = may(
    "ExecutionRoleIdentityConfig",
    OneOf(&["USER_PROFILE_NAME", "DISABLED"]),
);

const DOCKER: Member = may(
    "DockerSettings",
    Members(&[
        may("EnableDockerAccess", SWITCH),
        may("VpcOnlyTrustedAccounts", List(&Written(forms::ACCOUNT), 20)),
        may("RootlessDocker", SWITCH),
    ]),
);

const ADDRESSES: Member = may("IpAddressType", OneOf(&["ipv4"]));

/// `DomainSettings`.
pub(super) const DOMAIN: Shape = Members(&[
    DOMAIN_GROUPS,
    may(R_STUDIO_DOMAIN, R_STUDIO_OF_DOMAIN),
    IDENTITY,
    DOCKER,
    ADDRESSES,
]);

/// `DomainSettingsForUpdate`.
pub(super) const DOMAIN_FOR_UPDATE: Shape = Members(&[
    DOMAIN_GROUPS,
    may(R_STUDIO_FOR_UPDATE, R_STUDIO_OF_DOMAIN),
    IDENTITY,
    DOCKER,
    ADDRESSES,
]);

/// The member of a domain's settings that brings RStudio.
pub(super) const R_STUDIO_DOMAIN: &str = "RStudioServerProDomainSettings";
const R_STUDIO_FOR_UPDATE: &str = "RStudioServerProDomainSettingsForUpdate";

/// The settings of a domain out of those for an update, which name one member differently.
pub(super) fn of_update(mut given: Value) -> Value {
    if let Some(members) = given.as_object_mut()
        && let Some(r_studio) = members.shift_remove(R_STUDIO_FOR_UPDATE)
    {
        members.insert(R_STUDIO_DOMAIN.to_owned(), r_studio);
    }
    given
}

const SPACE_IDLE: Member = may(
    "AppLifecycleManagement",
    Members(&[may(
        "IdleSettings",
        Members(&[may("IdleTimeoutInMinutes", MINUTES)]),
    )]),
);

const VOLUME_BY_ID: Shape = Members(&[must("FileSystemId", FILE_SYSTEM_ID)]);

/// `SpaceSettings`.
pub(super) const SPACE: Shape = Members(&[
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    may(
        "CodeEditorAppSettings",
        Members(&[DEFAULT_SPEC, SPACE_IDLE]),
    ),
    may(
        "JupyterLabAppSettings",
        Members(&[DEFAULT_SPEC, CODE_REPOSITORIES, SPACE_IDLE]),
    ),
    may("AppType", OneOf(APP_TYPES)),
    may(
        "SpaceStorageSettings",
        Members(&[may(
            "EbsStorageSettings",
            Members(&[must("EbsVolumeSizeInGb", GIGABYTES)]),
        )]),
    ),
    may(
        "CustomFileSystems",
        List(
            &Members(&[
                may("EFSFileSystem", VOLUME_BY_ID),
                may("FSxLustreFileSystem", VOLUME_BY_ID),
                may(
                    "S3FileSystem",
                    Members(&[must("S3Uri", Written(forms::S3_URI))]),
                ),
            ]),
            5,
        ),
    ),
    may("SpaceManagedResources", SWITCH),
    may("RemoteAccess", SWITCH),
]);

/// Subnets of a domain.
pub(super) const SUBNETS: Shape = Between(&Written(forms::NETWORK_ID), 1, 16);

/// `ENABLED` or `DISABLED`.
pub(super) const ENABLED: Shape = SWITCH;

/// `TagList`.
pub(super) const TAGS: Shape = List(
    &Members(&[
        must("Key", Written(forms::TAG_KEY)),
        must("Value", Written(forms::TAG_VALUE)),
    ]),
    50,
);

/// The settings after an update: members that were given replace those that were there.
pub(super) fn merged(old: &Value, new: &Value) -> Value {
    let mut merged = old.as_object().cloned().unwrap_or_default();
    if let Value::Object(members) = new {
        merged.extend(members.clone());
    }
    Value::Object(merged)
}

/// The text of a member, if there is one.
pub(super) fn text<'a>(settings: &'a Value, name: &str) -> Option<&'a str> {
    settings.get(name).and_then(Value::as_str)
}

/// The texts of a member that is a list.
pub(super) fn texts(settings: &Value, name: &str) -> Vec<String> {
    let items = settings
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    items
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
