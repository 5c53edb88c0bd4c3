"""A short request sends what a read stream sends, and shows the beginning of the response."""

from dataclasses import replace

import pytest
from aiohttp import web

from streamproof.harness.http.client import HttpCall, client_session, read_stream
from streamproof.harness.http.server import serving
from streamproof.harness.http.short_request import BODY_BYTES, send_short

FORM = (("message", "ä & b\r\nc"), ("room", "r"))


@pytest.mark.parametrize(
    ("call", "content_type"),
    [
        (HttpCall("POST", "/", form=FORM), "application/x-www-form-urlencoded"),
        (HttpCall("POST", "/", form=FORM, multipart=True), "multipart/form-data"),
        (HttpCall("POST", "/", json={"message": "ä"}), "application/json"),
        (HttpCall("POST", "/", data=b"\xff"), "application/octet-stream"),
        (HttpCall("GET", "/"), "application/octet-stream"),
    ],
    ids=["form", "multipart", "json", "data", "nothing"],
)
async def test_a_short_request_sends_what_a_read_stream_sends(call, content_type):
    seen = []

    async def note(request: web.Request) -> web.Response:
        is_form = "form" in request.content_type
        fields = tuple((await request.post()).items()) if is_form else await request.read()
        seen.append((request.content_type, fields))
        return web.Response(text="x" * (BODY_BYTES + 1))

    app = web.Application()
    app.router.add_route("*", "/", note)
    async with serving(app) as url, client_session() as session:
        there = replace(call, url=url)
        response = await send_short(session, there, 5)
        await read_stream(session, there)
    assert (response.status, response.body) == (200, "x" * BODY_BYTES)
    assert seen[0] == seen[1]
    assert seen[0][0] == content_type
