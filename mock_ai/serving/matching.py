"""Which scenario answers a request: a named one, else one by its rule, else the default.

The name comes from the URL, a header, the query, the question or the control API, in this order.
The first name given decides, even if there is no such scenario: the mock never plays another
scenario instead of a named one. If several rules hold, the one with the most conditions wins, then
the first name in alphabetical order.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from streamproof.mock_ai.request.received import rules_apply
from streamproof.mock_ai.scenario.names import named_in_question
from streamproof.mock_ai.scenario.rules import ComparedCondition, demands_method, fit, misses

if TYPE_CHECKING:
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

PREFLIGHT_METHOD: Final = "OPTIONS"
MAX_NEAR: Final = 3
MAX_COUNTED: Final = 100_000

_ADVICE: Final = "put /s/NAME before the path to name a scenario"
_NO_DEFAULT: Final = (
    f"the request does not name a scenario, no rule matches, and no default is set; {_ADVICE}"
)


TakeSelected: TypeAlias = "Callable[[RequestContext, Mapping[str, ScenarioSummary]], str | None]"


class NamedScenarios(NamedTuple):
    """The names that a request gives, in the order of their priority."""

    prefix: str | None = None
    header: str | None = None
    query: str | None = None
    in_question: bool = True
    """Whether the first word of the question can name one."""
    take_selected: TakeSelected = lambda *_: None
    """Takes the scenario that the control API selected, if the request does not name one."""


class NearMiss(NamedTuple):
    """A scenario that nearly answered, and why it did not; `fields` are its conditions."""

    scenario: str
    title: str
    why: str
    fields: tuple[ComparedCondition, ...] = ()


@dataclass(frozen=True, slots=True)
class Unmatched:
    """No scenario answers."""

    message: str
    near: tuple[NearMiss, ...]
    named: bool = False
    """Whether the request names a scenario, which does not exist."""

    def as_json(self) -> Mapping[str, object]:
        """Return the body of the reply."""
        near = [
            {**near._asdict(), "fields": [field._asdict() for field in near.fields]}
            for near in self.near
        ]
        return {"error": self.message, "near": near}


def choose_scenario(
    scenarios: Mapping[str, ScenarioSummary],
    named: NamedScenarios,
    context: RequestContext,
    default: str | None = None,
) -> ScenarioSummary | Unmatched:
    """Return the scenario that answers, or the nearest ones."""
    where, name = _named(named, context, scenarios)
    if name is None:
        request = context.request
        found = _by_rule(scenarios, context) if rules_apply(request.method, request.path) else ()
        if isinstance(found, str):
            return scenarios[found]
        if default is None:
            message = _NO_DEFAULT if request.asks else _not_a_question(context)
            return Unmatched(message, found)
        where, name = "the default", default
    if name in scenarios:
        return scenarios[name]
    return Unmatched(f"no scenario is named '{name}'", _near(scenarios, where, name), named=True)


def preflight_scenarios(
    scenarios: Mapping[str, ScenarioSummary],
) -> Mapping[str, ScenarioSummary]:
    """Return the scenarios whose rules demand the method of a preflight."""
    return {
        name: scenario
        for name, scenario in scenarios.items()
        if scenario.when is not None and demands_method(scenario.when, PREFLIGHT_METHOD)
    }


def _not_a_question(context: RequestContext) -> str:
    request = context.request
    return (
        f"nothing answers {request.method} {request.path}: the request does not name a scenario, "
        "and no rule matches; the queue, the active scenario and the default answer only POST; "
        f"{_ADVICE}"
    )


def _by_rule(
    scenarios: Mapping[str, ScenarioSummary], context: RequestContext
) -> str | tuple[NearMiss, ...]:
    """Return the name of the scenario whose rule holds, or those whose rules nearly hold."""
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
    scenarios: Mapping[str, ScenarioSummary], context: RequestContext
) -> Iterator[tuple[str, tuple[ComparedCondition, ...]]]:
    for name, scenario in scenarios.items():
        if scenario.when is not None:
            yield name, scenario.when.compare(context)


def _why(missed: list[ComparedCondition]) -> str:
    return "; ".join(f"{miss.fact}: wanted {miss.wanted}, got {miss.got}" for miss in missed)


def _named(
    named: NamedScenarios, context: RequestContext, scenarios: Mapping[str, ScenarioSummary]
) -> tuple[str, str | None]:
    """Return where the request names a scenario, and the name."""
    if named.prefix is not None:
        return "the URL prefix /s/", named.prefix
    if named.header is not None:
        return "the header X-Scenario", named.header
    if named.query is not None:
        return "the query ?scenario=", named.query
    in_question = named_in_question(context.question.question)
    if named.in_question and in_question is not None:
        return "the first word of the question", in_question
    return "the control API", named.take_selected(context, scenarios)


def _near(scenarios: Mapping[str, ScenarioSummary], where: str, name: str) -> tuple[NearMiss, ...]:
    names = get_close_matches(name.lower(), scenarios, n=MAX_NEAR)
    why = f"{where} names '{name}', which is spelled differently"
    return tuple(NearMiss(near, scenarios[near].title, why) for near in names)


class Attempts:
    """Counts the requests for each message, per scenario or in all; forgets the oldest counts.

    The next turn of a message is counted anew. A client that tells which retry it sends is
    believed.
    """

    def __init__(self, max_counted: int = MAX_COUNTED) -> None:
        self._counts: OrderedDict[tuple[object, ...], int] = OrderedDict()
        self._max_counted = max_counted

    def count(self, context: RequestContext, scenario: str = "") -> int:
        """Count a request for a message, by default for all scenarios together.

        Returns its number, from 1.
        """
        retries = context.request.retries
        if retries is not None:
            return retries + 1
        key = (scenario, context.question.conversation.turn, *context.message_key)
        count = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > self._max_counted:
            self._counts.popitem(last=False)
        return count
