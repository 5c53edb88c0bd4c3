"""What was measured of the clients of AI providers, kept in `measured.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeAlias

FILE: Final = Path(__file__).with_suffix(".json")


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


def changes(old: Measurements, new: Measurements) -> Iterator[str]:
    """Yield a line for each version and each cell that is another one."""
    for name, now in new.items():
        before = old.get(name, Measured({}, {}))
        for package, version in now.versions.items():
            if version != before.versions.get(package):
                yield f"{package} {before.versions.get(package, 'not measured')} → {version}"
        for way, cells in now.cells.items():
            known = before.cells.get(way, {})
            for scenario, cell in cells.items():
                if cell != known.get(scenario):
                    was = known.get(scenario, "not measured")
                    yield f"{name}, {way}, {scenario}: {was} → {cell}"
