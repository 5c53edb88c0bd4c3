"""What the dialects of OpenAI share: the fixed values of every reply, and the numbers of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.dialects.framing import Record

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import ClientCall
    from streamproof.mock_ai.dialects.output import Usage

DONE: Final = Record("[DONE]")
"""What ends a stream."""

CREATED: Final = 1_767_225_600
"""When every reply was created, so that the same scenario has the same bytes: 1 January 2026."""


def head_fields(id: str, kind: str, model: str) -> dict[str, object]:
    """Return the fields that every completion, and every chunk of one, begins with."""
    return {"id": id, "object": kind, "created": CREATED, "model": model}


def includes_usage(call: ClientCall) -> bool:
    """Tell whether a request for a stream asks for the numbers of tokens."""
    options = call.fields.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def usage_fields(usage: Usage) -> dict[str, object]:
    """Return the numbers of tokens as chat completions and legacy completions name them."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
