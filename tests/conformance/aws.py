"""botocore's clients on a simulator, with every answer looked at."""

import functools
from dataclasses import dataclass, field

import botocore.session
from botocore.config import Config

import shapes
from simulator import Simulator

# botocore's name of a service by the prefix of its IAM actions, as the simulator names it.
SERVICES = {
    "application-autoscaling": "application-autoscaling",
    "cloudformation": "cloudformation",
    "ec2": "ec2",
    "elasticfilesystem": "efs",
    "iam": "iam",
    "logs": "logs",
    "sagemaker": "sagemaker",
    "servicequotas": "service-quotas",
    "sts": "sts",
    "tag": "resourcegroupstaggingapi",
}

REGION = "us-east-1"
ACCOUNT = "111122223333"

# Errors reach the tests as they are: nothing is tried again.
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=True)
UNCHECKED = ONCE.merge(Config(parameter_validation=False))


@dataclass
class Record:
    """What all tests together have called and seen."""

    # (service, operation) that was answered with a 2xx.
    succeeded: set[tuple[str, str]] = field(default_factory=set)
    # (service, name of the exception, or the code that no model has) of every error.
    errors: set[tuple[str, str]] = field(default_factory=set)
    # (service, code) of every error as botocore hands it on.
    codes: set[tuple[str, str]] = field(default_factory=set)
    # (service, name) of every waiter that was tried.
    waited: set[tuple[str, str]] = field(default_factory=set)
    # Answers that do not agree with the model, since it was last asked.
    mismatches: list[str] = field(default_factory=list)

    def look(self, operation_model, response_dict, **_):
        """botocore's `before-parse` event."""
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        answer = shapes.Answer(response_dict["status_code"], headers, response_dict["body"])
        model = operation_model
        service = model.service_model.service_name
        if answer.status < 300:
            self.succeeded.add((service, model.name))
        else:
            code = shapes.error_code(model, answer) or ""
            shape = model.service_model.shape_for_error_code(code)
            self.errors.add((service, shape.name if shape else code))
        self.mismatches += [f"{service} {model.name}: {problem}" for problem in shapes.mismatches(model, answer)]

    def look_at_parsed(self, model, parsed, **_):
        """botocore's `after-call` event; what it raises next is made of this."""
        if "Error" in parsed:
            self.codes.add((model.service_model.service_name, parsed["Error"]["Code"]))

    def take_mismatches(self) -> list[str]:
        taken, self.mismatches = sorted(set(self.mismatches)), []
        return taken


@functools.cache
def _session():
    return botocore.session.Session()


class Aws:
    """The clients of one caller: `aws.ec2`, `aws.sagemaker`, `aws.service_quotas`…"""

    def __init__(self, simulator: Simulator, record: Record, config: Config = ONCE):
        self.simulator = simulator
        self.record = record
        self._config = config

    def __getattr__(self, name: str):
        client = self.new(name.replace("_", "-"))
        setattr(self, name, client)
        return client

    def client(self, service: str):
        """The client of a service by botocore's name of it."""
        return getattr(self, service.replace("-", "_"))

    def new(self, service: str, key: str = "ANN", token: str | None = None):
        """A client of its own, for a test that changes it, or somebody else's."""
        client = _session().create_client(
            service,
            region_name=REGION,
            endpoint_url=self.simulator.url,
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            aws_session_token=token,
            config=self._config,
        )
        client.meta.events.register("before-parse", self.record.look)
        client.meta.events.register("after-call", self.record.look_at_parsed)
        return client

    @functools.cached_property
    def unchecked(self) -> "Aws":
        """The same, but what is sent is not checked by botocore."""
        return Aws(self.simulator, self.record, UNCHECKED)

    def settle(self, hours: float = 2):
        """Lets everything that is under way come to its end."""
        self.simulator.advance(hours * 3600)
