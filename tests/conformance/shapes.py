"""Compares an answer, as it came over the wire, with botocore's model of it.

botocore's own parsers pass over what they do not expect: an unknown member is dropped, a missing one is absent, a text is
taken for a number. Here each of these is a mismatch, told with its path.
"""

import json
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

# Values that the model's enum does not name although AWS gives them: the member's path, and why.
OPEN_ENUMS = {
    "VpcEndpoints[].State": "EC2 answers in lower camel case where the enum begins with a capital",
    "VpcEndpoint.State": "EC2 answers in lower camel case where the enum begins with a capital",
    "NetworkInterfaces[].InterfaceType": "EFS's interfaces are of type `efs`, which the enum has as an input only",
    "InternetGateways[].Attachments[].State": "EC2 documents `available` for a gateway, which the enum does not have",
    "InternetGateway.Attachments[].State": "EC2 documents `available` for a gateway, which the enum does not have",
    "OperationEvents[].ResourceStatus": "the stack's own events carry the statuses of stacks, some of which the enum lacks",
    "StackEvents[].ResourceStatus": "the stack's own events carry the statuses of stacks, some of which the enum lacks",
}

# Members that AWS gives and this botocore does not know yet: operation and path, and why.
NEWER_MEMBERS: dict[str, str] = {}

# Texts whose pattern in the model is for inputs, or is wrong: the shape's name, and why.
LOOSE_PATTERNS: dict[str, str] = {}

ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
INTEGER = re.compile(r"-?\d+")
DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")

# The models' patterns are Java's: the few classes that Python writes otherwise.
JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{Z}": r"\s",
    r"\p{M}": "",
    r"\p{S}": "",
    r"\p{P}": "",
    r"\p{Alnum}": "A-Za-z0-9",
    r"\p{Graph}": r"\x21-\x7e",
    r"\p{Print}": r"[\x20-\x7e]",
    # A range of characters that Java writes as pairs.
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010ffff",
}


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


def mismatches(operation: OperationModel, answer: Answer) -> list[str]:
    """What the answer and the model do not agree about."""
    protocol = operation.service_model.resolved_protocol
    found = list(_of_error(operation, answer, protocol) if answer.status >= 400 else _of_success(operation, answer, protocol))
    if not answer.headers.get("x-amzn-requestid"):
        found.append("no x-amzn-requestid header")
    return [problem for problem in found if f"{operation.name}: {problem}" not in NEWER_MEMBERS]


def _of_success(operation, answer, protocol):
    expected = operation.http.get("responseCode", 200)
    if answer.status != expected:
        yield f"status {answer.status} instead of {expected}"
    shape = operation.output_shape
    if protocol in ("json", "rest-json"):
        if shape is None or not shape.members:
            if answer.body not in (b"", b"{}"):
                yield f"a body where there is none in the model: {answer.body[:80]!r}"
            return
        yield from _media_type(answer, "application/x-amz-json-1.1" if protocol == "json" else "application/json")
        yield from _json(shape, _document(answer.body), "")
        return
    yield from _media_type(answer, "text/xml")
    root = ElementTree.fromstring(answer.body)
    yield from _root(root, f"{operation.name}Response", operation)
    if protocol == "ec2":
        request_ids = [child for child in root if _tag(child) == "requestId"]
        if len(request_ids) != 1 or not request_ids[0].text:
            yield "not exactly one requestId"
        for child in request_ids:
            root.remove(child)
        yield from _xml(shape, root, "") if shape else _nothing_in(root)
        return
    yield from _query_result(operation, root)


def _query_result(operation, root):
    children = {_tag(child): child for child in root}
    shape = operation.output_shape
    wrapper = shape.serialization.get("resultWrapper") if shape else f"{operation.name}Result"
    for name in children.keys() - {wrapper, "ResponseMetadata"}:
        yield f"unknown element {name} beside the result"
    metadata = children.get("ResponseMetadata")
    if metadata is None or not metadata.findtext("{*}RequestId"):
        yield "no ResponseMetadata/RequestId"
    result = children.get(wrapper)
    if shape is None:
        yield from _nothing_in(result) if result is not None else ()
    elif result is None:
        yield f"no {wrapper}"
    else:
        yield from _xml(shape, result, "")


def _of_error(operation, answer, protocol):
    if protocol in ("json", "rest-json"):
        document = _document(answer.body)
        if protocol == "json":
            code = document.get("__type")
            members = {name: value for name, value in document.items() if name != "__type"}
        else:
            code, members = answer.headers.get("x-amzn-errortype"), document
        if not (document.get("Message") or document.get("message")):
            yield "an error without a message"
    else:
        root = ElementTree.fromstring(answer.body)
        if protocol == "ec2":
            error, request_id = root.find("Errors/Error"), root.findtext("RequestID")
        else:
            yield from _root(root, "ErrorResponse", operation)
            error, request_id = root.find("{*}Error"), root.findtext("{*}RequestId")
            kind = root.findtext("{*}Error/{*}Type")
            if kind != ("Receiver" if answer.status >= 500 else "Sender"):
                yield f"an error of type {kind} with status {answer.status}"
        code, members = (error.findtext("{*}Code") if error is not None else None), None
        if not request_id:
            yield "an error without a request id"
        if error is None or not error.findtext("{*}Message"):
            yield "an error without a message"
    if not code:
        yield "an error without a code"
        return
    shape = operation.service_model.shape_for_error_code(code)
    if shape is None:
        return
    expected = shape.metadata.get("error", {}).get("httpStatusCode", 400)
    if answer.status != expected:
        yield f"{code} with status {answer.status} instead of {expected}"
    if members is not None:
        # Logs tells a message with every refusal, and its model gives most of them no members at all.
        told = members if shape.members else {name: value for name, value in members.items() if name != "message"}
        yield from _json(shape, told, code)


def error_code(operation: OperationModel, answer: Answer) -> str | None:
    """The code of an error, as the protocol carries it."""
    protocol = operation.service_model.resolved_protocol
    if protocol == "json":
        return _document(answer.body).get("__type")
    if protocol == "rest-json":
        return answer.headers.get("x-amzn-errortype")
    return ElementTree.fromstring(answer.body).findtext(".//{*}Code")


def _document(body: bytes):
    return json.loads(body or b"{}")


def _tag(node) -> str:
    return node.tag.rpartition("}")[2]


def _media_type(answer, expected):
    told = answer.headers.get("content-type", "").partition(";")[0]
    if told != expected:
        yield f"content type {told} instead of {expected}"


def _root(root, name, operation):
    if _tag(root) != name:
        yield f"root {_tag(root)} instead of {name}"
    space = operation.metadata.get("xmlNamespace") or f"http://ec2.amazonaws.com/doc/{operation.metadata['apiVersion']}/"
    told = root.tag.partition("}")[0].lstrip("{")
    # EC2's answers end it with a slash, as its documentation shows, and the model does not.
    if told.rstrip("/") != space.rstrip("/"):
        yield f"namespace {told} instead of {space}"


def _nothing_in(node):
    # What EC2 documents for calls without a result, and botocore does not model.
    if [(_tag(child), child.text) for child in node] == [("return", "true")]:
        return
    if len(node) or (node.text or "").strip():
        yield f"members where the model has none: {ElementTree.tostring(node)[:80]!r}"


# ------------------------------------------------------------------------------------------------------------- JSON


def _json(shape: Shape, value, path: str):
    if value is None:
        yield f"{path} is null"
    elif isinstance(shape, StructureShape):
        yield from _json_structure(shape, value, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r}"
            return
        for item in value:
            yield from _json(shape.member, item, f"{path}[]")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield f"{path} is no map: {value!r}"
            return
        for name, item in value.items():
            yield from _json(shape.key, name, f"{path} (key)")
            yield from _json(shape.value, item, f"{path}{{}}")
    else:
        yield from _json_scalar(shape, value, path)


def _json_structure(shape, value, path):
    if not isinstance(value, dict):
        yield f"{path} is no structure: {value!r}"
        return
    members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    for name, item in value.items():
        if name not in members:
            yield f"unknown member {_below(path, name)}"
            continue
        yield from _json(members[name][1], item, _below(path, members[name][0]))
    for wire_name, (name, _member) in members.items():
        if name in shape.required_members and wire_name not in value:
            yield f"required member {_below(path, name)} is missing"


def _json_scalar(shape, value, path):
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    right = {
        "string": isinstance(value, str),
        "character": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and numeric,
        "long": isinstance(value, int) and numeric,
        "float": numeric,
        "double": numeric,
        "timestamp": numeric,
        "blob": isinstance(value, str),
    }
    if not right[shape.type_name]:
        yield f"{path} is no {shape.type_name}: {value!r}"
    elif shape.type_name == "string":
        yield from _text(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range(shape, value, path)


# -------------------------------------------------------------------------------------------------------------- XML


def _xml(shape: Shape, node, path: str):
    if isinstance(shape, StructureShape):
        yield from _xml_structure(shape, node, path)
    elif isinstance(shape, ListShape):
        yield from _xml_list(shape, node, path)
    elif isinstance(shape, MapShape):
        yield from _xml_map(shape, node, path)
    elif len(node):
        yield f"{path} has elements in it"
    else:
        yield from _xml_scalar(shape, node.text or "", path)


def _xml_structure(shape, node, path):
    if (node.text or "").strip():
        yield f"{path} has text in it: {node.text!r}"
    members = {_element_name(name, member): (name, member) for name, member in shape.members.items()}
    seen: dict[str, int] = {}
    for child in node:
        tag = _tag(child)
        if tag not in members:
            yield f"unknown member {_below(path, tag)}"
            continue
        name, member = members[tag]
        seen[tag] = seen.get(tag, 0) + 1
        if _flattened(member):
            yield from _xml(member.member, child, f"{_below(path, name)}[]")
            continue
        if seen[tag] > 1:
            yield f"{_below(path, name)} comes twice"
        yield from _xml(member, child, _below(path, name))
    for tag, (name, _member) in members.items():
        if name in shape.required_members and tag not in seen:
            yield f"required member {_below(path, name)} is missing"


def _flattened(shape):
    return isinstance(shape, ListShape) and shape.serialization.get("flattened")


def _element_name(name, shape):
    if _flattened(shape):
        return shape.member.serialization.get("name", shape.serialization.get("name", name))
    return shape.serialization.get("name", name)


def _xml_list(shape, node, path):
    item = shape.member.serialization.get("name", "member")
    for child in node:
        if _tag(child) != item:
            yield f"{path} has an element {_tag(child)} instead of {item}"
            continue
        yield from _xml(shape.member, child, f"{path}[]")


def _xml_map(shape, node, path):
    names = {shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")}
    for entry in node:
        if _tag(entry) != "entry" or {_tag(child) for child in entry} != names:
            yield f"{path} has something that is no entry of a map"


def _xml_scalar(shape, text, path):
    wrong = {
        "boolean": text not in ("true", "false"),
        "integer": not INTEGER.fullmatch(text),
        "long": not INTEGER.fullmatch(text),
        "float": not DECIMAL.fullmatch(text),
        "double": not DECIMAL.fullmatch(text),
        "timestamp": not ISO_8601.fullmatch(text),
    }
    if wrong.get(shape.type_name):
        yield f"{path} is no {shape.type_name}: {text!r}"
    elif shape.type_name == "string":
        yield from _text(shape, text, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _range(shape, float(text), path)


# ---------------------------------------------------------------------------------------------------------- scalars


def _text(shape, text, path):
    if shape.enum and text not in shape.enum and path not in OPEN_ENUMS:
        yield f"{path} is {text!r}, which its enum does not have"
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    if len(text) < least or (most is not None and len(text) > most):
        yield f"{path} is {len(text)} characters long, which is not within {least} and {most}"
    pattern = shape.metadata.get("pattern")
    if pattern and shape.name not in LOOSE_PATTERNS and not _matches(pattern, text):
        yield f"{path} is {text!r}, which is not of the form {pattern}"


def _matches(pattern, text):
    for java, python in JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _range(shape, value, path):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and value < least) or (most is not None and value > most):
        yield f"{path} is {value}, which is not within {least} and {most}"


def _below(path, name):
    return f"{path}.{name}" if path else name
