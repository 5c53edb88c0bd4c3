"""The JSON Schema of a request for its answer: the spelling of all providers, checked once.

Gemini writes types in upper case, and sizes as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from streamproof.contracts.json_text import strict_json
from streamproof.contracts.schema import schema_error
from streamproof.contracts.source.path import format_path

MAX_SCHEMA_CHARACTERS: Final = 100_000
"""Checking a longer schema would take seconds."""

_OF_REQUEST: Final = "from: the JSON Schema of the request"
_LONGEST_REASON: Final = 200
_DIGITS: Final = re.compile("[0-9]{1,9}")


def read_schema(text: str) -> Any:  # noqa: ANN401  # any JSON Schema
    """Return a schema in the spelling of JSON Schema; raise ValueError unless it is one."""
    if len(text) > MAX_SCHEMA_CHARACTERS:
        wanted = f"wanted at most {MAX_SCHEMA_CHARACTERS:,} characters, got {len(text):,}"
        raise ValueError(f"{_OF_REQUEST} is too long: {wanted}")
    schema = _plain(strict_json(text))
    check_schema(schema)
    return schema


def check_schema(part: object) -> None:
    """Raise ValueError unless a value is a JSON Schema."""
    try:
        error = schema_error(part)
    except RecursionError as nested:
        raise ValueError(f"{_OF_REQUEST} is nested too deeply") from nested
    if error is not None:
        place = format_path(tuple(error.absolute_path)) or "its top"
        raise ValueError(f"{_OF_REQUEST} is wrong at {place}: {error.message[:_LONGEST_REASON]}")


def _plain(part: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Return a part of a schema in the spelling of JSON Schema."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {key: _SPELLINGS.get(key, _plain)(value) for key, value in part.items()}


def _in_lower_case(given: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(given, str):
        return given.lower()
    return [*map(_in_lower_case, given)] if isinstance(given, list) else _plain(given)


def _as_whole_number(given: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(given, str) and _DIGITS.fullmatch(given):
        return int(given)
    return int(given) if isinstance(given, float) and given.is_integer() else _plain(given)


_SPELLINGS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "type": _in_lower_case,
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength"), _as_whole_number),
    **dict.fromkeys(("const", "enum", "default", "examples"), lambda given: given),
}
