"""Clients of AI providers: the paths they post to, and where their bodies have the question.

The question is what the user said last. A message without text, like the result of a tool, says
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

PATHS: Final = (
    "/v1/chat/completions",  # OpenAI, and what is like it
    "/v1/completions",
    "/v1/responses",
    "/v1/messages",  # Anthropic
    "/v1/models/{model}:streamGenerateContent",  # Gemini
    "/v1beta/models/{model}:streamGenerateContent",
    "/api/chat",  # Ollama
    "/api/generate",
)
_MODEL: Final = "{model}"
_PATH: Final = re.compile(
    "|".join(re.escape(path).replace(re.escape(_MODEL), "[^/]+") for path in PATHS)
)


def is_providers(path: str) -> bool:
    """Tell whether a path is one of a provider."""
    return _PATH.fullmatch(path) is not None


def last_said(fields: Mapping[str, object]) -> str:
    """Return what the user said last, or empty text."""
    said = (read(fields.get(key)) for key, read in _PLACES.items())
    return next(filter(None, said), "")


def _text(content: object) -> str:
    """Return a content: text, or parts of which some have text."""
    parts = content if isinstance(content, list) else [content]
    return "\n".join(filter(None, map(_text_of_part, parts)))


def _text_of_part(part: object) -> str:
    text = part.get("text") if isinstance(part, Mapping) else part
    return text if isinstance(text, str) else ""


def _last_of_user(messages: object, key: str = "content") -> str:
    if not isinstance(messages, list):
        return _text(messages)
    said = (_text(one.get(key)) for one in reversed(messages) if _is_of_user(one))
    return next(filter(None, said), "")


def _is_of_user(message: object) -> bool:
    # Gemini may leave the role out; an item of OpenAI's without one has another type.
    return isinstance(message, Mapping) and message.get("role", message.get("type")) in _USER


_USER: Final = ("user", None)

_PLACES: Final[Mapping[str, Callable[[object], str]]] = {
    "question": _text,
    "messages": _last_of_user,
    "input": _last_of_user,
    "prompt": _text,
    "contents": lambda contents: _last_of_user(contents, "parts"),
}
