"""A request becomes a `curl` command that sends the same, without its secrets."""

import asyncio

import pytest
from aiohttp import web

from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.curl import curl_command
from streamproof.harness.http.server import serving
from tests.programs import program

AWKWARD = 'it\'s "me" & $HOME\n日本 `ls` \\'


@pytest.mark.parametrize(
    ("call", "command"),
    [
        (HttpCall("GET", "http://h/"), "curl -N http://h/"),
        (HttpCall("DELETE", "http://h/"), "curl -N -X DELETE http://h/"),
        (
            HttpCall("POST", "http://h/?a&b", {"X-Mine": "1"}, json=1),
            "curl -N -H 'X-Mine: 1' -H 'Content-Type: application/json' --data-raw 1 'http://h/?a&b'",
        ),
        (
            HttpCall("POST", "http://h/", {"Authorization": "Bearer abc", "Cookie": "id=abc"}),
            'curl -N -X POST -H "Authorization: $AUTHORIZATION" -H "Cookie: $COOKIE" http://h/',
        ),
        (
            HttpCall("POST", "http://h/", form=(("a", "b c"), ("token", "abc"))),
            "curl -N --data-urlencode 'a=b c' --data-urlencode \"token=$TOKEN\" http://h/",
        ),
        (HttpCall("GET", "http://h/?access_token=abc"), 'curl -N "$URL"'),
        (HttpCall("GET", "http://me:abc@h/"), 'curl -N "$URL"'),
    ],
)
def test_a_request_is_written_as_a_command(call, command):
    assert curl_command(call) == command


@pytest.mark.parametrize(
    "call",
    [
        HttpCall("POST", "/it", json={"question": AWKWARD}),
        HttpCall("POST", "/it", form=(("message", AWKWARD), ("more", "a=b&c"))),
        HttpCall("PUT", "/it", {"X-Mine": "it's"}, data=AWKWARD.encode()),
        HttpCall("POST", "/it", {"content-type": "text/plain"}, data=b"@file"),
        HttpCall("POST", "/it", data=b"a\nb"),
    ],
    ids=["json", "form", "data", "at-sign", "lines"],
)
async def test_the_command_sends_what_the_request_sends(call):
    seen = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.method, request.headers.get("X-Mine"), await _body(request)))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/it", handle)
    async with serving(app) as url:
        there = HttpCall(call.method, url + call.url, call.headers, call.json, call.form, call.data)
        command = curl_command(there).replace("curl", f"{program('curl')} -s", 1)
        process = await asyncio.create_subprocess_shell(command)
        assert await process.wait() == 0
    body = call.json or (dict(call.form) if call.form else (call.data or b"").decode())
    assert seen == [(call.method, call.headers.get("X-Mine"), body)]


async def _body(request: web.Request) -> object:
    if request.content_type == "application/json":
        return await request.json()
    if request.content_type == "application/x-www-form-urlencoded" and b"=" in await request.read():
        return dict(await request.post())
    return await request.text()
