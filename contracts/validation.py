"""Says what is wrong with a document, in words: where, what was wanted, what was there.

A union is told apart by its discriminator (a property that has another `const` in each branch),
so the words are about the one branch that was meant.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from streamproof.contracts.amounts import counted
from streamproof.contracts.errors import NotJson
from streamproof.contracts.schema import Schema, load_schema
from streamproof.contracts.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

__all__ = ["Problem", "Schema", "extra_keys", "load_schema", "strict_json", "validate"]

DocumentPath = tuple[str | int, ...]

LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `at_key` means the key itself rather than its value."""

    path: DocumentPath
    message: str
    code: str
    at_key: bool = False
    help: str | None = None

    def __str__(self) -> str:
        where = f"{path_in_words(self.path)}: " if self.path else ""
        return f"{where}{self.message}{f' - {self.help}' if self.help else ''}"


def validate(document: object, schema: Schema) -> list[Problem]:
    """Return everything that is wrong with a document, in the order of its paths."""
    return _problems(document, schema.validator)


def extra_keys(document: object, schema: Schema) -> list[Problem]:
    """Return the keys that an open schema allows without naming them."""
    found = [p for p in _problems(document, schema.closed_validator) if p.code == "unknown-key"]
    refused = {problem.path for problem in validate(document, schema)} if found else set()
    return [problem for problem in found if problem.path not in refused]


def strict_json(text: str) -> object:
    """Read JSON text; raises `NotJson` also for duplicate keys, NaN, and nesting without end."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise NotJson("nested too deep") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at character {error.pos + 1}") from error


def path_in_words(path: DocumentPath) -> str:
    """Write a path as `steps[1].wait_ms`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise NotJson(f"duplicate key '{twice}'")
    return found


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not JSON")


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < 100 else float(digits)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_refuse, parse_int=_number
)


def _problems(document: object, validator: Draft202012Validator) -> list[Problem]:
    errors = validator.iter_errors(document)
    try:
        found = {(p.path, p.message): p for error in errors for p in _explain(error)}
    except RecursionError:  # jsonschema writes the whole value into its messages
        return [Problem((), "nested too deep", "value")]
    return sorted(found.values(), key=lambda p: [(isinstance(part, str), part) for part in p.path])


def _explain(error: ValidationError) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    if error.context and error.validator in {"oneOf", "anyOf"}:
        yield from _explain_union(error, path)
    elif error.validator in {"additionalProperties", "unevaluatedProperties"}:
        yield from _unknown_keys(error, path)
    elif error.validator == "required":
        required: Any = error.validator_value
        missing = next(k for k in required if error.message.startswith(repr(k)))
        yield Problem(path, f"missing key '{missing}'", "missing-key")
    else:
        yield _wrong_value(error, path)


def _wrong_value(error: ValidationError, path: DocumentPath) -> Problem:
    keyword, got = str(error.validator), error.instance
    wanted: Any = error.validator_value
    if keyword not in _WORDS:
        return Problem(path, error.message, "value")
    advice = None
    if keyword == "enum" and isinstance(got, str):
        advice = did_you_mean(got, map(str, wanted))
    code = "type" if keyword == "type" else "value"
    return Problem(path, f"wanted {_WORDS[keyword](wanted)}, got {short(got)}", code, help=advice)


def _unknown_keys(error: ValidationError, path: DocumentPath) -> Iterator[Problem]:
    schema = error.schema if isinstance(error.schema, dict) else {}
    got: Any = error.instance
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key in got:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            advice = did_you_mean(key, known)
            message = f"unknown key '{key}'"
            yield Problem((*path, key), message, "unknown-key", at_key=True, help=advice)


def _explain_union(error: ValidationError, path: DocumentPath) -> Iterator[Problem]:
    branches: dict[object, list[ValidationError]] = defaultdict(list)
    for inner in error.context or ():
        branches[inner.schema_path[0]].append(inner)
    unknown = _unknown_tag(error, path, list(branches.values()))
    if unknown:
        yield unknown
    elif _all_want_an_object(branches.values()):
        yield Problem(path, f"wanted an object, got {short(error.instance)}", "type")
    else:
        for inner in min(branches.values(), key=_distance):
            yield from _explain(inner)


def _unknown_tag(
    error: ValidationError, path: DocumentPath, branches: list[list[ValidationError]]
) -> Problem | None:
    """Speak of the discriminator, where it names no branch or is not there."""
    tags = [_tags(branch) for branch in branches]
    shared = set.intersection(*(set(found) for found in tags)) if tags else set()
    got: Any = error.instance
    declared: Any = error.validator_value
    if len(branches) < len(declared) or not shared:
        return None
    key = min(shared)
    names = [str(found[key]) for found in tags]
    if key not in got:
        message = f"missing '{key}' (one of: {', '.join(names)})"
        return Problem(path, message, "missing-tag")
    tag = got[key]
    advice = did_you_mean(tag, names) if isinstance(tag, str) else None
    advice = advice or f"one of: {', '.join(names)}"
    return Problem((*path, key), f"unknown {key} {short(tag)}", "unknown-tag", help=advice)


def _tags(branch: list[ValidationError]) -> dict[str, object]:
    """Return the properties whose `const` keeps the document out of this branch."""
    found: dict[str, object] = {}
    for error in branch:
        got: Any = error.instance
        if error.validator == "const" and len(error.relative_path) == 1:
            found[str(error.relative_path[0])] = error.validator_value
        elif error.validator == "required" and isinstance(error.schema, dict):
            for key, schema in error.schema.get("properties", {}).items():
                if isinstance(schema, dict) and "const" in schema and key not in got:
                    found[key] = schema["const"]
    return found


def _all_want_an_object(branches: Iterable[list[ValidationError]]) -> bool:
    return all(
        any(e.validator == "type" and e.validator_value == "object" for e in branch if not e.path)
        for branch in branches
    )


def _distance(branch: list[ValidationError]) -> tuple[bool, bool, int]:
    """How far a document is from a branch: another tag, another type, then how many errors."""
    wrong_type = any(error.validator == "type" and not error.relative_path for error in branch)
    return bool(_tags(branch)), wrong_type, len(branch)


def short(value: object) -> str:
    """Write a value as JSON, cut where it is long; text stands in single quotes."""
    try:
        text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a value that is nested too deep"
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _one_of(values: Iterable[object]) -> str:
    names = list(map(str, values))
    return f"one of {', '.join(names)}" if len(names) > 1 else short(names[0])


def _types(wanted: str | list[str]) -> str:
    return " or ".join(_TYPES[name] for name in ([wanted] if isinstance(wanted, str) else wanted))


def _counted(unit: str, bound: str) -> Callable[[int], str]:
    return lambda n: f"at {bound} {counted(n, unit)}"


_TYPES: Final = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "text",
}
_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "type": _types,
    "enum": _one_of,
    "const": short,
    "minimum": lambda n: f"a number of at least {n}",
    "maximum": lambda n: f"a number of at most {n}",
    "exclusiveMinimum": lambda n: f"a number above {n}",
    "exclusiveMaximum": lambda n: f"a number below {n}",
    "minLength": _counted("character", "least"),
    "maxLength": _counted("character", "most"),
    "minItems": _counted("item", "least"),
    "maxItems": _counted("item", "most"),
    "minProperties": _counted("key", "least"),
    "maxProperties": _counted("key", "most"),
    "pattern": lambda pattern: f"text like {pattern}",
    "uniqueItems": lambda _: "a list without doubles",
    "format": lambda name: f"text in the form '{name}'",
}
