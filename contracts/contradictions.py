"""The mistakes in a contract that its JSON Schema cannot find: unknown names and contradictions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import PatternError
from streamproof.contracts.media_type import AWS_EVENT_STREAM, EVENT_STREAM, parse_media_type
from streamproof.contracts.sequence import compile_pattern
from streamproof.contracts.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streamproof.contracts.sequence import Automaton
    from streamproof.contracts.source.errors import SourceError, SourceWarning
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.contracts.source.yaml_text import Document

_LISTS_OF_KINDS: Final = ("terminal", "failures", "trailing")


def contradictions(document: Document, bodies: Iterable[str] | None) -> list[SourceError]:
    """Return the mistakes of a contract that its schema allows.

    `bodies` has the names that the events may use, or None if they are not known.
    """
    contract = _Contract(document)
    found = [
        *contract.unknown_names(),
        *contract.unknown_content(),
        *contract.untold_kinds(),
        *contract.names_of_records(),
        *contract.blocks(),
    ]
    if bodies is not None:
        found += contract.unknown_bodies(tuple(bodies))
    return found or list(contract.wrong_ends())


def unused_kinds(document: Document) -> Iterator[SourceWarning]:
    """Yield a warning for each kind that may come nowhere."""
    contract = _Contract(document)
    used = {kind for key in _LISTS_OF_KINDS for kind in document.value.get(key, ())}
    for key in ("sequence", "resumed"):
        if key in document.value:
            used.update(compile_pattern(document.value[key]).names)
    for kind, symbol in contract.symbols.items():
        if not {kind, symbol} & used:
            message = f"events of the kind '{kind}' may come nowhere"
            advice = "name the kind in sequence, or remove it"
            yield document.warning(("events", kind), message, code="unused-kind", help=advice)


class _Contract:
    """The document of a contract, and the names of its kinds in the sequence."""

    def __init__(self, document: Document) -> None:
        self.symbols: dict[str, str] = {
            kind: rule.get("group", kind) for kind, rule in document.value["events"].items()
        }
        self._document = document
        self._value: Mapping[str, Any] = document.value
        self._events: Mapping[str, Mapping[str, Any]] = document.value["events"]
        self._blocks: Mapping[str, Mapping[str, Any]] = document.value.get("blocks", {})

    def unknown_names(self) -> Iterator[SourceError]:
        """Find names of kinds that are not declared, and patterns that are not valid."""
        for key in _LISTS_OF_KINDS:
            for index, kind in enumerate(self._value.get(key, ())):
                if kind not in self._events:
                    yield self._unknown((key, index), kind, self._events)
        for kind, rule in self._events.items():
            if rule.get("of", kind) not in self._events:
                yield self._unknown(("events", kind, "of"), rule["of"], self._events)
        for key in ("sequence", "resumed"):
            yield from self._pattern((key,), self.symbols.values())
        for name, block in self._blocks.items():
            yield from self._pattern(("blocks", name, "order"), self._events)
            if block.get("inside", name) not in self._blocks:
                yield self._unknown(("blocks", name, "inside"), block["inside"], self._blocks)

    def unknown_content(self) -> Iterator[SourceError]:
        """Find kinds that have text and are not declared."""
        content = self._value.get("content", {})
        for kind in content if isinstance(content, dict) else ():
            if kind not in self._events:
                yield self._unknown(("content", kind), kind, self._events)

    def unknown_bodies(self, bodies: tuple[str, ...]) -> Iterator[SourceError]:
        """Find bodies that the schema does not define."""
        if self._value.get("body") not in (None, *bodies):
            yield self._unknown(("body",), self._value["body"], bodies)
        for kind, rule in self._events.items():
            if "body" in rule and rule["body"] not in bodies:
                yield self._unknown(("events", kind, "body"), rule["body"], bodies)

    def untold_kinds(self) -> Iterator[SourceError]:
        """Find kinds that nothing tells from others, or that two keys tell."""
        by_when = self._value["discriminator"] == "when"
        texts: dict[str, str] = {}
        for kind, rule in self._events.items():
            at = ("events", kind)
            if "text" in rule and rule["text"] in texts:
                message = f"'{texts[rule['text']]}' has the same text"
                yield self._error((*at, "text"), message)
            texts.setdefault(rule.get("text", ""), kind)
            if "text" in rule and {"when", "of"} & set(rule):
                yield self._error((*at, "text"), "a text cannot stand next to when and of")
            elif "of" in rule and ("when" not in rule or "of" in self._events.get(rule["of"], {})):
                message = "a special case needs when, and a kind that is not one itself"
                yield self._error((*at, "of"), message)
            elif "when" in rule and not (by_when or "of" in rule):
                yield self._error((*at, "when"), "the discriminator tells this kind already")
            elif "when" in rule and (first := self._found_first(kind)):
                message = f"every such event is '{first}' already; put this kind before that one"
                yield self._error((*at, "when"), message)
        if by_when:
            yield from self._behind_the_rest()

    def _found_first(self, kind: str) -> str | None:
        """Return an earlier kind whose conditions hold whenever those of this one do."""
        rule = self._events[kind]
        for earlier, other in self._events.items():
            if earlier == kind:
                return None
            is_tried = "when" in other and other.get("of") == rule.get("of")
            if is_tried and _follows(_conditions(other), _conditions(rule)):
                return earlier
        return None

    def _behind_the_rest(self) -> Iterator[SourceError]:
        """Find kinds after one that has no `when`, which is the kind of all other events."""
        told = [kind for kind, rule in self._events.items() if not {"text", "of"} & set(rule)]
        rest = next((kind for kind in told if "when" not in self._events[kind]), None)
        for kind in told[told.index(rest) + 1 :] if rest is not None else ():
            message = f"all other events are '{rest}' already; put that kind last"
            yield self._error(("events", kind), message)

    def names_of_records(self) -> Iterator[SourceError]:
        """Find rules about event names for records that have none."""
        essence = parse_media_type(self._value.get("media_type", EVENT_STREAM)).essence
        if essence not in (EVENT_STREAM, AWS_EVENT_STREAM):
            names_matter = {"discriminator": ("event", "frame"), "event_names": ("kind",)}
            for key, values in names_matter.items():
                if self._value.get(key) in values:
                    yield self._error((key,), f"records of {essence} have no event names")

    def blocks(self) -> Iterator[SourceError]:
        """Find blocks inside of themselves, or of blocks whose id is not a part of theirs."""
        for name, block in self._blocks.items():
            around = [name]
            while (outer := self._outer(around[-1])) and outer not in around:
                around.append(outer)
            if outer:
                yield self._error(("blocks", name, "inside"), f"'{name}' is inside of itself")
            elif len(around) > 1:
                wanted = _parts(self._blocks[around[1]])
                if _parts(block)[: len(wanted)] != wanted:
                    message = f"the id must begin with that of '{around[1]}'"
                    yield self._error(("blocks", name, "id"), message)

    def _outer(self, name: str) -> str | None:
        outer = self._blocks[name].get("inside")
        return outer if outer in self._blocks else None

    def wrong_ends(self) -> Iterator[SourceError]:
        """Find terminal kinds that are not last, and ends of the sequence without one."""
        kinds = defaultdict(set)
        for kind, symbol in self.symbols.items():
            kinds[symbol].add(kind)
        terminal = {self.symbols[kind] for kind in self._value["terminal"]}
        for symbol in sorted(terminal):
            others = kinds[symbol] - set(self._value["terminal"])
            if others:
                message = f"the group '{symbol}' of a terminal kind has others: {_listed(others)}"
                yield self._error(("terminal",), message)
        for key in ("sequence", "resumed"):
            if key in self._value:
                yield from self._ends_of(key, compile_pattern(self._value[key]), terminal)

    def _ends_of(self, key: str, start: Automaton, terminal: set[str]) -> Iterator[SourceError]:
        if start.accepting:
            yield self._error((key,), f"{key} may be empty, but a reply ends with a terminal kind")
        steps = list(start.arrivals())
        for symbol in sorted(terminal):
            states = [after for one, after in steps if one == symbol and not after.accepting]
            more = {name for state in states for name in state.allowed}
            if more:
                message = f"'{symbol}' is terminal, but {key} wants {_listed(more)} after it"
                yield self._error(("terminal",), message)
        for symbol in sorted({one for one, after in steps if after.accepting} - terminal):
            message = f"{key} may end after '{symbol}', which is not terminal"
            yield self._error((key,), message)

    def _pattern(self, at: DocumentPath, known: Iterable[str]) -> Iterator[SourceError]:
        pattern: Any = self._value
        for step in at:
            pattern = pattern.get(step, {})
        if pattern == {}:
            return
        try:
            names = compile_pattern(pattern).names
        except PatternError as error:
            yield self._error(at, f"{at[-1]}: {error} (at character {error.at + 1})")
            return
        for name in names:
            if name not in known:
                yield self._unknown(at, name, known)

    def _unknown(self, at: DocumentPath, name: str, known: Iterable[str]) -> SourceError:
        group = self.symbols.get(name, name)
        advice = did_you_mean(name, known) if group == name else f"write its group '{group}'"
        return self._document.error(at, f"unknown name '{name}'", help=advice)

    def _error(self, at: DocumentPath, message: str) -> SourceError:
        return self._document.error(at, message)


def _conditions(rule: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the wanted values by path; None stands for any value."""
    when = rule["when"]
    return {when: None} if isinstance(when, str) else when


def _follows(conditions: Mapping[str, object], given: Mapping[str, object]) -> bool:
    """Tell whether conditions hold for every event for which the given ones hold."""
    return all(
        any(
            (path == one and wanted in (None, value))
            or (wanted is None and one.startswith(f"{path}."))
            for one, value in given.items()
        )
        for path, wanted in conditions.items()
    )


def _parts(block: Mapping[str, Any]) -> list[str]:
    parts = block.get("id", [])
    return [parts] if isinstance(parts, str) else list(parts)


def _listed(names: Iterable[str]) -> str:
    return " or ".join(f"'{name}'" for name in sorted(names))
