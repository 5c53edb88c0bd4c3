"""Tells which kind of a contract an event is, and reads its JSON."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.data_path import data_path, values_at, write_path
from streamproof.contracts.errors import NotJson
from streamproof.contracts.frames import frame_kind
from streamproof.contracts.json_text import parse_json, strict_json
from streamproof.contracts.text import did_you_mean, first_names, short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamproof.contracts.contract import EventRule, StreamContract
    from streamproof.contracts.data_path import DataPath
    from streamproof.contracts.sse import Event

NO_BODY: Final = object()
"""Stands for the body of an event whose data is not JSON, or does not have to be."""
_SHOWN_KINDS: Final = 12


class ReadEvent(NamedTuple):
    """The kind of an event, its rule and its JSON; `problems` has the checks that it fails.

    The rule is None for an event that is not of a known kind.
    """

    kind: str
    rule: EventRule | None
    body: object
    problems: tuple[tuple[str, str], ...] = ()


class KindReader:
    """Reads the events of a contract."""

    def __init__(self, contract: StreamContract) -> None:
        self._events = {kind: rule for kind, rule in contract.events.items() if rule.of is None}
        self._names = first_names(self._events, most=_SHOWN_KINDS)
        self._cases: dict[str, list[EventRule]] = defaultdict(list)
        for rule in contract.events.values():
            if rule.of is not None:
                self._cases[rule.of].append(rule)
        self._texts: Mapping[str, EventRule] = {
            rule.text: rule for rule in contract.events.values() if rule.text is not None
        }
        self._by_start = sorted(
            (rule for rule in self._events.values() if rule.kind.endswith("*")),
            key=lambda rule: -len(rule.kind),
        )
        self._path: DataPath = data_path(contract.discriminator)
        self._key = write_path(self._path)
        self._needs_json = bool(contract.counter or contract.blocks or self._cases)
        self._reads_frames = contract.discriminator == "frame"
        self._read: Callable[[Event], ReadEvent] = {
            "event": lambda event: self._by_name(event.event, event),
            "frame": lambda event: self._by_name(str(frame_kind(event)), event),
            "when": self._by_when,
        }.get(contract.discriminator, self._by_tag)

    def read_first(self, event: Event) -> ReadEvent:
        """Return the kind of the first event of a stream, as `read` does for any other."""
        if self._reads_frames:
            return self._by_name(str(frame_kind(event, is_first=True)), event)
        return self.read(event)

    def read(self, event: Event) -> ReadEvent:
        """Return the kind of an event, with everything that is wrong with its data as such."""
        if self._texts and event.data in self._texts:
            rule = self._texts[event.data]
            return ReadEvent(rule.kind, rule, NO_BODY)
        found = self._read(event)
        for case in self._cases[found.rule.kind] if self._cases and found.rule else ():
            if _holds(case, found.body):
                return found._replace(kind=case.kind, rule=case)
        return found

    def _by_name(self, kind: str, event: Event) -> ReadEvent:
        rule, problems = self._rule(kind, "event")
        if rule is None or (rule.body is None and not self._needs_json):
            return ReadEvent(kind, rule, NO_BODY, problems)
        try:
            return ReadEvent(kind, rule, parse_json(event.data))
        except NotJson as error:
            found = (_not_json(event, error),) if rule.body else ()
            return ReadEvent(kind, rule, NO_BODY, found)

    def _by_tag(self, event: Event) -> ReadEvent:
        body, problems = _json(event)
        if not isinstance(body, dict):
            return _not_an_object(body, problems)
        tag: object = body
        for key in self._path:
            if not isinstance(tag, dict) or key not in tag:
                missing = ("type", f"missing '{self._key}' (one of: {self._names})")
                return ReadEvent("", None, body, (*problems, missing))
            tag = tag[key]
        rule, unknown = self._rule(tag, self._key)
        kind = tag if isinstance(tag, str) else ""
        return ReadEvent(kind, rule, body, problems + unknown)

    def _by_when(self, event: Event) -> ReadEvent:
        body, problems = _json(event)
        if not isinstance(body, dict):
            return _not_an_object(body, problems)
        for rule in self._events.values():
            if rule.text is None and _holds(rule, body):
                return ReadEvent(rule.kind, rule, body, problems)
        unknown = ("type", f"wanted one of: {self._names}; got {short(body)}")
        return ReadEvent("", None, body, (*problems, unknown))

    def _rule(self, kind: object, key: str) -> tuple[EventRule | None, tuple[tuple[str, str], ...]]:
        if isinstance(kind, str):
            if kind in self._events:
                return self._events[kind], ()
            for rule in self._by_start:
                if kind.startswith(rule.kind[:-1]):
                    return rule, ()
        advice = did_you_mean(kind, self._events) if isinstance(kind, str) else None
        advice = advice or f"one of: {self._names}"
        return None, (("type", f"unknown {key} {short(kind)} - {advice}"),)


def _holds(rule: EventRule, body: object) -> bool:
    for path, wanted in rule.when:
        values = values_at(body, path)
        if not values or (wanted is not None and wanted not in values):
            return False
    return True


def _json(event: Event) -> tuple[object, tuple[tuple[str, str], ...]]:
    try:
        return strict_json(event.data), ()
    except NotJson as error:
        problems = (_not_json(event, error),)
    try:
        return parse_json(event.data), problems  # readers that are less strict continue with this
    except NotJson:
        return NO_BODY, problems


def _not_json(event: Event, error: NotJson) -> tuple[str, str]:
    return "json", f"the data is not valid JSON: {error}, got {short(event.data)}"


def _not_an_object(body: object, problems: tuple[tuple[str, str], ...]) -> ReadEvent:
    if body is not NO_BODY:
        problems = (*problems, ("shape", f"wanted an object, got {short(body)}"))
    return ReadEvent("", None, body, problems)
