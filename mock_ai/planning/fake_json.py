"""A generated JSON value that fits a JSON Schema, as a model answers with structured output.

The keywords are those that providers accept for structured output. `pattern` is not followed.
Types may be in upper case, as Gemini writes them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.json_text import strict_json, write_json
from streamproof.mock_ai.planning.fake import faker_for

if TYPE_CHECKING:
    from faker import Faker

SAMPLE_SCHEMA: Final = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
"""The schema of a request that is not known yet."""

_Schema: TypeAlias = Mapping[str, Any]
_AnySchema: TypeAlias = "_Schema | bool"

_USUAL_DEPTH: Final = 8
"""Deeper values have only what their schema requires, so that recursive schemas end."""
_MOST_DEPTH: Final = 60
_USUAL_ITEMS: Final = 2
_MOST_SIZE: Final = 10_000
"""Of a text in characters, and of an array in items."""
_RANGE: Final = 100
_SMALL: Final = 0.001
_YEAR: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))


@lru_cache(maxsize=64)
def fake_json(schema: str | None, locale: str, seed: int) -> str:
    """Return the JSON text of a value that fits a schema; None stands for `SAMPLE_SCHEMA`.

    Raises ValueError if there is no schema, or if no value of usual size fits it.
    """
    if schema == "":
        where = "for example in response_format.json_schema.schema"
        raise ValueError(f"from: wanted a JSON Schema in the request, {where}; found none")
    root: Any = SAMPLE_SCHEMA if schema is None else strict_json(schema)
    return write_json(_Maker(root, faker_for(locale, seed)).value(root), compact=True)


class _Maker:
    """Makes values for the parts of one schema."""

    def __init__(self, root: _Schema, fake: Faker) -> None:
        self._root = root
        self._fake = fake

    def value(self, schema: _AnySchema, depth: int = 0) -> object:
        """Return a value that fits a part of the schema."""
        if depth > _MOST_DEPTH:
            raise ValueError(f"from: the schema requires more than {_MOST_DEPTH} levels")
        if isinstance(schema, bool):
            return self._fake.word()
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._fake.random_element(schema["enum"])
        for key, resolve in _RESOLVERS.items():
            if key in schema:
                rest = {name: item for name, item in schema.items() if name != key}
                more = resolve(self, schema[key], depth)
                return self.value(_merged(rest, more), depth + 1)
        return _MAKERS.get(_type_of(schema), _Maker.text_of)(self, schema, depth)

    def object_of(self, schema: _Schema, depth: int) -> object:
        """Return an object with all its properties, or deep down with the required ones."""
        required = schema.get("required", ())
        properties = schema.get("properties", {})
        names = [name for name in properties if depth < _USUAL_DEPTH or name in required]
        return {name: self.value(properties[name], depth + 1) for name in names}

    def array_of(self, schema: _Schema, depth: int) -> object:
        """Return a few items."""
        first = schema.get("prefixItems", [])
        usual = max(len(first), _USUAL_ITEMS if depth < _USUAL_DEPTH else 0)
        size = _within(usual, schema.get("minItems"), schema.get("maxItems"))
        items = [*first[:size], *[schema.get("items", True)] * (size - len(first))]
        return [self.value(item, depth + 1) for item in items]

    def text_of(self, schema: _Schema, _depth: int) -> object:
        """Return a word, or a text of the format."""
        text = _FORMATS.get(schema.get("format", ""), _word)(self._fake)
        size = _within(len(text), schema.get("minLength"), schema.get("maxLength"))
        while len(text) < size:
            text += f" {self._fake.word()}"
        return text[:size]

    def integer_of(self, schema: _Schema, _depth: int) -> object:
        """Return a whole number in the range, or a multiple of any number."""
        step = schema.get("multipleOf", 1)
        low, high = _range(schema, step)
        first = math.ceil(low / step)
        return step * self._fake.random_int(first, max(first, math.floor(high / step)))

    def number_of(self, schema: _Schema, depth: int) -> object:
        """Return a number in the range."""
        if "multipleOf" in schema:
            return self.integer_of(schema, depth)
        low, high = _range(schema, _SMALL)
        return round(low + (high - low) * self._fake.random_int(0, 1000) / 1000, 3)

    def boolean_of(self, _schema: _Schema, _depth: int) -> object:
        """Return true or false."""
        return self._fake.boolean()

    def referred(self, reference: str, _depth: int) -> _Schema:
        """Return the part of the schema that a reference names."""
        found: Any = self._root
        try:
            for key in reference.removeprefix("#").split("/")[1:]:
                name = key.replace("~1", "/").replace("~0", "~")
                found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ValueError(f"from: the schema does not have {reference}") from error
        return _as_mapping(found)

    def chosen(self, options: list[_Schema], depth: int) -> _Schema:
        """Return one of several schemas; deep down null, if that is one of them."""
        nulls = [one for one in options if _type_of(_as_mapping(one)) == "null"]
        others = [one for one in options if one not in nulls]
        usual = others if others and not (nulls and depth >= _USUAL_DEPTH) else nulls
        return _as_mapping(self._fake.random_element(usual) if depth < _USUAL_DEPTH else usual[0])

    def all_of(self, parts: list[_Schema], _depth: int) -> _Schema:
        """Return several schemas as one."""
        merged: _Schema = {}
        for part in parts:
            merged = _merged(merged, _as_mapping(part))
        return merged


_RESOLVERS: Final[Mapping[str, Callable[[_Maker, Any, int], _Schema]]] = {
    "$ref": _Maker.referred,
    "allOf": _Maker.all_of,
    "anyOf": _Maker.chosen,
    "oneOf": _Maker.chosen,
}
_MAKERS: Final[Mapping[str, Callable[[_Maker, _Schema, int], object]]] = {
    "object": _Maker.object_of,
    "array": _Maker.array_of,
    "string": _Maker.text_of,
    "integer": _Maker.integer_of,
    "number": _Maker.number_of,
    "boolean": _Maker.boolean_of,
    "null": lambda *_: None,
}


def _word(fake: Faker) -> str:
    return fake.word()


_FORMATS: Final[Mapping[str, Callable[[Faker], str]]] = {
    "date-time": lambda fake: f"{fake.date_time_between_dates(*_YEAR):%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda fake: f"{fake.date_time_between_dates(*_YEAR):%Y-%m-%d}",
    "time": lambda fake: f"{fake.date_time_between_dates(*_YEAR):%H:%M:%SZ}",
    "duration": lambda fake: f"PT{fake.random_int(1, 59)}M",
    "email": lambda fake: fake.safe_email(),
    "hostname": lambda fake: fake.domain_name(),
    "ipv4": lambda fake: fake.ipv4(),
    "ipv6": lambda fake: fake.ipv6(),
    "uri": lambda fake: fake.uri(),
    "uuid": lambda fake: str(fake.uuid4()),
}


def _type_of(schema: _Schema) -> str:
    """Return the type of a schema in lower case; the first one of several that is not null."""
    given = schema.get("type")
    types = given if isinstance(given, list) else [given] if given else []
    names = [str(one).lower() for one in types]
    if not names:
        return "object" if "properties" in schema else "array" if "items" in schema else "string"
    return next((name for name in names if name != "null"), "null")


def _as_mapping(schema: _AnySchema) -> _Schema:
    return {} if isinstance(schema, bool) else schema


def _merged(one: _Schema, other: _Schema) -> _Schema:
    """Return what fits two schemas: the properties of both, and everything else of the second."""
    merged = {**one, **other}
    for key, join in (("properties", _joined_properties), ("required", _joined_lists)):
        if key in one and key in other:
            merged[key] = join(one[key], other[key])
    return merged


def _joined_properties(one: _Schema, other: _Schema) -> _Schema:
    return {**one, **other}


def _joined_lists(one: list[str], other: list[str]) -> list[str]:
    return [*dict.fromkeys([*one, *other])]


def _within(usual: int, lowest: int | None, highest: int | None) -> int:
    size = max(usual, lowest or 0)
    if size > _MOST_SIZE:
        raise ValueError(
            f"from: the schema requires a size of {size}; at most {_MOST_SIZE} is made"
        )
    return size if highest is None else min(size, highest)


def _range(schema: _Schema, step: float) -> tuple[float, float]:
    """Return the lowest and the highest number that fit; `step` is the distance to a limit."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    if low is None:
        low = 0 if high is None or high >= 0 else high - _RANGE
    return low, low + _RANGE if high is None else high
