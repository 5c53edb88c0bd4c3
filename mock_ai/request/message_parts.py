"""Messages of all providers and frontends as parts: who says what.

A part is a text of the system, the user or the model, or the result of a tool. The content of a
message can be text, an object, or a list of both. Some formats have results of tools among the
content of the user's or the model's message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import groupby
from typing import Final, NamedTuple

from streamproof.contracts.json_text import write_json


class Role(Enum):
    """Who says a part."""

    SYSTEM = "system"
    USER = "user"
    MODEL = "model"
    TOOL = "tool"


class MessagePart(NamedTuple):
    """A text with its role; the text of a tool is its result."""

    role: Role
    text: str


_ROLES: Final[Mapping[str, Role]] = {
    **dict.fromkeys(("system", "developer"), Role.SYSTEM),
    **dict.fromkeys(("user", "human"), Role.USER),
    **dict.fromkeys(("tool", "function"), Role.TOOL),
}
"""Roles in small letters; every other role is the model's."""

_CONTENTS: Final = ("content", "parts", "message", "text", "output")
"""Where a message has its content."""

_RESULTS: Final = ("functionResponse", "function_response", "toolResult")
"""Keys of a result among the content: Gemini's and Bedrock's."""


def text_of(content: object) -> str:
    """Return the text of a content; items without text are left out."""
    items = content if isinstance(content, list) else [content]
    return "\n".join(filter(None, map(_text_of_item, items)))


def user_text(content: object) -> Iterator[MessagePart]:
    """Yield a content that the user says, if it has text."""
    if text := text_of(content):
        yield MessagePart(Role.USER, text)


def result_text(content: object) -> str:
    """Return the result of a tool as text; what is not text is written as JSON."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and content and all(map(_text_of_item, content)):
        return text_of(content)
    return write_json(content, compact=True)


def parts_of_messages(messages: object) -> Iterator[MessagePart]:
    """Yield the parts of a list of messages, or of one message."""
    for message in messages if isinstance(messages, list) else [messages]:
        yield from _parts_of_message(message)


def _parts_of_message(message: object) -> Iterator[MessagePart]:
    if isinstance(message, list):  # LangChain: [role, content]
        message = dict(zip(("role", "content"), message, strict=False))
    if not isinstance(message, dict):
        return
    if isinstance(inner := message.get("kwargs"), dict):  # LangChain: a serialized object
        message = {"role": _langchain_role(message.get("id")), **inner}
    role = _role(message)
    content = next((message[key] for key in _CONTENTS if message.get(key) is not None), None)
    if role is Role.TOOL:
        yield MessagePart(role, result_text(content))
        return
    yield from _parts_of_content(role, content)
    if isinstance(calls := message.get("toolInvocations"), list):  # AI SDK 4
        yield from _parts_of_content(role, calls)


def _langchain_role(path: object) -> str:
    """Return the role in a path such as `[langchain, schema, messages, HumanMessage]`."""
    name = path[-1] if isinstance(path, list) and path else ""
    return str(name).removesuffix("Chunk").removesuffix("Message")


def _role(message: Mapping[object, object]) -> Role:
    """Return the role of a message. Gemini allows messages without a role, which are the user's."""
    name = message.get("role", message.get("type"))
    if name is None:
        return Role.USER
    word = str(name).lower().removeprefix("role_")
    if word.endswith("_call_output"):  # OpenAI's responses
        return Role.TOOL
    return _ROLES.get(word, Role.MODEL)


def _parts_of_content(role: Role, content: object) -> Iterator[MessagePart]:
    """Yield the texts of a content, and the results of tools between them."""
    items = content if isinstance(content, list) else [content]
    for is_result, group in groupby(items, key=lambda item: _result_in(role, item) is not None):
        if is_result:
            yield from (MessagePart(Role.TOOL, _result_in(role, item) or "") for item in group)
        else:
            text = text_of(list(group))
            if text or role is Role.MODEL:
                yield MessagePart(role, text)


def _result_in(role: Role, item: object) -> str | None:
    """Return the result of a tool that an item of a content has, or None."""
    if not isinstance(item, dict):
        return None
    if role is Role.USER:
        if item.get("type") == "tool_result":  # Anthropic
            return result_text(item.get("content"))
        found = next((item[key] for key in _RESULTS if key in item), None)
        if isinstance(found, dict):
            return result_text(found.get("response", found.get("content")))
        return None
    call = item.get("toolInvocation", item)  # AI SDK: 4 nests it, 5 and later do not
    results: Iterable[str] = ("output", "result", "errorText")
    if isinstance(call, dict) and any(key in call for key in ("toolCallId", "toolName")):
        return next((result_text(call[key]) for key in results if key in call), None)
    return None


def _text_of_item(item: object) -> str:
    text = item.get("text") if isinstance(item, dict) else item
    return text if isinstance(text, str) else ""
