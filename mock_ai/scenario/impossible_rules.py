"""Rules that can never hold: no request has a value, or two conditions exclude each other.

A rule is written as the ways in which it can hold; each way is a list of claims. A rule is
impossible if every way contradicts itself. What cannot be decided counts as possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations, product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from streamproof.contracts.source.path import format_path
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.request.context import ABSENT, value_inside
from streamproof.mock_ai.request.received import has_json
from streamproof.mock_ai.scenario.impossible_values import (
    DOMAINS,
    METHODS,
    always_there,
    fact_of,
    impossible,
    reaching_methods,
)
from streamproof.mock_ai.scenario.rules import AnyOf, Comparison, Condition, Not, Rule

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.scenario.rules import Demand

_UNKNOWN: Final = object()
_MOST_WAYS: Final = 1_000
"""A rule with more ways is not checked as a whole; the rules inside it are."""


class _Claim(NamedTuple):
    """A condition that must hold, or must not."""

    condition: Condition
    holds: bool

    def accepts(self, value: object) -> bool:
        return self.condition.fits(value) is self.holds


_Way: TypeAlias = tuple[_Claim, ...]


class _Contradiction(NamedTuple):
    """A condition that cannot hold: because of its value, or because of another condition."""

    condition: Condition
    other: Condition | None = None
    why: str = ""

    def error(self, at: DocumentPath) -> InvalidScenario:
        """Return the error at one of the conditions, if possible at one below a path."""
        here, there = self.condition, self.other
        if there is not None and here.at[: len(at)] != at:
            here, there = there, here
        reason = "" if there is None else f"{format_path(there.at)} excludes it"
        message = ", because ".join(filter(None, (reason, self.why)))
        return InvalidScenario(here.at, f"this can never hold: {message}")


def never_holding(rule: Rule) -> Iterator[InvalidScenario]:
    """Yield an error for each rule that can never hold: for the rule, or for those inside it."""
    inside = [error for inner in _rules_inside(rule) for error in never_holding(inner)]
    if inside:
        yield from inside
        return
    contradiction = _contradiction_of(rule)
    if contradiction is not None:
        yield contradiction.error(rule.at)
        return
    for index, demand in enumerate(rule.demands):
        if isinstance(demand, AnyOf):
            others = (*rule.demands[:index], *rule.demands[index + 1 :])
            for alternative in demand.rules:
                together = Rule((*others, *alternative.demands))
                if (found := _contradiction_of(together)) is not None:
                    yield found.error(alternative.at)


def _rules_inside(rule: Rule) -> Iterator[Rule]:
    for demand in rule.demands:
        if isinstance(demand, AnyOf):
            yield from demand.rules
        elif isinstance(demand, Not):
            yield demand.rule


def _contradiction_of(rule: Rule) -> _Contradiction | None:
    """Return why no way of a rule is possible; None if one is, or if there are too many."""
    try:
        ways = _ways(rule, holds=True)
    except _TooManyWays:
        return None
    found = [_contradiction_in(way) for way in ways]
    return found[0] if all(found) else None


class _TooManyWays(Exception):  # noqa: N818  # it is not an error
    """The ways of a rule are too many to look at."""


def _ways(part: Rule | Demand, *, holds: bool) -> list[_Way]:
    """Return the ways in which a part of a rule holds, or does not hold."""
    match part:
        case Condition():
            return [(_Claim(part, holds),)]
        case Not(rule):
            return _ways(rule, holds=not holds)
        case Rule(parts) | AnyOf(parts):
            each = [_ways(one, holds=holds) for one in parts]
            together = isinstance(part, Rule) is holds
            return _all_of(each) if together else _limited([way for ways in each for way in ways])


def _all_of(each: Iterable[list[_Way]]) -> list[_Way]:
    """Return the ways in which all of several parts have theirs."""
    found: list[_Way] = [()]
    for ways in each:
        found = _limited([(*before, *way) for before, way in product(found, ways)])
    return found


def _limited(ways: list[_Way]) -> list[_Way]:
    if len(ways) > _MOST_WAYS:
        raise _TooManyWays
    return ways


def _contradiction_in(way: _Way) -> _Contradiction | None:
    """Return why not all claims can be true."""
    for claim in way:
        if (why := _impossible(claim)) is not None:
            return _Contradiction(claim.condition, why=why)
    facts: defaultdict[tuple[str, str], list[_Claim]] = defaultdict(list)
    for claim in way:
        facts[fact_of(claim.condition)].append(claim)
    for (fact, _), claims in facts.items():
        if (found := _contradiction_about(fact, claims)) is not None:
            return found
    for find in (_in_json, _by_method, _by_turn):
        if (found := find(facts)) is not None:
            return found
    return None


def _impossible(claim: _Claim) -> str | None:
    """Return why a claim alone can never be true; None if it can."""
    if _known_value(claim) is ABSENT and (why := always_there(claim.condition)) is not None:
        return why
    return impossible(claim.condition) if claim.holds else None


_Facts: TypeAlias = "Mapping[tuple[str, str], list[_Claim]]"


def _contradiction_about(fact: str, claims: Sequence[_Claim]) -> _Contradiction | None:
    """Return a contradiction between claims about one fact."""
    for one in claims:
        known = _known_value(one)
        if known is not _UNKNOWN and (fact != "tools" or known is ABSENT):
            return _first_against(one, claims, known)
    if fact in DOMAINS and not any(_all_accept(claims, value) for value in DOMAINS[fact]):
        return _excludes(claims[0], claims[-1])
    for one, other in permutations(claims, 2):
        if one.holds and not other.holds and _implies(one.condition, other.condition):
            return _excludes(one, other)
    return None


def _known_value(claim: _Claim) -> object:
    """Return the only value that a claim accepts, or `_UNKNOWN`."""
    condition, holds = claim
    if condition.how is Comparison.PRESENT:
        return ABSENT if condition.wanted is not holds else _UNKNOWN
    return condition.wanted if holds and condition.how is Comparison.EQUALS else _UNKNOWN


def _implies(one: Condition, other: Condition) -> bool:
    """Tell whether every value that fits one condition is known to fit the other."""
    if one.how is other.how is Comparison.CONTAINS:
        return other.wanted.casefold() in one.wanted.casefold()
    return (one.how, one.wanted) == (other.how, other.wanted)


def _all_accept(claims: Iterable[_Claim], value: object) -> bool:
    return all(claim.accepts(value) for claim in claims)


def _first_against(
    one: _Claim, claims: Iterable[_Claim], value: object, why: str = ""
) -> _Contradiction | None:
    """Return the first claim that does not accept the value that another claim needs."""
    other = next((claim for claim in claims if not claim.accepts(value)), None)
    return None if other is None else _excludes(one, other, why)


def _excludes(one: _Claim, other: _Claim, why: str = "") -> _Contradiction:
    return _Contradiction(other.condition, one.condition, why)


def _in_json(facts: _Facts) -> _Contradiction | None:
    """Return a contradiction between a value of the body and a value inside it."""
    claims = {
        tuple(name.split(".")): found for (fact, name), found in facts.items() if fact == "json"
    }
    for outer, inner in permutations(claims, 2):
        if inner[: len(outer)] != outer or inner == outer:
            continue
        for one in claims[outer]:
            known = _known_value(one)
            if one.holds and one.condition.how in (Comparison.CONTAINS, Comparison.REGEX):
                known = ""  # it is text
            if known is not _UNKNOWN:
                value = value_inside(known, inner[len(outer) :])
                if (found := _first_against(one, claims[inner], value)) is not None:
                    return found
    return None


def _by_method(facts: _Facts) -> _Contradiction | None:
    """Return a contradiction of the method with the path or the body."""
    of_method, of_path = facts.get(("method", ""), []), facts.get(("path", ""), [])
    methods = [method for method in METHODS if _all_accept(of_method, method)]
    for claim in of_path:
        path = _known_value(claim)
        reaching = reaching_methods(path) if isinstance(path, str) else METHODS
        if of_method and not set(methods) & set(reaching):
            why = f"at {path} a rule can have only the method {' or '.join(reaching)}"
            return _excludes(claim, of_method[0], why)
    if any(map(has_json, methods)):
        return None
    of_json = [one for (fact, _), found in facts.items() if fact == "json" for one in found]
    why = f"a {methods[0]} has no JSON body; use query"
    return _first_against(of_method[0], of_json, ABSENT, why)


def _by_turn(facts: _Facts) -> _Contradiction | None:
    """Return a contradiction of the turn with the result of a tool."""
    for claim in facts.get(("turn", ""), ()):
        turn = _known_value(claim)
        results = facts.get(("tool_result", ""), [])
        if turn == 1:
            return _first_against(claim, results, ABSENT, "turn 1 has no result of a tool")
        absent = next((one for one in results if _known_value(one) is ABSENT), None)
        if isinstance(turn, int) and absent is not None:
            return _excludes(claim, absent, f"turn {turn} has a result of a tool")
    return None
