"""What was measured of the clients of AI providers, kept in `measured.json`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeAlias

FILE: Final = Path(__file__).with_suffix(".json")

_NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True, slots=True)
class Measured:
    """What a client did: its versions, and its cells by way and scenario."""

    versions: Mapping[str, str]
    cells: Mapping[str, Mapping[str, str]]


Measurements: TypeAlias = Mapping[str, Measured]
"""By the name of the client."""


def read() -> Measurements:
    """Read the file."""
    return {name: Measured(**one) for name, one in json.loads(FILE.read_text("utf-8")).items()}


def write(measurements: Measurements) -> None:
    """Write the file."""
    values = {name: asdict(one) for name, one in measurements.items()}
    FILE.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", "utf-8")


def with_kept(kept: Measurements, new: Measurements) -> Measurements:
    """Add the cells that were not measured now, unless another version measured them."""
    return {**kept, **{name: _merged(kept.get(name), one) for name, one in new.items()}}


def _merged(kept: Measured | None, new: Measured) -> Measured:
    if kept is None or kept.versions != new.versions:
        return new
    ways = {way: {**kept.cells.get(way, {}), **cells} for way, cells in new.cells.items()}
    return Measured(new.versions, ways)


def changes(old: Measurements, new: Measurements, names: Collection[str]) -> Iterator[str]:
    """Yield a line for each version and each cell that is another one, or was not measured now.

    The cells are those of the scenarios `names`.
    """
    for client in dict.fromkeys([*old, *new]):
        if client not in new:
            yield f"{client}: {_NOT_MEASURED}"
            continue
        before, now = old.get(client, Measured({}, {})), new[client]
        for package, was, found in _differences(before.versions, now.versions):
            yield f"{package} {was} → {found}"
        for way in dict.fromkeys([*before.cells, *now.cells]):
            cells = _differences(before.cells.get(way, {}), now.cells.get(way, {}))
            for scenario, was, found in cells:
                if scenario in names:
                    yield f"{client}, {way}, {scenario}: {was} → {found}"


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield each key with its old and its new value, where they differ."""
    for key in dict.fromkeys([*old, *new]):
        was, found = old.get(key, _NOT_MEASURED), new.get(key, _NOT_MEASURED)
        if was != found:
            yield key, was, found
