"""SageMaker: a domain with all that is in it, and inference."""

import pytest

import world


def only(items):
    assert len(items) == 1, items
    return items[0]


def test_a_domain_from_creation_to_deletion(aws, network, domain, role):
    told = aws.sagemaker.describe_domain(DomainId=domain)
    assert (told["Status"], told["VpcId"], told["AuthMode"]) == ("InService", network.vpc, "IAM")
    assert only(aws.sagemaker.list_domains()["Domains"])["DomainId"] == domain
    idle = {"AppLifecycleManagement": {"IdleSettings": {"LifecycleManagement": "ENABLED", "IdleTimeoutInMinutes": 60}}}
    settings = {"JupyterLabAppSettings": idle}
    aws.sagemaker.update_domain(DomainId=domain, DefaultUserSettings={"ExecutionRole": role} | settings)
    aws.settle()
    aws.sagemaker.describe_domain(DomainId=domain)
    aws.sagemaker.delete_domain(DomainId=domain, RetentionPolicy={"HomeEfsFileSystem": "Delete"})
    assert aws.sagemaker.describe_domain(DomainId=domain)["Status"] == "Deleting"
    aws.settle()
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound):
        aws.sagemaker.describe_domain(DomainId=domain)


def test_a_profile(aws, domain, profile, role):
    assert aws.sagemaker.describe_user_profile(DomainId=domain, UserProfileName=profile)["Status"] == "InService"
    assert only(aws.sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"])["UserProfileName"] == profile
    aws.sagemaker.update_user_profile(DomainId=domain, UserProfileName=profile, UserSettings={"ExecutionRole": role})
    aws.settle()
    aws.sagemaker.describe_user_profile(DomainId=domain, UserProfileName=profile)
    url = aws.sagemaker.create_presigned_domain_url(DomainId=domain, UserProfileName=profile)["AuthorizedUrl"]
    assert url.startswith("https://")
    aws.sagemaker.delete_user_profile(DomainId=domain, UserProfileName=profile)
    aws.settle()
    assert aws.sagemaker.list_user_profiles(DomainIdEquals=domain)["UserProfiles"] == []


def test_a_space(aws, domain, space):
    assert aws.sagemaker.describe_space(DomainId=domain, SpaceName=space)["Status"] == "InService"
    assert only(aws.sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"])["SpaceName"] == space
    aws.sagemaker.update_space(DomainId=domain, SpaceName=space, SpaceDisplayName="A lab")
    aws.settle()
    assert aws.sagemaker.describe_space(DomainId=domain, SpaceName=space)["SpaceDisplayName"] == "A lab"
    aws.sagemaker.delete_space(DomainId=domain, SpaceName=space)
    aws.settle()
    assert aws.sagemaker.list_spaces(DomainIdEquals=domain)["Spaces"] == []


def test_an_app(aws, domain, app):
    assert aws.sagemaker.describe_app(**app)["Status"] == "InService"
    assert only(aws.sagemaker.list_apps(DomainIdEquals=domain)["Apps"])["AppName"] == "default"
    aws.sagemaker.delete_app(**app)
    assert aws.sagemaker.describe_app(**app)["Status"] == "Deleting"
    aws.settle()
    assert aws.sagemaker.describe_app(**app)["Status"] == "Deleted"


def test_each_step_is_shown(aws, network, role):
    asked = aws.sagemaker.create_domain(
        DomainName="new",
        AuthMode="IAM",
        VpcId=network.vpc,
        SubnetIds=network.subnets,
        DefaultUserSettings={"ExecutionRole": role},
        HomeEfsFileSystemCreation="Disabled",
    )
    assert aws.sagemaker.describe_domain(DomainId=asked["DomainId"])["Status"] == "Pending"
    aws.sagemaker.list_domains()
    aws.settle()
    told = aws.sagemaker.describe_domain(DomainId=asked["DomainId"])
    assert told["Status"] == "InService" and "HomeEfsFileSystemId" not in told


@pytest.mark.parametrize("kind", ["UserProfile", "Space", "App"])
def test_a_failure_has_its_reason(aws, domain, kind):
    owner = world.profile(aws, domain)
    if kind == "App":
        world.space(aws, domain, owner)
    aws.simulator.fault({"type": f"AWS::SageMaker::{kind}"}, effect={"kind": "fail", "reason": "No capacity."})
    if kind == "UserProfile":
        world.profile(aws, domain, "bob")
        told = aws.sagemaker.describe_user_profile(DomainId=domain, UserProfileName="bob")
    elif kind == "Space":
        world.space(aws, domain, owner)
        told = aws.sagemaker.describe_space(DomainId=domain, SpaceName="lab")
    else:
        told = aws.sagemaker.describe_app(**world.app(aws, domain, "lab"))
    assert (told["Status"], told["FailureReason"]) == ("Failed", "No capacity.")


def test_inference(aws, endpoint, config, model):
    assert aws.sagemaker.describe_model(ModelName=model)["PrimaryContainer"]["Image"] == world.IMAGE
    assert only(aws.sagemaker.list_models()["Models"])["ModelName"] == model
    assert aws.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    assert only(aws.sagemaker.list_endpoint_configs()["EndpointConfigs"])["EndpointConfigName"] == config
    assert aws.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService"
    assert only(aws.sagemaker.list_endpoints()["Endpoints"])["EndpointName"] == endpoint
    second = world.endpoint_config(aws, model, "second")
    aws.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=second)
    assert aws.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "Updating"
    aws.settle()
    assert aws.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"] == second
    aws.sagemaker.delete_endpoint(EndpointName=endpoint)
    aws.settle()
    for name in (config, second):
        aws.sagemaker.delete_endpoint_config(EndpointConfigName=name)
    aws.sagemaker.delete_model(ModelName=model)
    assert aws.sagemaker.list_endpoints()["Endpoints"] == aws.sagemaker.list_models()["Models"] == []


def test_a_serverless_config(aws, model):
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = {"VariantName": "all", "ModelName": model, "ServerlessConfig": serverless}
    aws.sagemaker.create_endpoint_config(EndpointConfigName="serverless", ProductionVariants=[variant])
    told = aws.sagemaker.describe_endpoint_config(EndpointConfigName="serverless")
    assert told["ProductionVariants"][0]["ServerlessConfig"] == serverless


def test_a_failed_endpoint(aws, config):
    aws.simulator.fault({"type": "AWS::SageMaker::Endpoint"}, effect={"kind": "fail", "reason": "No image."})
    told = aws.sagemaker.describe_endpoint(EndpointName=world.endpoint(aws, config))
    assert (told["EndpointStatus"], told["FailureReason"]) == ("Failed", "No image.")


def test_inference_components(aws, network, role, model):
    host = world.component_endpoint(aws, network, role)
    component = world.inference_component(aws, host, model)
    told = aws.sagemaker.describe_inference_component(InferenceComponentName=component)
    assert told["InferenceComponentStatus"] == "InService"
    listed = aws.sagemaker.list_inference_components(EndpointNameEquals=host)["InferenceComponents"]
    assert only(listed)["InferenceComponentName"] == component
    aws.sagemaker.delete_inference_component(InferenceComponentName=component)
    aws.settle()
    assert aws.sagemaker.list_inference_components()["InferenceComponents"] == []


def test_tags(aws, domain):
    arn = aws.sagemaker.describe_domain(DomainId=domain)["DomainArn"]
    aws.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "ann"}])
    assert {tag["Key"] for tag in aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]} == {"team", "stage", "owner"}
    aws.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["owner"])
    assert {tag["Key"] for tag in aws.sagemaker.list_tags(ResourceArn=arn)["Tags"]} == {"team", "stage"}


def test_search(aws, endpoint, model):
    found = aws.sagemaker.search(Resource="Endpoint")["Results"]
    assert only(found)["Endpoint"]["EndpointName"] == endpoint
    by_name = {"Filters": [{"Name": "ModelName", "Operator": "Equals", "Value": model}]}
    found = aws.sagemaker.search(Resource="Model", SearchExpression=by_name)["Results"]
    assert only(found)["Model"]["Model"]["ModelName"] == model
