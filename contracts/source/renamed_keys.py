"""Keys that have a new name: files with the old one still load, with a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.contracts.source.path import DocumentPath
    from streamproof.contracts.source.yaml_text import Document


def rename_keys(
    document: Document, new_names: Mapping[str, str], at: DocumentPath = ()
) -> list[SourceWarning]:
    """Give the old keys of one mapping of a document their new names; return a warning for each.

    `new_names` has the new name of each old key, and `at` leads to the mapping. The document is
    changed in place, before its schema is checked. A value that is not a mapping, and an old key
    next to its new name, stay as they are; the schema rejects them.
    """
    mapping: Any = document.value
    for step in at:
        mapping = mapping[step]
    if not isinstance(mapping, dict):
        return []
    warnings = []
    for old, new in new_names.items():
        if old in mapping and new not in mapping:
            message = f"{old} is now called {new}"
            advice = "rename the key; a later version will not accept the old name"
            warnings.append(document.warning((*at, old), message, code="renamed-key", help=advice))
            _rename(document, at, mapping, old, new)
    return warnings


def _rename(
    document: Document, at: DocumentPath, mapping: dict[str, Any], old: str, new: str
) -> None:
    items = [(new if key == old else key, value) for key, value in mapping.items()]
    mapping.clear()
    mapping.update(items)
    depth = len(at)
    for path in [path for path in document.positions if path[: depth + 1] == (*at, old)]:
        document.positions[(*at, new, *path[depth + 1 :])] = document.positions.pop(path)
