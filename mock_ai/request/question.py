"""What a request asks: the question, and by which name it wants to be answered.

At `/chat/stream` the contract of the AI service decides what a valid request is; extra keys are
allowed. At other paths clients of AI providers ask, in words of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.errors import InvalidRequest, UnsupportedMediaType
from streamproof.mock_ai.request.providers import is_providers, last_said

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Headers

CHAT: Final = "/chat/stream"

_TARGET: Final = re.compile(r"(?:\w+://[^/]*)?(?:/run/[^/?#]+)?(?:/s/[^/?#]+)?(/[^?#]*)")


@dataclass(slots=True)  # not frozen: every request makes one, and that would take thrice as long
class Question:
    """What is asked, and by whom."""

    question: str
    room_id: str | None = None
    message_id: str | None = None
    user_id: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    """Everything that was said, also what means nothing here."""


class Asked(NamedTuple):
    """One request, as the journal keeps it."""

    method: str
    path: str
    headers: Headers
    body: bytes
    question: Question

    @property
    def endpoint(self) -> str:
        """The path as the client knows it."""
        return endpoint(self.path)

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def with_question(self, question: Question) -> Asked:
        """Return the same request with another question."""
        return self if question is self.question else self._replace(question=question)


def endpoint(target: str) -> str:
    """Return the path of a target without run, scenario and query."""
    found = _TARGET.match(target)
    return unquote(found[1]) if found else target


def kept_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Return headers to keep; most are the same from request to request, and are kept once."""
    return tuple(map(_kept_once, headers))


@lru_cache(maxsize=1024)
def _kept_once(header: tuple[str, str]) -> tuple[str, str]:
    return header


def read_body(content_type: str, body: bytes) -> Question:
    """Read the JSON body of a POST; raises `InvalidRequest` or `UnsupportedMediaType`."""
    _check_type(content_type)
    return read_fields(_object(body))


def read_any_body(path: str, body: bytes) -> Question:
    """Read what is posted to another path; raises `InvalidRequest` if a provider could not read it.

    Its type does not matter: `curl` without a header says that all is a form.
    """
    try:
        return read_any_fields(_object(body) if body else {})
    except InvalidRequest:
        if is_providers(path):
            raise
        return Question("")


def _object(body: bytes) -> Mapping[str, object]:
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
    return Question(question, room_id, message_id, _optional(values, "userId"), values)


def read_any_fields(values: Mapping[str, object]) -> Question:
    """Read fields in the words of any provider; where none is known, the question is empty."""
    ids = {key: value for key, value in values.items() if isinstance(value, str)}
    room_id, message_id = ids.get("chatRoomId"), ids.get("messageId")
    return Question(last_said(values), room_id, message_id, ids.get("userId"), values)


def _optional(values: Mapping[str, object], key: str) -> str | None:
    if key not in values:
        return None
    value = values[key]
    if isinstance(value, str):
        return value
    raise InvalidRequest(f"{key}: wanted text")


@lru_cache(maxsize=64)  # clients say the same again and again, and reading it is slow
def _check_type(content_type: str) -> None:
    header = Message()
    header["content-type"] = content_type
    try:
        charset = header.get_param("charset", "utf-8")
    except (TypeError, ValueError) as error:  # parameters in parts that do not fit
        raise UnsupportedMediaType(f"cannot be read: {content_type}") from error
    if header.get_content_type() != "application/json" or str(charset).lower() != "utf-8":
        raise UnsupportedMediaType(
            f"wanted application/json in UTF-8, got {content_type or 'no type'}"
        )
