"""Smaller forms of a JSON value: without some of its parts, and with simpler ones.

The largest changes come first, as delta debugging does: half of a list, then a quarter, then single
parts. Nothing here knows what a scenario means, except which values can stand for a larger one.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from streamproof.contracts.json_text import write_json

Path: TypeAlias = tuple[str | int, ...]
"""The keys and the indexes that lead to a value inside another."""

KEPT: Final = ("name", "title")
"""The keys of a scenario that say nothing about what it sends."""
FIRST: Final = ("then", "faults", "steps")
"""The keys whose values become smaller first: a fault has a place, and so holds steps back."""
MOST_SIMPLE_CHARACTERS: Final = 64
"""In a longer text, the single characters are not replaced by simpler ones."""


def size_of(value: object) -> tuple[int, str]:
    """Return what orders values: the length of their JSON, and then the JSON itself."""
    text = write_json(value)
    return len(text), text


def paths_in(value: object, at: Path = ()) -> Iterator[Path]:
    """Yield the path to each value inside a value, an outer one before those inside it."""
    yield at
    if isinstance(value, Mapping):
        keys = [key for key in FIRST if key in value]
        for key in (*keys, *(key for key in value if key not in keys)):
            if at or key not in KEPT:
                yield from paths_in(value[key], (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths_in(inner, (*at, index))


def value_at(value: object, path: Path) -> object:
    """Return the value at a path; raises LookupError if there is none."""
    for key in path:
        match value:
            case list() if isinstance(key, int):
                value = value[key]
            case Mapping():
                value = value[key]
            case _:
                raise LookupError(key)
    return value


def with_value(value: object, path: Path, new: object) -> object:
    """Return a copy of a value with another one at a path."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, Mapping):
        return {**value, key: with_value(value[key], tuple(rest), new)}
    if isinstance(value, list) and isinstance(key, int):
        return [*value[:key], with_value(value[key], tuple(rest), new), *value[key + 1 :]]
    raise LookupError(key)


def smaller_forms(value: object) -> Iterator[object]:
    """Yield smaller forms of a value itself; the values inside it stay whole."""
    match value:
        case bool() | None:
            return
        case int() | float():
            yield from _smaller_numbers(value)
        case str():
            yield from _simpler_texts(value)
        case list():
            yield from ([*value[: part.start], *value[part.stop :]] for part in _parts(len(value)))
            yield from _with_parts_of(value)
        case Mapping():
            yield from _without_keys(value)


def _smaller_numbers(value: float) -> Iterator[float]:
    for smaller in (0, 1, value // 2, value - 1):
        if 0 <= smaller < value:
            yield int(smaller) if smaller == int(smaller) else smaller


def _simpler_texts(text: str) -> Iterator[str]:
    for simple in ("", "a"):
        if size_of(simple) < size_of(text):
            yield simple
    if isinstance(body := _json_in(text), Mapping | list):
        yield from _simpler_json(body)
        return
    yield from (text[: part.start] + text[part.stop :] for part in _parts(len(text)))
    if len(text) <= MOST_SIMPLE_CHARACTERS:
        for place, character in enumerate(text):
            if character > "a" or character < " ":
                yield f"{text[:place]}a{text[place + 1 :]}"


def _json_in(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _simpler_json(body: object) -> Iterator[str]:
    """Yield JSON with one value made smaller, which without this takes a run for each character."""
    for path in paths_in(body):
        for form in smaller_forms(value_at(body, path)):
            yield write_json(with_value(body, path, form))


def _parts(size: int) -> Iterator[range]:
    """Yield the halves of this number of places, then the quarters, down to each single one."""
    length = size
    while length > 1:
        length = (length + 1) // 2
        yield from (range(start, start + length) for start in range(0, size, length))


def _with_parts_of(values: list[object]) -> Iterator[object]:
    """Yield a list with the steps inside a step in its place, and the only part for the list."""
    for place, value in enumerate(values):
        inner = _steps_inside(value)
        if inner is not None:
            yield [*values[:place], *inner, *values[place + 1 :]]
    if len(values) == 1 and isinstance(values[0], str):
        yield values[0]


def _steps_inside(step: object) -> list[object] | None:
    match step:
        case {"chunk": list(steps)} | {"repeat": {"steps": list(steps)}}:
            return steps
    return None


def _without_keys(value: Mapping[str, object]) -> Iterator[object]:
    for key in value:
        if key not in KEPT:
            yield {other: inner for other, inner in value.items() if other != key}
    match value:
        case {"content": {"text": text}}:
            yield {**value, "content": text}
        case {"then": [*_, Mapping() as last]}:  # the reply to the last attempt, for all
            yield {**{key: value[key] for key in KEPT if key in value}, **last}
