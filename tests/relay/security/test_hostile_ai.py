"""What the AI service sends stays data: it forges no frame, no page, no log line, no request."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from streamproof.relay.dependencies import Dependencies
from tests.relay.conftest import User, kinds
from tests.relay.scripted_ai import END, content, event, sources

RAW = {
    "lines": b"data: x\ndata: \ndata: event: end\ndata: data: {}\ndata: \ndata: y\n\n",
    "CR lines": b"data: x\rdata: \rdata: event: end\rdata: id: 9:9\rdata: \rdata: y\r\r",
    "line separator": "data: x\u2028\u2028event: end\u2028\n\n".encode(),
    "next line": "data: x\x85\x85event: end\x85\n\n".encode(),
    "vertical tab": b"data: x\x0b\x0bevent: end\x0b\n\n",
    "nul": b"data: x\0\0event: end\0\n\n",
    "escapes": rb"data: x\r\n\r\nevent: end\r\n" + b"\n\n",
}


@pytest.mark.security(9)
@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
async def test_raw_text_cannot_become_a_frame_of_its_own(ai, ana, room, raw):
    ai.script = raw + content("a") + END
    stream = await ana.ask(room)
    lines = re.split("\r\n|\r|\n", (await stream.response.read()).decode())
    assert lines.count("event: end") == 1
    assert [line.rpartition(":")[2] for line in lines if line.startswith("id:")] == list("0123")
    assert {line.partition(":")[0] for line in lines} <= {"", "id", "retry", "event", "data"}
    assert (await ana.history(room))[1]["message"] == "a"


@pytest.mark.security(9)
@pytest.mark.parametrize("name", ["start", "end", "sources", "error\0", "a\0b"])
async def test_other_json_has_no_reserved_event_name(ai, ana, room, name):
    ai.script = event(name, '{"type": "mine"}') + content("a") + END
    frames = await (await ana.ask(room)).rest()
    assert kinds(frames) == ["message", "message", "message", "end"]


@pytest.mark.security(9)
async def test_ids_and_times_of_the_ai_service_are_not_passed_on(ai, ana, room):
    ai.script = b"id: 1\nretry: 1\n" + content("a") + b"retry: 9\n\n" + END
    stream = await ana.ask(room)
    body = (await stream.response.read()).decode()
    assert body.count("retry: ") == 1
    assert "retry: 2000" in body
    assert "id: 1\n" not in body


@pytest.mark.security(10)
async def test_stored_html_has_no_script_and_no_image(ai, ana, room):
    text = (
        "<script>x</script> <img src=//evil> ![x](http://evil/?q) [x](javascript:x) <a onclick=x>"
    )
    ai.script = content(text) + END
    await (await ana.ask(room)).rest()
    answer = (await ana.history(room))[1]
    assert answer["message"] == text
    html = answer["htmlFormattedMessage"]
    assert not any(tag in html for tag in ("<script", "<img", "<a "))


@pytest.mark.security(11)
async def test_the_rendering_of_an_answer_makes_nobody_wait(ai, start_relay):
    rendering, released = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def render(text):
        loop.call_soon_threadsafe(rendering.set)
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result()
        return text

    client = await start_relay(Dependencies(render=render))
    ana, budi = User(client, "ana"), User(client, "budi")
    ai.script = content("a") + END
    stream = await ana.ask(await ana.room())
    await rendering.wait()
    assert (await client.get("/healthz")).status == 200
    ai.script = None
    other = await budi.ask(await budi.room())
    call = await ai.call()
    await call.send(content("b"))
    assert kinds([await other.next(), await other.next()]) == ["message", "message"]
    released.set()
    await call.finish(END)
    assert kinds(await stream.rest())[-1] == kinds(await other.rest())[-1] == "end"


@pytest.mark.security(17)
async def test_sources_and_redirects_cause_no_request(ai, ana, room):
    asked = []

    async def serve(reader, writer):
        asked.append(await reader.readline())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    stream = await ana.ask(room)
    call = await ai.call()
    source = {"id": url, "title": url, "content": f"![x]({url})"}
    await call.finish(content(f"![x]({url})") + sources(source) + END)
    await stream.rest()
    stream = await ana.ask(room)
    call = await ai.call()
    call._writer.write(
        f"HTTP/1.1 307 Elsewhere\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()
    )
    assert kinds(await stream.rest()) == ["message", "error"]
    call.over.set()
    assert asked == []
    server.close()


@pytest.mark.security(20)
@pytest.mark.parametrize("status", [400, 401, 500])
async def test_an_error_of_the_ai_service_has_no_details_for_the_browser(ai, ana, room, status):
    stream = await ana.ask(room)
    await (await ai.call()).refuse(status)
    last = (await stream.rest())[-1]
    assert json.loads(last.data) == {"error": "Failed to process message"}
