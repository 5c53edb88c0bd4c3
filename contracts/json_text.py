"""JSON text: read as a browser reads it, read strictly to judge it, and written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_tokens import ALL_LEVELS, parse_by_token

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NESTING: Final = 500
"""The most levels of nesting that `strict_json` accepts, on every version of Python."""

_MANY_VALUES: Final = 16_384
"""Values that `json` reads in some milliseconds, without a pause for other threads."""
_DIGITS_OF_FLOATS: Final = 100
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A string without an end lasts to the end of the text: no part of a text is read twice.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


def parse_json(text: str, *, levels: int = ALL_LEVELS) -> object:
    """Read JSON text as JSON.parse does; raises `NotJson`, and nothing else.

    The last of equal keys wins, numbers are floats, NaN is not JSON, and nesting has no limit.
    With `levels`, other threads can run meanwhile, however many values the text has; a container
    inside that many others can then be None.
    """
    if levels < ALL_LEVELS and has_many_values(text):
        return parse_by_token(text, levels)
    try:
        return _LIKE_BROWSERS.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{json_problem(error)} at character {error.pos + 1}") from error
    except RecursionError:
        return parse_by_token(text, levels)


def is_json(data: bytes) -> bool:
    """Tell whether bytes are the UTF-8 of one JSON value, as `parse_json` reads it."""
    try:
        parse_json(str(data, "utf-8", "replace"))
    except NotJson:
        return False
    return True


def strict_json(text: str) -> object:
    """Read JSON text that all readers understand alike; raises `NotJson` for any other text.

    A key may not be in an object twice, and nesting has at most `MAX_NESTING` levels.
    """
    if _is_nested_deeper_than(MAX_NESTING, text):
        raise NotJson(f"nested deeper than {MAX_NESTING} levels")
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"{json_problem(error)} at character {error.pos + 1}") from error


def write_json(value: object, *, compact: bool = False) -> str:
    """Write a value as JSON, with or without a space after each separator.

    Non-ASCII characters are written as they are. Only half a surrogate pair, which UTF-8 cannot
    carry, is escaped.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":") if compact else None)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def json_problem(error: json.JSONDecodeError) -> str:
    """Return what the parser wanted, without the place."""
    problem = error.msg.replace("Expecting", "wanted", 1).replace("wanted value", "wanted a value")
    return problem[0].lower() + problem[1:].rstrip(": ").removesuffix(" at")


def has_many_values(text: str) -> bool:
    """Tell whether `json` could hold up other threads; signs in strings count as well."""
    return len(text) > _MANY_VALUES and sum(map(text.count, "[{,")) > _MANY_VALUES


def _is_nested_deeper_than(levels: int, text: str) -> bool:
    if text.count("[") + text.count("{") <= levels:  # so almost every text needs no closer look
        return False
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        if found[0] in "[{":
            depth += 1
            if depth > levels:
                return True
        elif found[0] in "]}":
            depth -= 1
    return False


def _reject(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJson(f"duplicate key '{_first_repeated(key for key, _ in pairs)}'")
    return found


def _first_repeated(keys: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS_OF_FLOATS else float(digits)


# Numbers become floats, as in JavaScript; int() refuses more than 4,300 digits.
_LIKE_BROWSERS: Final = json.JSONDecoder(parse_int=float, parse_constant=_reject)
_STRICT: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_reject, parse_int=_number
)
