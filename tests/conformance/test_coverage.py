"""Looks back on all tests: what is implemented and was never tried."""

from botocore import xform_name
from botocore.waiter import WaiterModel

import sources
from aws import SERVICES
from test_errors import NOT_GIVEN, UNREACHED
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


def test_what_is_not_given_is_not_given(aws, record):
    given = NOT_GIVEN.keys() & record.errors
    assert not given, f"in test_errors.NOT_GIVEN, and yet seen:\n  {names(given)}"
    codes = {
        (service, aws.client(service).meta.service_model.shape_for(name).error_code or name) for service, name in NOT_GIVEN
    }
    mentioned = {(service, code) for service, code in codes if sources.mentions(service, code)}
    assert not mentioned, f"in test_errors.NOT_GIVEN, and yet in the simulator's sources:\n  {names(mentioned)}"


def arrived(record) -> set[tuple[str, str]]:
    """Every code by its service, and as one that all services share."""
    return record.codes | {(sources.SHARED, code) for _service, code in record.codes}


def test_every_code_of_the_sources_arrived(record):
    missing = sources.constructed() - arrived(record) - UNREACHED.keys()
    assert not missing, f"neither provoked nor in test_errors.UNREACHED:\n  {names(missing)}"


def test_what_is_unreached_is_unreached(record):
    wrong = {pair for pair in UNREACHED if pair in arrived(record) or pair not in sources.constructed()}
    assert not wrong, f"in test_errors.UNREACHED, and yet seen, or not in the simulator's sources:\n  {names(wrong)}"


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
