"""The checks of single events: data, kind, name, body, numbers and blocks, but not their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamproof.contracts.blocks import Blocks, Count
from streamproof.contracts.data_path import values_at, write_path
from streamproof.contracts.event_kinds import NO_BODY, KindReader
from streamproof.contracts.rules import RULES
from streamproof.contracts.source.path import format_path
from streamproof.contracts.text import counted
from streamproof.contracts.validation import extra_keys, validate
from streamproof.contracts.verdict import Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamproof.contracts.contract import BodyRule, EventRule, StreamContract
    from streamproof.contracts.event_kinds import ReadEvent
    from streamproof.contracts.sse import Event


class EventChecks:
    """Checks the events of one stream, one after another."""

    def __init__(self, contract: StreamContract) -> None:
        self._contract = contract
        self.read = KindReader(contract).read
        self._rules = {
            name: RULES[name](resumed=contract.is_resumed, last_event_id=contract.last_event_id)
            for name in contract.rules
        }
        # A resumed stream begins inside of blocks, and does not tell which.
        self._blocks = Blocks({} if contract.is_resumed else contract.blocks)
        self._count = Count()
        if contract.is_resumed:
            self._count.skip()

    def check(
        self, event: Event, found: ReadEvent, number: int, at_ms: float
    ) -> Iterator[Violation]:
        """Yield what is wrong with an event, which is the `number`th of the stream."""
        for name, message in self._problems(event, found):
            yield Violation(name, f"event #{number}: {message}", number, at_ms)
        body = found.rule.body if found.rule and found.body is not NO_BODY else None
        if body and self._contract.warns_of_extra_keys:
            for message in extra_key_problems(found.body, body):
                text = f"event #{number}: {message}"
                yield Violation("extra-key", text, number, at_ms, Severity.SHOULD)

    def unfinished_blocks(self) -> Iterator[str]:
        """Yield the blocks that are not complete."""
        return self._blocks.unfinished()

    def _problems(self, event: Event, found: ReadEvent) -> Iterator[tuple[str, str]]:
        """Yield the checks that an event fails, each with a message."""
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
            yield from self._body_problems(found.rule, found.body)

    def _body_problems(self, rule: EventRule, body: object) -> Iterator[tuple[str, str]]:
        shape = list(shape_problems(body, rule.body)) if rule.body else []
        yield from (("shape", message) for message in shape)
        # The number and the blocks are followed in any case, so that later events are not blamed.
        place = [*self._counter_problems(body), *self._block_problems(rule.kind, body)]
        if not shape:
            yield from place

    def _counter_problems(self, body: object) -> Iterator[tuple[str, str]]:
        path = self._contract.counter
        if path is not None:
            problem = self._count.take(next(iter(values_at(body, path)), None))
            if problem:
                yield "counter", f"{write_path(path)}: {problem}"

    def _block_problems(self, kind: str, body: object) -> Iterator[tuple[str, str]]:
        return (("blocks", message) for message in self._blocks.event(kind, body))


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
