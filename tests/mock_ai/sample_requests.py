"""Requests for tests that do not need a server."""

from dataclasses import replace
from typing import Any

from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.question import Question, read_fields
from streamproof.mock_ai.request.received import ReceivedRequest
from streamproof.mock_ai.request.target import CHAT_PATH


def sample_request(question: str | Question = "hi", **values: Any) -> ReceivedRequest:
    """Return a POST that asks a question, with other values of `ReceivedRequest`."""
    asked = Question(question) if isinstance(question, str) else question
    return replace(ReceivedRequest("POST", CHAT_PATH, question=asked), **values)


def sample_context(
    question: str | Question = "hi", attempt: int = 1, request_number: int = 1, **values: Any
) -> RequestContext:
    """Return the context of such a request; `attempt` counts the requests for its message."""
    request = sample_request(question, **values)
    return RequestContext(request, request.question, request_number, attempt)


def context_with_fields(
    fields: dict[str, Any], attempt: int = 1, request_number: int = 1, **values: Any
) -> RequestContext:
    """Return the context of a request whose body has these fields."""
    return sample_context(read_fields(fields), attempt, request_number, **values)
