"""Stream contracts: the rules for one stream, from `*.contract.yaml` files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import PatternError
from streamproof.contracts.schema import Schema, load_schema, own_schema
from streamproof.contracts.sequence import Automaton, compile_pattern
from streamproof.contracts.source.document import validate_document
from streamproof.contracts.source.errors import SourceError, SourceErrors, SourceWarning
from streamproof.contracts.source.renamed_keys import rename_keys
from streamproof.contracts.source.yaml_text import Document, load_yaml
from streamproof.contracts.text import did_you_mean
from streamproof.contracts.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streamproof.contracts.source.path import DocumentPath

AI_SERVICE: Final = "ai-service"
FRONTEND: Final = "frontend"
BUILT_IN: Final = (AI_SERVICE, FRONTEND)

NEW_KEYS: Final[Mapping[str, str]] = {"told_by": "discriminator"}
"""The new names of old keys of contract files, which still load, with a warning."""

_HERE: Final = Path(__file__).parent
SCHEMAS: Final = _HERE / "schemas"
"""The folder of the JSON Schemas."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """The SSE event name and the body of one kind of event; None allows any."""

    name: str | None
    body: str | None
    schema: Schema | None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Time limits in milliseconds; None means without a limit.

    All of them count from the request, except `gap_ms`, which counts from the event before.
    """

    first_event_ms: float | None = None
    gap_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True)
class StreamContract:
    """A loaded contract; `docs/contracts.md` explains the keys of its file.

    `order` is where the sequence begins, and `resumed_order` where it begins on a connection that
    continues an earlier one. `warnings` has what should be changed in the file.
    """

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
    warnings: tuple[SourceWarning, ...] = field(default=(), compare=False)

    def resumed(self, last_event_id: str = "") -> StreamContract:
        """Return the contract of a connection that continues after the ID `last_event_id`."""
        return replace(self, order=self.resumed_order, is_resumed=True, last_event_id=last_event_id)


@cache
def builtin_contract(name: str) -> StreamContract:
    """Return the shipped contract `ai-service` or `frontend`; raises KeyError for another name."""
    if name not in BUILT_IN:
        raise KeyError(name)
    return load_contract(_HERE / "streams" / f"{name}.contract.yaml")


def load_contract(path: Path) -> StreamContract:
    """Load a contract file.

    Raises `SourceError` if the file cannot be read, or `SourceErrors` with all its mistakes.
    """
    document = load_yaml(path)
    warnings = rename_keys(document, NEW_KEYS)
    errors = validate_document(document, _contract_schema())
    errors = errors or list(_meaning_errors(document, path))
    if errors:
        raise SourceErrors(errors)
    return _contract(document.value, path, warnings)


@cache
def _contract_schema() -> Schema:
    return own_schema(SCHEMAS / "contract.schema.json")


def _contract(
    value: dict[str, Any], path: Path, warnings: Sequence[SourceWarning]
) -> StreamContract:
    schema = load_schema(path.parent / value["schema"]) if "schema" in value else None
    order = compile_pattern(value["sequence"])
    return StreamContract(
        name=value["contract"],
        about=value.get("about", ""),
        media_type=value.get("media_type", "text/event-stream"),
        discriminator=value["discriminator"],
        events={kind: _event_rule(rule, schema) for kind, rule in value["events"].items()},
        order=order,
        resumed_order=compile_pattern(value["resumed"]) if "resumed" in value else order,
        terminal=frozenset(value["terminal"]),
        warns_of_extra_keys=value.get("extra_keys", "warn") == "warn",
        close=Severity(value.get("close", "must")),
        deadlines=_deadlines(value.get("deadlines", {})),
        max_event_bytes=value.get("max_event_bytes"),
        rules=tuple(value.get("rules", ())),
        warnings=tuple(warnings),
    )


def _event_rule(rule: dict[str, str], schema: Schema | None) -> EventRule:
    body = rule.get("body")
    return EventRule(rule.get("name"), body, schema.definition(body) if schema and body else None)


def _deadlines(seconds: dict[str, float]) -> Deadlines:
    return Deadlines(
        **{f"{name.removesuffix('_seconds')}_ms": value * 1000 for name, value in seconds.items()}
    )


def _meaning_errors(document: Document, path: Path) -> Iterator[SourceError]:
    """Yield the mistakes that the schema of contract files cannot find, such as unknown names."""
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
        names = compile_pattern(document.value[key]).names
    except PatternError as error:
        yield document.error((key,), f"{key}: {error} (at character {error.at + 1})")
        return
    for name in names:
        if name not in document.value["events"]:
            yield _unknown(document, (key,), name, document.value["events"])


def _unknown(
    document: Document, path: DocumentPath, name: str, known: Iterable[str]
) -> SourceError:
    return document.error(path, f"unknown name '{name}'", help=did_you_mean(name, known))
