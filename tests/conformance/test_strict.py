"""What botocore itself would not send is refused, by every operation."""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from aws import SERVICES
from test_errors import SIMPLE


def refusal(client, operation: str) -> str | None:
    """What an operation says to a member that nobody knows, and to nothing else."""
    model = client.meta.service_model.operation_model(operation)
    inputs = model.input_shape.members if model.input_shape else {}
    # Without these there would be no path to send to.
    path = {name: "x" for name, shape in inputs.items() if shape.serialization.get("location") == "uri"}
    try:
        getattr(client, xform_name(operation))(**path)
    except ClientError as refused:
        return refused.response["Error"]["Message"]
    return None


def add_a_stranger(request, **_):
    """botocore's `request-created` event: `Colour=red` in a form, in a document, or in a query string."""
    if isinstance(request.data, dict):
        request.data["Colour"] = "red"
    elif request.headers.get("X-Amz-Target") or request.data:
        request.data = json.dumps(json.loads(request.data or b"{}") | {"Colour": "red"}).encode()
    else:
        request.params = (request.params or {}) | {"Colour": "red"}


def test_a_member_that_nobody_knows(aws):
    accepting = []
    for prefix, operations in aws.simulator.operations().items():
        client = aws.unchecked.new(SERVICES[prefix])
        client.meta.events.register("request-created", add_a_stranger)
        for operation in operations:
            said = refusal(client, operation)
            if said is None or "Colour" not in said:
                accepting.append(f"{prefix}:{operation} says {said!r}")
    assert not accepting, "\n  ".join(["it is not named:", *accepting])


def cut_off(request, **_):
    """botocore's `request-created` event: a document without its end."""
    request.data = (request.data or b"{}")[:-1]


def test_a_document_without_its_end(aws):
    for prefix in aws.simulator.operations():
        client = aws.new(SERVICES[prefix])
        if client.meta.service_model.metadata["protocol"] != "json":
            continue
        client.meta.events.register("request-created", cut_off)
        with pytest.raises(ClientError) as refused:
            SIMPLE[SERVICES[prefix]](client)
        assert refused.value.response["Error"]["Code"] == "SerializationException"
