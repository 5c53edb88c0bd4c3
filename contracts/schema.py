"""JSON Schema 2020-12 files. Unknown keywords and references to nothing are errors."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.validators import extend
from jsonschema_specifications import REGISTRY as SPECIFICATIONS  # type: ignore[import-untyped]  # it has no types
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable, Unretrievable
from referencing.jsonschema import DRAFT202012

from streamproof.contracts.source.path import DocumentPath
from streamproof.contracts.source.yaml_text import Document, load_yaml
from streamproof.contracts.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from pathlib import Path

    from referencing.jsonschema import SchemaRegistry, SchemaResource

_DRAFT: Final = "https://json-schema.org/draft/2020-12"

# The meta-schema allows unknown keywords. A meta-schema that forbids them would take a second for a
# large schema; comparing the keywords with those of the vocabularies takes almost no time.
_VOCABULARIES: Final = "core applicator unevaluated validation meta-data format-annotation content"
_KEYWORDS: Final[dict[str, dict[str, Any]]] = {
    word: rule if isinstance(rule, dict) else {}
    for name in _VOCABULARIES.split()
    for word, rule in SPECIFICATIONS.contents(f"{_DRAFT}/meta/{name}")["properties"].items()
}
_WITH_A_SCHEMA: Final = {word for word, rule in _KEYWORDS.items() if "$dynamicRef" in rule}
_WITH_A_LIST: Final = {
    word for word, rule in _KEYWORDS.items() if rule.get("$ref") == "#/$defs/schemaArray"
}
_WITH_A_MAP: Final = {
    word
    for word, rule in _KEYWORDS.items()
    if "$dynamicRef" in rule.get("additionalProperties", {})
}
_REJECTS_WHAT_FITS: Final = {"contains", "if", "not", "oneOf"}
_META: Final = Draft202012Validator(Draft202012Validator.META_SCHEMA)

_Subschema: TypeAlias = tuple[DocumentPath, dict[str, Any]]


class Schema:
    """A loaded schema. It may refer to the other schemas in its folder."""

    def __init__(self, contents: dict[str, Any], folder: Path) -> None:
        self.contents = contents
        self.validator = _validator(contents, folder)
        self._folder = folder
        self._definitions: dict[str, Schema] = {}

    @cached_property
    def closed_validator(self) -> Draft202012Validator:
        """A validator for the same schema with all its objects closed, which finds extra keys."""
        return _validator(_closed(self.contents), self._folder)

    @cached_property
    def closing_only_rejects(self) -> bool:
        """Whether a document that fits the closed schema always fits this one."""
        words = {word for _, schema in _subschemas(self.contents, ()) for word in schema}
        return words.isdisjoint(_REJECTS_WHAT_FITS)

    def definition(self, name: str) -> Schema:
        """Return one of the `$defs` as a schema; raises KeyError for an unknown name."""
        if name not in self._definitions:
            all_of_them = self.contents["$defs"]
            contents = {"$defs": all_of_them, **all_of_them[name]}
            self._definitions[name] = Schema(contents, self._folder)
        return self._definitions[name]

    @property
    def definitions(self) -> tuple[str, ...]:
        """The names of the `$defs`, in the order of the file."""
        return tuple(self.contents.get("$defs", ()))


def own_schema(path: Path) -> Schema:
    """Load a schema of this package without checking it; the tests have done that."""
    return Schema(json.loads(path.read_text("utf-8")), path.parent)


def load_schema(path: Path) -> Schema:
    """Load a schema file; raises `SourceError` if it is not valid or refers to nothing."""
    document = _read(path)
    resolver = _registry(path.parent).resolver_with_root(
        DRAFT202012.create_resource(document.value)
    )
    for place, schema in _subschemas(document.value, ()):
        try:
            resolver.lookup(schema.get("$ref", "#"))
        except Unresolvable as error:
            message = f"'{schema['$ref']}' refers to nothing"
            raise document.error((*place, "$ref"), message, code="reference") from error
    return Schema(document.value, path.parent)


def schema_error(value: object) -> ValidationError | None:
    """Return why a value is not a JSON Schema, whatever its keywords; None if it is one."""
    error: ValidationError | None = best_match(_META.iter_errors(value))
    return error


def _read(path: Path) -> Document:
    document = load_yaml(path)  # JSON is YAML, and this reader knows the positions
    if (error := schema_error(document.value)) is not None:
        raise document.error(tuple(error.absolute_path), error.message, code="schema")
    for place, schema in _subschemas(document.value, ()):
        for word in schema:
            if word not in _KEYWORDS:
                raise document.error(
                    (*place, word),
                    f"unknown keyword '{word}'",
                    key=True,
                    help=did_you_mean(word, _KEYWORDS),
                    code="keyword",
                )
    return document


def _validator(contents: dict[str, Any], folder: Path) -> Draft202012Validator:
    return _VALIDATOR(
        contents,
        registry=_with_files(_registry(folder), contents),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _with_files(registry: SchemaRegistry, contents: dict[str, Any]) -> SchemaRegistry:
    """Return a registry that has the files to which a schema refers.

    The registry is immutable: otherwise each validation would retrieve them again.
    """
    for _, schema in _subschemas(contents, ()):
        file = str(schema.get("$ref", "")).partition("#")[0]
        if file:
            with suppress(NoSuchResource, Unretrievable):  # raised by the validation
                registry = registry.get_or_retrieve(file).registry
    return registry


def _registry(folder: Path) -> SchemaRegistry:
    """Return a registry that finds schemas by file name in one folder, never in the network."""

    @cache  # the registry is immutable, so it does not keep what it retrieved
    def retrieve(uri: str) -> SchemaResource:
        path = folder / uri
        if path.parent != folder or not path.is_file():
            raise NoSuchResource(uri)
        return Resource.from_contents(_read(path).value, DRAFT202012)

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs hides the underscore


def _subschemas(schema: object, place: DocumentPath) -> Iterator[_Subschema]:
    """Yield a schema and all schemas inside it, except `true` and `false`."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for word, value in schema.items():
        inner: list[tuple[str | int, object]] = []
        if word in _WITH_A_MAP:
            inner = list(value.items())
        elif word in _WITH_A_LIST:
            inner = list(enumerate(value))
        elif word in _WITH_A_SCHEMA:
            yield from _subschemas(value, (*place, word))
        for step, subschema in inner:
            yield from _subschemas(subschema, (*place, word, step))


def _closed(contents: dict[str, Any]) -> dict[str, Any]:
    closed = deepcopy(contents)
    for _, schema in list(_subschemas(closed, ())):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return closed


def _unique_items(
    _: Draft202012Validator, wanted: object, items: object, __: object
) -> Iterator[ValidationError]:
    """Check `uniqueItems` in linear time; jsonschema compares each object with all others."""
    if wanted and isinstance(items, list) and len(set(map(_comparable, items))) < len(items):
        yield ValidationError("has duplicates")


def _comparable(value: object) -> Hashable:
    """Return a value that equals another one exactly if JSON Schema says so."""
    if isinstance(value, dict):
        return frozenset((key, _comparable(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(map(_comparable, value))
    return ("boolean", value) if isinstance(value, bool) else value  # 1 is not true


_VALIDATOR: Final[type[Draft202012Validator]] = extend(  # type: ignore[no-untyped-call]  # untyped
    Draft202012Validator, {"uniqueItems": _unique_items}
)
