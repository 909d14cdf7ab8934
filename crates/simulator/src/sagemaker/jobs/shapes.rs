//! What the three kinds of jobs are made from. Debugger, profiler and the newer kinds of training are not simulated: their
//! settings are unknown members.

use crate::instance_types;
use crate::sagemaker::shape::Shape::{Flag, List, Members, OneOf, Text, Texts, Whole};
use crate::sagemaker::shape::{Shape, may, must};

const TEXTS: Shape = List(&Text, 100);
const ANY_COUNT: Shape = Whole(0, i64::MAX);

pub(super) const VPC: Shape = Members(&[
    must("SecurityGroupIds", List(&Text, 5)),
    must("Subnets", List(&Text, 16)),
]);

pub(super) const EXPERIMENT: Shape = Members(&[
    may("ExperimentName", Text),
    may("TrialName", Text),
    may("TrialComponentDisplayName", Text),
    may("RunName", Text),
]);

const CHANNEL: Shape = Members(&[
    must("ChannelName", Text),
    must(
        "DataSource",
        Members(&[may(
            "S3DataSource",
            Members(&[
                must(
                    "S3DataType",
                    OneOf(&["ManifestFile", "S3Prefix", "AugmentedManifestFile"]),
                ),
                must("S3Uri", Text),
                may(
                    "S3DataDistributionType",
                    OneOf(&["FullyReplicated", "ShardedByS3Key"]),
                ),
                may("AttributeNames", List(&Text, 16)),
                may("InstanceGroupNames", List(&Text, 5)),
            ]),
        )]),
    ),
    may("ContentType", Text),
    may("CompressionType", OneOf(&["None", "Gzip"])),
    may("RecordWrapperType", OneOf(&["None", "RecordIO"])),
    may("InputMode", OneOf(&["Pipe", "File", "FastFile"])),
    may(
        "ShuffleConfig",
        Members(&[must("Seed", Whole(i64::MIN, i64::MAX))]),
    ),
]);

pub(super) const METRICS: Shape = List(&Members(&[must("Name", Text), must("Regex", Text)]), 40);

pub(super) const CHANNELS: Shape = List(&CHANNEL, 20);

pub(super) const OUTPUT: Shape = Members(&[
    may("KmsKeyId", Text),
    must("S3OutputPath", Text),
    may("CompressionType", OneOf(&["GZIP", "NONE"])),
]);

pub(super) const RESOURCES: Shape = Members(&[
    may("InstanceType", OneOf(instance_types::TRAINING)),
    may("InstanceCount", ANY_COUNT),
    may("VolumeSizeInGB", ANY_COUNT),
    may("VolumeKmsKeyId", Text),
    may("KeepAlivePeriodInSeconds", Whole(0, 21_600)),
]);

pub(super) const STOPPING: Shape = Members(&[
    may("MaxRuntimeInSeconds", Whole(1, i64::MAX)),
    may("MaxWaitTimeInSeconds", Whole(1, i64::MAX)),
    may("MaxPendingTimeInSeconds", Whole(7200, 2_419_200)),
]);

pub(super) const CHECKPOINT: Shape = Members(&[must("S3Uri", Text), may("LocalPath", Text)]);

pub(super) const RETRY: Shape = Members(&[must("MaximumRetryAttempts", Whole(1, 30))]);

pub(super) const INPUT_MODE: Shape = OneOf(&["Pipe", "File", "FastFile"]);

pub(super) const TRAINING: Shape = Members(&[
    must("TrainingJobName", Text),
    may("HyperParameters", Texts),
    must(
        "AlgorithmSpecification",
        Members(&[
            may("TrainingImage", Text),
            may("AlgorithmName", Text),
            must("TrainingInputMode", INPUT_MODE),
            may("MetricDefinitions", METRICS),
            may("EnableSageMakerMetricsTimeSeries", Flag),
            may("ContainerEntrypoint", TEXTS),
            may("ContainerArguments", TEXTS),
        ]),
    ),
    must("RoleArn", Text),
    may("InputDataConfig", CHANNELS),
    must("OutputDataConfig", OUTPUT),
    must("ResourceConfig", RESOURCES),
    may("VpcConfig", VPC),
    must("StoppingCondition", STOPPING),
    may("EnableNetworkIsolation", Flag),
    may("EnableInterContainerTrafficEncryption", Flag),
    may("EnableManagedSpotTraining", Flag),
    may("CheckpointConfig", CHECKPOINT),
    may("ExperimentConfig", EXPERIMENT),
    may("Environment", Texts),
    may("RetryStrategy", RETRY),
]);

const PROCESSING_INPUT: Shape = Members(&[
    must("InputName", Text),
    may("AppManaged", Flag),
    may(
        "S3Input",
        Members(&[
            must("S3Uri", Text),
            may("LocalPath", Text),
            must("S3DataType", OneOf(&["ManifestFile", "S3Prefix"])),
            may("S3InputMode", OneOf(&["Pipe", "File"])),
            may(
                "S3DataDistributionType",
                OneOf(&["FullyReplicated", "ShardedByS3Key"]),
            ),
            may("S3CompressionType", OneOf(&["None", "Gzip"])),
        ]),
    ),
]);

const PROCESSING_OUTPUT: Shape = Members(&[
    must("OutputName", Text),
    may(
        "S3Output",
        Members(&[
            must("S3Uri", Text),
            may("LocalPath", Text),
            must("S3UploadMode", OneOf(&["Continuous", "EndOfJob"])),
        ]),
    ),
    may("AppManaged", Flag),
]);

pub(super) const PROCESSING: Shape = Members(&[
    must("ProcessingJobName", Text),
    may("ProcessingInputs", List(&PROCESSING_INPUT, 10)),
    may(
        "ProcessingOutputConfig",
        Members(&[
            must("Outputs", List(&PROCESSING_OUTPUT, 10)),
            may("KmsKeyId", Text),
        ]),
    ),
    must(
        "ProcessingResources",
        Members(&[must(
            "ClusterConfig",
            Members(&[
                must("InstanceCount", Whole(1, 100)),
                must("InstanceType", OneOf(instance_types::PROCESSING)),
                must("VolumeSizeInGB", Whole(1, 16_384)),
                may("VolumeKmsKeyId", Text),
            ]),
        )]),
    ),
    may(
        "StoppingCondition",
        Members(&[must("MaxRuntimeInSeconds", Whole(1, 777_600))]),
    ),
    must(
        "AppSpecification",
        Members(&[
            must("ImageUri", Text),
            may("ContainerEntrypoint", TEXTS),
            may("ContainerArguments", TEXTS),
        ]),
    ),
    may("Environment", Texts),
    may(
        "NetworkConfig",
        Members(&[
            may("EnableInterContainerTrafficEncryption", Flag),
            may("EnableNetworkIsolation", Flag),
            may("VpcConfig", VPC),
        ]),
    ),
    must("RoleArn", Text),
    may("ExperimentConfig", EXPERIMENT),
]);

pub(super) const TRANSFORM: Shape = Members(&[
    must("TransformJobName", Text),
    must("ModelName", Text),
    may("MaxConcurrentTransforms", ANY_COUNT),
    may(
        "ModelClientConfig",
        Members(&[
            may("InvocationsTimeoutInSeconds", Whole(1, 3600)),
            may("InvocationsMaxRetries", Whole(0, 3)),
        ]),
    ),
    may("MaxPayloadInMB", ANY_COUNT),
    may("BatchStrategy", OneOf(&["MultiRecord", "SingleRecord"])),
    may("Environment", Texts),
    must(
        "TransformInput",
        Members(&[
            must(
                "DataSource",
                Members(&[must(
                    "S3DataSource",
                    Members(&[
                        must(
                            "S3DataType",
                            OneOf(&["ManifestFile", "S3Prefix", "AugmentedManifestFile"]),
                        ),
                        must("S3Uri", Text),
                    ]),
                )]),
            ),
            may("ContentType", Text),
            may("CompressionType", OneOf(&["None", "Gzip"])),
            may(
                "SplitType",
                OneOf(&["None", "Line", "RecordIO", "TFRecord"]),
            ),
        ]),
    ),
    must(
        "TransformOutput",
        Members(&[
            must("S3OutputPath", Text),
            may("Accept", Text),
            may("AssembleWith", OneOf(&["None", "Line"])),
            may("KmsKeyId", Text),
        ]),
    ),
    must(
        "TransformResources",
        Members(&[
            must("InstanceType", OneOf(instance_types::TRANSFORM)),
            must("InstanceCount", Whole(1, i64::MAX)),
            may("VolumeKmsKeyId", Text),
        ]),
    ),
    may(
        "DataProcessing",
        Members(&[
            may("InputFilter", Text),
            may("OutputFilter", Text),
            may("JoinSource", OneOf(&["Input", "None"])),
        ]),
    ),
    may("ExperimentConfig", EXPERIMENT),
]);
