"""The comparison itself: what it must notice."""

import json

import botocore.session
import pytest

from shapes import Answer, mismatches

MODELS = botocore.session.Session()
REQUEST_ID = {"x-amzn-requestid": "id"}
ENI = "<networkInterfaceSet><item>{}</item></networkInterfaceSet>"


def compare(service, operation, body, status=200, **headers):
    model = MODELS.get_service_model(service).operation_model(operation)
    types = {"json": "application/x-amz-json-1.1", "rest-json": "application/json"}
    headers = {"content-type": types.get(model.service_model.resolved_protocol, "text/xml")} | REQUEST_ID | headers
    return mismatches(model, Answer(status, headers, body.encode()))


def domains(**domain):
    return compare("sagemaker", "ListDomains", json.dumps({"Domains": [domain]}))


def interfaces(members):
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    root = f'<DescribeNetworkInterfacesResponse xmlns="{space}"><requestId>id</requestId>{{}}</DescribeNetworkInterfacesResponse>'
    return compare("ec2", "DescribeNetworkInterfaces", root.format(ENI.format(members)))


def test_what_agrees():
    assert domains(DomainId="d-1", Status="InService", CreationTime=1.5) == []
    assert interfaces("<status>in-use</status><requesterManaged>true</requesterManaged>") == []


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ({"Colour": "red"}, "unknown member Domains[].Colour"),
        ({"DomainId": None}, "Domains[].DomainId is null"),
        ({"DomainId": 1}, "Domains[].DomainId is no string: 1"),
        ({"Status": "Ready"}, "Domains[].Status is 'Ready', which its enum does not have"),
        ({"CreationTime": "2026-01-05T12:00:00Z"}, "Domains[].CreationTime is no timestamp: '2026-01-05T12:00:00Z'"),
    ],
)
def test_json(domain, found):
    assert domains(**domain) == [found]


def test_patterns_and_lengths():
    assert "is not of the form" in domains(DomainId="x")[0]
    assert "characters long" in domains(DomainName="n" * 64)[0]


def test_a_required_member():
    assert compare("sagemaker", "DescribeEndpoint", "{}")[0] == "required member EndpointName is missing"


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ("<colour>red</colour>", "unknown member NetworkInterfaces[].colour"),
        ("<status>busy</status>", "NetworkInterfaces[].Status is 'busy', which its enum does not have"),
        ("<status>in-use</status><status>in-use</status>", "NetworkInterfaces[].Status comes twice"),
        ("<requesterManaged>yes</requesterManaged>", "NetworkInterfaces[].RequesterManaged is no boolean: 'yes'"),
        ("<groupSet><member/></groupSet>", "NetworkInterfaces[].Groups has an element member instead of item"),
        ("<attachment><attachTime>1.5</attachTime></attachment>", "NetworkInterfaces[].Attachment.AttachTime is no timestamp: '1.5'"),
        ("<attachment><deviceIndex>one</deviceIndex></attachment>", "NetworkInterfaces[].Attachment.DeviceIndex is no integer: 'one'"),
    ],
)
def test_xml(members, found):
    assert interfaces(members) == [found]


def test_errors():
    unnamed = compare("efs", "DeleteFileSystem", '{"Message": "In use."}', 409)
    assert unnamed == ["an error without a code"]
    code = {"x-amzn-errortype": "FileSystemInUse"}
    body = '{"ErrorCode": "FileSystemInUse", "Message": "In use."}'
    assert compare("efs", "DeleteFileSystem", body, 409, **code) == []
    assert compare("efs", "DeleteFileSystem", body, 400, **code) == ["FileSystemInUse with status 400 instead of 409"]


def test_patterns_of_java():
    """Scaling policies have classes and pairs that Python writes otherwise."""
    policy = {"PolicyARN": "arn", "Alarms": [{"AlarmName": "a", "AlarmARN": "\x00"}]}
    found = compare("application-autoscaling", "PutScalingPolicy", json.dumps(policy))
    assert len(found) == 1 and found[0].startswith("Alarms[].AlarmARN is '\\x00', which is not of the form")
