"""Every paginator, over pages of one item each: each item once, as one large page has them."""

import jmespath
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import work
import world
from aws import Aws

TINY = "largest-page = 1"

# What the members are called that ask for a size of pages.
LIMITS = {"MaxItems", "MaxResults", "ResourcesPerPage", "limit"}


def networks(aws: Aws) -> dict:
    """Two of everything in EC2."""
    made = world.network(aws)
    for _ in range(2):
        gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        aws.ec2.create_tags(Resources=[gateway], Tags=world.TAGS)
        aws.ec2.create_network_acl(VpcId=made.vpc)
        aws.ec2.create_network_interface(SubnetId=made.subnets[0])
        aws.ec2.create_route_table(VpcId=made.vpc)
    for service in ("sagemaker.api", "sts"):
        world.interface_endpoint(aws, made, service)
    return {}


def neighbours(aws: Aws) -> dict:
    """Two of everything in EC2 that is run in a network, or shared with another one."""
    made = world.network(aws)
    for subnet in made.subnets:
        world.instance(aws, subnet)
        aws.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    for cidr in ("10.8.0.0/16", "10.9.0.0/16"):
        other = aws.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        aws.ec2.associate_security_group_vpc(GroupId=made.group, VpcId=other)
        aws.ec2.create_egress_only_internet_gateway(VpcId=other)
        aws.ec2.create_carrier_gateway(VpcId=other)
    aws.settle()
    return {}


def prefix_list(aws: Aws) -> dict:
    pages = aws.ec2.get_paginator("describe_managed_prefix_lists").paginate()
    s3 = pages.search("PrefixLists[?ends_with(PrefixListName, '.s3')].PrefixListId")
    return {"PrefixListId": next(s3)}


def stacks(aws: Aws) -> dict:
    world.stack(aws, "exporter", two_exports())
    for name, cidr in (("one", "10.0.1.0/24"), ("two", "10.0.2.0/24")):
        world.stack(aws, name, world.importing_template("vpc", cidr))
    for name in ("first", "second"):
        aws.cloudformation.create_change_set(
            StackName="exporter", ChangeSetName=name, TemplateBody=world.vpc_template(CidrBlock="10.9.0.0/16")
        )
    aws.settle()
    return {}


def two_exports() -> str:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    group = {"VpcId": {"Ref": "Vpc"}, "GroupDescription": "A group"}
    return world.template(
        {"Vpc": vpc, "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}},
        {
            "Vpc": {"Value": {"Ref": "Vpc"}, "Export": {"Name": "vpc"}},
            "Group": {"Value": {"Ref": "Group"}, "Export": {"Name": "group"}},
        },
    )


def in_stack(aws: Aws) -> dict:
    stacks(aws)
    return {"StackName": "exporter"}


def change_set(aws: Aws) -> dict:
    aws.cloudformation.create_change_set(
        StackName="new", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=two_exports()
    )
    aws.settle()
    return {"StackName": "new", "ChangeSetName": "first"}


def exported(aws: Aws) -> dict:
    stacks(aws)
    return {"ExportName": "vpc"}


def volumes(aws: Aws) -> dict:
    made = world.network(aws)
    for token in ("one", "two"):
        volume = world.file_system(aws, token)
        for subnet in made.subnets:
            world.mount_target(aws, volume, subnet)
        for uid in (1, 2):
            aws.efs.create_access_point(ClientToken=f"{token}-{uid}", FileSystemId=volume, PosixUser={"Uid": uid, "Gid": 1})
    aws.settle()
    return {}


def in_volume(aws: Aws) -> dict:
    volumes(aws)
    return {"FileSystemId": aws.efs.describe_file_systems()["FileSystems"][0]["FileSystemId"]}


def replicas(aws: Aws) -> dict:
    for token in ("one", "two"):
        volume = world.file_system(aws, token)
        aws.efs.create_replication_configuration(SourceFileSystemId=volume, Destinations=[{"Region": "eu-west-1"}])
    aws.settle()
    return {}


def roles(aws: Aws) -> dict:
    for name in ("one", "two"):
        world.role(aws, name, Tags=world.TAGS)
        for policy in ("AmazonSageMakerFullAccess", "AmazonS3ReadOnlyAccess"):
            aws.iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
            aws.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=world.POLICY)
    return {}


def of_role(aws: Aws) -> dict:
    roles(aws)
    return {"RoleName": "one"}


def policies(aws: Aws) -> dict:
    for name in ("one", "two"):
        aws.iam.create_policy(PolicyName=name, PolicyDocument=world.POLICY)
    return {"Scope": "Local"}


def versions(aws: Aws) -> dict:
    policy = aws.iam.create_policy(PolicyName="one", PolicyDocument=world.POLICY)["Policy"]["Arn"]
    aws.iam.create_policy_version(PolicyArn=policy, PolicyDocument=world.POLICY)
    return {"PolicyArn": policy}


def instance_profiles(aws: Aws) -> dict:
    world.role(aws, "one")
    for name in ("first", "second"):
        aws.iam.create_instance_profile(InstanceProfileName=name)
        aws.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="one")
    return {}


def instance_profiles_of_role(aws: Aws) -> dict:
    instance_profiles(aws)
    return {"RoleName": "one"}


def log_groups(aws: Aws) -> dict:
    for group in ("/one", "/two"):
        aws.logs.create_log_group(logGroupName=group)
        for stream in ("first", "second"):
            aws.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    return {}


def log_streams(aws: Aws) -> dict:
    log_groups(aws)
    return {"logGroupName": "/one"}


def tagged(aws: Aws) -> dict:
    made = world.network(aws)
    aws.ec2.create_tags(Resources=[made.vpc], Tags=world.TAGS)
    aws.ec2.create_tags(Resources=made.subnets, Tags=[{"Key": "team", "Value": "red"}])
    aws.settle()
    return {}


def tagged_team(aws: Aws) -> dict:
    tagged(aws)
    return {"Key": "team"}


def scaled(aws: Aws) -> dict:
    inference(aws)
    for name in ("one", "two"):
        target = {
            "ServiceNamespace": "sagemaker",
            "ResourceId": f"endpoint/{name}/variant/all",
            "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
        }
        aws.application_autoscaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
        metric = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
        aws.application_autoscaling.put_scaling_policy(
            PolicyName="tracked",
            **target,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 70.0, "PredefinedMetricSpecification": metric},
        )
    return {"ServiceNamespace": "sagemaker"}


def of_vpc(aws: Aws) -> dict:
    return {"ServiceCode": "vpc"}


def studio(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    for name in ("red", "blue"):
        domain = world.domain(aws, made, role, name)
        for owner in ("ann", "bob"):
            world.profile(aws, domain, owner)
            world.app(aws, domain, world.space(aws, domain, owner, f"{owner}-lab"))
    return {}


def tagged_domain(aws: Aws) -> dict:
    domain = world.domain(aws, world.network(aws), world.role(aws))
    return {"ResourceArn": aws.sagemaker.describe_domain(DomainId=domain)["DomainArn"]}


def inference(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    host = world.component_endpoint(aws, made, role)
    for name in ("one", "two"):
        model = world.model(aws, made, role, name)
        world.endpoint(aws, world.endpoint_config(aws, model, name), name)
        world.inference_component(aws, host, model, name)
    return {}


def jobs(kind: str):
    """Two jobs of a kind."""

    def make(aws: Aws) -> dict:
        members = work.members_of(aws, kind, world.network(aws), world.role(aws))
        for name in ("one", "two"):
            work.Jobs(aws, kind).create(name, **members)
        return {}

    return make


def tuning_jobs(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    for name in ("one", "two"):
        work.tuning_job(aws, made, role, name)
    return {}


def automl_jobs(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    for name in ("one", "two"):
        work.automl_job(aws, made, role, name)
    return {}


def pipelines(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    for name in ("one", "two"):
        work.pipeline(aws, made, role, name)
    return {}


def executions(aws: Aws) -> dict:
    pipelines(aws)
    for at in range(2):
        work.execution(aws, "one", f"{work.TOKEN}-{at}")
    return {"PipelineName": "one"}


def steps(aws: Aws) -> dict:
    pipelines(aws)
    arn = work.execution(aws, "one")
    aws.settle(24)
    return {"PipelineExecutionArn": arn}


def notebooks(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    for name in ("one", "two"):
        work.notebook(aws, made, role, name)
    return {}


def schedules(aws: Aws) -> dict:
    made, role = world.network(aws), world.role(aws)
    endpoint = world.endpoint(aws, world.endpoint_config(aws, world.model(aws, made, role)))
    for name in ("one", "two"):
        work.schedule(aws, endpoint, made, role, name)
    return {}


def mlflow_apps(aws: Aws) -> dict:
    role = world.role(aws)
    for name in ("one", "two"):
        work.mlflow_app(aws, role, name)
    return {}


def search(aws: Aws) -> dict:
    inference(aws)
    return {"Resource": "Endpoint"}


def nothing(aws: Aws) -> dict:
    return {}


# By service and paginated operation: what makes the world, and gives the arguments of the call.
PAGINATORS = {
    ("application-autoscaling", "DescribeScalableTargets"): scaled,
    ("application-autoscaling", "DescribeScalingPolicies"): scaled,
    ("cloudformation", "DescribeChangeSet"): change_set,
    ("cloudformation", "DescribeEvents"): in_stack,
    ("cloudformation", "DescribeStackEvents"): in_stack,
    ("cloudformation", "DescribeStacks"): stacks,
    ("cloudformation", "ListChangeSets"): in_stack,
    ("cloudformation", "ListExports"): stacks,
    ("cloudformation", "ListImports"): exported,
    ("cloudformation", "ListStackResources"): in_stack,
    ("cloudformation", "ListStacks"): stacks,
    ("ec2", "DescribeCarrierGateways"): neighbours,
    ("ec2", "DescribeEgressOnlyInternetGateways"): neighbours,
    ("ec2", "DescribeInstances"): neighbours,
    ("ec2", "DescribeInternetGateways"): networks,
    ("ec2", "DescribeManagedPrefixLists"): nothing,
    ("ec2", "DescribeNatGateways"): neighbours,
    ("ec2", "DescribeNetworkAcls"): networks,
    ("ec2", "DescribeNetworkInterfaces"): networks,
    ("ec2", "DescribePrefixLists"): nothing,
    ("ec2", "DescribeRouteTables"): networks,
    ("ec2", "DescribeSecurityGroupRules"): networks,
    ("ec2", "DescribeSecurityGroupVpcAssociations"): neighbours,
    ("ec2", "DescribeSecurityGroups"): networks,
    ("ec2", "DescribeSubnets"): networks,
    ("ec2", "DescribeTags"): networks,
    ("ec2", "DescribeVpcEndpointServices"): nothing,
    ("ec2", "DescribeVpcEndpoints"): networks,
    ("ec2", "DescribeVpcs"): networks,
    ("ec2", "GetManagedPrefixListEntries"): prefix_list,
    ("efs", "DescribeAccessPoints"): volumes,
    ("efs", "DescribeFileSystems"): volumes,
    ("efs", "DescribeMountTargets"): in_volume,
    ("efs", "DescribeReplicationConfigurations"): replicas,
    ("iam", "ListAttachedRolePolicies"): of_role,
    ("iam", "ListInstanceProfiles"): instance_profiles,
    ("iam", "ListInstanceProfilesForRole"): instance_profiles_of_role,
    ("iam", "ListPolicies"): policies,
    ("iam", "ListPolicyVersions"): versions,
    ("iam", "ListRolePolicies"): of_role,
    ("iam", "ListRoleTags"): of_role,
    ("iam", "ListRoles"): roles,
    ("logs", "DescribeLogGroups"): log_groups,
    ("logs", "DescribeLogStreams"): log_streams,
    ("resourcegroupstaggingapi", "GetResources"): tagged,
    ("resourcegroupstaggingapi", "GetTagKeys"): tagged,
    ("resourcegroupstaggingapi", "GetTagValues"): tagged_team,
    ("sagemaker", "ListApps"): studio,
    ("sagemaker", "ListAutoMLJobs"): automl_jobs,
    ("sagemaker", "ListDomains"): studio,
    ("sagemaker", "ListEndpointConfigs"): inference,
    ("sagemaker", "ListEndpoints"): inference,
    ("sagemaker", "ListHyperParameterTuningJobs"): tuning_jobs,
    ("sagemaker", "ListInferenceComponents"): inference,
    ("sagemaker", "ListMlflowApps"): mlflow_apps,
    ("sagemaker", "ListModels"): inference,
    ("sagemaker", "ListMonitoringSchedules"): schedules,
    ("sagemaker", "ListNotebookInstances"): notebooks,
    ("sagemaker", "ListPipelineExecutionSteps"): steps,
    ("sagemaker", "ListPipelineExecutions"): executions,
    ("sagemaker", "ListPipelines"): pipelines,
    ("sagemaker", "ListProcessingJobs"): jobs(work.PROCESSING),
    ("sagemaker", "ListSpaces"): studio,
    ("sagemaker", "ListTags"): tagged_domain,
    ("sagemaker", "ListTrainingJobs"): jobs(work.TRAINING),
    ("sagemaker", "ListTransformJobs"): jobs(work.TRANSFORM),
    ("sagemaker", "ListUserProfiles"): studio,
    ("sagemaker", "Search"): search,
    ("service-quotas", "ListAWSDefaultServiceQuotas"): of_vpc,
    ("service-quotas", "ListServiceQuotas"): of_vpc,
    ("service-quotas", "ListServices"): nothing,
}

# What the scenario must say for a list to have anything in it.
SCENARIOS = {("service-quotas", "ListServiceQuotas"): "[quotas]\nvpcs = 9\nsubnets = 300\n"}


def lists(paginator, answers) -> list[list]:
    """The items of each of the paginator's result keys, over all answers."""
    keys = [key.expression for key in paginator.result_keys]
    return [[item for answer in answers for item in jmespath.search(key, answer) or []] for key in keys]


@pytest.mark.parametrize(("service", "operation"), PAGINATORS)
def test_pages(simulated, service, operation):
    make, call = PAGINATORS[service, operation], xform_name(operation)
    scenario = SCENARIOS.get((service, operation), world.ACCELERATED)
    large = simulated(scenario)
    arguments = make(large)
    client = large.client(service)
    paginator = client.get_paginator(call)
    items, *further = lists(paginator, [getattr(client, call)(**arguments)])
    assert len(items) > 1, "a world with too little in it"

    def check(pages, size):
        assert all(len(lists(paginator, [page])[0]) <= size for page in pages)
        told, *others = lists(paginator, pages)
        assert told == items
        # What else a page has may come again with the next one, as the names of services do.
        assert [set(other) for other in others] == [set(other) for other in further]

    size = smallest_page(client, operation)
    if size is not None:
        check(list(paginator.paginate(**arguments, PaginationConfig={"PageSize": size})), size)
    tiny = simulated(f"{TINY}\n{scenario}")
    assert make(tiny) == arguments
    check(list(tiny.client(service).get_paginator(call).paginate(**arguments)), 1)


def smallest_page(client, operation: str) -> int | None:
    """The smallest page that may be asked for, where one may be asked for at all."""
    inputs = client.meta.service_model.operation_model(operation).input_shape.members
    limits = [inputs[name] for name in LIMITS & inputs.keys()]
    if not limits:
        return None
    # EC2's model names the range of some of its lists; where it does not, it is 5 to 1000.
    return max(1, limits[0].metadata.get("min", 5 if client.meta.service_model.service_name == "ec2" else 1))


@pytest.mark.parametrize(("service", "operation"), PAGINATORS)
def test_no_such_page(aws, service, operation):
    """Tokens of nobody, and pages smaller or larger than the model lets them be."""
    arguments = PAGINATORS[service, operation](aws)
    client = aws.unchecked.client(service)
    paginator = client.get_paginator(xform_name(operation))
    inputs = client.meta.service_model.operation_model(operation).input_shape.members
    token = paginator._input_token[0]
    wrong = [{token: "%%%"}]
    for name in LIMITS & inputs.keys():
        wrong.append({name: 0})
        # EFS, and some of EC2's lists, take more for as much as they give.
        if service != "efs" and "max" in inputs[name].metadata:
            wrong.append({name: 1_000_000})
    accepted = []
    for more in wrong:
        try:
            getattr(client, xform_name(operation))(**arguments, **more)
            accepted.append(more)
        except ClientError:
            pass
    assert not accepted
