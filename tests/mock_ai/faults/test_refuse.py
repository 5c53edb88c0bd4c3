"""Refuse: an error status replaces the whole stream."""

import json

import pytest

from streamproof.mock_ai.actions import Finish, Send, Start, start_of
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.output import ProviderError
from streamproof.mock_ai.dialects.provider_errors import ERROR_BODIES
from streamproof.mock_ai.faults import Refuse
from tests.mock_ai.sample_plans import PLAN

JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain; charset=utf-8")


def with_length(status: int, reason: str, *headers: tuple[str, str]) -> Start:
    """Return the start of a body with a length."""
    return Start(status, reason, headers, framing=Framing.LENGTH)


@pytest.mark.parametrize(
    ("fault", "start", "body"),
    [
        pytest.param(
            Refuse(status=503),
            with_length(503, "Service Unavailable", JSON, ("Content-Length", "32")),
            b'{"error": "Service Unavailable"}',
            id="by default the reason as JSON",
        ),
        pytest.param(
            Refuse(status=529, reason="Overloaded", body={"type": "overloaded"}),
            with_length(529, "Overloaded", JSON, ("Content-Length", "22")),
            b'{"type": "overloaded"}',
            id="an object is JSON",
        ),
        pytest.param(
            Refuse(status=502, body="Bad é", headers={"retry-after": 1}),
            with_length(502, "Bad Gateway", TEXT, ("Content-Length", "6"), ("retry-after", "1")),
            "Bad é".encode(),
            id="text is sent unchanged",
        ),
    ],
)
def test_error_reply_replaces_the_stream(fault, start, body):
    assert list(fault.apply(PLAN)) == [start, Send(body), Finish()]


def test_empty_body_has_length_0_and_no_chunk():
    actions = list(Refuse(status=500, body="").apply(PLAN))
    assert ("Content-Length", "0") in start_of(actions).headers
    assert actions[1:] == [Finish()]


@pytest.mark.parametrize(
    ("provider", "status", "content_type", "part"),
    [
        ("openai", 429, "application/json", b'"code": "rate_limit_exceeded"'),
        ("openai", 503, "application/json", b'"type": "server_error"'),
        ("anthropic", 529, "application/json", b'"type": "overloaded_error"'),
        ("google", 429, "application/json", b'"status": "RESOURCE_EXHAUSTED"'),
        ("google", 599, "application/json", b'"status": "INTERNAL"'),
        ("ollama", 500, "application/json", b'{"error": "Internal Server Error"}'),
        ("cohere", 429, "application/json", b'{"message": "Too Many Requests"}'),
        ("mistral", 429, "application/json", b'"type": "rate_limited"'),
        ("mistral", 599, "application/json", b'"type": "internal_server_error"'),
        ("nginx", 502, "text/html", b"<title>502 Bad Gateway</title>"),
    ],
)
def test_body_has_the_format_of_a_provider(provider, status, content_type, part):
    start, body, _ = Refuse(status=status, like=provider).apply(PLAN)
    assert isinstance(start, Start)
    assert isinstance(body, Send)
    assert start.headers == (
        ("Content-Type", content_type),
        ("Content-Length", str(len(body.data))),
    )
    assert part in body.data


@pytest.mark.parametrize("when", [2, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after_is_a_header(when):
    start = start_of(Refuse(status=503, retry_after=when).apply(PLAN))
    assert ("Retry-After", str(when)) in start.headers


def test_body_and_like_exclude_each_other():
    with pytest.raises(ValueError, match="wanted only one of body and like"):
        Refuse(status=503, body="no", like="openai")


@pytest.mark.parametrize("status", [499, 520, 529])
@pytest.mark.parametrize("provider", ERROR_BODIES)
def test_error_with_an_unusual_status_has_words(provider, status):
    assert '""' not in json.dumps(ERROR_BODIES[provider](ProviderError(status)))


@pytest.mark.parametrize("dialect", CATALOGUE.values(), ids=CATALOGUE)
def test_error_of_a_dialect_is_that_of_its_provider(dialect):
    error = ProviderError(429, "slow down")
    expected = ERROR_BODIES[dialect.provider](error) if dialect.provider else {"error": "slow down"}
    assert dialect.error_body(error) == expected
