"""Which dialect a client speaks: the end of the path decides, else the form of the body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

CHAT: Final = "chat"

_BY_PATH: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(rf"(?:.*)/{end}"), dialect)
    for end, dialect in (
        ("chat/completions", "openai-chat"),
        ("completions", "openai-completions"),
        ("responses", "openai-responses"),
        ("messages", "anthropic"),
        ("models/[^/]+:(?:streamG|g)enerateContent", "gemini"),
        ("api/(?:chat|generate)", "ollama"),
        ("v2/chat", "cohere"),
    )
)


def dialect_of(path: str, fields: Mapping[str, object]) -> str:
    """Return the name of the dialect of a request."""
    by_body = _by_body(fields)
    if by_body is not None and path.endswith("/api/chat"):
        return by_body
    for pattern, dialect in _BY_PATH:
        if pattern.fullmatch(path):
            return dialect
    return by_body or CHAT


def _by_body(fields: Mapping[str, object]) -> str | None:
    messages = fields.get("messages")
    has_parts = isinstance(messages, list) and any(
        isinstance(one, Mapping) and "parts" in one for one in messages
    )
    if has_parts and "trigger" in fields:
        return "vercel-ui"
    return "ag-ui" if {"threadId", "runId"} <= fields.keys() else None
