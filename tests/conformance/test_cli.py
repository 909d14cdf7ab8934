"""The AWS CLI: one command of each service prints JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path

from aws import REGION, SERVICES

AWS = Path(sys.executable).parent / "aws"

COMMANDS = {
    "application-autoscaling": "describe-scalable-targets --service-namespace sagemaker",
    "cloudformation": "list-stacks",
    "ec2": "describe-vpcs",
    "efs": "describe-file-systems",
    "iam": "list-roles",
    "logs": "describe-log-groups",
    "resourcegroupstaggingapi": "get-resources",
    "sagemaker": "list-domains",
    "service-quotas": "list-service-quotas --service-code vpc",
    "sts": "get-caller-identity",
}


def test_a_command_of_each_service(aws):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": aws.simulator.url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "ANN",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_MAX_ATTEMPTS": "1",
    }
    started = {}
    for prefix in aws.simulator.operations():
        command = [AWS, SERVICES[prefix], *COMMANDS[SERVICES[prefix]].split()]
        started[prefix] = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for process in started.values():
        out, problem = process.communicate()
        assert process.returncode == 0, problem.decode()
        assert json.loads(out)
