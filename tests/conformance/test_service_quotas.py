"""Service Quotas: the quotas that are enforced, by default and as they were raised."""

import pytest

# "VPCs per Region".
VPCS = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
RAISED = "[quotas]\nvpcs = 9\nsubnets = 300\n"


def test_defaults(aws):
    services = aws.service_quotas.list_services()["Services"]
    assert "vpc" in {service["ServiceCode"] for service in services}
    for service in services:
        assert aws.service_quotas.list_aws_default_service_quotas(ServiceCode=service["ServiceCode"])["Quotas"]
    told = aws.service_quotas.get_aws_default_service_quota(**VPCS)["Quota"]
    assert (told["QuotaName"], told["Value"]) == ("VPCs per Region", 5.0)


def test_what_nobody_raised_is_not_applied(aws):
    assert aws.service_quotas.list_service_quotas(ServiceCode="vpc")["Quotas"] == []
    with pytest.raises(aws.service_quotas.exceptions.NoSuchResourceException):
        aws.service_quotas.get_service_quota(**VPCS)


def test_what_was_raised(simulated):
    client = simulated(RAISED).service_quotas
    assert client.get_service_quota(**VPCS)["Quota"]["Value"] == 9.0
    applied = client.list_service_quotas(ServiceCode="vpc")["Quotas"]
    assert {quota["QuotaName"]: quota["Value"] for quota in applied} == {"VPCs per Region": 9.0, "Subnets per VPC": 300.0}
    assert client.get_aws_default_service_quota(**VPCS)["Quota"]["Value"] == 5.0
