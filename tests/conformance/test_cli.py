"""The AWS CLI: what is typed for each service makes something, shows it and takes it away."""

import os
import shlex
import string
import subprocess
import sys
from pathlib import Path

import pytest
from awscli.clidriver import create_clidriver

import world
from aws import ACCOUNT, REGION, SERVICES

AWS = Path(sys.executable).parent / "aws"

TARGET = (
    "--service-namespace sagemaker --resource-id endpoint/endpoint/variant/all"
    " --scalable-dimension sagemaker:variant:DesiredInstanceCount"
)

# In the CLI's own forms: shorthand, JSON, files, maps, flags. $folder has the files, $vpc is a VPC's ARN.
MAKE = {
    "application-autoscaling": f"""register-scalable-target {TARGET} --min-capacity 1 --max-capacity 2 --tags team=blue
        --suspended-state '{{"DynamicScalingInSuspended": true}}'""",
    "cloudformation": """create-stack --stack-name cli --template-body file://$folder/template.json --disable-rollback
        --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM --tags Key=team,Value=blue Key=stage,Value=test""",
    "ec2": "create-vpc --cidr-block 10.9.0.0/16 --tag-specifications ResourceType=vpc,Tags=[{Key=team,Value=cli}]",
    "efs": "create-file-system --creation-token cli --no-backup --encrypted --tags Key=team,Value=blue",
    "iam": "create-role --role-name cli --assume-role-policy-document file://$folder/trust.json",
    "logs": "create-log-group --log-group-name cli --tags team=blue,stage=test",
    "resourcegroupstaggingapi": "tag-resources --resource-arn-list $vpc --tags team=tagged,stage=test",
    "sagemaker": f"""create-model --model-name cli --execution-role-arn arn:aws:iam::{ACCOUNT}:role/cli
        --primary-container Image={world.IMAGE},Environment={{A=b,C=d}} --no-enable-network-isolation""",
}

# Each prints an id or an ARN.
SHOW = {
    "application-autoscaling": """describe-scalable-targets --service-namespace sagemaker
        --resource-ids endpoint/endpoint/variant/all --query ScalableTargets[].ScalableTargetARN""",
    "cloudformation": "describe-stacks --stack-name cli --query Stacks[].StackId",
    "ec2": "describe-vpcs --filters Name=tag:team,Values=red,cli Name=state,Values=available --query Vpcs[].VpcId",
    "efs": "describe-file-systems --creation-token cli --query FileSystems[].FileSystemId",
    # Walks all pages before it prints.
    "iam": "list-roles --page-size 1 --query \"Roles[?RoleName=='cli'].Arn\"",
    "logs": "describe-log-groups --log-group-name-prefix cli --query logGroups[].logGroupArn",
    "resourcegroupstaggingapi": """get-resources --tag-filters Key=team,Values=tagged,red Key=stage
        --query ResourceTagMappingList[].ResourceARN""",
    "sagemaker": "list-models --name-contains cli --sort-by Name --max-items 1 --query Models[].ModelArn",
    "service-quotas": """get-aws-default-service-quota --service-code vpc --quota-code L-F678F1CE
        --query Quota.QuotaArn""",
    "sts": "get-caller-identity --query Arn",
}

# $shown is what SHOW has printed.
TAKE_AWAY = {
    "application-autoscaling": f"deregister-scalable-target {TARGET}",
    "cloudformation": "delete-stack --stack-name $shown",
    "ec2": "delete-vpc --vpc-id $shown",
    "efs": "delete-file-system --file-system-id $shown",
    "iam": "delete-role --role-name cli",
    "logs": "delete-log-group --log-group-name cli",
    "resourcegroupstaggingapi": "untag-resources --resource-arn-list $vpc --tag-keys team stage",
    "sagemaker": "delete-model --model-name cli",
}


@pytest.fixture
def environment(aws, monkeypatch):
    """What the CLI reads, and nothing of the machine's."""
    # The data path is what the CLI has set itself, as it was imported.
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_DATA_PATH"]:
        monkeypatch.delenv(name)
    for name, value in {
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": aws.simulator.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_DEFAULT_OUTPUT": "text",
        "AWS_ACCESS_KEY_ID": "ANN",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def run(aws, environment, capsys):
    """`run(commands, values)`: what the command of each service prints, by service."""

    # One for all commands, in this process: most of a command's time is its start.
    driver = create_clidriver()

    def one(service: str, command: str, values: dict[str, str]) -> str:
        typed = [string.Template(word).substitute(values) for word in shlex.split(command)]
        status = driver.main([service, *typed])
        out, problem = capsys.readouterr()
        assert status == 0, f"{service}: {problem}"
        return out.strip()

    def run(commands: dict[str, str], values: dict[str, dict[str, str]]) -> dict[str, str]:
        printed = {service: one(service, command, values[service]) for service, command in commands.items()}
        aws.settle()
        return printed

    return run


def there(aws) -> set[str]:
    return {name for row in aws.simulator.resources() for name in (row["id"], row["arn"])}


def test_every_service(aws, run, endpoint, network, tmp_path):
    (tmp_path / "template.json").write_text(world.vpc_template())
    (tmp_path / "trust.json").write_text(world.TRUST)
    vpc = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{network.vpc}"
    values = {SERVICES[prefix]: {"folder": str(tmp_path), "vpc": vpc} for prefix in aws.simulator.operations()}
    assert SHOW.keys() == values.keys()
    before = there(aws)
    run(MAKE, values)
    shown = run(SHOW, values)
    assert all(shown.values()), shown
    made = {shown[service] for service in MAKE if service != "resourcegroupstaggingapi"}
    assert made <= there(aws) - before
    assert shown["resourcegroupstaggingapi"] == vpc
    run(TAKE_AWAY, {service: values[service] | {"shown": shown[service]} for service in values})
    assert not made & there(aws)
    tagged = aws.resourcegroupstaggingapi.get_resources(TagFilters=[{"Key": "stage"}], ResourceTypeFilters=["ec2:vpc"])
    assert not tagged["ResourceTagMappingList"]


def test_a_command_that_is_refused(environment):
    """As a process, for its status."""
    ended = subprocess.run([AWS, "iam", "delete-role", "--role-name", "absent"], capture_output=True, text=True)
    assert ended.returncode == 255
    assert not ended.stdout
    assert "An error occurred (NoSuchEntity) when calling the DeleteRole operation: " in ended.stderr
