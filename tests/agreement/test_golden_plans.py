"""The pack plays byte for byte as its golden plans say, seen by a client that knows only bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio

from streamproof.harness.tasks import background
from streamproof.mock_ai.app import MOCK, create_app, serving
from streamproof.mock_ai.journal.journal import Journal, ReplyEnding
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.playing.live import each_held
from streamproof.mock_ai.scenario.templates import SAMPLE
from tests.agreement.golden_plans import hashes, kept
from tests.agreement.on_the_wire import KEPT, OPEN, on_the_wire
from tests.agreement.shipped_scenarios import NAMES
from tests.mock_ai.mock_fixture import plainly_serving
from tests.mock_ai.raw_client import FIN, RawConnection, connection
from tests.shipped_files import LIBRARY, LONG, SCENARIOS

if TYPE_CHECKING:
    from streamproof.mock_ai.playing.driver import StreamGroup
    from streamproof.mock_ai.serving.runs import Runs

GOLDEN: Final = kept()
QUERY: Final = urlencode({"question": SAMPLE.question.question})
"""A plan without a request is for this question; some dialects count its tokens."""


def replies() -> Iterator[Any]:
    """Yield every reply of the pack by its scenario and attempt; the quick run has one of four."""
    for number, name in enumerate(NAMES):
        for attempt in range(1, len(SCENARIOS[name].replies) + 1):
            marks = [pytest.mark.prove] if name in LONG or number % 4 else []
            yield pytest.param(name, attempt, id=f"{name}-{attempt}", marks=marks)


def test_every_scenario_has_its_golden_plan() -> None:
    assert sorted(GOLDEN) == NAMES


def test_every_plan_is_the_golden_one() -> None:
    assert [name for name in NAMES if hashes(SCENARIOS[name]) != GOLDEN.get(name)] == []


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[serving, plainly_serving],
    ids=["fast", "plain"],
)
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[str, Runs]]:
    """Serve the pack for all tests, each of which uses a run of its own."""
    app = create_app(LIBRARY, speed=0)
    async with request.param(app) as url:
        yield url, app[MOCK].runs


async def released(stage: StreamGroup) -> None:
    """Release every reply that is held until then."""
    async for live in each_held(stage.journal, lambda: stage.streams):
        live.release()


async def asked(url: str, name: str, times: int) -> None:
    """Use up attempts."""
    for _ in range(times):
        async with connection(url) as raw:
            await raw.ask(f"{urlsplit(url).path}/s/{name}/chat/stream?{QUERY}")
            await raw.reader.read(1)


async def exactly(raw: RawConnection, size: int) -> bytes:
    """Read this number of bytes, or what comes before the connection ends."""
    try:
        return await raw.reader.readexactly(size)
    except asyncio.IncompleteReadError as error:
        return error.partial


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "attempt"), list(replies()))
async def test_the_socket_gets_the_planned_bytes_and_the_planned_ending(
    name: str, attempt: int, served: tuple[str, Runs]
) -> None:
    address, runs = served
    group = runs[f"{name}-{attempt}"].group
    url = f"{address}/run/{name}-{attempt}"
    scenario = SCENARIOS[name]
    planned = on_the_wire(plan(scenario.replies[scenario.reply_index(attempt)]))
    async with background(released(group)):
        await asked(url, name, attempt - 1)
        async with connection(url) as raw:
            await raw.ask(f"{urlsplit(url).path}/s/{name}/chat/stream?{QUERY}")
            assert await exactly(raw, len(planned.data)) == planned.data
            if planned.ending == OPEN:
                await left_alone(raw, group.journal, attempt)
            elif planned.ending == KEPT:
                raw.writer.write_eof()
                assert await raw.rest() == (b"", FIN)
            else:
                assert await raw.rest() == (b"", planned.ending)


async def left_alone(raw: RawConnection, journal: Journal, attempt: int) -> None:
    """Leave a reply that never ends by itself, and see that it waited for the client."""
    entry = await journal.wait_for(lambda found: next(iter([*found][attempt - 1 :]), None))
    raw.leave()
    assert await journal.wait_for(lambda _: entry.ending) is ReplyEnding.CLIENT_LEFT
