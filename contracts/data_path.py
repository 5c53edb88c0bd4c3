"""Paths to values in the data of an event, such as `data.choices.index`.

A list on the way stands for its items, so a path can lead to several values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DataPath: TypeAlias = tuple[str, ...]


def data_path(text: str) -> DataPath:
    """Return the keys of a path that is written as `data.KEY.KEY`."""
    return tuple(text.split(".")[1:])


def write_path(path: DataPath) -> str:
    """Write a path without `data`, for messages."""
    return ".".join(path)


def values_at(body: object, path: DataPath) -> list[object]:
    """Return the values at a path, without null."""
    here: Iterable[object] = (body,)
    for key in path:
        here = [one[key] for one in _items(here) if isinstance(one, dict) and key in one]
    return [value for value in _items(here) if value is not None]


def _items(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
