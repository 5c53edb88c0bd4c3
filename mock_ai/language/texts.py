"""Texts with `{{names}}` in them: variables of the scenario, and values of the request.

What stands for a name is text to the step that it is in, so it never becomes framing. A name that
the request has no value for leaves what follows a `|`, or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from contracts.messages import storable
from contracts.spelling import did_you_mean
from mock_ai.asking import Asked, Question
from mock_ai.facts import ABSENT, FACT_NAMES, Facts, check_fact

Fill: TypeAlias = Callable[[str], str]

_QUOTED: Final = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|([^{}]*))?\}\}")
_REPETITION: Final = "n"

# What a text is tried with before anybody has asked.
SAMPLE: Final = Facts(Asked("POST", "/chat/stream", (), b"", Question("What is our policy?")))


def as_it_is(text: str) -> str:
    """Fill nothing in."""
    return text


def filled_in(value: Any, fill: Fill) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Fill every text of a JSON value; keys are no texts."""
    if isinstance(value, dict):
        return {key: filled_in(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [filled_in(item, fill) for item in value]
    return fill(value) if isinstance(value, str) else value


def check_names(names: Iterable[str]) -> None:
    """Refuse with ValueError variables whose name already means something."""
    for name in names:
        if name in FACT_NAMES or name == _REPETITION:
            raise ValueError(f"'{name}' already is a value of every request")


@dataclass(slots=True)
class Filling:
    """Fills texts of one reply; `n` is the number of the innermost repetition, from 1."""

    variables: Mapping[str, str]
    facts: Facts = field(default_factory=lambda: SAMPLE)
    n: int = 1

    def __call__(self, text: str) -> str:
        """Put values in the place of names; raises ValueError for an unknown name."""
        return _QUOTED.sub(self._value, text)

    def _value(self, match: re.Match[str]) -> str:
        name, otherwise = match[1], match[2] or ""
        if name == _REPETITION:
            return str(self.n)
        if name in self.variables:
            return self.variables[name]
        value = self._fact(name)
        if value is ABSENT:
            return otherwise
        return storable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

    def _fact(self, name: str) -> object:
        try:
            check_fact(name)
        except ValueError as error:
            advice = did_you_mean(name, [*self.variables, *FACT_NAMES, _REPETITION])
            known = f"; {advice}" if advice else ""
            raise ValueError(f"nothing is known as '{{{{{name}}}}}'{known}") from error
        return self.facts.value(name)
