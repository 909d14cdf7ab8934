"""Looks back on all tests: what is implemented and was never tried."""

from botocore import xform_name
from botocore.waiter import WaiterModel

from aws import SERVICES
from test_errors import NOT_GIVEN
from test_paginators import PAGINATORS
from test_waiters import LEFT_OUT


def implemented(aws) -> set[tuple[str, str]]:
    """(service, operation); a service that `aws.SERVICES` lacks is an error here."""
    operations = aws.simulator.operations().items()
    return {(SERVICES[prefix], operation) for prefix, names in operations for operation in names}


def names(pairs) -> str:
    return "\n  ".join(" ".join(pair) for pair in sorted(pairs))


def test_every_operation_was_called_with_success(aws, record):
    missing = implemented(aws) - record.succeeded
    assert not missing, f"never answered with success:\n  {names(missing)}"


def test_every_modelled_exception_was_seen(aws, record):
    modelled = {
        (service, shape.name)
        for service, operation in implemented(aws)
        for shape in aws.client(service).meta.service_model.operation_model(operation).error_shapes
    }
    missing = modelled - record.errors - NOT_GIVEN.keys()
    assert not missing, f"neither provoked nor in test_errors.NOT_GIVEN:\n  {names(missing)}"


def test_what_is_not_given_is_not_given(record):
    given = NOT_GIVEN.keys() & record.errors
    assert not given, f"in test_errors.NOT_GIVEN, and yet seen:\n  {names(given)}"


def test_every_paginator_is_walked(aws):
    paginated = {
        (service, operation)
        for service, operation in implemented(aws)
        if aws.client(service).can_paginate(xform_name(operation))
    }
    missing = paginated - PAGINATORS.keys()
    assert not missing, f"not in test_paginators.PAGINATORS:\n  {names(missing)}"


def test_every_waiter_was_tried(aws, record):
    offered = set()
    for service in {service for service, _operation in implemented(aws)}:
        client = aws.client(service)
        if not client.waiter_names:
            continue
        waiters = WaiterModel(client._get_waiter_config())
        offered |= {
            (service, name)
            for name in waiters.waiter_names
            if (service, waiters.get_waiter(name).operation) in implemented(aws)
        }
    missing = offered - record.waited - LEFT_OUT.keys()
    assert not missing, f"neither tried nor in test_waiters.LEFT_OUT:\n  {names(missing)}"
