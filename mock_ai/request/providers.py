"""Clients of AI providers: the paths that they post to, and where their bodies have the question.

The question is the last text of the user. A message without text, such as the result of a tool,
does not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

PROVIDER_PATHS: Final = (
    "/v1/chat/completions",  # OpenAI, and compatible services
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
    "|".join(re.escape(path).replace(re.escape(_MODEL), "[^/]+") for path in PROVIDER_PATHS)
)


def is_provider_path(path: str) -> bool:
    """Tell whether a path belongs to a provider."""
    return _PATH.fullmatch(path) is not None


def last_user_text(fields: Mapping[str, object]) -> str:
    """Return the last text of the user in a body, or empty text."""
    texts = (read(fields.get(key)) for key, read in _READERS.items())
    return next(filter(None, texts), "")


def _text(content: object) -> str:
    """Return the text of a content: a string, or a list in which some items have text."""
    items = content if isinstance(content, list) else [content]
    return "\n".join(filter(None, map(_text_of_item, items)))


def _text_of_item(item: object) -> str:
    text = item.get("text") if isinstance(item, Mapping) else item
    return text if isinstance(text, str) else ""


def _last_of_user(messages: object, key: str = "content") -> str:
    if not isinstance(messages, list):
        return _text(messages)
    texts = (_text(one.get(key)) for one in reversed(messages) if _is_of_user(one))
    return next(filter(None, texts), "")


def _is_of_user(message: object) -> bool:
    # Gemini allows messages without a role; OpenAI's items without a role have another type.
    return isinstance(message, Mapping) and message.get("role", message.get("type")) in _USER


_USER: Final = ("user", None)

_READERS: Final[Mapping[str, Callable[[object], str]]] = {
    "question": _text,
    "messages": _last_of_user,
    "input": _last_of_user,
    "prompt": _text,
    "contents": lambda contents: _last_of_user(contents, "parts"),
}
