"""Follows the blocks of a stream, which are events with the same id, and numbers that count.

A block is open after its first event until its order may end.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import islice, product
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.data_path import values_at, write_path
from streamproof.contracts.text import any_of, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamproof.contracts.contract import BlockRule
    from streamproof.contracts.data_path import DataPath
    from streamproof.contracts.sequence import Automaton

MOST_BLOCKS: Final = 1_000
"""The most blocks that one event can belong to; ids of several parts multiply."""

Scalar: TypeAlias = str | int | float
BlockId: TypeAlias = tuple[Scalar, ...]


class Count:
    """Numbers that count from 0 without gaps; a wrong one is reported once."""

    def __init__(self) -> None:
        self._next: int | None = 0

    def skip(self) -> None:
        """Take a number that cannot be read, so that the next one is not known."""
        self._next = None

    def take(self, number: object) -> str | None:
        """Take the next number, and return what is wrong with it, or None."""
        expected, got = self._next, _whole(number)
        if got is None:
            self._next = None if expected is None else expected + 1
            return f"wanted {expected or 0}, got {short(number)}"
        self._next = got + 1
        return None if expected in (None, got) else f"wanted {expected}, got {got}"


class Blocks:
    """All blocks of one stream."""

    def __init__(self, rules: Mapping[str, BlockRule]) -> None:
        self._rules = rules
        self._of_kind: dict[str, list[BlockRule]] = defaultdict(list)
        self._within: dict[str, list[BlockRule]] = defaultdict(list)
        for rule in rules.values():
            for kind in rule.order.names:
                self._of_kind[kind].append(rule)
            if rule.inside is not None:
                self._within[rule.inside].append(rule)
        self._places: dict[str, dict[BlockId, Automaton]] = {name: {} for name in rules}
        self._open: dict[tuple[str, BlockId], dict[BlockId, Automaton]] = defaultdict(dict)
        self._counts: dict[tuple[str, BlockId], Count] = defaultdict(Count)

    def event(self, kind: str, body: object) -> Iterator[str]:
        """Take an event, and yield what is wrong with its place in its blocks.

        An event without an id belongs to no block.
        """
        for rule in self._of_kind.get(kind, ()):
            blocks = product(*(_scalars_at(body, path) for path in rule.id))
            for block in islice(blocks, MOST_BLOCKS):
                yield from self._step(rule, block, kind)

    def unfinished(self) -> Iterator[str]:
        """Yield the blocks that are not complete."""
        for (name, _), places in self._open.items():
            for block, place in places.items():
                yield _unfinished(name, block, place)

    def _step(self, rule: BlockRule, block: BlockId, kind: str) -> Iterator[str]:
        places = self._places[rule.name]
        place = places.get(block, rule.order)
        if kind not in place.allowed:
            may = f"only {any_of(place.allowed)} may come" if place.allowed else "it had ended"
            yield f"'{kind}' is in {_named(rule.name, block)}, where {may}"
            return
        if rule.counts and block not in places:
            problem = self._counts[rule.name, block[:-1]].take(block[-1])
            if problem:
                yield f"{write_path(rule.id[-1])} of a new {rule.name}: {problem}"
        outer = self._outer(rule, block)
        if rule.inside is not None and outer not in self._open_beside(rule.inside, outer):
            yield f"'{kind}' is in {_named(rule.inside, outer)}, which is not open"
        place = places[block] = place.step(kind)
        still_open = self._open[rule.name, outer]
        if not place.accepting:
            still_open[block] = place
            return
        still_open.pop(block, None)
        for inner in self._within[rule.name]:
            for inner_block, inner_place in self._open.pop((inner.name, block), {}).items():
                yield _unfinished(inner.name, inner_block, inner_place)

    def _outer(self, rule: BlockRule, block: BlockId) -> BlockId:
        """Return the id of the block around a block; that of the stream is empty."""
        return block[: len(self._rules[rule.inside].id)] if rule.inside is not None else ()

    def _open_beside(self, name: str, block: BlockId) -> Mapping[BlockId, Automaton]:
        """Return the open blocks of one name with the same block around them."""
        return self._open[name, self._outer(self._rules[name], block)]


def _named(name: str, block: BlockId) -> str:
    return f"{name} {'/'.join(map(_written, block))}" if block else name


def _written(part: Scalar) -> str:
    return f"{part:g}" if isinstance(part, float) else str(part)


def _unfinished(name: str, block: BlockId, place: Automaton) -> str:
    return f"{_named(name, block)} is not complete: {any_of(place.allowed)} had to follow"


def _whole(number: object) -> int | None:
    """Return a whole number as an int; JSON does not distinguish 1 and 1.0."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return int(number) if number == number // 1 else None


def _scalars_at(body: object, path: DataPath) -> Iterator[Scalar]:
    return (one for one in values_at(body, path) if isinstance(one, str | int | float))
