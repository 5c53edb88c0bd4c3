"""Requests that ask the same have the same fingerprint, and all others have another one."""

import json

import pytest

from streamproof.mock_ai.request.fingerprint import fingerprint
from streamproof.mock_ai.request.received import ReceivedRequest

PATH = "/v1/chat/completions"
HI = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
FORM = '--{0}\r\nContent-Disposition: form-data; name="file"\r\n\r\nhi\r\n--{0}--\r\n'


def of(body: object, target: str = PATH, method: str = "POST") -> str:
    """Return the fingerprint of a request."""
    text = body if isinstance(body, str) else json.dumps(body)
    return fingerprint(ReceivedRequest(method, target, body=text.encode()))


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"messages": HI["messages"], "model": "m"}, PATH),
        ({**HI, "id": "c1", "user": "u1", "metadata": {"user_id": "u1"}, "threadId": "t1"}, PATH),
        ({**HI, "messages": [{"role": "user", "content": "hi", "id": "m1", "createdAt": 1}]}, PATH),
        ({**HI, "messages": [{"role": "user", "content": "hi [run:r1]"}]}, PATH),
        (HI, f"/run/r1{PATH}"),
        (HI, f"{PATH}?key=AIzaSecret"),
    ],
    ids=["order", "conversation", "message", "tag of the run", "run", "key"],
)
def test_who_asks_and_when_does_not_count(body, target):
    assert of(body, target) == of(HI)


@pytest.mark.parametrize(
    ("body", "target", "method"),
    [
        ({**HI, "model": "n"}, PATH, "POST"),
        ({**HI, "stream": True}, PATH, "POST"),
        ({**HI, "tool": {"id": 1}}, PATH, "POST"),
        ({**HI, "messages": [*HI["messages"], *HI["messages"]]}, PATH, "POST"),
        (HI, "/v1/responses", "POST"),
        (HI, f"{PATH}?alt=sse", "POST"),
        (HI, PATH, "PUT"),
        ("", PATH, "POST"),
        ("hi", PATH, "POST"),
    ],
    ids=["model", "stream", "other id", "messages", "path", "query", "method", "none", "text"],
)
def test_what_is_asked_counts(body, target, method):
    assert of(body, target, method) != of(HI)


def test_an_id_counts_outside_conversations():
    assert of({"id": 1}) != of({"id": 2})


def test_order_of_a_query_does_not_count():
    assert of("", "/v1/models?a=1&b=2", "GET") == of("", "/v1/models?b=2&a=1", "GET")


def test_boundary_of_a_form_does_not_count():
    assert of(FORM.format("one")) == of(FORM.format("two"))
    assert of(FORM.format("one")) != of(FORM.format("one").replace("hi", "ho"))


def test_bytes_that_are_not_text_count():
    bodies = [ReceivedRequest("POST", PATH, body=bytes([byte])) for byte in (0xFE, 0xFF)]
    assert len({fingerprint(body) for body in bodies}) == 2


def test_it_has_sixteen_digits():
    assert len(bytes.fromhex(of(HI))) == 8
