"""Patterns for the order of events, as text and as a tree.

A pattern consists of names, `( )`, `|`, and the repetitions `*`, `+`, `?`, `{n}`, `{n,}`, `{m,n}`.
A name begins with a letter, a digit or `_`, and may contain `.`, `/`, `-` and `:`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from streamproof.contracts.errors import PatternError

MAX_LENGTH: Final = 10_000
MAX_NESTING: Final = 50
MAX_REPEAT: Final = 999

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>\w[\w./:-]*)|\{(?P<low>\d+)(?:(?P<comma>,)(?P<high>\d+)?)?\}"
    r"|(?P<sign>[()|*+?]))"
)
_REPEATS: Final[Mapping[str, tuple[int, int | None]]] = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Name:
    """Matches one event of a kind."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Matches several patterns, one after another."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Matches one of several patterns."""

    options: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Matches a pattern `low` to `high` times; None means without a limit."""

    repeated: Pattern
    low: int
    high: int | None


Pattern: TypeAlias = Name | Chain | Choice | Repeat


def parse_pattern(text: str) -> tuple[Pattern, tuple[str, ...]]:
    """Return a pattern and its names in order; raises `PatternError` with the offset."""
    if len(text) > MAX_LENGTH:
        raise PatternError(f"the pattern has more than {MAX_LENGTH} characters", MAX_LENGTH)
    parser = _Parser(text)
    return parser.pattern(), tuple(parser.names)


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
        return Choice(tuple(options)) if len(options) > 1 else options[0]

    def _chain(self) -> Pattern:
        parts = [self._repeated()]
        while self._token and (self._token["name"] or self._token["sign"] == "("):
            parts.append(self._repeated())
        return Chain(tuple(parts)) if len(parts) > 1 else parts[0]

    def _repeated(self) -> Pattern:
        term = self._term()
        nesting = self._nesting
        while self._token and (self._token["low"] or self._token["sign"] in _REPEATS):
            low, high = self._count(self._token)
            self._enter()
            self._token = self._next()
            term = Repeat(term, low, high)
        self._nesting = nesting
        return term

    def _term(self) -> Pattern:
        token = self._token
        if token and token["name"]:
            self._token = self._next()
            self.names[token["name"]] = None
            return Name(token["name"])
        if not (token and token["sign"] == "("):
            raise self._unexpected()
        self._enter()
        self._token = self._next()
        found = self._options()
        if not self._sign(")"):
            raise self._unexpected()
        self._nesting -= 1
        return found

    def _enter(self) -> None:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            message = f"the pattern is nested deeper than {MAX_NESTING} levels"
            raise PatternError(message, self._start())

    def _start(self) -> int:
        """Return the offset of the token."""
        return self._token.end() - len(self._token[0].lstrip()) if self._token else self._at

    def _count(self, token: re.Match[str]) -> tuple[int, int | None]:
        if token["sign"]:
            return _REPEATS[token["sign"]]
        low = self._number(token["low"])
        high = (self._number(token["high"]) if token["high"] else None) if token["comma"] else low
        if high is not None and high < max(low, 1):
            raise PatternError(f"the repetition {token[0].strip()} matches nothing", token.start())
        return low, high

    def _number(self, digits: str) -> int:
        """Return a number of repetitions; `int` itself refuses very long numbers."""
        if len(digits.lstrip("0")) > len(str(MAX_REPEAT)):
            message = f"wanted at most {MAX_REPEAT} repetitions, got {digits[:10]}"
            raise PatternError(message, self._start())
        return int(digits)

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
        at = self._start() if at is None else at
        rest = self._text[at:].strip()
        message = f"did not expect '{rest[:10]}' here" if rest else "the pattern ends too early"
        return PatternError(message, at)
