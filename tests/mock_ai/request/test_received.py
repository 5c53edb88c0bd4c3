"""A received request: its headers, its retries, and where its question is read from."""

import pytest

from streamproof.mock_ai.errors import InvalidRequest, UnsupportedMediaType
from streamproof.mock_ai.request.question import NO_QUESTION
from streamproof.mock_ai.request.received import shared_headers
from tests.mock_ai.sample_requests import sample_request

HEADERS = (("Accept", "a"), ("X-Name", "first"), ("x-name", "second"))
JSON = (("content-type", "application/json"),)


@pytest.mark.parametrize("name", ["X-Name", "x-name", "X-NAME"])
def test_header_is_found_in_any_case(name):
    request = sample_request(headers=HEADERS)
    assert (request.header(name), request.all_headers(name)) == ("first", ["first", "second"])


def test_header_that_is_missing():
    request = sample_request(headers=HEADERS)
    assert (request.header("X-Other"), request.all_headers("X-Other")) == (None, [])


def test_equal_headers_are_stored_once():
    first, second = (shared_headers([("Host", str(n) * 2)]) for n in (1, 1))
    assert first[0] is second[0]


@pytest.mark.parametrize(
    ("values", "question"),
    [
        ({"body": b'{"question": "hi"}', "headers": JSON}, "hi"),
        ({"method": "GET", "query": {"question": "hi"}}, "hi"),
        ({"target": "/v1/messages", "body": b'{"prompt": "hi"}'}, "hi"),
        ({"target": "/s/a/b", "method": "GET", "query": {"prompt": "hi"}}, "hi"),
        ({"target": "/s/a/b", "method": "GET"}, ""),
        ({"target": "/mcp", "method": "DELETE", "query": {"query": "hi"}}, "hi"),
        ({"target": "/chat/stream", "method": "PUT", "body": b'{"prompt": "hi"}'}, "hi"),
    ],
    ids=[
        *("chat", "chat by GET", "provider", "other path by GET", "other path without a query"),
        *("another method", "another method with a body"),
    ],
)
def test_question_is_read_from_the_place_of_the_path(values, question):
    request = sample_request("", **values)
    request.read_question()
    assert request.question.question == question


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"body": b'{"question": "hi"}'}, UnsupportedMediaType),
        ({"body": b"{}", "headers": JSON}, InvalidRequest),
        ({"method": "GET"}, InvalidRequest),
    ],
)
def test_chat_request_without_a_question_is_invalid(values, error):
    request = sample_request(NO_QUESTION, **values)
    with pytest.raises(error):
        request.read_question()
    assert request.question is NO_QUESTION


@pytest.mark.parametrize(
    ("text", "retries"),
    [("0", 0), ("2", 2), ("", None), ("-1", None), ("1.0", None), ("²", None), ("9" * 10, None)],
)
def test_client_tells_which_retry_it_sends(text, retries):
    assert sample_request(headers=(("x-stainless-retry-count", text),)).retries == retries
    assert sample_request().retries is None


@pytest.mark.parametrize(
    ("method", "target", "asks"),
    [
        ("POST", "/chat/stream", True),
        ("GET", "/run/a/chat/stream?question=hi", True),
        ("HEAD", "/chat/stream", True),
        ("PUT", "/chat/stream", False),
        ("POST", "/mcp", True),
        ("GET", "/mcp", False),
    ],
)
def test_post_asks_anywhere_and_get_only_at_the_chat_path(method, target, asks):
    assert sample_request(method=method, target=target).asks is asks
