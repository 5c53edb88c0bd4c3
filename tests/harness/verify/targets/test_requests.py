"""A request is made of its template: placeholders are replaced once, in paths with quotes."""

import json

from aiohttp import ClientSession, web

from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.server import serving
from streamproof.harness.verify.settings.model import RequestTemplate
from streamproof.harness.verify.targets.requests import filled

URL = "http://127.0.0.1:1/"


def call_of(message: str = "hello", room: str = "r", **template: object) -> HttpCall:
    made = RequestTemplate(**{"path": "/ask", **template})  # type: ignore[arg-type]  # of the fields
    return filled(made, URL, {"X-A": "a"}, room=room, message=message)


def test_every_text_of_a_json_body_is_filled_and_its_keys_stay():
    body = {
        "text": "{message}",
        "{room}": ["in {room}", {"deep": "<{message}>"}],
        "n": 1,
        "x": None,
    }
    expected = {"text": "hello", "{room}": ["in r", {"deep": "<hello>"}], "n": 1, "x": None}
    assert call_of(json=body).json == expected


def test_a_placeholder_in_a_value_is_text():
    call = call_of("{room} {uuid}", "{message}", path="/{room}/{message}", form={"m": "{message}"})
    assert call.form == (("m", "{room} {uuid}"),)
    assert call.url == "http://127.0.0.1:1/%7Bmessage%7D/%7Broom%7D%20%7Buuid%7D"


def test_values_in_a_path_are_quoted_and_unknown_braces_stay():
    call = call_of("a/b?c#d é", path="/{other}/x?q={message}")
    assert call.url == "http://127.0.0.1:1/{other}/x?q=a%2Fb%3Fc%23d%20%C3%A9"


def test_each_request_has_one_new_uuid():
    one, two = (call_of(json={"a": "{uuid}", "b": "{uuid}"}).json for _ in range(2))
    assert isinstance(one, dict)
    assert one["a"] == one["b"]
    assert one != two


def test_headers_of_the_request_win():
    assert call_of(headers={"X-A": "b", "X-B": "c"}).headers == {"X-A": "b", "X-B": "c"}


async def test_a_multipart_body_arrives_as_the_fields_of_a_form():
    async def answer(request: web.Request) -> web.Response:
        fields = dict(await request.post())
        return web.json_response({"type": request.content_type, **fields})

    app = web.Application()
    app.router.add_post("/ask", answer)
    fields = {"message": "{message}", "room": "{room}"}
    async with ClientSession() as session, serving(app) as url:
        for kind, template in (
            ("form", RequestTemplate(path="/ask", form=fields)),
            ("multipart", RequestTemplate(path="/ask", multipart=fields)),
        ):
            call = filled(template, url, {}, room="r", message="ä & b\r\nc")
            reading = await read_stream(session, call)
            wanted = {
                "form": "application/x-www-form-urlencoded",
                "multipart": "multipart/form-data",
            }
            got = json.loads(reading.transcript.body or reading.transcript.rest)
            assert got == {"type": wanted[kind], "message": "ä & b\r\nc", "room": "r"}
