"""`kill -9` at any moment of a stream: no frame that was sent is lost, and the turn ends once."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import closing, suppress

import aiohttp
import pytest

from tests.relay.conftest import Stream, bearer
from tests.relay.relay_process import running_process
from tests.relay.scripted_ai import END, content, scripted_ai

PIECES = 40


async def read_until_broken(response):
    """Return the frames of a stream that can break off."""
    stream, frames = Stream(response), []
    with closing(response), suppress(aiohttp.ClientError):
        while frame := await stream.next():
            frames.append(frame)
    return frames


async def stream_and_kill(relay, browser, ai, room, pieces):
    """Ask, and kill the relay after a number of pieces; return the frames that were received."""
    response = await browser.post(f"{relay.url}/api/chat/{room}/stream", data={"message": "Hello?"})
    reading = asyncio.create_task(read_until_broken(response))
    call = await ai.call()
    for piece in ([content(f" {n}") for n in range(PIECES)] + [END])[:pieces]:
        await call.send(piece)
        await asyncio.sleep(0)
    await relay.kill()
    call.over.set()
    return await reading


async def resumed(relay, browser, received):
    """Resume after the last received frame; return the rest."""
    headers = {"Last-Event-ID": received[-1].id}
    response = await browser.get(f"{relay.url}/api/chat/stream", headers=headers)
    if response.status == 204:
        return []
    assert response.status == 200, await response.text()
    return await Stream(response).rest()


def text_of(frames):
    return "".join(json.loads(frame.data).get("content", "") for frame in frames)


async def check(relay, browser, room, received):
    """Compare the frames of both browsers with each other, and with the stored rows."""
    rest = await resumed(relay, browser, received) if received else []
    history = await (await browser.get(f"{relay.url}/api/chat/{room}/messages")).json()
    question = history["messages"][0]
    turn_id = question["turn"]["id"]
    whole = await browser.get(f"{relay.url}/api/chat/stream", params={"turnId": turn_id})
    frames = await Stream(whole).rest()
    assert not received or received + rest == frames
    assert [frame.id for frame in frames] == [f"{turn_id}:{n}" for n in range(len(frames))]
    terminal = [frame.event for frame in frames if frame.event in {"end", "error"}]
    assert terminal == [frames[-1].event]
    if terminal == ["end"]:
        assert history["messages"][1]["message"] == text_of(frames)
        assert len(history["messages"]) == 2
    else:
        assert question["turn"]["reason"] == "interrupted"
        assert question["turn"]["partial"] == text_of(frames)
        assert len(history["messages"]) == 1


@pytest.mark.parametrize(
    ("seed", "moments"),
    [pytest.param(1, 2, id="2"), pytest.param(2, 20, id="20", marks=pytest.mark.prove)],
)
async def test_kill_9_loses_no_frame_that_was_sent(tmp_path, seed, moments):
    chance = random.Random(seed)
    async with (
        scripted_ai() as ai,
        aiohttp.ClientSession(headers=bearer("ana")) as browser,
        running_process(ai, tmp_path / "chat.db", tmp_path) as relay,
    ):
        for _ in range(moments):
            room = await (await browser.post(f"{relay.url}/api/chat/rooms")).json()
            pieces = chance.randint(0, PIECES + 1)
            received = await stream_and_kill(relay, browser, ai, room["id"], pieces)
            await relay.start()
            await check(relay, browser, room["id"], received)
