"""The tables of keys in `docs/settings.md`, from the JSON Schema of the file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from streamproof.harness.verify.probing.writing import toml_value
from streamproof.harness.verify.settings.loading import SCHEMA
from tools.docs._blocks import with_blocks

NO_TABLES: Final = frozenset({"$schema", "profile"})
EVENT: Final = "event"


def generate(page: str) -> str:
    """Return the page with its tables written again."""
    return with_blocks(page, {"keys of the settings file": _tables()}.get)


def _tables() -> str:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    top = {"profile": schema["properties"]["profile"]}
    parts = [_table("At the top", "", top, ())]
    for name, table in schema["properties"].items():
        if name not in NO_TABLES:
            about, required = table["description"], table.get("required", ())
            parts.append(_table(f"`[{name}]`", about, table["properties"], required))
    event = schema["$defs"][EVENT]
    parts.append(_table("Each kind of `[events]`", event["description"], event["properties"], ()))
    return "\n\n".join(parts)


def _table(title: str, about: str, keys: Mapping[str, Any], required: Any) -> str:  # noqa: ANN401  # a list or nothing
    lines = [f"### {title}", "", *([about, ""] if about else [])]
    lines += ["| key | meaning | default | example |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *_rows(keys, required)])


def _rows(keys: Mapping[str, Any], required: Any) -> Iterator[str]:  # noqa: ANN401  # a list or nothing
    for key, value in keys.items():
        if "$ref" in value:
            yield f"| `{key}` | The events of this kind. | none | |"
            continue
        default = "required" if key in required else _shown(value, "default", "none")
        example = _shown({"default": value.get("examples", [None])[0]}, "default", "")
        yield f"| `{key}` | {value['description']} | {default} | {example} |"


def _shown(value: Mapping[str, Any], key: str, otherwise: str) -> str:
    if value.get(key) is None or value[key] == {}:
        return otherwise
    return f"`{toml_value(value[key])}`".replace("|", "\\|")
