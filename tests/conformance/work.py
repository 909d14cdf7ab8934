"""Makes what works in the background of SageMaker: jobs, pipelines, notebook instances, monitoring schedules; and what it
manages for people: feature groups, and what MLflow runs on."""

import json

import world
from aws import Aws

TRAINING, PROCESSING, TRANSFORM = KINDS = ("Training", "Processing", "Transform")
TOKEN = "0123456789abcdef0123456789abcdef"


def vpc_config(made: world.Network) -> dict:
    return {"SecurityGroupIds": [made.group], "Subnets": made.subnets[:1]}


def training(made: world.Network, role_arn: str) -> dict:
    """What a training job is made from, and a step of a pipeline."""
    return {
        "RoleArn": role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": world.IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "VpcConfig": vpc_config(made),
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
    }


def processing(made: world.Network, role_arn: str) -> dict:
    return {
        "RoleArn": role_arn,
        "AppSpecification": {"ImageUri": world.IMAGE, "ContainerArguments": ["--fast"]},
        "ProcessingInputs": [
            {
                "InputName": "in",
                "S3Input": {
                    "S3Uri": "s3://bucket/in",
                    "LocalPath": "/opt/ml/processing/in",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": "s3://bucket/out",
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "NetworkConfig": {"EnableNetworkIsolation": False, "VpcConfig": vpc_config(made)},
        "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
        "Environment": {"A": "b"},
    }


def transform(model_name: str) -> dict:
    return {
        "ModelName": model_name,
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


class Jobs:
    """The calls about one of the three kinds of jobs, which differ in names more than in ways."""

    def __init__(self, aws: Aws, kind: str):
        self._client, self._verb, self.kind = aws.sagemaker, f"_{kind.lower()}_job", kind

    def create(self, name: str, **members) -> str:
        """The job's ARN."""
        made = getattr(self._client, f"create{self._verb}")(**{f"{self.kind}JobName": name}, **members, Tags=world.TAGS)
        return made[f"{self.kind}JobArn"]

    def describe(self, name: str) -> dict:
        return getattr(self._client, f"describe{self._verb}")(**{f"{self.kind}JobName": name})

    def stop(self, name: str):
        getattr(self._client, f"stop{self._verb}")(**{f"{self.kind}JobName": name})

    def names(self, **filters) -> list[str]:
        listed = getattr(self._client, f"list{self._verb}s")(**filters)[f"{self.kind}JobSummaries"]
        return [job[f"{self.kind}JobName"] for job in listed]

    def status(self, name: str) -> str:
        return self.describe(name)[f"{self.kind}JobStatus"]


def members_of(aws: Aws, kind: str, made: world.Network, role_arn: str) -> dict:
    """What a job of the kind is made from; a transform job needs a model."""
    if kind == TRANSFORM:
        name = world.model(aws, made, role_arn)
        aws.settle()
        return transform(name)
    return {TRAINING: training, PROCESSING: processing}[kind](made, role_arn)


def tuning_job(aws: Aws, made: world.Network, role_arn: str, name: str = "tuning", most: int = 2) -> str:
    """A tuning job with one training job at a time; it is at work."""
    definition = training(made, role_arn) | {"StaticHyperParameters": {"epochs": "3"}}
    aws.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": most, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "0.9"}],
                "CategoricalParameterRanges": [{"Name": "optimizer", "Values": ["sgd", "adam"]}],
            },
        },
        TrainingJobDefinition=definition,
        Tags=world.TAGS,
    )
    return name


def automl_job(aws: Aws, made: world.Network, role_arn: str, name: str = "auto", most: int = 2) -> str:
    """The ARN of an AutoML job that is at work."""
    data = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}
    tabular = {
        "TargetAttributeName": "price",
        "Mode": "HYPERPARAMETER_TUNING",
        "ProblemType": "Regression",
        "CompletionCriteria": {"MaxCandidates": most, "MaxRuntimePerTrainingJobInSeconds": 86400},
        "CandidateGenerationConfig": {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost", "mlp"]}]},
    }
    made_job = aws.sagemaker.create_auto_ml_job_v2(
        AutoMLJobName=name,
        AutoMLJobInputDataConfig=[{"ChannelType": "training", "CompressionType": "None", "DataSource": data}],
        OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
        AutoMLProblemTypeConfig={"TabularJobConfig": tabular},
        AutoMLJobObjective={"MetricName": "MSE"},
        RoleArn=role_arn,
        SecurityConfig={"EnableInterContainerTrafficEncryption": True, "VpcConfig": vpc_config(made)},
        DataSplitConfig={"ValidationFraction": 0.2},
        Tags=world.TAGS,
    )
    return made_job["AutoMLJobArn"]


def pipeline(aws: Aws, made: world.Network, role_arn: str, name: str = "flow") -> str:
    """A pipeline of two steps, one after the other."""
    first = {"Name": "first", "Type": PROCESSING, "Arguments": processing(made, role_arn)}
    second = {"Name": "second", "Type": TRAINING, "Arguments": training(made, role_arn), "DependsOn": ["first"]}
    aws.sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDisplayName="The-flow",
        PipelineDescription="Two steps",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": [first, second]}),
        ClientRequestToken=TOKEN,
        RoleArn=role_arn,
        Tags=world.TAGS,
    )
    return name


def execution(aws: Aws, pipeline_name: str, token: str = TOKEN) -> str:
    """The ARN of an execution that is at work."""
    started = aws.sagemaker.start_pipeline_execution(
        PipelineName=pipeline_name,
        PipelineExecutionDisplayName="A-run",
        PipelineExecutionDescription="One of many",
        ClientRequestToken=token,
    )
    return started["PipelineExecutionArn"]


def notebook(aws: Aws, made: world.Network, role_arn: str, name: str = "lab") -> str:
    """A notebook instance that begins."""
    aws.sagemaker.create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn=role_arn,
        SubnetId=made.subnets[0],
        SecurityGroupIds=[made.group],
        DirectInternetAccess="Disabled",
        Tags=world.TAGS,
    )
    return name


def schedule(aws: Aws, endpoint_name: str, made: world.Network, role_arn: str, name: str = "watch") -> str:
    """A monitoring schedule that begins."""
    job = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": endpoint_name, "LocalPath": "/opt/ml/processing/in"}}],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://bucket/out", "LocalPath": "/opt/ml/processing/out"}}]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 10}
        },
        "MonitoringAppSpecification": {"ImageUri": world.IMAGE},
        "NetworkConfig": {"VpcConfig": vpc_config(made)},
        "RoleArn": role_arn,
    }
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinition": job,
        "MonitoringType": "DataQuality",
    }
    aws.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig=config, Tags=world.TAGS
    )
    return name


def feature_group(aws: Aws, role_arn: str, name: str = "clicks", **stores) -> str:
    """The ARN of a feature group that begins."""
    names = ("user", "at")
    made = aws.sagemaker.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="user",
        EventTimeFeatureName="at",
        FeatureDefinitions=[{"FeatureName": feature, "FeatureType": "String"} for feature in names],
        RoleArn=role_arn,
        Description="What people click",
        Tags=world.TAGS,
        **stores,
    )
    return made["FeatureGroupArn"]


def tracking_server(aws: Aws, role_arn: str, name: str = "runs", **more) -> str:
    """The ARN of a tracking server that begins."""
    made = aws.sagemaker.create_mlflow_tracking_server(
        TrackingServerName=name, ArtifactStoreUri="s3://bucket/runs", RoleArn=role_arn, Tags=world.TAGS, **more
    )
    return made["TrackingServerArn"]


def mlflow_app(aws: Aws, role_arn: str, name: str = "board", **more) -> str:
    """The ARN of an MLflow app that begins."""
    made = aws.sagemaker.create_mlflow_app(
        Name=name, ArtifactStoreUri="s3://bucket/runs", RoleArn=role_arn, Tags=world.TAGS, **more
    )
    return made["Arn"]
