"""Which dialect a reply has for a request: one value for all requests that get the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from streamproof.mock_ai.dialects import dialect_named
from streamproof.mock_ai.dialects.dialect import ClientCall, DialectRequest
from streamproof.mock_ai.request.dialect import dialect_request
from streamproof.mock_ai.scenario.templates import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply

VERBATIM: Final = DialectRequest()
"""What every request gets of a reply that has no neutral step."""


def request_for(reply: Reply, context: RequestContext | None) -> DialectRequest:
    """Return what a request wants of the dialect of a reply; None stands for a sample request.

    Raises `InvalidRequest` for an unknown name in its query.
    """
    if not reply.has_neutral_steps:
        return VERBATIM
    from streamproof.mock_ai.scenario.step_types import FakeJsonStep  # a start needs no steps

    with_schema = context is not None and FakeJsonStep in reply.step_types
    wanted = dialect_request(context or SAMPLE, reply.dialect, with_schema=with_schema)
    return fitted(wanted, reply)


def sample_request(name: str, fields: Mapping[str, object]) -> DialectRequest:
    """Return what a request with these fields wants of a dialect.

    Raises KeyError for an unknown name.
    """
    call = ClientCall(fields=fields, question=SAMPLE.question.question)
    return dialect_named(name).request_of(call)


def fitted(request: DialectRequest, reply: Reply) -> DialectRequest:
    """Replace what the reply decides itself, so that equal values mean equal bytes."""
    if not reply.has_neutral_steps:
        return VERBATIM
    from streamproof.mock_ai.scenario.step_types import ToolCallStep  # as above

    changes: dict[str, Any] = {}
    if reply.model is not None:
        changes["model"] = reply.model
    if "input" in reply.usage:
        changes["input_tokens"] = 0
    if request.earlier_calls and ToolCallStep not in reply.step_types:
        changes["earlier_calls"] = 0
    return replace(request, **changes) if changes else request
