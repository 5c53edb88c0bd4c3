"""The mistakes of a settings file that its JSON Schema cannot find."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from math import isfinite
from typing import Any, Final, NamedTuple

from streamproof.contracts.contract import BUILT_IN, DIALECTS
from streamproof.contracts.errors import PatternError
from streamproof.contracts.sequence import compile_pattern
from streamproof.contracts.source.document import Document
from streamproof.contracts.source.errors import SourceError
from streamproof.contracts.text import did_you_mean
from streamproof.harness.http.urls import base_url_problem
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.profiles.mapped import KINDS

EVENTS: Final = "events"
"""The profile whose events the file describes."""
AI_DIALECTS: Final = (CHAT, *(name for name in DIALECTS if name not in ("vercel-ui", "ag-ui")))
"""The dialects of AI services."""
_ONE_OF: Final = (
    ("ask", "form", "json", "a request has one body"),
    ("ask", "form", "multipart", "a request has one body"),
    ("ask", "multipart", "json", "a request has one body"),
    ("auth", "token_env", "token_command", "a token has one origin"),
    ("room", "id", "path", "a room has one origin"),
)


class Mistake(NamedTuple):
    """A mistake, and where it is."""

    path: tuple[str, ...]
    message: str
    help: str | None = None


def find_mistakes(document: Document) -> list[SourceError]:
    """Return the mistakes of a file that fits its schema."""
    return [
        document.error(
            one.path, f"{'.'.join(one.path)}: {one.message}", help=one.help, code="settings"
        )
        for find in _FINDERS
        for one in find(document.value)
    ]


def _of_relay(value: Mapping[str, Any]) -> Iterator[Mistake]:
    if "relay" not in value:
        yield Mistake(("relay",), "missing table; its url says where the backend is")
    elif problem := base_url_problem(value["relay"]["url"]):
        yield Mistake(("relay", "url"), problem)


def _of_profile(value: Mapping[str, Any]) -> Iterator[Mistake]:
    profile = value.get("profile", BUILT_IN[0])
    is_file = "/" in profile or profile.endswith((".yaml", ".yml"))
    if profile != EVENTS and profile not in BUILT_IN and not is_file:
        known = (*BUILT_IN, EVENTS)
        advice = did_you_mean(profile, known) or f"one of: {', '.join(known)}, or a contract file"
        yield Mistake(("profile",), f"unknown profile '{profile}'", advice)
    if profile == EVENTS and not {"content", "end"} <= value.get("events", {}).keys():
        message = "the profile events needs [events.content] and [events.end]"
        yield Mistake(("events",), message)
    if profile != EVENTS and "events" in value:
        yield Mistake(("events",), 'this table needs profile = "events"')


def _of_ai(value: Mapping[str, Any]) -> Iterator[Mistake]:
    ai = value.get("ai", {})
    dialect = ai.get("dialect", CHAT)
    if dialect not in AI_DIALECTS:
        advice = did_you_mean(dialect, AI_DIALECTS) or f"one of: {', '.join(AI_DIALECTS)}"
        yield Mistake(("ai", "dialect"), f"unknown dialect '{dialect}'", advice)
    if "start" not in value.get("relay", {}) and ai.get("port", 0) == 0:
        message = "missing: the port where the backend expects its AI service"
        yield Mistake(("ai", "port"), message)


def _of_ask(value: Mapping[str, Any]) -> Iterator[Mistake]:
    ask = value.get("ask", {})
    own = [name for name in ("form", "multipart", "json") if name in ask]
    if own and "path" not in ask:
        yield Mistake(("ask", own[0]), "a request with a body of its own needs path as well")
    if ask.get("method") == "GET" and own:
        yield Mistake(("ask", own[0]), "a GET request has no body: put {message} into the path")
    elif ask.get("method") == "GET" and "{message}" not in ask.get("path", ""):
        yield Mistake(("ask", "method"), "a GET request needs {message} in its path")


def _of_two_origins(value: Mapping[str, Any]) -> Iterator[Mistake]:
    for table, one, other, why in _ONE_OF:
        if {one, other} <= value.get(table, {}).keys():
            yield Mistake((table, other), f"{why}: remove this or {one}")


def _of_sequence(value: Mapping[str, Any]) -> Iterator[Mistake]:
    sequence = value.get("events", {}).get("sequence")
    if sequence is None:
        return
    path, known = ("events", "sequence"), (*KINDS, "other")
    try:
        names = compile_pattern(sequence).names
    except PatternError as error:
        yield Mistake(path, str(error))
        return
    for name in sorted(set(names) - set(known)):
        yield Mistake(path, f"'{name}' is not one of {', '.join(known)}")


def _of_json(value: Mapping[str, Any]) -> Iterator[Mistake]:
    for table in ("ask", "room"):
        for path, found in _without_json(value.get(table, {}).get("json"), (table, "json")):
            yield Mistake(path, f"{found} has no form in JSON; write it as text")


def _without_json(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield the values that TOML has and JSON has not, with their places."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _without_json(one, (*path, key))
    elif isinstance(value, list):
        for one in value:
            yield from _without_json(one, path)
    elif isinstance(value, (date, time)) or (isinstance(value, float) and not isfinite(value)):
        yield path, value


_FINDERS: Final[tuple[Callable[[Mapping[str, Any]], Iterator[Mistake]], ...]] = (
    _of_relay,
    _of_profile,
    _of_ai,
    _of_ask,
    _of_two_origins,
    _of_json,
    _of_sequence,
)
