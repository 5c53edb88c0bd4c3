"""The automaton of a pattern such as `content* (sources content*)? end`.

A pattern is compiled once, with Brzozowski's derivatives: the state after an event is the pattern
of what may still come. So each state knows which events it allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.errors import PatternError
from streamproof.contracts.pattern import (
    Either,
    Empty,
    Name,
    Nothing,
    Pattern,
    Repeat,
    Then,
    either,
    parse_pattern,
    repeat,
    then,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def compile_pattern(text: str) -> Automaton:
    """Return the automaton of a pattern; raises `PatternError` with the offset of a mistake."""
    return _compile(*parse_pattern(text))


def _compile(pattern: Pattern, names: tuple[str, ...]) -> Automaton:
    """Give each pattern that can be reached a number; equal patterns are one state."""
    states: dict[Pattern, int] = {pattern: 0}
    table: list[dict[str, int]] = []
    waiting = [pattern]
    for here in waiting:
        following = {name: _after(here, name) for name in names}
        for pattern_after in following.values():
            if pattern_after != Nothing() and pattern_after not in states:
                states[pattern_after] = len(states)
                waiting.append(pattern_after)
        table.append({name: states[p] for name, p in following.items() if p != Nothing()})
        if len(states) > MAX_STATES:
            raise PatternError(f"the pattern needs more than {MAX_STATES} states", 0)
    accepting = frozenset(number for state, number in states.items() if _may_end(state))
    return Automaton(tuple(table), accepting, names)


@cache
def _may_end(pattern: Pattern) -> bool:
    match pattern:
        case Empty():
            return True
        case Then(first, second):
            return _may_end(first) and _may_end(second)
        case Either(options):
            return any(_may_end(option) for option in options)
        case Repeat(repeated, low):
            return low == 0 or _may_end(repeated)
    return False


def _after(pattern: Pattern, name: str) -> Pattern:
    """Return what may follow `name`, which is the derivative of the pattern."""
    match pattern:
        case Name(expected):
            return Empty() if name == expected else Nothing()
        case Then(first, second):
            through = then(_after(first, name), second)
            return either([through, _after(second, name)]) if _may_end(first) else through
        case Either(options):
            return either([_after(option, name) for option in options])
        case Repeat(repeated, low, high):
            rest = repeat(repeated, max(0, low - 1), None if high is None else high - 1)
            return then(_after(repeated, name), rest)
    return Nothing()
