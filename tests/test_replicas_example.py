"""The sample configuration of nginx, in front of two relays that share a database."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from tests.nginx import as_in
from tests.relay.conftest import Stream, bearer
from tests.relay.relay_process import running_replicas
from tests.relay.scripted_ai import END, content

SAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "replicas" / "nginx.conf"


@pytest.fixture
async def proxy(ai, postgres, tmp_path):
    """Start two relays and nginx; give its URL."""
    async with running_replicas(ai, postgres.migrated(), tmp_path) as relays:
        addresses = [relay.url.removeprefix("http://") for relay in relays]
        with as_in(SAMPLE, tmp_path, {"relay:8081": addresses}) as url:
            yield url


async def test_a_stream_is_passed_on_at_once_and_resumed_at_any_relay(ai, proxy):
    async with aiohttp.ClientSession(proxy, headers=bearer("ana")) as browser:
        room = (await (await browser.post("/api/chat/rooms")).json())["id"]
        answer = await browser.post(f"/api/chat/{room}/stream", data={"message": "Hello?"})
        stream, call = Stream(answer), await ai.call()
        frames = [await stream.next()]
        for word in ("one", "two", "three"):
            await call.send(content(word))
            frames.append(await stream.next())  # nothing waits for more
        answer.close()
        for last in frames:  # one relay after the other
            headers = {"Last-Event-ID": last.id}
            again = Stream(await browser.get("/api/chat/stream", headers=headers))
            for frame in frames[frames.index(last) + 1 :]:
                assert await again.next() == frame
        await call.finish(END)
        assert [frame.event for frame in await again.rest()] == ["end"]
        history = await (await browser.get(f"/api/chat/{room}/messages")).json()
    assert [one["message"] for one in history["messages"]] == ["Hello?", "onetwothree"]
