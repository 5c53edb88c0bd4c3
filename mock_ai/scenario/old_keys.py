"""Keys of scenario files that have a new name; files with the old one load with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.renamed_keys import rename_keys
from streamproof.mock_ai.actions.position import Interruption
from streamproof.mock_ai.faults import CATALOGUE

if TYPE_CHECKING:
    from streamproof.contracts.source.document import Document
    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.contracts.source.path import DocumentPath

_NEW_KEYS_OF_INTERRUPTIONS: Final[Mapping[str, str]] = {"owing": "missing_bytes"}


def rename_old_keys(document: Document) -> list[SourceWarning]:
    """Give the old keys in a scenario their new names; return a warning for each."""
    paths = list(_faults_of_scenario(document.value, ()))
    return [warning for path in paths for warning in rename_old_fault_keys(document, path)]


def rename_old_fault_keys(document: Document, at: DocumentPath = ()) -> list[SourceWarning]:
    """Give the old keys of the fault at a path their new names; return a warning for each."""
    fault: Any = document.value
    for step in at:
        fault = fault[step]
    if not isinstance(fault, dict):
        return []
    kinds = [kind for kind in fault if issubclass(CATALOGUE.get(kind, object), Interruption)]
    return [
        warning
        for kind in kinds
        for warning in rename_keys(document, _NEW_KEYS_OF_INTERRUPTIONS, (*at, kind))
    ]


def _faults_of_scenario(value: object, at: DocumentPath) -> Iterator[DocumentPath]:
    """Yield the path of each fault of a reply, and of the replies inside it."""
    yield from (path for path, _ in _values(value, at, "faults"))
    inner = [*_values(value, at, "then"), *_values(value, at, "turns")]
    for key in ("choose", "turns"):
        mapping = value.get(key) if isinstance(value, dict) else None
        inner += _values(mapping, (*at, key), "replies")
    for path, reply in inner:
        yield from _faults_of_scenario(reply, path)


def _values(value: object, at: DocumentPath, key: str) -> Iterator[tuple[DocumentPath, object]]:
    items = value.get(key) if isinstance(value, dict) else None
    if isinstance(items, list):
        yield from (((*at, key, index), item) for index, item in enumerate(items))
