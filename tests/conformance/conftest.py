"""One simulator for each scenario, a fresh world for each test, and a look at every answer."""

from collections.abc import Iterator

import botocore.waiter
import pytest

import world
from aws import Aws, Record
from simulator import Simulator

SUMMARY = "test_coverage.py"


@pytest.fixture(scope="session")
def record() -> Record:
    return Record()


@pytest.fixture(scope="session")
def clients(record) -> Iterator:
    """`clients(scenario)`: clients of the simulator that began with it."""
    running: dict[str, Aws] = {}

    def get(scenario: str) -> Aws:
        if scenario not in running:
            running[scenario] = Aws(Simulator(scenario), record)
        return running[scenario]

    yield get
    for aws in running.values():
        aws.simulator.stop()


@pytest.fixture
def simulated(clients):
    """`simulated(scenario)`: clients on a fresh world of that scenario, or in an account that may deploy models."""

    def get(scenario: str = world.ACCELERATED) -> Aws:
        aws = clients(scenario)
        aws.simulator.reset()
        return aws

    return get


@pytest.fixture
def aws(simulated) -> Aws:
    """Clients on a fresh world."""
    return simulated()


@pytest.fixture(autouse=True)
def agrees_with_the_model(record) -> Iterator[None]:
    """Fails a test one of whose answers does not agree with botocore's model."""
    yield
    found = record.take_mismatches()
    if found:
        pytest.fail("answers that botocore's model does not have:\n  " + "\n  ".join(found), pytrace=False)


@pytest.fixture
def waiting(monkeypatch):
    """`waiting(aws)`: botocore's waiters let simulated time pass instead of sleeping."""

    class Time:
        def __init__(self, simulator):
            self.sleep = simulator.advance

    return lambda aws: monkeypatch.setattr(botocore.waiter, "time", Time(aws.simulator))


@pytest.fixture
def network(aws):
    return world.network(aws)


@pytest.fixture
def role(aws):
    return world.role(aws)


@pytest.fixture
def domain(aws, network, role):
    return world.domain(aws, network, role)


@pytest.fixture
def profile(aws, domain):
    return world.profile(aws, domain)


@pytest.fixture
def space(aws, domain, profile):
    return world.space(aws, domain, profile)


@pytest.fixture
def app(aws, domain, space):
    return world.app(aws, domain, space)


@pytest.fixture
def model(aws, network, role):
    return world.model(aws, network, role)


@pytest.fixture
def config(aws, model):
    return world.endpoint_config(aws, model)


@pytest.fixture
def endpoint(aws, config):
    return world.endpoint(aws, config)


def pytest_collection_modifyitems(config, items):
    """What looks back on all tests comes last, and only where all of them run."""
    summary = [item for item in items if item.path.name == SUMMARY]
    others = [item for item in items if item.path.name != SUMMARY]
    files = {item.path for item in others}
    whole = files == {path for path in config.rootpath.glob("test_*.py") if path.name != SUMMARY}
    if config.option.keyword or not whole or any("::" in argument for argument in config.args):
        config.hook.pytest_deselected(items=summary)
        summary = []
    items[:] = others + summary
