"""What a relay may get wrong in its request to the AI service."""

import pytest

from streamproof.harness.verify.checks.asking import find_bad_requests
from streamproof.harness.verify.observation import UpstreamRequest
from tests.harness.verify.checks.observed import QUESTION, observed

HEADERS = {"Accept": "text/event-stream", "Content-Type": "application/json"}
BODY = f'{{"question": "{QUESTION}", "messageId": "m1"}}'.encode()


def problems(method: str = "POST", headers: dict[str, str] = HEADERS, body: bytes = BODY):
    """Return what is wrong with a request, with the expected and the actual value."""
    request = UpstreamRequest(method, "/chat/stream", headers, body)
    found = find_bad_requests(observed(requests=(request,)))
    return [(one.message, one.expected, one.actual) for one in found]


def test_documented_request_is_right():
    assert problems() == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_method_is_post(method):
    assert problems(method=method) == [("request 1: method", "POST", method)]


@pytest.mark.parametrize(
    ("name", "wanted"), [("accept", "text/event-stream"), ("content-type", "application/json")]
)
def test_header_says_what_is_sent_and_wanted(name, wanted):
    others = {key: value for key, value in HEADERS.items() if key.lower() != name}
    assert problems(headers=others) == [(f"request 1: {name}", wanted, "none")]


@pytest.mark.parametrize("body", [b"", b"{", '{"question": "ü"}'.encode("latin-1")], ids=repr)
def test_body_is_json_in_utf_8(body):
    [(message, expected, _)] = problems(body=body)
    assert (message, expected) == ("request 1: body", "JSON in UTF-8")


def test_body_is_an_object():
    assert problems(body=b"[]") == [("request 1: body", "a JSON object", "list")]


def test_question_has_the_words_of_the_user():
    [(message, expected, actual)] = problems(body=b'{"question": "other"}')
    assert (message, expected, actual) == ("request 1: question", f'"{QUESTION}"', '"other"')


@pytest.mark.parametrize("name", ["chatRoomId", "messageId", "userId"])
def test_optional_id_is_text(name):
    body = f'{{"question": "{QUESTION}", "{name}": []}}'.encode()
    assert problems(body=body) == [(f"request 1: {name}", "a string, or no such key", "[]")]
