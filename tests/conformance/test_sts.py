"""Who is calling, and why a call was denied."""

import json
import re

import pytest
from botocore.exceptions import ClientError

import world
from aws import ACCOUNT

DENIED = """
[[principal]]
name = "ann"
policy = '''{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}'''
"""


def test_identity(aws):
    told = aws.sts.get_caller_identity()
    assert told["Account"] == ACCOUNT
    assert told["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"


def test_a_session_of_a_role(aws):
    credentials = world.session(aws)
    there = aws.new("sts", credentials["AccessKeyId"], credentials["SessionToken"])
    assert there.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/shift"


def test_a_session_for_a_token(aws):
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com"}
    role = world.assumable(aws, provider, "sts:AssumeRoleWithWebIdentity")
    asked = {"RoleArn": role, "RoleSessionName": "run", "DurationSeconds": 900}
    told = aws.sts.assume_role_with_web_identity(**asked, WebIdentityToken="a.b.c")
    assert told["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/run"
    assert told["Credentials"]["AccessKeyId"].startswith("ASIA")


def test_why_ec2_denied_a_call(simulated):
    aws = simulated(DENIED)
    with pytest.raises(ClientError) as refused:
        aws.ec2.delete_vpc(VpcId="vpc-0123456789abcdef0")
    assert refused.value.response["Error"]["Code"] == "UnauthorizedOperation"
    message = refused.value.response["Error"]["Message"]
    encoded = re.search(r"Encoded authorization failure message: (\S+)", message).group(1)
    told = json.loads(aws.sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert not told["allowed"]
    assert told["context"]["action"] == "ec2:DeleteVpc"
