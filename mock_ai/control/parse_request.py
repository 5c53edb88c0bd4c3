"""Parse the bodies and queries of requests to the control API, strictly."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import strict_json
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.codings import decoded_body

if TYPE_CHECKING:
    from aiohttp import web

    from streamproof.mock_ai.journal.journal import JournalEntry

MAX_WAIT_MS: Final = 60_000
_WAIT_MS: Final = 5_000
_CODING: Final = "Content-Encoding"
_LARGEST: Final = 1_000_000_000


async def read_text(request: web.Request) -> str:
    """Read a body as UTF-8 text; raise `InvalidRequest`."""
    body = decoded_body(await request.read(), request.headers.getall(_CODING, ()))
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not UTF-8") from error


async def read_key(request: web.Request, key: str, check: Callable[[Any], bool], want: str) -> Any:  # noqa: ANN401  # any JSON value
    """Read a JSON body that is an object with one key; raise `InvalidRequest`."""
    try:
        value = strict_json(await read_text(request))
    except NotJson as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict) or set(value) != {key} or not check(value[key]):
        raise InvalidRequest(f"wanted an object with one key, '{key}': {want}")
    return value[key]


async def read_scenario_text(request: web.Request) -> str:
    """Read a body that contains a scenario: JSON if its content type says so, else YAML."""
    text = await read_text(request)
    if not text:
        raise InvalidRequest("wanted a scenario, got an empty body")
    if request.content_type != "application/json":
        return text
    try:
        return yaml_of_json(strict_json(text))
    except NotJson as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error


def yaml_of_json(value: object) -> str:
    """Write a JSON value so that YAML reads the same."""
    return json.dumps(value, indent=2)


def is_text(value: object) -> bool:
    """Tell whether a value is a text of at least one character."""
    return isinstance(value, str) and bool(value)


def is_speed(value: object) -> bool:
    """Tell whether a value is a number of at least 0."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= _LARGEST
        and isfinite(value)
    )


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """A filter for entries of a journal; a condition that is None does not apply."""

    scenario: str | None = None
    question: str | None = None
    ended: bool | None = None
    held: bool | None = None
    after: int = 0

    def fits(self, entry: JournalEntry) -> bool:
        """Tell whether an entry matches all conditions."""
        return (
            self.scenario in (None, entry.scenario)
            and (self.question is None or self.question in entry.request.question.question)
            and self.ended in (None, entry.ending is not None)
            and self.held in (None, entry.waits_for is not None)
            and entry.number > self.after
        )


def read_entry_filter(query: Mapping[str, str]) -> EntryFilter:
    """Read a filter for entries from the query; raise `InvalidRequest`."""
    return EntryFilter(
        query.get("scenario"),
        query.get("question"),
        read_flag(query, "ended"),
        read_flag(query, "held"),
        read_number(query, "after", 0),
    )


def read_flag(query: Mapping[str, str], key: str) -> bool | None:
    """Read true or false from the query, None if the key is missing; raise `InvalidRequest`."""
    text = query.get(key)
    if text not in (None, "true", "false"):
        raise InvalidRequest(f"{key}: wanted true or false, got '{text}'")
    return None if text is None else text == "true"


def read_number(
    query: Mapping[str, str], key: str, default: int, least: int = 0, most: int = _LARGEST
) -> int:
    """Read a whole number from the query; raise `InvalidRequest`."""
    text = query.get(key)
    if text is None:
        return default
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise InvalidRequest(f"{key}: wanted a whole number from {least} to {most}, got '{text}'")
    return int(text)


def read_timeout_ms(query: Mapping[str, str]) -> int:
    """Read a timeout from the query, in ms; raise `InvalidRequest`."""
    return read_number(query, "timeout_ms", _WAIT_MS, most=MAX_WAIT_MS)
