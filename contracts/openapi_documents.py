"""The OpenAPI documents, in 3.1 as they are written, and in 3.2, which can say what an item is.

In 3.1 the `schema` of an event stream has to stand for one event, because nothing else can. In 3.2
`itemSchema` says so. Other sequences have their item under `x-item-schema` in the file.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.media_type import EVENT_STREAM
from streamproof.contracts.source.yaml_text import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES: Final = ("ai-service", "relay", "mock-control")
V3_1: Final = "3.1"
V3_2: Final = "3.2"
VERSIONS: Final = (V3_1, V3_2)

ITEM: Final = "itemSchema"
ITEM_IN_3_1: Final = "x-item-schema"


@cache
def openapi_document(name: str, version: str = V3_1) -> dict[str, Any]:
    """Return the document of a service by its name in `NAMES`."""
    path = Path(str(files("streamproof.contracts"))) / "openapi" / f"{name}.openapi.yaml"
    document: dict[str, Any] = load_yaml(path).value
    return in_3_2(document) if version == V3_2 else document


def in_3_2(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of OpenAPI 3.1 in 3.2: a media type of a sequence describes its items."""
    converted = _converted(document)
    return {**converted, "openapi": "3.2.0"}


def _converted(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, list):
        return [_converted(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: dict(_media_types(one))
        if key == "content" and _has_media_types(one)
        else _converted(one)
        for key, one in value.items()
    }


def _has_media_types(value: object) -> bool:
    """Tell whether the value of `content` is that of a body; a property can have this name too."""
    return isinstance(value, dict) and bool(value) and all("/" in key for key in value)


def _media_types(content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, about in content.items():
        others = {key: _converted(one) for key, one in about.items() if key != ITEM_IN_3_1}
        if ITEM_IN_3_1 in about:
            others.pop("schema", None)
            others[ITEM] = about[ITEM_IN_3_1]
        elif name == EVENT_STREAM and "schema" in others:
            others = {ITEM if key == "schema" else key: one for key, one in others.items()}
        yield name, others
