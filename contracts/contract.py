"""Stream contracts: the rules for one stream, from `*.contract.yaml` files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.contradictions import contradictions, unused_kinds
from streamproof.contracts.data_path import data_path
from streamproof.contracts.media_type import EVENT_STREAM
from streamproof.contracts.schema import load_schema, own_schema
from streamproof.contracts.sequence import compile_pattern
from streamproof.contracts.source.document import validate_document
from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.contracts.source.renamed_keys import rename_keys
from streamproof.contracts.source.yaml_text import load_yaml
from streamproof.contracts.verdict import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamproof.contracts.data_path import DataPath
    from streamproof.contracts.schema import Schema
    from streamproof.contracts.sequence import Automaton
    from streamproof.contracts.source.errors import SourceWarning

AI_SERVICE: Final = "ai-service"
FRONTEND: Final = "frontend"
DIALECTS: Final = (
    "openai-chat",
    "openai-responses",
    "openai-completions",
    "anthropic",
    "bedrock",
    "bedrock-anthropic",
    "gemini",
    "ollama",
    "cohere",
    "mistral",
    "vercel-ui",
    "ag-ui",
)
"""The contracts of the dialects of AI providers and of frameworks for chat pages."""
BUILT_IN: Final = (AI_SERVICE, FRONTEND, *DIALECTS)

NEW_KEYS: Final[Mapping[str, str]] = {"told_by": "discriminator"}
"""The new names of old keys of contract files, which still load, with a warning."""

UNNAMED: Final = "message"
"""The event name of an SSE event without one."""

_HERE: Final = Path(__file__).parent
SCHEMAS: Final = _HERE / "schemas"
"""The folder of the JSON Schemas."""


@dataclass(frozen=True, slots=True)
class BodyRule:
    """The name of a body in the schema of its contract, and that part of the schema."""

    name: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class EventRule:
    """One kind of event: its place in the sequence, what tells it, its SSE event name and its body.

    None allows any name and any body; with `named_as_kind`, the event name is the kind. `text` is
    the exact data, and `when` has paths with the values that they must lead to; None stands for
    any value. `of` is the kind of which this one is a special case.
    """

    kind: str
    symbol: str
    name: str | None = None
    named_as_kind: bool = False
    body: BodyRule | None = None
    text: str | None = None
    when: tuple[tuple[DataPath, object], ...] = ()
    of: str | None = None


@dataclass(frozen=True, slots=True)
class BlockRule:
    """Events with the same id: the paths of the parts of the id, and the order of the kinds."""

    name: str
    id: tuple[DataPath, ...]
    order: Automaton
    inside: str | None
    counts: bool


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

    `content` has the paths of the text that a reader sees, by kind.
    `order` is where the sequence begins, and `resumed_order` where it begins on a connection that
    continues an earlier one. `warnings` has what should be changed in the file.
    """

    name: str
    about: str
    media_type: str
    json_array: bool
    body: BodyRule | None
    discriminator: str
    events: Mapping[str, EventRule]
    order: Automaton
    resumed_order: Automaton
    terminal: frozenset[str]
    failures: frozenset[str]
    trailing: frozenset[str]
    content: Mapping[str, DataPath]
    counter: DataPath | None
    blocks: Mapping[str, BlockRule]
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
    """Return a shipped contract, for example `ai-service`; raises KeyError for another name.

    Its schema is not checked again: the tests have done that.
    """
    if name not in BUILT_IN:
        raise KeyError(name)
    return _load(contract_path(name), own_schema)


def contract_path(name: str) -> Path:
    """Return the file of a shipped contract."""
    return _HERE / "streams" / f"{name}.contract.yaml"


def load_contract(path: Path) -> StreamContract:
    """Load a contract file.

    Raises `SourceError` if the file cannot be read, or `SourceErrors` with all its mistakes.
    """
    return _load(path, load_schema)


def _load(path: Path, read_schema: Callable[[Path], Schema]) -> StreamContract:
    document = load_yaml(path)
    warnings = rename_keys(document, NEW_KEYS)
    errors = validate_document(document, _contract_schema())
    if errors:
        raise SourceErrors(errors)
    schema: Schema | None = None
    if "schema" in document.value:
        try:
            schema = read_schema(path.parent / document.value["schema"])
        except SourceError as error:
            raise SourceErrors([error, *contradictions(document, None)]) from error
    errors = contradictions(document, schema.definitions if schema else ())
    if errors:
        raise SourceErrors(errors)
    return _contract(document.value, schema, [*warnings, *unused_kinds(document)])


@cache
def _contract_schema() -> Schema:
    return own_schema(SCHEMAS / "contract.schema.json")


def _contract(
    value: dict[str, Any], schema: Schema | None, warnings: Sequence[SourceWarning]
) -> StreamContract:
    order = compile_pattern(value["sequence"])
    return StreamContract(
        name=value["contract"],
        about=value.get("about", ""),
        media_type=value.get("media_type", EVENT_STREAM),
        json_array=value.get("json_array", False),
        body=_body_rule(value.get("body"), schema),
        discriminator=value["discriminator"],
        events={
            kind: _event_rule(kind, rule, schema, value.get("event_names"))
            for kind, rule in value["events"].items()
        },
        order=order,
        resumed_order=compile_pattern(value["resumed"]) if "resumed" in value else order,
        terminal=frozenset(value["terminal"]),
        failures=frozenset(value.get("failures", ())),
        trailing=frozenset(value.get("trailing", ())),
        content=_content_paths(value),
        counter=data_path(value["counter"]) if "counter" in value else None,
        blocks={name: _block_rule(name, rule) for name, rule in value.get("blocks", {}).items()},
        warns_of_extra_keys=value.get("extra_keys", "warn") == "warn",
        close=Severity(value.get("close", "must")),
        deadlines=_deadlines(value.get("deadlines", {})),
        max_event_bytes=value.get("max_event_bytes"),
        rules=tuple(value.get("rules", ())),
        warnings=tuple(warnings),
    )


def _content_paths(value: dict[str, Any]) -> Mapping[str, DataPath]:
    content = value.get("content", {})
    paths = dict.fromkeys(value["events"], content) if isinstance(content, str) else content
    return {kind: data_path(path) for kind, path in paths.items()}


def _event_rule(
    kind: str, rule: dict[str, Any], schema: Schema | None, event_names: str | None
) -> EventRule:
    when = rule.get("when", {})
    return EventRule(
        kind=kind,
        symbol=rule.get("group", kind),
        name=rule.get("name", UNNAMED if event_names == "unnamed" else None),
        named_as_kind="name" not in rule and event_names == "kind",
        body=_body_rule(rule.get("body"), schema),
        text=rule.get("text"),
        of=rule.get("of"),
        when=((data_path(when), None),)
        if isinstance(when, str)
        else tuple((data_path(path), wanted) for path, wanted in when.items()),
    )


def _body_rule(name: str | None, schema: Schema | None) -> BodyRule | None:
    return BodyRule(name, schema.definition(name)) if schema and name else None


def _block_rule(name: str, rule: dict[str, Any]) -> BlockRule:
    paths = rule.get("id", ())
    return BlockRule(
        name=name,
        id=tuple(map(data_path, [paths] if isinstance(paths, str) else paths)),
        order=compile_pattern(rule["order"]),
        inside=rule.get("inside"),
        counts=rule.get("counts", False),
    )


def _deadlines(seconds: dict[str, float]) -> Deadlines:
    return Deadlines(
        **{f"{name.removesuffix('_seconds')}_ms": value * 1000 for name, value in seconds.items()}
    )
