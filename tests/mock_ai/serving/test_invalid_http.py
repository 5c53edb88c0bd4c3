"""A request that is not valid HTTP gets a JSON error, and one line in the log without its bytes."""

import json
import logging

import pytest
from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.http_exceptions import (
    BadHttpMessage,
    InvalidHeader,
    LineTooLong,
    TransferEncodingError,
)

from streamproof.mock_ai.serving.invalid_http import (
    answering_in_json,
    brief_log,
    http_problem,
    is_of_body,
)
from tests.mock_ai.mock_fixture import mock
from tests.mock_ai.raw_client import connection

REQUESTS = {
    "not HTTP": (b"hello\r\n\r\n", "invalid method encountered, got 'hello'"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", "missing 'Host' header in request"),
    "header": (
        b"GET / HTTP/1.1\r\nHost: x\r\nX Y: 1\r\n\r\n",
        "invalid header token, got 'X Y: 1'",
    ),
    "two lengths": (
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Transfer-Encoding can't be present with Content-Length, got 'Transfer-Encoding: chunked'",
    ),
    "long line": (
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9_000 + b"\r\n\r\n",
        "a line of the head has more than 8190 bytes",
    ),
}


@pytest.mark.parametrize(("request_bytes", "problem"), REQUESTS.values(), ids=REQUESTS)
async def test_answer_is_json_without_a_version(request_bytes, problem):
    async with mock() as served, connection(served.url) as raw:
        await raw.send(request_bytes)
        got, _ = await raw.rest()
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.0 400 ")
    assert b"\r\nServer: streamproof\r\n" in head + b"\r\n"
    assert json.loads(body) == {"error": f"the request is not valid HTTP/1.1: {problem}"}


@pytest.mark.parametrize(
    ("error", "quoted", "logged"),
    [
        (BadHttpMessage("Bad:\n  What:\n\n    b'X: y'\n      ^"), "what, got 'X: y'", "what"),
        (InvalidHeader(b"secret"), "invalid HTTP header", "invalid HTTP header"),
        (LineTooLong(b"secret", 9), *["a line of the head has more than 9 bytes"] * 2),
    ],
)
def test_log_has_no_bytes_of_the_request(error, quoted, logged):
    assert http_problem(error) == quoted
    assert http_problem(error, quote=False) == logged


def logged(caplog, error):
    """Return the record of an error in the log for aiohttp."""
    try:
        raise error
    except type(error):
        brief_log().exception("Error handling request")
    return caplog.records[-1]


def test_invalid_http_is_one_line(caplog):
    record = logged(caplog, HttpProcessingError(message="Bad status line"))
    assert record.exc_info is None
    assert record.getMessage() == "Error handling request: not valid HTTP/1.1: bad status line"
    assert record.name == "streamproof.mock_ai"


def test_other_error_keeps_its_traceback(caplog):
    record = logged(caplog, ZeroDivisionError("1 / 0"))
    assert record.exc_info is not None
    assert record.getMessage() == "Error handling request"


def test_record_without_an_error_stays_as_it_is(caplog):
    caplog.set_level(logging.INFO)
    brief_log().info("started")
    assert caplog.records[-1].getMessage() == "started"


async def test_connections_have_the_options_of_the_server():
    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response()

    server = web.Server(handler)
    make = answering_in_json(server, brief_log(), keepalive_timeout=7)
    assert make().keepalive_timeout == 7


@pytest.mark.parametrize(
    ("error", "is_body"),
    [
        (TransferEncodingError("Not enough data"), True),
        (BadHttpMessage("Invalid character in chunk size:\n\n  b'a secret'\n  ^"), True),
        (BadHttpMessage("Expected LF after chunk data:\n\n  b'a secret'\n  ^"), True),
        (BadHttpMessage("Invalid header token:\n\n  b'Bad chunk: x'\n  ^"), False),
    ],
)
def test_only_a_line_of_a_head_is_quoted(error, is_body):
    assert is_of_body(error) == is_body
