"""The values of a request by name: rules compare them, templates quote them.

The names are those of the tables below, such as `question`, `header.NAME` and `json.PATH`. A JSON
path has its keys separated by dots, and the index of an item in brackets; a negative index counts
from the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.request.dialect import asked_dialect
from streamproof.mock_ai.request.fingerprint import fingerprint
from streamproof.mock_ai.request.received import has_json

if TYPE_CHECKING:
    from streamproof.mock_ai.request.question import Question
    from streamproof.mock_ai.request.received import ReceivedRequest

_JSON_PATH: Final = re.compile(r"[^.\[\]\s]+(?:\.[^.\[\]\s]+|\[-?[0-9]{1,9}\])*")
_PATH_ITEM: Final = re.compile(r"[^.\[\]]+")
_INDEX: Final = re.compile(r"-?[0-9]{1,9}")


class Absent(Enum):
    """The value of a name that a request does not have."""

    ABSENT = "nothing"


ABSENT: Final = Absent.ABSENT


@dataclass(slots=True)
class RequestContext:
    """A request, what it asks, and its place among the other requests of its run."""

    request: ReceivedRequest
    question: Question
    """The question without `[run:ID]`."""
    request_number: int = 1
    """Which request of its run it is, counted from 1; 0 for an invalid request."""
    message_attempt: int = 1
    """Which request for the same message it is, whichever scenario answered the others."""
    scenario_attempt: int = 0
    """Which request for the same message its scenario answers; 0 until the scenario is chosen."""
    _dialect: str | None = None

    @property
    def message_key(self) -> tuple[object, ...]:
        """What all requests for one message have in common, whichever turn they are.

        Requests without a question are for the same message only if they are equal.
        """
        asked, path = self.question, self.request.path
        if asked.message_id is not None:
            return (asked.message_id,)
        if asked.question:
            return (path, asked.room_id, asked.question, asked.conversation.user_messages)
        return (self.request.target, blake2b(self.request.body, digest_size=16).digest())

    @property
    def repeats(self) -> bool:
        """Whether the client tells that it repeats a request."""
        return self.question.message_id is not None or bool(self.request.retries)

    @property
    def attempt(self) -> int:
        """What the name `attempt` stands for: in rules per message, then per scenario."""
        return self.scenario_attempt or self.message_attempt

    @property
    def dialect(self) -> str:
        """The dialect that the request decides; many rules can ask for it."""
        if self._dialect is None:
            self._dialect = asked_dialect(self.request).name
        return self._dialect

    def value(self, name: str) -> object:
        """Return the value of a name, or `ABSENT`; raises KeyError for an unknown name."""
        family, _, rest = name.partition(".")
        if rest and family in _FAMILIES:
            return _FAMILIES[family](self, rest)
        return _or_absent(_PLAIN[name](self))


def _or_absent(value: object) -> object:
    return ABSENT if value is None else value


def _json(context: RequestContext, path: str) -> object:
    fields = context.question.fields if has_json(context.request.method) else ABSENT
    return value_inside(fields, json_items(path))


def json_items(path: str) -> list[str]:
    """Return the keys and indices of a JSON path."""
    return _PATH_ITEM.findall(path)


def value_inside(value: object, items: Iterable[str]) -> object:
    """Return the value at some keys and indices inside a JSON value, or `ABSENT`."""
    for item in items:
        value = _inside(value, item)
    return value


def _inside(value: object, item: str) -> object:
    if isinstance(value, Mapping):
        return value.get(item, ABSENT)
    if isinstance(value, list) and _INDEX.fullmatch(item):
        index = int(item)
        return value[index] if -len(value) <= index < len(value) else ABSENT
    return ABSENT


def _query(context: RequestContext, name: str) -> object:
    query = context.request.query
    return ABSENT if query is None else query.get(name, ABSENT)


_PLAIN: Final[Mapping[str, Callable[[RequestContext], object]]] = {
    "question": lambda context: context.question.question,
    "conversation": lambda context: context.question.room_id,
    "message": lambda context: context.question.message_id,
    "user": lambda context: context.question.user_id,
    "method": lambda context: context.request.method,
    "path": lambda context: context.request.path,
    "attempt": lambda context: context.attempt,
    "request": lambda context: context.request_number,
    "turn": lambda context: context.question.conversation.turn,
    "dialect": lambda context: context.dialect,
    "tools": lambda context: context.question.conversation.tools or None,
    "tool_result": lambda context: context.question.conversation.tool_result,
    "system": lambda context: context.question.conversation.system,
    "last_event_id": lambda context: context.request.header("Last-Event-ID"),
    "fingerprint": lambda context: fingerprint(context.request),
}
_FAMILIES: Final[Mapping[str, Callable[[RequestContext, str], object]]] = {
    "header": lambda context, name: _or_absent(context.request.header(name)),
    "query": _query,
    "json": _json,
}

CONTEXT_NAMES: Final = (*_PLAIN, *(f"{family}.…" for family in _FAMILIES))


def check_context_name(name: str) -> None:
    """Raise ValueError for a name that no request has a value for."""
    family, _, rest = name.partition(".")
    if family == "json" and not _JSON_PATH.fullmatch(rest):
        raise ValueError(f"'{rest}' is not a valid JSON path; write it like `metadata.tags[0]`")
    if name not in _PLAIN and not (rest and family in _FAMILIES):
        raise ValueError(f"wanted one of {', '.join(CONTEXT_NAMES)}, got '{name}'")
