"""The automaton of a pattern such as `content* (sources content*)? end`.

Each name in the pattern, with every repetition counted, is a place (Glushkov's construction). A
state is the set of places where the last event may be, so it knows which events may come next.
Sets of places are the bits of an int.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.contracts.errors import PatternError
from streamproof.contracts.pattern import Chain, Choice, Name, Pattern, Repeat, parse_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAX_PLACES: Final = 1_000
MAX_STATES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Automaton:
    """A state of a pattern: which events may come now, and whether the stream may end here."""

    _table: tuple[Mapping[str, int], ...] = field(repr=False)
    _accepting: frozenset[int] = field(repr=False)
    _names: tuple[str, ...]
    _state: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the pattern, in its order."""
        return self._names

    @property
    def allowed(self) -> tuple[str, ...]:
        """The names that may come next."""
        return tuple(self._table[self._state])

    @property
    def accepting(self) -> bool:
        """Whether the stream may end here."""
        return self._state in self._accepting

    def step(self, name: str) -> Automaton:
        """Return the state after one more event; raises KeyError for one that is not allowed."""
        following = self._table[self._state][name]
        return Automaton(self._table, self._accepting, self._names, following)

    def accepts(self, names: Iterable[str]) -> bool:
        """Return whether the pattern matches a whole sequence."""
        here = self
        for name in names:
            if name not in here._table[here._state]:
                return False
            here = here.step(name)
        return here.accepting

    def arrivals(self) -> Iterator[tuple[str, Automaton]]:
        """Yield every step that the pattern has: the name, and the state after it."""
        for row in self._table:
            for name, following in row.items():
                yield name, Automaton(self._table, self._accepting, self._names, following)


def compile_pattern(text: str) -> Automaton:
    """Return the automaton of a pattern; raises `PatternError` with the offset of a mistake."""
    pattern, names = parse_pattern(text)
    places = _Places()
    whole = places.add(pattern)
    masks = {name: places.with_name(name) for name in names}

    def following(state: int) -> dict[str, int]:
        next_places = whole.first if state == _START else places.after(state)
        return {name: found for name, mask in masks.items() if (found := next_places & mask)}

    numbers: dict[int, int] = {_START: 0}
    table: list[dict[str, int]] = []
    waiting = [_START]
    for state in waiting:
        row = following(state)
        for found in row.values():
            if found not in numbers:
                numbers[found] = len(numbers)
                waiting.append(found)
        if len(numbers) > MAX_STATES:
            raise PatternError(f"the pattern needs more than {MAX_STATES} states", 0)
        table.append({name: numbers[found] for name, found in row.items()})
    accepting = {number for state, number in numbers.items() if state & whole.last}
    if whole.may_be_empty:
        accepting.add(0)
    return Automaton(tuple(table), frozenset(accepting), names)


_START: Final = 0  # before the first event, which is at no place


class _Part(NamedTuple):
    """A part of a pattern: the places where it can begin and end, and whether it can be empty."""

    first: int
    last: int
    may_be_empty: bool


_EMPTY: Final = _Part(0, 0, may_be_empty=True)


class _Places:
    """The places of a pattern, and which of them may follow each."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._follow: list[int] = []

    def with_name(self, name: str) -> int:
        return sum(1 << place for place, one in enumerate(self._names) if one == name)

    def after(self, places: int) -> int:
        found = 0
        for place in _bits(places):
            found |= self._follow[place]
        return found

    def add(self, pattern: Pattern) -> _Part:
        """Give each name of a pattern a place of its own."""
        match pattern:
            case Name(name):
                return self._place(name)
            case Chain(parts):
                return self._chain([self.add(part) for part in parts])
            case Choice(options):
                return _either([self.add(option) for option in options])
            case Repeat(repeated, low, high):
                return self._repeat(repeated, low, high)

    def _place(self, name: str) -> _Part:
        if len(self._names) == MAX_PLACES:
            message = f"the pattern has more than {MAX_PLACES} events, with each repetition counted"
            raise PatternError(message, 0)
        bit = 1 << len(self._names)
        self._names.append(name)
        self._follow.append(0)
        return _Part(bit, bit, may_be_empty=False)

    def _repeat(self, repeated: Pattern, low: int, high: int | None) -> _Part:
        """Write a repetition out: `a{2,4}` as `a a (a a?)?`, and `a{2,}` as `a a+`."""
        if high is None:
            parts = [self.add(repeated) for _ in range(max(low, 1))]
            self._join(parts[-1].last, parts[-1].first)
            whole = self._chain(parts)
            return whole if low else whole._replace(may_be_empty=True)
        rest = _EMPTY
        for _ in range(high - low):
            rest = self._chain([self.add(repeated), rest])._replace(may_be_empty=True)
        return self._chain([*(self.add(repeated) for _ in range(low)), rest])

    def _chain(self, parts: Sequence[_Part]) -> _Part:
        whole = parts[0]
        for part in parts[1:]:
            self._join(whole.last, part.first)
            whole = _Part(
                whole.first | (part.first if whole.may_be_empty else 0),
                part.last | (whole.last if part.may_be_empty else 0),
                whole.may_be_empty and part.may_be_empty,
            )
        return whole

    def _join(self, last: int, first: int) -> None:
        for place in _bits(last):
            self._follow[place] |= first


def _either(parts: Sequence[_Part]) -> _Part:
    first = last = 0
    for part in parts:
        first, last = first | part.first, last | part.last
    return _Part(first, last, any(part.may_be_empty for part in parts))


def _bits(places: int) -> Iterator[int]:
    while places:
        lowest = places & -places
        yield lowest.bit_length() - 1
        places ^= lowest
