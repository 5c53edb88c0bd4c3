"""A request becomes a `curl` command that sends the same, without its secrets."""

import asyncio
import json
from dataclasses import replace

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
        (
            HttpCall("POST", "http://h/", form=(("2fa.token", "abc"),), multipart=True),
            'curl -N --form-string "2fa.token=$_2FA_TOKEN" http://h/',
        ),
        (
            HttpCall("POST", "http://h/", data=b'{"max_tokens": 9, "a": [{"token" : "a\\"bc"}]}'),
            """curl -N --data-raw '{"max_tokens": 9, "a": [{"token" : "'"$TOKEN"'"}]}' http://h/""",
        ),
    ],
)
def test_a_request_is_written_as_a_command(call, command):
    assert curl_command(call) == command


@pytest.mark.parametrize(
    "call",
    [
        HttpCall("POST", "/it", json={"question": AWKWARD}),
        HttpCall("POST", "/it", form=(("message", AWKWARD), ("more", "a=b&c"))),
        HttpCall("POST", "/it", form=(("message", AWKWARD), ("more", "@a;b")), multipart=True),
        HttpCall("PUT", "/it", {"X-Mine": "it's"}, data=AWKWARD.encode()),
        HttpCall("POST", "/it", {"content-type": "text/plain"}, data=b"@file"),
        HttpCall("POST", "/it", data=b"a\nb"),
    ],
    ids=["json", "form", "multipart", "data", "at-sign", "lines"],
)
async def test_the_command_sends_what_the_request_sends(call):
    seen = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.method, request.headers.get("X-Mine"), await _body(request)))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/it", handle)
    async with serving(app) as url:
        command = curl_command(replace(call, url=url + call.url)).replace(
            "curl", f"{program('curl')} -s", 1
        )
        process = await asyncio.create_subprocess_shell(command)
        assert await process.wait() == 0
    body = call.json or (dict(call.form) if call.form else (call.data or b"").decode())
    assert seen == [(call.method, call.headers.get("X-Mine"), body)]


async def test_the_shell_puts_the_secrets_in(monkeypatch):
    """The variables of the shell make a body with secrets complete again."""
    monkeypatch.setenv("API_KEY", "abc")
    sent = {"a": ["x", ":"], "b": AWKWARD, "api_key": "abc", "c": {"api.key": "abc", "token": 1}}
    argument = curl_command(HttpCall("POST", "/", json=sent)).partition("--data-raw ")[2]
    assert "abc" not in argument
    shell = await asyncio.create_subprocess_shell(
        f"printf %s {argument.removesuffix(' /')}", stdout=asyncio.subprocess.PIPE
    )
    assert json.loads((await shell.communicate())[0]) == sent


async def _body(request: web.Request) -> object:
    if request.content_type == "application/json":
        return await request.json()
    if request.content_type == "multipart/form-data":
        return dict(await request.post())
    if request.content_type == "application/x-www-form-urlencoded" and b"=" in await request.read():
        return dict(await request.post())
    return await request.text()
