"""JSON Schema 2020-12 files, loaded strictly: unknown keywords and open references are errors."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema_specifications import REGISTRY as SPECIFICATIONS  # type: ignore[import-untyped]  # it has no types
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from streamproof.contracts.source.yaml_text import Document, DocumentPath, load_yaml
from streamproof.contracts.spelling import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from referencing.jsonschema import SchemaRegistry, SchemaResource

_DRAFT: Final = "https://json-schema.org/draft/2020-12"

# A meta-schema that forbids unknown keywords takes a second for a large schema; a walk over the
# keywords that the vocabularies of JSON Schema define takes nothing.
_VOCABULARIES: Final = "core applicator unevaluated validation meta-data format-annotation content"
_RULES: Final[dict[str, dict[str, Any]]] = {
    word: rule if isinstance(rule, dict) else {}
    for name in _VOCABULARIES.split()
    for word, rule in SPECIFICATIONS.contents(f"{_DRAFT}/meta/{name}")["properties"].items()
}
_WITH_A_SCHEMA: Final = {word for word, rule in _RULES.items() if "$dynamicRef" in rule}
_WITH_A_LIST: Final = {
    word for word, rule in _RULES.items() if rule.get("$ref") == "#/$defs/schemaArray"
}
_WITH_A_MAP: Final = {
    word for word, rule in _RULES.items() if "$dynamicRef" in rule.get("additionalProperties", {})
}
_META: Final = Draft202012Validator(Draft202012Validator.META_SCHEMA)

_Placed = tuple[DocumentPath, dict[str, Any]]


class Schema:
    """A schema that judges documents, with the others of its folder at hand."""

    def __init__(self, contents: dict[str, Any], folder: Path) -> None:
        self.contents = contents
        self.validator = _validator(contents, folder)
        self._folder = folder
        self._definitions: dict[str, Schema] = {}

    @cached_property
    def closed_validator(self) -> Draft202012Validator:
        """The same with each open object of this file closed: that is how extra keys are found."""
        return _validator(_closed(self.contents), self._folder)

    def definition(self, name: str) -> Schema:
        """Return one of the `$defs` as a schema of its own; raises KeyError for an unknown name."""
        if name not in self._definitions:
            parts = self.contents["$defs"]
            self._definitions[name] = Schema({"$defs": parts, **parts[name]}, self._folder)
        return self._definitions[name]

    @property
    def definitions(self) -> tuple[str, ...]:
        """The names of the `$defs`, in the order of the file."""
        return tuple(self.contents.get("$defs", ()))


def own_schema(path: Path) -> Schema:
    """Load a schema of this distribution: its tests have checked it, so a process need not."""
    return Schema(json.loads(path.read_text("utf-8")), path.parent)


def load_schema(path: Path) -> Schema:
    """Load a schema file; raises `SourceError` for what is no schema or refers to nothing."""
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


def _read(path: Path) -> Document:
    document = load_yaml(path)  # JSON is YAML, and this reader knows the lines
    error = best_match(_META.iter_errors(document.value))
    if error:
        raise document.error(tuple(error.absolute_path), error.message, code="schema")
    for place, schema in _subschemas(document.value, ()):
        for word in schema:
            if word not in _RULES:
                raise document.error(
                    (*place, word),
                    f"unknown keyword '{word}'",
                    key=True,
                    help=did_you_mean(word, _RULES),
                    code="keyword",
                )
    return document


def _validator(contents: dict[str, Any], folder: Path) -> Draft202012Validator:
    return Draft202012Validator(
        contents,
        registry=_registry(folder),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _registry(folder: Path) -> SchemaRegistry:
    """Look schemas up by their file's name in one folder, each once; nothing is ever fetched."""

    @cache  # a registry that was asked forgets what it found
    def retrieve(uri: str) -> SchemaResource:
        path = folder / uri
        if path.parent != folder or not path.is_file():
            raise NoSuchResource(uri)
        return Resource.from_contents(_read(path).value, DRAFT202012)

    return Registry(retrieve=retrieve)  # type: ignore[call-arg]  # attrs hides the underscore


def _subschemas(schema: object, place: DocumentPath) -> Iterator[_Placed]:
    """Walk a schema and all schemas inside it; `true` and `false` have nothing to look at."""
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
        for step, part in inner:
            yield from _subschemas(part, (*place, word, step))


def _closed(contents: dict[str, Any]) -> dict[str, Any]:
    closed = deepcopy(contents)
    for _, schema in list(_subschemas(closed, ())):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return closed
