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

from streamproof.contracts.messages import storable
from streamproof.contracts.text import did_you_mean
from streamproof.mock_ai.request.context import (
    ABSENT,
    CONTEXT_NAMES,
    RequestContext,
    check_context_name,
)
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.request.received import CHAT_PATH, ReceivedRequest

Fill: TypeAlias = Callable[[str], str]

_QUOTED: Final = re.compile(r"\{\{\s*([^{}|]+?)\s*(?:\|([^{}]*))?\}\}")
_REPETITION: Final = "n"

# Templates are checked with this request before there is a real one.
SAMPLE: Final = RequestContext(ReceivedRequest("POST", CHAT_PATH), Question("What is our policy?"))


def as_it_is(text: str) -> str:
    """Fill nothing in."""
    return text


def fill_in(value: Any, fill: Fill) -> Any:  # noqa: ANN401  # any JSON value, and one like it
    """Fill every text of a JSON value; keys are no texts."""
    if isinstance(value, dict):
        return {key: fill_in(item, fill) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, fill) for item in value]
    return fill(value) if isinstance(value, str) else value


def check_names(names: Iterable[str]) -> None:
    """Refuse with ValueError variables whose name already means something."""
    for name in names:
        if name in CONTEXT_NAMES or name == _REPETITION:
            raise ValueError(f"'{name}' already is a value of every request")


@dataclass(slots=True)
class Template:
    """Fills texts of one reply; `n` is the number of the innermost repetition, from 1."""

    variables: Mapping[str, str]
    context: RequestContext = field(default_factory=lambda: SAMPLE)
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
            check_context_name(name)
        except ValueError as error:
            advice = did_you_mean(name, [*self.variables, *CONTEXT_NAMES, _REPETITION])
            known = f"; {advice}" if advice else ""
            raise ValueError(f"nothing is known as '{{{{{name}}}}}'{known}") from error
        return self.context.value(name)
