"""The private places of aiohttp that the code uses still exist, and still do what it needs.

A failure names the place, the file that uses it, and what to check. docs/architecture.md has the
reasons. Before a new minor version of aiohttp is allowed, add it to TESTED and to pyproject.toml.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web, web_protocol
from aiohttp.client_proto import ResponseHandler

from streamproof.mock_ai.serving.aiohttp_path import RawResponse
from streamproof.relay.browser_connection import BrowserConnection

PATIENCE = 20.0  # only a test that fails waits so long
ROOT = Path(__file__).resolve().parent.parent
TESTED = ("3.14",)
"""The minor versions with which tests/harness/http, tests/relay and tests/mock_ai were run."""
REQUIREMENT = "aiohttp>=3.14,<3.15"

USES = {
    "StreamReader._read_nowait, in the harness": ("harness/http/client.py", "._read_nowait("),
    "RequestHandler._waiter": ("harness/http/connection_limits.py", "._waiter"),
    "RequestHandler._keepalive_handle": (
        "harness/http/connection_limits.py",
        "._keepalive_handle",
    ),
    "RequestHandler._next_keepalive_close_time": (
        "harness/http/connection_limits.py",
        "._next_keepalive_close_time",
    ),
    "RequestHandler.resume_reading": (
        "harness/http/connection_limits.py",
        "def resume_reading(self, resume_parser: bool = True)",
    ),
    "RequestHandler.transport": ("relay/browser_connection.py", "handler.transport = None"),
    "RequestHandler.connection_lost": (
        "relay/browser_connection.py",
        "handler.connection_lost(None)",
    ),
    "StreamResponse.__init__": ("mock_ai/serving/aiohttp_path.py", "def __init__("),
}
"""Each place, the file that uses it, and how it looks there."""


def changed(place: str, advice: str) -> str:
    """Return the message for a place of aiohttp that has changed."""
    file = USES[place][0]
    return f"aiohttp {aiohttp.__version__} has changed {place}, which {file} uses: {advice}"


def test_the_range_of_aiohttp_is_the_tested_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    [requirement] = [r for r in project["dependencies"] if r.startswith("aiohttp")]
    assert requirement == REQUIREMENT
    assert requirement.endswith(f"<3.{int(TESTED[-1].partition('.')[2]) + 1}")


def test_this_version_of_aiohttp_was_tested():
    minor = ".".join(aiohttp.__version__.split(".")[:2])
    advice = "run the tests with it, then add it to TESTED and to the range in pyproject.toml"
    assert minor in TESTED, f"aiohttp {minor} was not tested: {advice}"


@pytest.mark.parametrize("place", USES)
def test_each_place_is_still_used(place):
    file, text = USES[place]
    assert text in (ROOT / file).read_text("utf-8"), f"{file} does not use {place}; remove it here"


async def test_the_bytes_before_an_error_can_be_read():
    place = "StreamReader._read_nowait, in the harness"
    protocol = ResponseHandler(asyncio.get_running_loop())
    content = aiohttp.StreamReader(protocol, 65_536, loop=asyncio.get_running_loop())
    content.feed_data(b"before")
    content.set_exception(aiohttp.ClientPayloadError("broken"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await content.readany()
    read = getattr(content, "_read_nowait", lambda _size: "missing")
    advice = "how to get the bytes that arrived with an error"
    assert [read(-1), read(-1)] == [b"before", b""], changed(place, advice)


async def test_a_connection_can_be_taken_over_from_its_server(aiohttp_server):
    place, advice = "RequestHandler.connection_lost", "how to let aiohttp forget a connection"
    taken = asyncio.get_running_loop().create_future()

    async def handler(request):
        response = web.StreamResponse()
        response.force_close()
        await response.prepare(request)
        taken.set_result((request.transport, BrowserConnection(request)))
        raise asyncio.CancelledError

    app = web.Application()
    app.router.add_get("/", handler)
    server = await aiohttp_server(app)
    async with aiohttp.ClientSession() as session, session.get(server.make_url("/")) as stream:
        transport, connection = await taken
        of_request = [task for task in asyncio.all_tasks() if "Request" in coroutine_name(task)]
        async with asyncio.timeout(PATIENCE):  # otherwise, a task does not end
            await asyncio.gather(*of_request, return_exceptions=True)
        assert transport.get_protocol() is connection, changed(place, advice)
        assert not transport.is_closing(), changed(place, advice)
        assert server.handler.connections == [], changed(place, advice)
        await connection.finish()
        assert await stream.read() == b""


def coroutine_name(task: asyncio.Task[Any]) -> str:
    """Return the name of the function that a task runs."""
    return str(getattr(task.get_coro(), "__qualname__", ""))


def attributes_of_responses() -> set[str]:
    """Return the attributes that the server of aiohttp reads of the response of a handler."""
    return set(re.findall(r"\bresp\.(\w+)", inspect.getsource(web_protocol)))


def test_a_response_without_the_state_of_aiohttp_has_what_its_server_reads():
    place = "StreamResponse.__init__"
    answer: Any = SimpleNamespace(status=200, reusable=True)
    response = RawResponse(answer, cast("Any", None))
    read = attributes_of_responses()
    assert {"prepare", "write_eof", "keep_alive"} <= read
    missing = {name for name in {*read, "status", "body_length"} if not hasattr(response, name)}
    assert missing == set(), changed(place, "RawResponse needs these attributes of its own")
    assert bool(response) is True, changed(place, "a response must count as true")


HANDLER_PLACES = [place.partition(".")[2] for place in USES if place.startswith("RequestHandler._")]


@pytest.mark.parametrize("name", HANDLER_PLACES)
def test_a_connection_of_the_server_has_a_time_for_its_head(name):
    advice = "how to close a connection whose head stays incomplete"
    handler = web_protocol.RequestHandler
    assert name in handler.__slots__, changed(f"RequestHandler.{name}", advice)


async def test_a_connection_that_reads_on_takes_no_bytes_first():
    place = "RequestHandler.resume_reading"
    seen: list[bytes] = []

    class Noting(web.RequestHandler):
        __slots__ = ()

        def data_received(self, data: bytes) -> None:
            seen.append(data)

    handler = web.Server(cast("Any", None))()
    handler.__class__ = Noting
    handler.resume_reading(resume_parser=True)
    assert seen == [b""], changed(place, "bytes that wait for their turn must not be overtaken")
