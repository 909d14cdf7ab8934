"""What the simulator's sources tell of the error codes that it gives."""

import functools
import re
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "crates" / "simulator" / "src"

# botocore's name of a service by the folder of its code; what stands elsewhere is every service's.
FOLDERS = {
    "auto_scaling": "application-autoscaling",
    "cloudformation": "cloudformation",
    "ec2": "ec2",
    "efs": "efs",
    "iam": "iam",
    "logs": "logs",
    "sagemaker": "sagemaker",
    "service_quotas": "service-quotas",
    "sts": "sts",
    "tagging": "resourcegroupstaggingapi",
}
SHARED = "shared"

# Code that is built for Rust's tests alone: a block to the end of its file, or a file or folder of its own.
TEST_BLOCK = re.compile(r"#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))? )?mod \w+ \{")
TEST_MODULE = re.compile(r"#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))? )?mod (\w+);")

# What can hold a comma or a bracket that is none, and brackets.
TOKEN = re.compile(r'//.*|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'|[(\[{]|[)\]}]|,')
CODE = re.compile(r'"([A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)?)"')
# A function or closure that is given the code of the refusal that it makes: its name, and what it takes up to the code.
HELPER = re.compile(
    r"(?:fn (\w+)\(|let (\w+) = \|)([^)|]*\bcode): &str(?:(?!\bfn )[\s\S])*?ServiceError::new\(\s*code\b"
)


@functools.cache
def _texts() -> dict[Path, str]:
    """Every source without Rust's tests."""
    texts = {path: path.read_text() for path in SOURCES.rglob("*.rs")}
    left_out = set()
    for path, text in texts.items():
        folder = path.parent if path.name in ("lib.rs", "mod.rs") else path.with_suffix("")
        left_out |= {folder / module for module in TEST_MODULE.findall(text)}
    return {
        path: TEST_BLOCK.split(text)[0]
        for path, text in texts.items()
        if not left_out & {path.with_suffix(""), *path.parents}
    }


def _service(path: Path) -> str:
    return FOLDERS.get(path.relative_to(SOURCES).parts[0], SHARED)


def _arguments(text: str, start: int) -> list[str]:
    """The arguments of a call whose parenthesis ends at `start`."""
    depth, arguments = 0, []
    for token in TOKEN.finditer(text, start):
        if token.group() in "([{":
            depth += 1
        elif token.group() in ")]}" and depth:
            depth -= 1
        elif token.group() in ",)" and not depth:
            arguments.append(text[start : token.start()].strip())
            start = token.end()
            if token.group() == ")":
                break
    return arguments


def _helpers() -> dict[tuple[Path, str], int]:
    """Functions that are given a code, and which of their arguments it is."""
    return {
        (path, function or closure): taken.count(",")
        for path, text in _texts().items()
        for function, closure, taken in HELPER.findall(text)
    }


def _named(text: str, code: str) -> str:
    """What a file says that a name stands for, or what is no name."""
    if not code.isidentifier():
        return code
    return "".join(re.findall(rf"(?:let|const) [^;=]*\b{code}\b[^;=]*=([^;]*);", text))


@functools.cache
def constructed() -> set[tuple[str, str]]:
    """(service, code) of every refusal that the simulator makes; the service is `SHARED` where all have it."""
    helpers = _helpers()
    codes = set()
    for path, text in _texts().items():
        makers = {r"(?:\w+::)*ServiceError::new": 0}
        for (home, name), at in helpers.items():
            module = home.parent.name if home.stem == "mod" else home.stem
            makers[name if home == path else rf"(?:\w+::)*{module}::{name}"] = at
        for maker, at in makers.items():
            for call in re.finditer(rf"(?<!fn )(?<![\w:]){maker}\(", text):
                code = _arguments(text, call.end())[at]
                found = CODE.findall(_named(text, code))
                # A helper's own code is told where the helper is called.
                assert found or path in {home for home, _name in helpers}, f"{path}: no code in {call.group()}{code}, …"
                codes |= {(_service(path), code) for code in found}
    return codes


def mentions(service: str, code: str) -> bool:
    """Whether a service's folder has the code as a literal."""
    return any(f'"{code}"' in text for path, text in _texts().items() if _service(path) == service)
