"""The question in a request: what is asked, by whom, and for which message.

At `/chat/stream` the contract of the AI service decides what a valid request is; extra keys are
allowed. At other paths the clients of AI providers and frontends ask, each in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from typing import Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.errors import InvalidRequest, UnsupportedMediaType
from streamproof.mock_ai.request.conversation import Conversation, read_conversation

ONLY_A_QUESTION: Final = Conversation(user_messages=1)


@dataclass(slots=True)  # not frozen: creating a frozen one takes three times as long
class Question:
    """What is asked, and by whom."""

    question: str
    room_id: str | None = None
    message_id: str | None = None
    user_id: str | None = None
    conversation: Conversation = field(default=ONLY_A_QUESTION, compare=False, repr=False)
    """What else the body says."""
    fields: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    """All fields of the body or the query, including those that the mock does not use."""


NO_QUESTION: Final = Question("", conversation=Conversation())
_OWN_KEYS: Final = frozenset({"question", "chatRoomId", "messageId", "userId"})


def read_body(content_type: str, body: bytes) -> Question:
    """Read the JSON body of a POST; raises `InvalidRequest` or `UnsupportedMediaType`."""
    _check_type(content_type)
    return read_fields(_json_object(body))


def read_any_body(body: bytes, *, must_be_json: bool) -> Question:
    """Read a body at another path; raises `InvalidRequest` if it must be JSON and is not.

    Its content type does not matter: `curl` declares every body as a form by default.
    """
    try:
        return read_any_fields(_json_object(body) if body else {})
    except InvalidRequest:
        if must_be_json:
            raise
        return NO_QUESTION


def _json_object(body: bytes) -> Mapping[str, object]:
    try:
        value = strict_json(body.decode())
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not UTF-8") from error
    except NotJson as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRequest("the body is not a JSON object")
    return value


def read_fields(values: Mapping[str, object]) -> Question:
    """Read the fields of a body or a query; raises `InvalidRequest`."""
    question = values.get("question")
    if not isinstance(question, str) or not question:
        raise InvalidRequest("question: wanted text of at least one character")
    room_id, message_id = _optional(values, "chatRoomId"), _optional(values, "messageId")
    user_id = _optional(values, "userId")
    read = ONLY_A_QUESTION if values.keys() <= _OWN_KEYS else read_conversation(values)
    return Question(question, room_id, message_id, user_id, read, values)


def read_any_fields(values: Mapping[str, object]) -> Question:
    """Read fields in the words of any client; the question is empty if none is found."""
    read = read_conversation(values)
    message_id = values.get("messageId")
    message_id = message_id if isinstance(message_id, str) else None
    return Question(read.question, read.room_id, message_id, read.user_id, read, values)


def _optional(values: Mapping[str, object], key: str) -> str | None:
    if key not in values:
        return None
    value = values[key]
    if isinstance(value, str):
        return value
    raise InvalidRequest(f"{key}: wanted text")


@lru_cache(maxsize=64)  # clients repeat the same value, and reading it is slow
def _check_type(content_type: str) -> None:
    header = Message()
    header["content-type"] = content_type
    try:
        charset = header.get_param("charset", "utf-8")
    except (TypeError, ValueError) as error:  # split parameters that do not fit together
        raise UnsupportedMediaType(f"cannot be read: {content_type}") from error
    if header.get_content_type() != "application/json" or str(charset).lower() != "utf-8":
        raise UnsupportedMediaType(
            f"wanted application/json in UTF-8, got {content_type or 'no type'}"
        )
