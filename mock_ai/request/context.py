"""What can be known about a request by name: rules compare these values, texts quote them.

The names are `question`, `conversation`, `message`, `user`, `method`, `path`, `attempt`, `request`,
`last_event_id`, `header.NAME` and `json.PATH` (keys apart by dots, numbers of items in brackets,
from the end those below zero).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from streamproof.mock_ai.request.question import Asked

_JSON_PATH: Final = re.compile(r"[^.\[\]\s]+(?:\.[^.\[\]\s]+|\[-?[0-9]{1,9}\])*")
_PART: Final = re.compile(r"[^.\[\]]+")
_INDEX: Final = re.compile(r"-?[0-9]{1,9}")


class Absent(Enum):
    """The value of what a request does not have."""

    ABSENT = "nothing"


ABSENT: Final = Absent.ABSENT


class RequestContext(NamedTuple):
    """A request, how often its message has come by now, and which one of its run it is."""

    asked: Asked
    attempt: int = 1
    request: int = 1

    def value(self, name: str) -> object:
        """Return a value by its name, or `ABSENT`; raises KeyError for a name that is none."""
        family, _, rest = name.partition(".")
        if rest and family in _FAMILIES:
            return _FAMILIES[family](self, rest)
        return _known(_PLAIN[name](self))


def _known(value: object) -> object:
    return ABSENT if value is None else value


def _json(facts: RequestContext, path: str) -> object:
    value: object = facts.asked.question.fields
    for part in _PART.findall(path):
        value = _inside(value, part)
    return value


def _inside(value: object, part: str) -> object:
    if isinstance(value, Mapping):
        return value.get(part, ABSENT)
    if isinstance(value, list) and _INDEX.fullmatch(part):
        index = int(part)
        return value[index] if -len(value) <= index < len(value) else ABSENT
    return ABSENT


_PLAIN: Final[Mapping[str, Callable[[RequestContext], object]]] = {
    "question": lambda facts: facts.asked.question.question,
    "conversation": lambda facts: facts.asked.question.room_id,
    "message": lambda facts: facts.asked.question.message_id,
    "user": lambda facts: facts.asked.question.user_id,
    "method": lambda facts: facts.asked.method,
    "path": lambda facts: facts.asked.endpoint,
    "attempt": lambda facts: facts.attempt,
    "request": lambda facts: facts.request,
    "last_event_id": lambda facts: facts.asked.header("Last-Event-ID"),
}
_FAMILIES: Final[Mapping[str, Callable[[RequestContext, str], object]]] = {
    "header": lambda facts, name: _known(facts.asked.header(name)),
    "json": _json,
}

CONTEXT_NAMES: Final = (*_PLAIN, *(f"{family}.…" for family in _FAMILIES))


def check_context_name(name: str) -> None:
    """Refuse with ValueError what names no fact."""
    family, _, rest = name.partition(".")
    if family == "json" and not _JSON_PATH.fullmatch(rest):
        raise ValueError(f"'{rest}' is no path like metadata.tags[0]")
    if name not in _PLAIN and not (rest and family in _FAMILIES):
        raise ValueError(f"'{name}' is none of {', '.join(CONTEXT_NAMES)}")
