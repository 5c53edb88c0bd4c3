"""A generated JSON value that fits a JSON Schema, as a model answers with structured output.

The keywords are those that providers accept for structured output. `pattern` is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from streamproof.contracts.json_text import write_json
from streamproof.mock_ai.planning.answer_schema import check_schema, read_schema
from streamproof.mock_ai.planning.fake import faker_for
from streamproof.mock_ai.planning.number_limits import NumberLimits, exact

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
_USUAL_TEXT: Final = 20_000
"""After this many characters, values have only what their schema requires."""
_MOST_TEXT: Final = 200_000
_LEAST_TEXT: Final = 10
"""What each value counts at least, because many short ones take as long as a text."""
_USUAL_ITEMS: Final = 2
_MOST_SIZE: Final = 10_000
"""Of a text in characters, and of an array in items."""
_YEAR: Final = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))


@lru_cache(maxsize=64)
def fake_json(schema: str | None, locale: str, seed: int) -> str:
    """Return the JSON text of a value that fits a schema; None stands for `SAMPLE_SCHEMA`.

    Raises ValueError if there is no valid schema, or if no value of usual size fits it.
    """
    if schema == "":
        where = "for example in response_format.json_schema.schema"
        raise ValueError(f"from: wanted a JSON Schema in the request, {where}; found none")
    root: Any = SAMPLE_SCHEMA if schema is None else read_schema(schema)
    return write_json(_Maker(root, faker_for(locale, seed)).value(root), compact=True)


class _Maker:
    """Makes values for the parts of one schema."""

    def __init__(self, root: _Schema, fake: Faker) -> None:
        self._root = root
        self._fake = fake
        self._text = 0
        self._referred: dict[str, _Schema] = {}

    def value(self, schema: _AnySchema, depth: int = 0) -> object:
        """Return a value that fits a part of the schema."""
        if depth > _MOST_DEPTH:
            raise ValueError(f"from: the schema requires more than {_MOST_DEPTH} levels")
        self._count(_LEAST_TEXT)
        if schema is True:
            return self._fake.word()
        if schema is False:
            raise ValueError("from: the schema requires a value where it allows none")
        if "const" in schema:
            return self._counted(schema["const"])
        if "enum" in schema:
            if not schema["enum"]:
                raise ValueError("from: the schema has an enum without a value")
            return self._counted(self._fake.random_element(schema["enum"]))
        for key, resolve in _RESOLVERS.items():
            if key in schema:
                rest = {name: item for name, item in schema.items() if name != key}
                more = resolve(self, schema[key], depth)
                return self.value(_merged(rest, more), depth + 1)
        return _MAKERS.get(_type_of(schema), _Maker.text_of)(self, schema, depth)

    def _count(self, characters: int) -> None:
        self._text += characters
        if self._text > _MOST_TEXT:
            raise ValueError(f"from: the schema requires more than {_MOST_TEXT:,} characters")

    def _counted(self, given: object) -> object:
        self._count(len(write_json(given, compact=True)))
        return given

    def _is_usual(self, depth: int) -> bool:
        """Tell whether a value has more than its schema requires."""
        return depth < _USUAL_DEPTH and self._text < _USUAL_TEXT

    def object_of(self, schema: _Schema, depth: int) -> object:
        """Return an object with all its properties, or with the required ones."""
        parts = schema.get("properties", {})
        required = dict.fromkeys(schema.get("required", ()))
        others = schema.get("additionalProperties", True)
        made: dict[str, object] = {}
        for name in dict.fromkeys([*parts, *required]):
            if name in required or self._is_usual(depth):
                self._count(len(name))
                made[name] = self.value(parts.get(name, others), depth + 1)
        return made

    def array_of(self, schema: _Schema, depth: int) -> object:
        """Return a few items."""
        first = schema.get("prefixItems", [])
        usual = max(len(first), _USUAL_ITEMS if self._is_usual(depth) else 0)
        more = schema.get("items", True)
        most = len(first) if more is False else schema.get("maxItems")
        size = _within(usual, schema.get("minItems"), most)
        items = [*first[:size], *[more] * (size - len(first))]
        return [self.value(item, depth + 1) for item in items]

    def text_of(self, schema: _Schema, _depth: int) -> object:
        """Return a word, or a text of the format."""
        text = _FORMATS.get(schema.get("format", ""), _word)(self._fake)
        size = _within(len(text), schema.get("minLength"), schema.get("maxLength"))
        self._count(size)
        while len(text) < size:
            text += f" {self._fake.word()}"
        return text[:size]

    def integer_of(self, schema: _Schema, _depth: int) -> object:
        """Return a whole number in the range."""
        step = exact(schema.get("multipleOf", 1))
        return self._multiple(schema, Fraction(step.numerator))  # of the step, and of 1

    def number_of(self, schema: _Schema, _depth: int) -> object:
        """Return a number in the range, usually with three digits after its point."""
        if "multipleOf" in schema:
            return self._multiple(schema, exact(schema["multipleOf"]))
        low, high, open_low, open_high = NumberLimits.of(schema)
        share = self._fake.random_int(open_low, 1000 - open_high)
        number = low + (high - low) * share / 1000
        rounded = round(number, 3)
        return float(rounded if low < rounded < high else number)

    def _multiple(self, schema: _Schema, step: Fraction) -> object:
        number = step * self._fake.random_int(*NumberLimits.of(schema).multiples(step))
        return int(number) if number.denominator == 1 else float(number)

    def boolean_of(self, _schema: _Schema, _depth: int) -> object:
        """Return true or false."""
        return self._fake.boolean()

    def referred(self, reference: str, _depth: int) -> _Schema:
        """Return the part of the schema that a reference names."""
        if reference in self._referred:
            return self._referred[reference]
        found: Any = self._root
        try:
            for key in reference.removeprefix("#").split("/")[1:]:
                name = key.replace("~1", "/").replace("~0", "~")
                found = found[int(name) if isinstance(found, list) else name]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            raise ValueError(f"from: the schema does not have {reference}") from error
        check_schema(found)  # the reference can lead to what is not a schema
        self._referred[reference] = _as_mapping(found)
        return self._referred[reference]

    def chosen(self, options: list[_Schema], depth: int) -> _Schema:
        """Return one of several schemas; null, if it is one of them and enough is made."""
        nulls = [one for one in options if _type_of(_as_mapping(one)) == "null"]
        others = [one for one in options if _type_of(_as_mapping(one)) != "null"]
        usual = others if others and (self._is_usual(depth) or not nulls) else nulls
        chosen = self._fake.random_element(usual) if self._is_usual(depth) else usual[0]
        return _as_mapping(chosen)

    def all_of(self, parts: list[_Schema], _depth: int) -> _Schema:
        """Return several schemas as one."""
        return _merged(*map(_as_mapping, parts))


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
    """Return the type of a schema; the first one of several that is not null."""
    given = schema.get("type")
    names = given if isinstance(given, list) else [given] if given else []
    if not names:
        return "object" if "properties" in schema else "array" if "items" in schema else "string"
    return next((name for name in names if name != "null"), "null")


def _as_mapping(schema: _AnySchema) -> _Schema:
    return {} if isinstance(schema, bool) else schema


def _merged(*schemas: _Schema) -> _Schema:
    """Return what fits all schemas: the properties of all, and everything else of the last."""
    merged = {key: value for one in schemas for key, value in one.items()}
    if "properties" in merged:
        every = [one["properties"] for one in schemas if "properties" in one]
        merged["properties"] = {name: part for one in every for name, part in one.items()}
    if "required" in merged:
        names = [name for one in schemas for name in one.get("required", ())]
        merged["required"] = [*dict.fromkeys(names)]
    return merged


def _within(usual: int, lowest: int | None, highest: int | None) -> int:
    size = max(usual, lowest or 0)
    if size > _MOST_SIZE:
        raise ValueError(
            f"from: the schema requires a size of {size}; at most {_MOST_SIZE} is made"
        )
    if highest is not None and (lowest or 0) > highest:
        raise ValueError(f"from: the schema requires a size from {lowest} to {highest}")
    return size if highest is None else min(size, highest)
