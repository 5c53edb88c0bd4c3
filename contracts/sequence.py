"""The order of events as a pattern, `content* (sources content*)? end`, and its automaton.

A pattern has names, `( )`, `|`, and after a part `*`, `+`, `?`, `{n}`, `{n,}` or `{m,n}`.
It is compiled once by Brzozowski's derivatives: the state after an event is the pattern of what
may still come, which is why the automaton can always say what it allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from contracts.errors import PatternError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_STATES: Final = 1_000
MAX_LENGTH: Final = 200
MAX_OPTIONS: Final = 100
MAX_NESTING: Final = 50

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][\w-]*)|\{(?P<low>\d{1,3})(?:(?P<comma>,)(?P<high>\d{1,3})?)?\}"
    r"|(?P<sign>[()|*+?]))"
)
_REPEATS: Final[Mapping[str, tuple[int, int | None]]] = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Nothing:
    """Matches no sequence at all."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Matches the sequence of no events."""


@dataclass(frozen=True, slots=True)
class Name:
    """Matches one event of a kind."""

    name: str


@dataclass(frozen=True, slots=True)
class Then:
    """Matches one part, then the other."""

    first: Pattern
    second: Pattern


@dataclass(frozen=True, slots=True)
class Either:
    """Matches one of several parts."""

    options: frozenset[Pattern]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Matches a part at least `low` and at most `high` times; None is without end."""

    part: Pattern
    low: int
    high: int | None


Pattern: TypeAlias = Nothing | Empty | Name | Then | Either | Repeat


@dataclass(frozen=True, slots=True)
class Automaton:
    """A place in a pattern: what may come now, and whether the stream may stop here."""

    _table: tuple[Mapping[str, int], ...] = field(repr=False)
    _accepting: frozenset[int] = field(repr=False)
    _names: tuple[str, ...]
    _state: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the pattern, in the order in which it has them."""
        return self._names

    @property
    def allowed(self) -> tuple[str, ...]:
        """The names that may come next."""
        return tuple(self._table[self._state])

    @property
    def accepting(self) -> bool:
        """Whether the stream may stop here."""
        return self._state in self._accepting

    def step(self, name: str) -> Automaton:
        """Return the place after one more event; raises KeyError for what is not allowed."""
        following = self._table[self._state][name]
        return Automaton(self._table, self._accepting, self._names, following)

    def accepts(self, names: Iterable[str]) -> bool:
        """Tell whether a whole sequence fits."""
        place = self
        for name in names:
            if name not in place._table[place._state]:
                return False
            place = place.step(name)
        return place.accepting


def parse(text: str) -> Automaton:
    """Compile a pattern; raises `PatternError`, with the offset, for what is none."""
    if len(text) > MAX_LENGTH:
        raise PatternError(f"the pattern has more than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(text)
    return _compile(parser.pattern(), tuple(parser.names))


class _Parser:
    """Reads a pattern by recursive descent: options of chains of repeated parts."""

    def __init__(self, text: str) -> None:
        self.names: dict[str, None] = {}
        self._text = text
        self._at = 0
        self._nesting = 0
        self._token = self._next()

    def pattern(self) -> Pattern:
        found = self._options()
        if self._token:
            raise self._unexpected()
        return found

    def _options(self) -> Pattern:
        options = [self._chain()]
        while self._sign("|"):
            options.append(self._chain())
        return _either(options)

    def _chain(self) -> Pattern:
        parts = [self._repeated()]
        while self._token and (self._token["name"] or self._token["sign"] == "("):
            parts.append(self._repeated())
        found = parts.pop()
        while parts:
            found = _then(parts.pop(), found)
        return found

    def _repeated(self) -> Pattern:
        part = self._part()
        while self._token and (self._token["low"] or self._token["sign"] in _REPEATS):
            low, high = self._count(self._token)
            self._token = self._next()
            part = Repeat(part, low, high)
        return part

    def _part(self) -> Pattern:
        token = self._token
        if token and token["name"]:
            self._token = self._next()
            self.names[token["name"]] = None
            return Name(token["name"])
        if not self._sign("("):
            raise self._unexpected()
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise PatternError(f"nested deeper than {MAX_NESTING}", self._at)
        found = self._options()
        if not self._sign(")"):
            raise self._unexpected()
        self._nesting -= 1
        return found

    def _count(self, token: re.Match[str]) -> tuple[int, int | None]:
        if token["sign"]:
            return _REPEATS[token["sign"]]
        low = int(token["low"])
        high = (int(token["high"]) if token["high"] else None) if token["comma"] else low
        if high is not None and high < max(low, 1):
            raise PatternError(f"the count {token[0].strip()} matches nothing", token.start())
        return low, high

    def _sign(self, sign: str) -> bool:
        if not self._token or self._token["sign"] != sign:
            return False
        self._token = self._next()
        return True

    def _next(self) -> re.Match[str] | None:
        token = _TOKEN.match(self._text, self._at)
        if token:
            self._at = token.end()
        elif self._text[self._at :].strip():
            raise self._unexpected(self._at)
        return token

    def _unexpected(self, at: int | None = None) -> PatternError:
        if at is None:
            at = self._token.end() - len(self._token[0].lstrip()) if self._token else self._at
        rest = self._text[at:].strip()
        message = f"did not expect '{rest[:10]}' here" if rest else "the pattern stops too early"
        return PatternError(message, at)


def _compile(pattern: Pattern, names: tuple[str, ...]) -> Automaton:
    """Give every pattern that can be reached a number; equal patterns are one state."""
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
    accepting = frozenset(number for state, number in states.items() if _may_stop(state))
    return Automaton(tuple(table), accepting, names)


@cache
def _may_stop(pattern: Pattern) -> bool:
    match pattern:
        case Empty():
            return True
        case Then(first, second):
            return _may_stop(first) and _may_stop(second)
        case Either(options):
            return any(_may_stop(option) for option in options)
        case Repeat(part, low):
            return low == 0 or _may_stop(part)
    return False


def _after(pattern: Pattern, name: str) -> Pattern:
    """Return what may follow `name`: the derivative of the pattern."""
    match pattern:
        case Name(expected):
            return Empty() if name == expected else Nothing()
        case Then(first, second):
            through = _then(_after(first, name), second)
            return _either([through, _after(second, name)]) if _may_stop(first) else through
        case Either(options):
            return _either([_after(option, name) for option in options])
        case Repeat(part, low, high):
            rest = _repeat(part, max(0, low - 1), None if high is None else high - 1)
            return _then(_after(part, name), rest)
    return Nothing()


def _then(first: Pattern, second: Pattern) -> Pattern:
    if Nothing() in (first, second):
        return Nothing()
    if isinstance(first, Empty):
        return second
    if isinstance(first, Then):  # one shape for one meaning keeps the states few
        return Then(first.first, _then(first.second, second))
    return first if isinstance(second, Empty) else Then(first, second)


def _either(options: Iterable[Pattern]) -> Pattern:
    flat: set[Pattern] = set()
    for option in options:
        flat |= option.options if isinstance(option, Either) else {option}
    flat.discard(Nothing())
    if len(flat) > MAX_OPTIONS:
        raise PatternError(f"more than {MAX_OPTIONS} ways to read the same events", 0)
    if len(flat) > 1:
        return Either(frozenset(flat))
    return flat.pop() if flat else Nothing()


def _repeat(part: Pattern, low: int, high: int | None) -> Pattern:
    return Empty() if high == 0 else Repeat(part, low, high)
