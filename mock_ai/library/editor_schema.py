"""The comments from which an editor knows the JSON Schema of a file.

The path in them is relative. If the folder or one above it, up to that of the Git repository, has
the schema, the file works on every machine. Otherwise the path leads to the shipped schema.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from streamproof.mock_ai.library.files import shipped_folder

SCENARIO_SCHEMA: Final = "scenario.schema.json"
_REPOSITORY: Final = ".git"


def editor_comments(folder: Path, schema: str | None = None) -> str:
    """Return the first lines of a scenario file in a folder; each is for other editors."""
    place = schema or schema_from(folder)
    return f"# yaml-language-server: $schema={place}\n# $schema: {place}\n"


def schema_from(folder: Path, shipped: Path | None = None) -> str:
    """Return the path of the schema for a file in a folder, relative to the folder.

    `shipped` is the shipped schema, by default that of scenario files.
    """
    shipped = shipped or shipped_folder() / SCENARIO_SCHEMA
    schema = written_schema(folder, shipped.name) or shipped
    path = Path(os.path.relpath(schema, folder.resolve())).as_posix()
    return path if path.startswith("..") else f"./{path}"


def written_schema(folder: Path, name: str = SCENARIO_SCHEMA) -> Path | None:
    """Return the nearest schema in a folder or above it, within the repository."""
    folder = folder.resolve()
    for place in (folder, *folder.parents):
        if (place / name).is_file():
            return place / name
        if (place / _REPOSITORY).exists():
            break
    return None
