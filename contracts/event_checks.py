"""The checks of single events: data, kind, name, body, numbers and blocks, but not their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts.blocks import Blocks, Count
from streamproof.contracts.data_path import values_at, write_path
from streamproof.contracts.event_kinds import NO_BODY, KindReader
from streamproof.contracts.rules import RULES
from streamproof.contracts.source.path import format_path
from streamproof.contracts.text import counted
from streamproof.contracts.validation import extra_keys, is_plain, validate
from streamproof.contracts.verdict import Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.contracts.contract import BodyRule, StreamContract
    from streamproof.contracts.event_kinds import ReadEvent
    from streamproof.contracts.sse import Event


class EventChecks:
    """Checks the events of one stream, one after another."""

    def __init__(self, contract: StreamContract) -> None:
        self._contract = contract
        kinds = KindReader(contract)
        self.read = kinds.read
        self.read_first = kinds.read if contract.is_resumed else kinds.read_first
        self._rules = {
            name: RULES[name](resumed=contract.is_resumed, last_event_id=contract.last_event_id)
            for name in contract.rules
        }
        # A resumed stream begins inside of blocks, and does not tell which.
        self._blocks = Blocks({} if contract.is_resumed else contract.blocks)
        self._count = Count()
        self._follows_data = bool(contract.counter or contract.blocks)
        if contract.is_resumed:
            self._count.skip()

    def check(
        self, event: Event, found: ReadEvent, number: int, at_ms: float
    ) -> Iterator[Violation]:
        """Yield what is wrong with an event, which is the `number`th of the stream."""
        body = found.rule.body if found.rule and found.body is not NO_BODY else None
        warns = self._contract.warns_of_extra_keys
        if body and warns and is_plain(found.body, body.schema):
            body = None
        for name, message in self._problems(event, found, body):
            yield Violation(name, f"event #{number}: {message}", number, at_ms)
        if body and warns:
            for message in extra_key_problems(found.body, body):
                text = f"event #{number}: {message}"
                yield Violation("extra-key", text, number, at_ms, Severity.SHOULD)

    def unfinished_blocks(self) -> Iterator[str]:
        """Yield the blocks that are not complete."""
        return self._blocks.unfinished()

    def _problems(
        self, event: Event, found: ReadEvent, body: BodyRule | None
    ) -> Iterator[tuple[str, str]]:
        """Yield the checks that an event fails, each with a message; `body` is still unchecked."""
        limit = self._contract.max_event_bytes
        size = len(event.data.encode("utf-8", "surrogatepass")) if limit is not None else 0
        if limit is not None and size > limit:
            yield "event-size", f"the data has {counted(size, 'byte')}, more than {limit}"
        for name, rule in self._rules.items():
            problem = rule.event(event)
            if problem:
                yield name, problem
        yield from found.problems
        wanted = _wanted_name(found)
        if wanted not in (None, event.event):
            message = f"the event name of a '{found.kind}' is '{event.event}', wanted '{wanted}'"
            yield "event-name", message
        if found.rule is None or (found.body is NO_BODY and found.rule.text is None):
            self._count.skip()
        elif found.body is not NO_BODY:
            shape = list(shape_problems(found.body, body)) if body else []
            for message in shape:
                yield "shape", message
            if self._follows_data:
                # They are followed after every event, so that the next one is not blamed.
                place = list(self._place_problems(found.rule.kind, found.body))
                yield from () if shape else place

    def _place_problems(self, kind: str, body: object) -> Iterator[tuple[str, str]]:
        """Follow the counter and the blocks."""
        path = self._contract.counter
        if path is not None:
            problem = self._count.take(next(iter(values_at(body, path)), None))
            if problem:
                yield "counter", f"{write_path(path)}: {problem}"
        for message in self._blocks.event(kind, body):
            yield "blocks", message


def _wanted_name(found: ReadEvent) -> str | None:
    if found.rule is None:
        return None
    return found.kind if found.rule.named_as_kind else found.rule.name


def shape_problems(body: object, rule: BodyRule) -> Iterator[str]:
    """Yield what is wrong with a body."""
    for problem in validate(body, rule.schema):
        where = f" at {format_path(problem.path)}" if problem.path else ""
        yield f"{rule.name}{where}: {problem.message}"


def extra_key_problems(body: object, rule: BodyRule) -> Iterator[str]:
    """Yield the keys of a body that its schema does not name."""
    for problem in extra_keys(body, rule.schema):
        yield f"{rule.name}: extra key '{format_path(problem.path)}'"
