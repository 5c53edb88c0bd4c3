"""Rules: which requests a scenario answers where no name is given.

All conditions of a rule must hold. Each comparison is kept, so that a near miss can be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import regex

from contracts.validation import short
from mock_ai.errors import refused_at
from mock_ai.facts import ABSENT, check_fact

if TYPE_CHECKING:
    from mock_ai.facts import Facts


MATCH_SECONDS: Final = 0.1
"""A pattern that takes longer on a value does not match it: all streams wait meanwhile."""


class How(StrEnum):
    """How a value is compared."""

    EQUALS = "equals"
    CONTAINS = "contains"
    REGEX = "regex"
    PRESENT = "present"


class Compared(NamedTuple):
    """One condition of a rule, held against a request."""

    fact: str
    wanted: str
    got: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What one fact about a request must be."""

    fact: str
    how: How
    wanted: Any

    def __post_init__(self) -> None:
        """Refuse an unknown fact and a pattern that is none."""
        check_fact(self.fact)
        if self.how is How.REGEX:
            _pattern(self.wanted)

    def compare(self, facts: Facts) -> Compared:
        """Hold the condition against a request."""
        got = facts.value(self.fact)
        fits = bool(_FITS[self.how](self.wanted, got))
        shown = ABSENT.value if got is ABSENT else short(got)
        return Compared(self.fact, _WORDS[self.how](self.wanted), shown, fits)


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...]

    def compare(self, facts: Facts) -> tuple[Compared, ...]:
        """Hold every condition against a request."""
        return tuple(condition.compare(facts) for condition in self.conditions)


def fit(compared: Iterable[Compared]) -> bool:
    """Tell whether all conditions hold."""
    return all(one.fits for one in compared)


def read_rule(value: Mapping[str, Any], *at: str | int) -> Rule:
    """Build a rule from the values of its key; raises `WrongScenario` with the path from `at`."""
    conditions: list[Condition] = []
    for key, wanted in value.items():
        family = _FAMILIES.get(key)
        if family is None:
            conditions.append(_condition(key, wanted, *at, key))
        else:
            conditions += (
                _condition(f"{family}.{name}", one, *at, key, name) for name, one in wanted.items()
            )
    return Rule(tuple(conditions))


_FAMILIES: Final = {"headers": "header", "json": "json"}


def _condition(fact: str, value: Any, *at: str | int) -> Condition:  # noqa: ANN401  # any JSON value
    how, wanted = next(iter(value.items())) if isinstance(value, dict) else (How.EQUALS, value)
    with refused_at(*at):
        return Condition(fact, How(how), wanted)


@lru_cache(maxsize=1_000)
def _pattern(text: str) -> regex.Pattern[str]:
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression: {error}") from error


def _matches(wanted: str, got: object) -> bool:
    if not isinstance(got, str):
        return False
    try:
        return _pattern(wanted).search(got, timeout=MATCH_SECONDS) is not None
    except TimeoutError:
        return False


def _equal(wanted: object, got: object) -> bool:
    return wanted == got and isinstance(wanted, bool) == isinstance(got, bool)


_FITS: Final[Mapping[How, Callable[[Any, Any], object]]] = {
    How.EQUALS: _equal,
    How.CONTAINS: lambda wanted, got: isinstance(got, str) and wanted.casefold() in got.casefold(),
    How.REGEX: _matches,
    How.PRESENT: lambda wanted, got: wanted is (got is not ABSENT),
}
_WORDS: Final[Mapping[How, Callable[[Any], str]]] = {
    How.EQUALS: short,
    How.CONTAINS: lambda wanted: f"text that contains {short(wanted)}",
    How.REGEX: lambda wanted: f"text that matches {short(wanted)}",
    How.PRESENT: lambda wanted: "anything" if wanted else ABSENT.value,
}
