"""Rules: which requests a scenario answers if they do not name a scenario.

All demands of a rule must hold. Each comparison is kept, so that a near miss can be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeGuard

from streamproof.contracts.text import short
from streamproof.mock_ai.errors import InvalidScenario, refused_at
from streamproof.mock_ai.request.context import ABSENT, check_context_name
from streamproof.mock_ai.scenario.regular_expressions import check_expression, matches

if TYPE_CHECKING:
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.request.context import RequestContext


class Comparison(StrEnum):
    """How a value is compared."""

    EQUALS = "equals"
    CONTAINS = "contains"
    REGEX = "regex"
    PRESENT = "present"


class ComparedCondition(NamedTuple):
    """One condition of a rule, compared with a request."""

    fact: str
    wanted: str
    got: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What one value of a request must be."""

    fact: str
    how: Comparison
    wanted: Any
    at: DocumentPath = field(default=(), compare=False)
    """Its path in the file."""

    def __post_init__(self) -> None:
        """Reject an unknown name, and an invalid pattern."""
        check_context_name(self.fact)
        if self.how is Comparison.REGEX:
            check_expression(self.wanted)

    def compare(self, context: RequestContext) -> tuple[ComparedCondition, ...]:
        """Compare the condition with a request."""
        got = context.value(self.fact)
        shown = ABSENT.value if got is ABSENT else short(list(got) if several(got) else got)
        wanted = _WORDS[self.how](self.wanted)
        return (ComparedCondition(self.fact, wanted, shown, self.fits(got)),)

    def fits(self, got: object) -> bool:
        """Tell whether a value fits; of several values, one must fit."""
        if several(got) and self.how is not Comparison.PRESENT:
            return any(self.fits(one) for one in got)
        return bool(_FITS[self.how](self.wanted, got))


@dataclass(frozen=True, slots=True)
class Rule:
    """Demands that must all be met."""

    demands: tuple[Demand, ...]
    at: DocumentPath = field(default=(), compare=False)
    """Its path in the file."""

    def compare(self, context: RequestContext) -> tuple[ComparedCondition, ...]:
        """Compare every demand with a request."""
        return tuple(one for demand in self.demands for one in demand.compare(context))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Rules of which one must hold."""

    rules: tuple[Rule, ...]

    def compare(self, context: RequestContext) -> tuple[ComparedCondition, ...]:
        """Compare the rules with a request; return the result of the one that comes nearest."""
        compared = [rule.compare(context) for rule in self.rules]
        nearest = min(range(len(compared)), key=lambda n: len(misses(compared[n])))
        return tuple(one._replace(fact=f"any[{nearest}].{one.fact}") for one in compared[nearest])


@dataclass(frozen=True, slots=True)
class Not:
    """A rule that must not hold."""

    rule: Rule

    def compare(self, context: RequestContext) -> tuple[ComparedCondition, ...]:
        """Compare the rule with a request; if it holds, none of its conditions fits."""
        compared = self.rule.compare(context)
        fits = not fit(compared)
        return tuple(one._replace(wanted=f"not {one.wanted}", fits=fits) for one in compared)


Demand: TypeAlias = Condition | AnyOf | Not


def demands_method(rule: Rule | Demand, method: str) -> bool:
    """Tell whether a rule compares the method of a request, and this one fits."""
    match rule:
        case Condition(fact="method"):
            return rule.fits(method)
        case Rule(parts) | AnyOf(parts):
            return any(demands_method(part, method) for part in parts)
    return False


def several(value: object) -> TypeGuard[tuple[object, ...]]:
    """Tell whether a value of a request is several values, such as the names of its tools."""
    return isinstance(value, tuple)


def fit(compared: Iterable[ComparedCondition]) -> bool:
    """Tell whether all conditions hold."""
    return all(one.fits for one in compared)


def misses(compared: Iterable[ComparedCondition]) -> list[ComparedCondition]:
    """Return the conditions that do not hold."""
    return [one for one in compared if not one.fits]


def read_rule(value: Mapping[str, Any], *at: str | int) -> Rule:
    """Build a rule from its values; raises `InvalidScenario` with the path from `at`."""
    return Rule(tuple(one for key in value for one in _demands(key, value[key], *at, key)), at)


def wrong_conditions(value: Mapping[str, Any], *at: str | int) -> Iterator[InvalidScenario]:
    """Yield the error of each invalid condition in the values of a rule."""
    for key, wanted in value.items():
        if key == "any":
            for number, rule in enumerate(wanted):
                yield from wrong_conditions(rule, *at, key, number)
        elif key == "not":
            yield from wrong_conditions(wanted, *at, key)
        elif key in _FAMILIES:
            yield from filter(None, (_wrong({key: {name: wanted[name]}}, *at) for name in wanted))
        else:
            yield from filter(None, [_wrong({key: wanted}, *at)])


def _wrong(condition: Mapping[str, Any], *at: str | int) -> InvalidScenario | None:
    try:
        read_rule(condition, *at)
    except InvalidScenario as error:
        return error
    return None


_FAMILIES: Final = {"headers": "header", "query": "query", "json": "json"}


def _demands(key: str, wanted: Any, *at: str | int) -> Iterator[Demand]:  # noqa: ANN401  # any JSON value
    if key == "any":
        yield AnyOf(tuple(read_rule(rule, *at, n) for n, rule in enumerate(wanted)))
    elif key == "not":
        yield Not(read_rule(wanted, *at))
    elif key in _FAMILIES:
        for name, one in wanted.items():
            yield _condition(f"{_FAMILIES[key]}.{name}", one, *at, name)
    else:
        yield _condition(key, wanted, *at)


def _condition(name: str, value: Any, *at: str | int) -> Condition:  # noqa: ANN401  # any JSON value
    how, wanted = (
        next(iter(value.items())) if isinstance(value, dict) else (Comparison.EQUALS, value)
    )
    with refused_at(*at):
        check_context_name(name)
    with refused_at(*at, *([how] if isinstance(value, dict) else [])):
        return Condition(name, Comparison(how), wanted, at)


def _equal(wanted: object, got: object) -> bool:
    return wanted == got and isinstance(wanted, bool) == isinstance(got, bool)


_FITS: Final[Mapping[Comparison, Callable[[Any, Any], object]]] = {
    Comparison.EQUALS: _equal,
    Comparison.CONTAINS: lambda wanted, got: (
        isinstance(got, str) and wanted.casefold() in got.casefold()
    ),
    Comparison.REGEX: lambda wanted, got: isinstance(got, str) and matches(wanted, got),
    Comparison.PRESENT: lambda wanted, got: wanted is (got is not ABSENT),
}
_WORDS: Final[Mapping[Comparison, Callable[[Any], str]]] = {
    Comparison.EQUALS: short,
    Comparison.CONTAINS: lambda wanted: f"text that contains {short(wanted)}",
    Comparison.REGEX: lambda wanted: f"text that matches {short(wanted)}",
    Comparison.PRESENT: lambda wanted: "anything" if wanted else ABSENT.value,
}
