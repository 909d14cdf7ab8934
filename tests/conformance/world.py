"""Makes what the tests are about. Each function asks for one thing, waits for it, and gives its id or name back."""

import json
from dataclasses import dataclass

from aws import ACCOUNT, REGION, Aws

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
MANAGED_POLICY = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/model:latest"
# A new account has none of these.
ACCELERATED = """[quotas]
"ml.g5.2xlarge for endpoint usage" = 4
"ml.m5.large for training warm pool usage" = 4
"""
TAGS = [{"Key": "team", "Value": "blue"}, {"Key": "stage", "Value": "test"}]


@dataclass(frozen=True)
class Network:
    vpc: str
    subnets: list[str]
    group: str


def network(aws: Aws, cidr: str = "10.0.{}.0/24") -> Network:
    """A VPC with a subnet in each of two zones, and a group."""
    vpc = aws.ec2.create_vpc(CidrBlock=cidr.format(0).replace("/24", "/16"))["Vpc"]["VpcId"]
    subnets = [
        aws.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.format(at), AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
        for at, zone in enumerate(("use1-az1", "use1-az2"))
    ]
    return Network(vpc, subnets, group(aws, vpc, "studio"))


def group(aws: Aws, vpc: str, name: str) -> str:
    return aws.ec2.create_security_group(VpcId=vpc, GroupName=name, Description=name)["GroupId"]


def instance(aws: Aws, subnet: str, **more) -> str:
    made = aws.ec2.run_instances(
        ImageId="ami-0123456789abcdef0", InstanceType="t3.micro", MinCount=1, MaxCount=1, SubnetId=subnet, **more
    )
    aws.settle()
    return made["Instances"][0]["InstanceId"]


def interface_endpoint(aws: Aws, made: Network, service: str = "sagemaker.api", private_dns: bool = False) -> str:
    name = f"com.amazonaws.{REGION}.{service}"
    endpoint = aws.ec2.create_vpc_endpoint(
        VpcEndpointType="Interface",
        VpcId=made.vpc,
        ServiceName=name,
        SubnetIds=made.subnets,
        SecurityGroupIds=[made.group],
        PrivateDnsEnabled=private_dns,
    )
    aws.settle()
    return endpoint["VpcEndpoint"]["VpcEndpointId"]


def role(aws: Aws, name: str = "studio", **more) -> str:
    made = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **more)["Role"]["Arn"]
    # It cannot be assumed at once.
    aws.settle()
    return made


def assumable(aws: Aws, principal: dict, action: str = "sts:AssumeRole") -> str:
    """A role that trusts somebody else than SageMaker."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return aws.iam.create_role(RoleName="ops", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def session(aws: Aws) -> dict:
    """The credentials of a role's session."""
    role = assumable(aws, {"AWS": ACCOUNT})
    return aws.sts.assume_role(RoleArn=role, RoleSessionName="shift")["Credentials"]


def file_system(aws: Aws, token: str = "home", **more) -> str:
    made = aws.efs.create_file_system(CreationToken=token, **more)["FileSystemId"]
    aws.settle()
    return made


def mount_target(aws: Aws, volume: str, subnet: str, **more) -> str:
    made = aws.efs.create_mount_target(FileSystemId=volume, SubnetId=subnet, **more)["MountTargetId"]
    aws.settle()
    return made


def domain(aws: Aws, made: Network, role_arn: str, name: str = "team") -> str:
    settings = {"ExecutionRole": role_arn, "SecurityGroups": [made.group]}
    asked = aws.sagemaker.create_domain(
        DomainName=name,
        AuthMode="IAM",
        VpcId=made.vpc,
        SubnetIds=made.subnets,
        AppNetworkAccessType="VpcOnly",
        DefaultUserSettings=settings,
        DefaultSpaceSettings=settings,
        Tags=TAGS,
    )
    aws.settle()
    return asked["DomainArn"].rpartition("/")[2]


def profile(aws: Aws, domain_id: str, name: str = "ann") -> str:
    aws.sagemaker.create_user_profile(DomainId=domain_id, UserProfileName=name, Tags=TAGS)
    aws.settle()
    return name


def space(aws: Aws, domain_id: str, owner: str, name: str = "lab") -> str:
    aws.sagemaker.create_space(
        DomainId=domain_id,
        SpaceName=name,
        OwnershipSettings={"OwnerUserProfileName": owner},
        SpaceSharingSettings={"SharingType": "Private"},
        SpaceSettings={"AppType": "JupyterLab", "SpaceStorageSettings": {"EbsStorageSettings": {"EbsVolumeSizeInGb": 5}}},
        Tags=TAGS,
    )
    aws.settle()
    return name


def app(aws: Aws, domain_id: str, space_name: str) -> dict:
    """The key of an app in a space."""
    key = {"DomainId": domain_id, "SpaceName": space_name, "AppType": "JupyterLab", "AppName": "default"}
    aws.sagemaker.create_app(**key, ResourceSpec={"InstanceType": "ml.t3.medium"}, Tags=TAGS)
    aws.settle()
    return key


def model(aws: Aws, made: Network, role_arn: str, name: str = "model") -> str:
    aws.sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=role_arn,
        PrimaryContainer={"Image": IMAGE, "Environment": {"A": "b"}},
        VpcConfig={"Subnets": made.subnets, "SecurityGroupIds": [made.group]},
        Tags=TAGS,
    )
    return name


def endpoint_config(aws: Aws, model_name: str, name: str = "config") -> str:
    variant = {
        "VariantName": "all",
        "ModelName": model_name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1.0,
    }
    aws.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=TAGS)
    return name


def endpoint(aws: Aws, config: str, name: str = "endpoint") -> str:
    aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=TAGS)
    aws.settle()
    return name


def component_endpoint(aws: Aws, made: Network, role_arn: str, name: str = "host") -> str:
    """An endpoint that inference components can be put on."""
    aws.sagemaker.create_endpoint_config(
        EndpointConfigName=name,
        ExecutionRoleArn=role_arn,
        ProductionVariants=[{"VariantName": "all", "InitialInstanceCount": 1, "InstanceType": "ml.g5.2xlarge"}],
        VpcConfig={"Subnets": made.subnets, "SecurityGroupIds": [made.group]},
    )
    return endpoint(aws, name, name)


def inference_component(aws: Aws, host: str, model_name: str, name: str = "component") -> str:
    aws.sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=host,
        VariantName="all",
        Specification={
            "ModelName": model_name,
            "ComputeResourceRequirements": {"NumberOfCpuCoresRequired": 1, "MinMemoryRequiredInMb": 1024},
        },
        RuntimeConfig={"CopyCount": 1},
        Tags=TAGS,
    )
    aws.settle()
    return name


# -------------------------------------------------------------------------------------------------------- templates


def template(resources: dict, outputs: dict | None = None, **more) -> str:
    return json.dumps({"Resources": resources} | ({"Outputs": outputs} if outputs else {}) | more)


def vpc_template(export: str | None = None, **properties) -> str:
    """A VPC whose id is an output, exported by a name."""
    output = {"Value": {"Ref": "Vpc"}, "Description": "The VPC"} | ({"Export": {"Name": export}} if export else {})
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"} | properties}
    return template({"Vpc": vpc}, {"VpcId": output}, Description="A VPC")


def importing_template(export: str, cidr: str = "10.0.0.0/24") -> str:
    """A subnet in a VPC that another stack exports."""
    subnet = {"VpcId": {"Fn::ImportValue": export}, "CidrBlock": cidr}
    return template({"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": subnet}})


def role_template(name: str | None = None) -> str:
    properties = {"AssumeRolePolicyDocument": json.loads(TRUST)} | ({"RoleName": name} if name else {})
    return template({"Role": {"Type": "AWS::IAM::Role", "Properties": properties}})


def failing_template() -> str:
    """A subnet in a VPC that is not there."""
    return template(
        {"Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.0.0.0/24"}}}
    )


def stack(aws: Aws, name: str, body: str, **more) -> str:
    """A stack whose creation has ended; its id."""
    stack_id = aws.cloudformation.create_stack(StackName=name, TemplateBody=body, **more)["StackId"]
    aws.settle()
    return stack_id


def stack_status(aws: Aws, name: str) -> str:
    return aws.cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
