"""What a body asks: a table of the places where providers and frontends have the conversation.

The question is the last text of the user. A request whose last message is the result of a tool
belongs to the same question, and is its next turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from streamproof.mock_ai.request.message_parts import (
    MessagePart,
    Role,
    parts_of_messages,
    result_text,
    text_of,
    user_text,
)

Fields: TypeAlias = Mapping[str, object]
"""A dictionary, as all objects inside it, because the check for one is fast."""

_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a body says, up to and including its last message."""

    question: str = ""
    """The last text of the user."""
    user_messages: int = 0
    """How many messages of the user have text."""
    turn: int = 1
    """1 for the question itself; the results of tools after it begin the next turn."""
    tool_result: str | None = None
    """The last result of a tool after the question."""
    tool_results: int = 0
    """How many results of tools there are."""
    system: str | None = None
    """The system prompt."""
    tools: tuple[str, ...] = ()
    """The names of the tools that the model may call."""
    room_id: str | None = None
    user_id: str | None = None


def read_conversation(fields: Fields) -> Conversation:
    """Read a body in the words of any provider or frontend."""
    parts = _parts(fields)
    question, tool_result = "", None
    user_messages, results = 0, 0
    previous: Role | None = None
    for role, text in parts:
        if role is Role.USER:
            question, tool_result = text, None
            user_messages, results = user_messages + 1, 0
        elif role is Role.TOOL:
            tool_result = text
            results += previous is not Role.TOOL  # a model can call several tools at once
        previous = role
    return Conversation(
        question,
        user_messages,
        1 + results,
        tool_result,
        sum(part.role is Role.TOOL for part in parts),
        _system(fields, parts),
        tuple(dict.fromkeys(_tools(fields))),
        _id(fields, _ROOMS_OF_MESSAGES if "messages" in fields else _ROOMS),
        _id(fields, _USERS),
    )


def _parts(fields: Fields, depth: int = 0) -> list[MessagePart]:
    """Return the parts at the first place with a text of the user, else at any place."""
    found: list[MessagePart] = []
    if depth == _DEEPEST:
        return found
    for key, read in _PLACES.items():
        if fields.get(key) is None:
            continue
        parts = list(read(fields, fields[key], depth))
        if any(part.role is Role.USER for part in parts):
            return parts
        found = found or parts
    return found


_Reader: TypeAlias = Callable[[Fields, object, int], Iterable[MessagePart]]


def _text(_fields: Fields, value: object, _depth: int) -> Iterator[MessagePart]:
    return user_text(value)


def _messages(_fields: Fields, value: object, _depth: int) -> Iterator[MessagePart]:
    return user_text(value) if isinstance(value, str) else parts_of_messages(value)


def _content_of_body(fields: Fields, _value: object, _depth: int) -> Iterator[MessagePart]:
    """Read a body that is itself a message."""
    return parts_of_messages(fields)


def _message(fields: Fields, value: object, _depth: int) -> Iterator[MessagePart]:
    """Read one message; Cohere's first API has what was before it, and the results of tools."""
    yield from parts_of_messages(fields.get("chat_history"))
    yield from user_text(value) if isinstance(value, str) else parts_of_messages(value)
    results = fields.get("tool_results")
    if isinstance(results, list) and results:
        yield MessagePart(Role.TOOL, result_text(results))


def _nested(_fields: Fields, value: object, depth: int) -> Iterable[MessagePart]:
    return _parts(value, depth + 1) if isinstance(value, dict) else ()


def _input(fields: Fields, value: object, depth: int) -> Iterable[MessagePart]:
    """Read a text, a list of messages or texts, or an object.

    The only text of an object is the question, whatever its key.
    """
    if isinstance(value, dict):
        texts = [one for one in value.values() if isinstance(one, str)]
        only = user_text(texts[0]) if len(texts) == 1 else ()
        return _nested(fields, value, depth) or only
    texts_only = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return user_text(value) if isinstance(value, str) or texts_only else parts_of_messages(value)


_PLACES: Final[Mapping[str, _Reader]] = {
    "question": _text,  # the chat dialect, Flowise
    "messages": _messages,  # OpenAI, Anthropic, Ollama, Mistral, Cohere, AI SDK, AG-UI, Bedrock
    "input": _input,  # OpenAI's responses, LangServe, LangGraph
    "prompt": _text,  # completions, Ollama
    "contents": _messages,  # Gemini
    "message": _message,  # Cohere's first API, A2A, chat frontends
    "new_message": _message,  # Google's Agent Development Kit
    "newMessage": _message,
    "query": _text,  # Dify, document search
    "params": _nested,  # JSON-RPC: A2A, MCP
    "arguments": _nested,  # the call of a tool in MCP
    "inputs": _input,  # Hugging Face, Dify's workflows
    "command": _input,  # LangGraph, after an interrupt
    "inputText": _text,  # Bedrock's Titan
    "input_value": _text,  # Langflow
    "chatInput": _text,  # n8n
    "text": _text,
    "content": _content_of_body,  # a message for a thread of OpenAI's assistants
}
"""The keys of a body that can have a conversation, in the order in which they are tried."""


def _system(fields: Fields, parts: Iterable[MessagePart]) -> str | None:
    texts = [_content(fields[key]) for key in _SYSTEM if key in fields]
    texts += [part.text for part in parts if part.role is Role.SYSTEM]
    params = fields.get("params")
    if isinstance(params, dict):
        texts += [_content(params[key]) for key in _SYSTEM if key in params]
    return "\n".join(filter(None, texts)) or None


def _content(value: object) -> str:
    parts = value.get("parts") if isinstance(value, dict) else None
    return text_of(value if parts is None else parts)


_SYSTEM: Final = (
    "system",  # Anthropic, Ollama, Bedrock
    "instructions",  # OpenAI's responses
    "systemInstruction",  # Gemini
    "system_instruction",
    "preamble",  # Cohere's first API
    "systemPrompt",  # MCP
)


def _tools(value: object, depth: int = 0) -> Iterator[str]:
    """Yield the names in lists of tools, which some providers put into further objects."""
    if isinstance(value, list):
        for tool in value:
            yield from _tools_of_item(tool, depth)
    elif isinstance(value, dict):
        for key in _TOOLS:
            listed = value.get(key)
            if isinstance(listed, dict) and key == "tools":  # by name
                yield from map(str, listed)
            elif depth < _DEEPEST:
                yield from _tools(listed, depth + 1)


def _tools_of_item(tool: object, depth: int) -> Iterator[str]:
    if not isinstance(tool, dict):
        return
    inner = next((tool[key] for key in ("function", "toolSpec") if key in tool), tool)
    name = inner.get("name") if isinstance(inner, dict) else None
    if isinstance(name, str):
        yield name
    elif listed := [*_tools(tool, depth)]:
        yield from listed
    elif isinstance(kind := tool.get("type"), str):  # a tool of the provider itself
        yield kind


_TOOLS: Final = (
    "tools",
    "functions",  # OpenAI's first calls
    "toolConfig",  # Bedrock
    "functionDeclarations",  # Gemini
    "function_declarations",
)


def _id(fields: Fields, places: Iterable[tuple[str, ...]]) -> str | None:
    """Return the first ID that is text."""
    for path in places:
        value: object = fields
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            return value
    return None


_ROOMS: Final = (
    ("chatRoomId",),
    ("threadId",),  # AG-UI
    ("conversation_id",),  # Dify
    ("conversation",),  # OpenAI's responses
    ("conversation", "id"),
    ("params", "message", "contextId"),  # A2A
    ("message", "contextId"),
    ("session_id",),
    ("sessionId",),
)
_ROOMS_OF_MESSAGES: Final = (*_ROOMS, ("id",))  # AI SDK
_USERS: Final = (("userId",), ("user",), ("user_id",), ("metadata", "user_id"))
