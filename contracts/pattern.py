"""Patterns for the order of events, as text and as a tree.

A pattern consists of names, `( )`, `|`, and the repetitions `*`, `+`, `?`, `{n}`, `{n,}`, `{m,n}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from streamproof.contracts.errors import PatternError

MAX_LENGTH: Final = 200
MAX_NESTING: Final = 50
MAX_OPTIONS: Final = 100

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
    """Matches no sequence, not even the empty one."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Matches the empty sequence."""


@dataclass(frozen=True, slots=True)
class Name:
    """Matches one event of a kind."""

    name: str


@dataclass(frozen=True, slots=True)
class Then:
    """Matches one pattern, then another."""

    first: Pattern
    second: Pattern


@dataclass(frozen=True, slots=True)
class Either:
    """Matches one of several patterns."""

    options: frozenset[Pattern]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Matches a pattern `low` to `high` times; None means without a limit."""

    repeated: Pattern
    low: int
    high: int | None


Pattern: TypeAlias = Nothing | Empty | Name | Then | Either | Repeat


def parse_pattern(text: str) -> tuple[Pattern, tuple[str, ...]]:
    """Return a pattern and its names in order; raises `PatternError` with the offset."""
    if len(text) > MAX_LENGTH:
        raise PatternError(f"the pattern has more than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(text)
    return parser.pattern(), tuple(parser.names)


def then(first: Pattern, second: Pattern) -> Pattern:
    """Return one pattern after another, in a form that equal chains share."""
    if Nothing() in (first, second):
        return Nothing()
    if isinstance(first, Empty):
        return second
    if isinstance(first, Then):  # equal patterns are one state, so equal forms keep them few
        return Then(first.first, then(first.second, second))
    return first if isinstance(second, Empty) else Then(first, second)


def either(options: Iterable[Pattern]) -> Pattern:
    """Return a choice, without duplicates and options that match nothing."""
    flat: set[Pattern] = set()
    for option in options:
        flat |= option.options if isinstance(option, Either) else {option}
    flat.discard(Nothing())
    if len(flat) > MAX_OPTIONS:
        raise PatternError(
            f"the pattern has more than {MAX_OPTIONS} ways to read the same events", 0
        )
    if len(flat) > 1:
        return Either(frozenset(flat))
    return flat.pop() if flat else Nothing()


def repeat(repeated: Pattern, low: int, high: int | None) -> Pattern:
    """Return a repetition; at most 0 times is the empty pattern."""
    return Empty() if high == 0 else Repeat(repeated, low, high)


class _Parser:
    """Parses a pattern by recursive descent: options of chains of repeated terms."""

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
        return either(options)

    def _chain(self) -> Pattern:
        terms = [self._repeated()]
        while self._token and (self._token["name"] or self._token["sign"] == "("):
            terms.append(self._repeated())
        found = terms.pop()
        while terms:
            found = then(terms.pop(), found)
        return found

    def _repeated(self) -> Pattern:
        term = self._term()
        while self._token and (self._token["low"] or self._token["sign"] in _REPEATS):
            low, high = self._count(self._token)
            self._token = self._next()
            term = Repeat(term, low, high)
        return term

    def _term(self) -> Pattern:
        token = self._token
        if token and token["name"]:
            self._token = self._next()
            self.names[token["name"]] = None
            return Name(token["name"])
        if not self._sign("("):
            raise self._unexpected()
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise PatternError(f"the pattern is nested deeper than {MAX_NESTING} levels", self._at)
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
            raise PatternError(f"the repetition {token[0].strip()} matches nothing", token.start())
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
        message = f"did not expect '{rest[:10]}' here" if rest else "the pattern ends too early"
        return PatternError(message, at)
