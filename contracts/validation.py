"""Describes what is wrong with a document: where, what was wanted, and what was there.

For a `oneOf` or `anyOf`, the errors are about one branch. A discriminator chooses it, which is a
property with another `const` in each branch. Without one, it is the branch with the fewest errors.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.path import format_path
from streamproof.contracts.text import counted, did_you_mean, nearest, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

    from streamproof.contracts.schema import Schema
    from streamproof.contracts.source.path import DocumentPath


MOST_PROBLEMS: Final = 1_000
"""The most errors of one document that are looked for; the rest mostly follows from them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a document; with `at_key` it is about the key and not about its value."""

    path: DocumentPath
    message: str
    code: str
    at_key: bool = False
    help: str | None = None
    wanted_key: str | None = None
    """The key that is missing, or the known key that an unknown key looks like."""

    def __str__(self) -> str:
        where = f"{format_path(self.path)}: " if self.path else ""
        return f"{where}{self.message}{f' - {self.help}' if self.help else ''}"


def validate(document: object, schema: Schema) -> list[Problem]:
    """Return the errors of a document, at most `MOST_PROBLEMS`, sorted by path."""
    return _problems(document, schema.validator)


def without_consequences(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems without the keys that are missing only because they are misspelt."""
    found = list(problems)
    misspelt = {(p.path[:-1], p.wanted_key) for p in found if p.code == "unknown-key"}
    return [
        problem
        for problem in found
        if problem.code != "missing-key" or (problem.path, problem.wanted_key) not in misspelt
    ]


def extra_keys(document: object, schema: Schema) -> list[Problem]:
    """Return the keys that a schema allows but does not name."""
    found = [p for p in _problems(document, schema.closed_validator) if p.code == "unknown-key"]
    rejected = {problem.path for problem in validate(document, schema)} if found else set()
    return [problem for problem in found if problem.path not in rejected]


def is_plain(document: object, schema: Schema) -> bool:
    """Return whether a document is surely valid and without extra keys, at the cost of one check.

    False means nothing: `validate` and `extra_keys` find out.
    """
    try:
        return schema.closing_only_rejects and schema.closed_validator.is_valid(document)
    except RecursionError:
        return False


def _problems(document: object, validator: Draft202012Validator) -> list[Problem]:
    found: dict[tuple[DocumentPath, str], Problem] = {}
    try:
        for problem in chain.from_iterable(map(_explain, validator.iter_errors(document))):
            found[problem.path, problem.message] = problem
            if len(found) == MOST_PROBLEMS:
                break
    except RecursionError:  # jsonschema writes the whole value into its messages
        return [Problem((), "nested too deeply", "value")]
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
        yield Problem(path, f"missing key '{missing}'", "missing-key", wanted_key=missing)
    else:
        yield _wrong_value(error, path)


def _wrong_value(error: ValidationError, path: DocumentPath) -> Problem:
    keyword, got = str(error.validator), error.instance
    wanted: Any = error.validator_value
    if keyword not in _WORDS:
        return Problem(path, error.message, "value")
    message = f"wanted {_WORDS[keyword](wanted)}, got {short(got)}"
    code = "type" if keyword == "type" else "value"
    return Problem(path, message, code, help=_advice(error, keyword))


def _advice(error: ValidationError, keyword: str) -> str | None:
    """Return what to write instead of a wrong value, if the schema tells it."""
    got: Any = error.instance
    wanted: Any = error.validator_value
    schema = error.schema if isinstance(error.schema, dict) else {}
    known: Any = schema.get("properties", {})
    examples: Any = schema.get("examples", [])
    if keyword == "enum" and isinstance(got, str):
        return did_you_mean(got, map(str, wanted))
    if keyword == "minProperties" and not got and known:
        return f"one of: {', '.join(known)}"
    if keyword == "pattern" and examples:
        return f"for example {short(examples[0])}"
    if keyword == "type" and wanted == "object" and isinstance(got, str) and got in known:
        from streamproof.contracts.source.yaml_text import flow_yaml  # only a mistake needs it

        [example, *_] = known[got].get("examples", ["…"])
        return f"write {got}: {flow_yaml(example)}"
    return None


def _unknown_keys(error: ValidationError, path: DocumentPath) -> Iterator[Problem]:
    schema = error.schema if isinstance(error.schema, dict) else {}
    got: Any = error.instance
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key in got:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            meant = nearest(key, known)
            advice = f"did you mean '{meant}'?" if meant else f"one of: {', '.join(known)}"
            yield Problem(
                (*path, key),
                f"unknown key '{key}'",
                "unknown-key",
                at_key=True,
                help=advice if known else None,
                wanted_key=meant,
            )


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
    """Return the error of a discriminator that is missing or does not name a branch."""
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
    """Return the properties whose `const` excludes the document from a branch."""
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
    """Return how far a document is from a branch: another tag, another type, number of errors."""
    wrong_type = any(error.validator == "type" and not error.relative_path for error in branch)
    return bool(_tags(branch)), wrong_type, len(branch)


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
    "pattern": lambda pattern: f"text that matches {pattern}",
    "uniqueItems": lambda _: "a list without duplicates",
    "format": lambda name: f"text in the form '{name}'",
}
