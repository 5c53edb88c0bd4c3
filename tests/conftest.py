"""What holds for all tests: the values of properties and the IDs of parameters never change.

pytest-xdist needs the same IDs in every process.
"""

import gc
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.ports import free_port

settings.register_profile(
    "streamproof",
    derandomize=True,
    database=None,
    deadline=None,  # a machine may be busy
    suppress_health_check=[HealthCheck.too_slow],  # or be drawing its first value
)
settings.load_profile("streamproof")


@pytest.fixture(scope="session")
def postgres():
    """Give a PostgreSQL server with its databases, as long as the tests of a process run."""
    from tests.postgres import Databases, started_server

    with started_server() as server:
        yield Databases(server)


@pytest.fixture
async def ai():
    """Give an AI service for a relay, whose replies the test writes piece by piece."""
    from tests.relay.scripted_ai import scripted_ai

    async with scripted_ai() as ai:
        yield ai


@pytest.fixture
def unused_tcp_port() -> int:
    """Return a free port that no other process of this test run gets soon."""
    return free_port()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without the garbage collector, which then leaves out what every test process keeps.

    Each process of pytest-xdist collects all tests: almost a million objects that last until it
    ends. Each full collection would visit them again. Later it works rarely: most of what tests
    leave is gone without it.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name binary data by its parameter: compressed data can contain the time of day."""
    is_binary = isinstance(val, bytes) and not val.isascii()
    return argname if is_binary else None
