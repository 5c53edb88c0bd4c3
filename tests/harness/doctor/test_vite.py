"""Behind a real Vite dev server: what the printed snippet does, and what happens without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession

from streamproof.contracts.sse import Decoder
from streamproof.harness.doctor.examination import examine
from streamproof.harness.doctor.limits import ProbeLimits
from streamproof.harness.doctor.report import result_of
from streamproof.harness.http.client import HttpCall
from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM, BackendOptions, local_backend
from tests.browser.conftest import Local
from tests.browser.scenarios import DEFAULT, library
from tests.harness.doctor.vite import vite

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LIMITS = ProbeLimits(wait_seconds=10)
SHORT_WAIT = ProbeLimits(wait_seconds=2)
STREAM = f"/api/chat/{ROOM}/stream"


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[Local]:
    """Run what `streamproof serve` runs."""
    async with local_backend(
        library(), BackendOptions(database=tmp_path / "chat.sqlite3", default=DEFAULT)
    ) as backend:
        yield Local(backend)


def plain_proxy(url: str) -> str:
    """Return the shortest configuration of the proxy, as in Vite's documentation."""
    return f'export default {{ server: {{ proxy: {{ "/api": "{url}" }} }} }}'


async def tripped(url: str, limits: ProbeLimits) -> list[str]:
    """Name what `doctor` finds."""
    seen = await examine(HttpCall("GET", url + STREAM), limits)
    assert seen.proxies == ("Vite",)
    (case,) = result_of(seen).cases
    return [one.check for one in case.failed]


@pytest.mark.prove
async def test_printed_snippet_lets_tokens_through_one_by_one_and_lost_connections_too(
    local, tmp_path
):
    async with vite(tmp_path, snippets.vite(local.url)) as url:
        assert await tripped(url, LIMITS) == []
        await ask_step_by_step(local, url)


async def ask_step_by_step(local: Local, url: str) -> None:
    """Let the AI service go on only when the page has what was sent before."""
    decoder = Decoder()
    message = {"message": "/step-by-step Hello"}
    async with ClientSession() as client, client.post(url + STREAM, data=message) as stream:
        for awaited in ("One", " two", " three"):
            text = ""
            while f'"{awaited}"' not in text:
                data = await stream.content.readany()
                assert data, "the stream has ended"
                text += "".join(event.data for event in decoder.feed(data))
            await local.release()
        assert b"event: end" in await stream.read()


@pytest.mark.prove
async def test_without_the_snippet_a_lost_connection_is_hidden_and_doctor_says_so(local, tmp_path):
    async with vite(tmp_path, plain_proxy(local.url)) as url:
        assert await tripped(url, SHORT_WAIT) == ["doctor.hidden-drop"]
