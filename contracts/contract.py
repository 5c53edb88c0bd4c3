"""Stream contracts: what a stream must look like, from `*.contract.yaml` files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import PatternError, SourceError, SourceErrors
from streamproof.contracts.schema import Schema, load_schema, own_schema
from streamproof.contracts.sequence import Automaton, parse
from streamproof.contracts.source.document import (
    Document,
    did_you_mean,
    load_yaml,
    validate_document,
)
from streamproof.contracts.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AI_SERVICE: Final = "ai-service"
FRONTEND: Final = "frontend"
BUILT_IN: Final = (AI_SERVICE, FRONTEND)

_HERE: Final = Path(__file__).parent
SCHEMAS: Final = _HERE / "schemas"
"""The folder of the JSON Schemas."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """What holds for one kind of event: its SSE event name and its body; None is free."""

    name: str | None
    body: str | None
    schema: Schema | None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long things may take, in milliseconds from the request; None is without end."""

    first_event_ms: float | None = None
    gap_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class StreamContract:
    """A loaded contract; see `contracts/schemas/contract.schema.json` for what each part means."""

    name: str
    about: str
    media_type: str
    discriminator: str
    events: Mapping[str, EventRule]
    order: Automaton
    resumed_order: Automaton
    terminal: frozenset[str]
    warns_of_extra_keys: bool
    close: Severity
    deadlines: Deadlines
    max_event_bytes: int | None
    rules: tuple[str, ...]
    is_resumed: bool = False
    last_event_id: str = ""

    def resumed(self, last_event_id: str = "") -> StreamContract:
        """Return the contract of a connection that goes on after `last_event_id`."""
        return replace(self, order=self.resumed_order, is_resumed=True, last_event_id=last_event_id)


@cache
def builtin_contract(name: str) -> StreamContract:
    """Return the contract `ai-service` or `frontend`; raises KeyError for another name."""
    if name not in BUILT_IN:
        raise KeyError(name)
    return load_contract(_HERE / "streams" / f"{name}.contract.yaml")


def load_contract(path: Path) -> StreamContract:
    """Load a contract file; raises `SourceError`, or `SourceErrors` with all that is wrong."""
    document = load_yaml(path)
    errors = validate_document(document, _contract_schema())
    errors = errors or list(_meaning_errors(document, path))
    if errors:
        raise SourceErrors(errors)
    return _contract(document.value, path)


@cache
def _contract_schema() -> Schema:
    return own_schema(SCHEMAS / "contract.schema.json")


def _contract(value: dict[str, Any], path: Path) -> StreamContract:
    schema = load_schema(path.parent / value["schema"]) if "schema" in value else None
    order = parse(value["sequence"])
    return StreamContract(
        name=value["contract"],
        about=value.get("about", ""),
        media_type=value.get("media_type", "text/event-stream"),
        discriminator=value["discriminator"],
        events={kind: _event_rule(rule, schema) for kind, rule in value["events"].items()},
        order=order,
        resumed_order=parse(value["resumed"]) if "resumed" in value else order,
        terminal=frozenset(value["terminal"]),
        warns_of_extra_keys=value.get("extra_keys", "warn") == "warn",
        close=Severity(value.get("close", "must")),
        deadlines=_deadlines(value.get("deadlines", {})),
        max_event_bytes=value.get("max_event_bytes"),
        rules=tuple(value.get("rules", ())),
    )


def _event_rule(rule: dict[str, str], schema: Schema | None) -> EventRule:
    body = rule.get("body")
    return EventRule(rule.get("name"), body, schema.definition(body) if schema and body else None)


def _deadlines(seconds: dict[str, float]) -> Deadlines:
    return Deadlines(
        **{f"{name.removesuffix('_seconds')}_ms": value * 1000 for name, value in seconds.items()}
    )


def _meaning_errors(document: Document, path: Path) -> Iterator[SourceError]:
    """Find what the schema of contract files cannot see: names that nothing bears."""
    value = document.value
    for key in ("sequence", "resumed"):
        if key in value:
            yield from _pattern_errors(document, key)
    for index, kind in enumerate(value["terminal"]):
        if kind not in value["events"]:
            yield _unknown(document, ("terminal", index), kind, value["events"])
    yield from _body_errors(document, path)


def _body_errors(document: Document, path: Path) -> Iterator[SourceError]:
    value = document.value
    known: tuple[str, ...] = ()
    if "schema" in value:
        try:
            known = load_schema(path.parent / value["schema"]).definitions
        except SourceError as error:
            yield error
            return
    for kind, rule in value["events"].items():
        if "body" in rule and rule["body"] not in known:
            yield _unknown(document, ("events", kind, "body"), rule["body"], known)


def _pattern_errors(document: Document, key: str) -> Iterator[SourceError]:
    try:
        names = parse(document.value[key]).names
    except PatternError as error:
        yield document.error((key,), f"{key}: {error} (at character {error.at + 1})")
        return
    for name in names:
        if name not in document.value["events"]:
            yield _unknown(document, (key,), name, document.value["events"])


def _unknown(
    document: Document,
    path: tuple[str | int, ...],
    name: str,
    known: Mapping[str, Any] | tuple[str, ...],
) -> SourceError:
    return document.error(path, f"unknown name '{name}'", help=did_you_mean(name, known))
