"""Which scenario answers: one that is named, else by a rule, else the default.

It is named by URL, header, query, question, or the control API, in this order; the first of these
that is given decides, also where it names nothing that is there: what was asked
for by name is never replaced by something else. Of several rules that hold, the one with the most
conditions wins, then the first name in the alphabet.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.mock_ai.scenario.rules import ComparedCondition, fit, misses

if TYPE_CHECKING:
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.request.question import Question
    from streamproof.mock_ai.scenario.model import Scenario

MAX_NEAR: Final = 3
MAX_COUNTED: Final = 100_000

_NAMED_IN_QUESTION: Final = re.compile(r"/([a-z0-9]+(?:-[a-z0-9]+)*)(?!\S)")


class NamedScenarios(NamedTuple):
    """The names that a request gives, in the order in which they count."""

    prefix: str | None = None
    header: str | None = None
    query: str | None = None
    standing: Callable[[Question], str | None] = lambda _: None
    """What the control API has queued or made active; it is asked where the request names none."""


class NearMiss(NamedTuple):
    """A scenario that nearly answered, and why it did not; `fields` holds its rule against it."""

    scenario: str
    title: str
    why: str
    fields: tuple[ComparedCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Nothing answers."""

    message: str
    near: tuple[NearMiss, ...]


def choose_scenario(
    scenarios: Mapping[str, Scenario],
    named: NamedScenarios,
    context: RequestContext,
    default: str | None = None,
) -> Scenario | Unmatched:
    """Return the scenario that answers, or the nearest ones."""
    where, name = _wanted(named, context.question)
    if name is None:
        found = _by_rule(scenarios, context)
        if isinstance(found, str):
            return scenarios[found]
        if default is None:
            message = "no scenario was asked for, no rule holds, and there is no default"
            return Unmatched(message, found or _first(scenarios))
        where, name = "the default", default
    if name in scenarios:
        return scenarios[name]
    return Unmatched(f"no scenario is named '{name}'", _near(scenarios, where, name))


def _by_rule(
    scenarios: Mapping[str, Scenario], context: RequestContext
) -> str | tuple[NearMiss, ...]:
    """Return whose rule holds, or whose rules nearly do."""
    compared = dict(_compared(scenarios, context))
    holding = {name: len(fields) for name, fields in compared.items() if fit(fields)}
    if holding:
        return min(holding, key=lambda name: (-holding[name], name))
    missed = {name: misses(fields) for name, fields in compared.items()}
    nearest = sorted(missed, key=lambda name: (len(missed[name]) / len(compared[name]), name))
    return tuple(
        NearMiss(name, scenarios[name].title, _why(missed[name]), compared[name])
        for name in nearest[:MAX_NEAR]
    )


def _compared(
    scenarios: Mapping[str, Scenario], context: RequestContext
) -> Iterator[tuple[str, tuple[ComparedCondition, ...]]]:
    for name, scenario in scenarios.items():
        if scenario.when is not None:
            yield name, scenario.when.compare(context)


def _why(missed: list[ComparedCondition]) -> str:
    return "; ".join(f"{miss.fact}: wanted {miss.wanted}, got {miss.got}" for miss in missed)


def _wanted(named: NamedScenarios, question: Question) -> tuple[str, str | None]:
    if named.prefix is not None:
        return "the URL prefix /s/", named.prefix
    if named.header is not None:
        return "the header X-Scenario", named.header
    if named.query is not None:
        return "the query ?scenario=", named.query
    in_question = _NAMED_IN_QUESTION.match(question.question)
    if in_question:
        return "the first word of the question", in_question[1]
    return "the control API", named.standing(question)


def _near(scenarios: Mapping[str, Scenario], where: str, name: str) -> tuple[NearMiss, ...]:
    names = get_close_matches(name.lower(), scenarios, n=MAX_NEAR, cutoff=0.5)
    why = f"{where} asks for '{name}', which is spelt differently"
    return tuple(NearMiss(near, scenarios[near].title, why) for near in names)


def _first(scenarios: Mapping[str, Scenario]) -> tuple[NearMiss, ...]:
    why = "it has no rule, and its name is in none of URL, X-Scenario, ?scenario= and question"
    return tuple(
        NearMiss(name, scenarios[name].title, why) for name in sorted(scenarios)[:MAX_NEAR]
    )


class Attempts:
    """Counts how often a scenario was asked the same message; the oldest are forgotten."""

    def __init__(self, max_counted: int = MAX_COUNTED) -> None:
        self._counts: OrderedDict[tuple[str | None, ...], int] = OrderedDict()
        self._max_counted = max_counted

    def count(self, question: Question, scenario: str = "") -> int:
        """Count a request for a message, by default of all scenarios; return its number, from 1."""
        if question.message_id is not None:
            key: tuple[str | None, ...] = (scenario, question.message_id)
        else:
            key = (scenario, question.question, question.room_id)
        count = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > self._max_counted:
            self._counts.popitem(last=False)
        return count
