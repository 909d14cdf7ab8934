//! The shapes of Studio's settings (section 1.3 of the notes on AWS's behaviour). RStudio, Canvas and TensorBoard are
//! not simulated: their settings are unknown members.

use serde_json::Value;

use super::shape::Shape::{List, Members, OneOf, Text, Whole};
use super::shape::{Member, Shape, may, must};

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

const SWITCH: Shape = OneOf(&["ENABLED", "DISABLED"]);
const TEXTS: Shape = List(&Text, 200);
const MINUTES: Shape = Whole(60, 525_600);
const GIGABYTES: Shape = Whole(5, 16_384);

/// `ResourceSpec`.
pub(super) const RESOURCE_SPEC: Shape = Members(&[
    may("SageMakerImageArn", Text),
    may("SageMakerImageVersionArn", Text),
    may("SageMakerImageVersionAlias", Text),
    may("InstanceType", Text),
    may("LifecycleConfigArn", Text),
]);

const CUSTOM_IMAGES: Shape = List(
    &Members(&[
        must("ImageName", Text),
        may("ImageVersionNumber", Whole(0, i64::MAX)),
        must("AppImageConfigName", Text),
    ]),
    200,
);

const CODE_REPOSITORIES: Shape = List(&Members(&[must("RepositoryUrl", Text)]), 10);

const IDLE: Shape = Members(&[may(
    "IdleSettings",
    Members(&[
        may("LifecycleManagement", SWITCH),
        may("IdleTimeoutInMinutes", MINUTES),
        may("MinIdleTimeoutInMinutes", MINUTES),
        may("MaxIdleTimeoutInMinutes", MINUTES),
    ]),
)]);

const JUPYTER_LAB: Member = may(
    "JupyterLabAppSettings",
    Members(&[
        may("DefaultResourceSpec", RESOURCE_SPEC),
        may("AppLifecycleManagement", IDLE),
        may("LifecycleConfigArns", TEXTS),
        may("BuiltInLifecycleConfigArn", Text),
        may("CustomImages", CUSTOM_IMAGES),
        may("CodeRepositories", CODE_REPOSITORIES),
    ]),
);

const CODE_EDITOR: Member = may(
    "CodeEditorAppSettings",
    Members(&[
        may("DefaultResourceSpec", RESOURCE_SPEC),
        may("AppLifecycleManagement", IDLE),
        may("LifecycleConfigArns", TEXTS),
        may("BuiltInLifecycleConfigArn", Text),
        may("CustomImages", CUSTOM_IMAGES),
    ]),
);

const JUPYTER_SERVER: Member = may(
    "JupyterServerAppSettings",
    Members(&[
        may("DefaultResourceSpec", RESOURCE_SPEC),
        may("LifecycleConfigArns", TEXTS),
        may("CodeRepositories", CODE_REPOSITORIES),
    ]),
);

const KERNEL_GATEWAY: Member = may(
    "KernelGatewayAppSettings",
    Members(&[
        may("DefaultResourceSpec", RESOURCE_SPEC),
        may("LifecycleConfigArns", TEXTS),
        may("CustomImages", CUSTOM_IMAGES),
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

const FILE_SYSTEMS: Member = may(
    "CustomFileSystemConfigs",
    List(
        &Members(&[may(
            "EFSFileSystemConfig",
            Members(&[must("FileSystemId", Text), may("FileSystemPath", Text)]),
        )]),
        10,
    ),
);

const SECURITY_GROUPS: Member = may("SecurityGroups", List(&Text, 5));

const SHARING: Member = may(
    "SharingSettings",
    Members(&[
        may("NotebookOutputOption", OneOf(&["Allowed", "Disabled"])),
        may("S3OutputPath", Text),
        may("S3KmsKeyId", Text),
    ]),
);

const PORTAL: Member = may(
    "StudioWebPortalSettings",
    Members(&[
        may("HiddenMlTools", TEXTS),
        may("HiddenAppTypes", List(&OneOf(APP_TYPES), 20)),
        may("HiddenInstanceTypes", TEXTS),
    ]),
);

/// `UserSettings`; of a domain's `DefaultUserSettings` the role is required besides.
pub(super) const USER: Shape = Members(&[
    may("ExecutionRole", Text),
    SECURITY_GROUPS,
    SHARING,
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    JUPYTER_LAB,
    CODE_EDITOR,
    SPACE_STORAGE,
    may("DefaultLandingUri", Text),
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
    may("ExecutionRole", Text),
    SECURITY_GROUPS,
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    JUPYTER_LAB,
    SPACE_STORAGE,
    POSIX_USER,
    FILE_SYSTEMS,
]);

/// `DomainSettings`.
pub(super) const DOMAIN: Shape = Members(&[
    may("SecurityGroupIds", List(&Text, 3)),
    may(
        "ExecutionRoleIdentityConfig",
        OneOf(&["USER_PROFILE_NAME", "DISABLED"]),
    ),
    may(
        "DockerSettings",
        Members(&[
            may("EnableDockerAccess", SWITCH),
            may("VpcOnlyTrustedAccounts", List(&Text, 20)),
            may("RootlessDocker", SWITCH),
        ]),
    ),
]);

const SPACE_IDLE: Shape = Members(&[may(
    "IdleSettings",
    Members(&[may("IdleTimeoutInMinutes", MINUTES)]),
)]);

/// `SpaceSettings`.
pub(super) const SPACE: Shape = Members(&[
    JUPYTER_SERVER,
    KERNEL_GATEWAY,
    may(
        "CodeEditorAppSettings",
        Members(&[
            may("DefaultResourceSpec", RESOURCE_SPEC),
            may("AppLifecycleManagement", SPACE_IDLE),
        ]),
    ),
    may(
        "JupyterLabAppSettings",
        Members(&[
            may("DefaultResourceSpec", RESOURCE_SPEC),
            may("CodeRepositories", CODE_REPOSITORIES),
            may("AppLifecycleManagement", SPACE_IDLE),
        ]),
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
            &Members(&[may("EFSFileSystem", Members(&[must("FileSystemId", Text)]))]),
            5,
        ),
    ),
    may("SpaceManagedResources", SWITCH),
    may("RemoteAccess", SWITCH),
]);

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
