"""Templates: texts with `{{names}}` for variables of the scenario and values of the request.

A value is always text for the step that contains it, so it never becomes framing. If the request
has no value for a name, the text after `|` is used, or nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from streamproof.contracts.messages import storable
from streamproof.contracts.text import did_you_mean
from streamproof.mock_ai.request.context import (
    ABSENT,
    CONTEXT_NAMES,
    RequestContext,
    check_context_name,
)
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.request.received import ReceivedRequest
from streamproof.mock_ai.request.target import CHAT_PATH

Fill: TypeAlias = Callable[[str], object]

_NAME_IN_BRACES: Final = re.compile(r"\{\{([^{}|]+)(?:\|([^{}]*))?\}\}")
_REPETITION: Final = "n"

# Templates are checked with this request before there is a real one.
SAMPLE: Final = RequestContext(ReceivedRequest("POST", CHAT_PATH), Question("What is our policy?"))


def fill_in(value: Any, fill: Fill) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Replace every text in a JSON value by what `fill` makes of it; keys stay as they are."""
    if isinstance(value, dict):
        return {key: fill_in(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, fill) for item in value]
    return fill(value) if isinstance(value, str) else value


def check_names(names: Iterable[str]) -> None:
    """Raise ValueError for variables with a name that every request has."""
    for name in names:
        if name in CONTEXT_NAMES or name == _REPETITION:
            raise ValueError(f"'{name}' is a value of every request; choose another name")


@dataclass(slots=True)
class Template:
    """Fills the texts of one reply; `n` is the number of the innermost repetition, from 1."""

    variables: Mapping[str, str | int]
    context: RequestContext = field(default_factory=lambda: SAMPLE)
    n: int = 1

    def __call__(self, text: str) -> str:
        """Replace names by their values; raises ValueError for an unknown name."""
        return _NAME_IN_BRACES.sub(self._value, text)

    def value_of(self, text: str) -> object:
        """Return the value of a text: if it is exactly one name, with the type of the value.

        A value that the request does not have is null, unless the text has a default.
        """
        match = _NAME_IN_BRACES.fullmatch(text)
        if match is None:
            return self(text)
        value = self._value_of_name(match[1].strip())
        return match[2] if value is ABSENT else value

    def _value(self, match: re.Match[str]) -> str:
        value = self._value_of_name(match[1].strip())
        if value is ABSENT:
            return match[2] or ""
        if isinstance(value, tuple):
            return storable(", ".join(value))
        return value if isinstance(value, str) else storable(json.dumps(value, ensure_ascii=False))

    def _value_of_name(self, name: str) -> object:
        if name == _REPETITION:
            return self.n
        if name in self.variables:
            return self.variables[name]
        value = self._context_value(name)
        return storable(value) if isinstance(value, str) else value

    def _context_value(self, name: str) -> object:
        try:
            check_context_name(name)
        except ValueError as error:
            names = [*self.variables, *CONTEXT_NAMES, _REPETITION]
            advice = did_you_mean(name, names) or f"the names are {', '.join(names)}"
            raise ValueError(f"unknown name '{{{{{name}}}}}'; {advice}") from error
        return self.context.value(name)
