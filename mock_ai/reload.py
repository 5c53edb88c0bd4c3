"""Hot reload: scenario files are looked at again and again, and loaded as soon as they change.

A file that breaks keeps its last good scenario. Nothing is watched by the system's own means, which
miss changes on network drives and in containers; a look costs the stat of each file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mock_ai.clock import until
from mock_ai.errors import ScenarioErrors
from mock_ai.loading import SUFFIX, Library, gather, load_scenario
from mock_ai.parts import PART_SUFFIX

if TYPE_CHECKING:
    from contracts.source import SourceError
    from mock_ai.clock import Clock
    from mock_ai.scenario import Scenario
    from mock_ai.shelf import Shelf

POLL_MS: Final = 300


class Stamp(NamedTuple):
    """By what a change of a file is seen."""

    mtime_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a change of files led to; of a file with errors the last good version stays."""

    loaded: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    errors: tuple[SourceError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    scenario: Scenario | None
    errors: tuple[SourceError, ...] = ()


@dataclass(eq=False)
class Files:
    """Scenario files in folders, each with its last good scenario; `refresh` looks for changes."""

    paths: tuple[Path, ...]
    _stamps: dict[Path, Stamp] = field(default_factory=dict)
    _kept: dict[Path, _Kept] = field(default_factory=dict)

    def refresh(self) -> Iterator[Path]:
        """Load what has changed; stops after each file, so that others can have their turn."""
        stamps = dict(_stamps(self.paths))
        changed = {path for path, stamp in stamps.items() if self._stamps.get(path) != stamp}
        gone = self._stamps.keys() - stamps.keys()
        self._stamps = stamps
        scenarios = [path for path in sorted(stamps) if not _is_part(path)]
        if not any(map(_is_part, changed | gone)):
            scenarios = [path for path in scenarios if path in changed]
        for path in gone:
            self._kept.pop(path, None)
            yield path
        for path in scenarios:
            self._kept[path] = self._load(path)
            yield path

    def library(self) -> Library:
        """Return the last good scenarios, and what is wrong with the files now."""
        return gather((path, kept.scenario, kept.errors) for path, kept in self._ordered())

    def told(self, changed: Iterable[Path], before: Library, now: Library) -> Reloaded:
        """Say what the change of these files led to."""
        kept = [self._kept[path] for path in changed if path in self._kept]
        loaded = {one.scenario.name for one in kept if one.scenario and not one.errors}
        known = set(map(str, before.errors))
        return Reloaded(
            tuple(sorted(loaded & now.scenarios.keys())),
            tuple(sorted(before.scenarios.keys() - now.scenarios.keys())),
            tuple(error for error in now.errors if str(error) not in known),
        )

    def _ordered(self) -> list[tuple[Path, _Kept]]:
        return sorted(self._kept.items())

    def _load(self, path: Path) -> _Kept:
        try:
            return _Kept(load_scenario(path))
        except ScenarioErrors as error:
            last = self._kept.get(path)
            return _Kept(last.scenario if last else None, error.errors)


def load_now(files: Files) -> Library:
    """Load everything that has changed, at once."""
    for _ in files.refresh():
        pass
    return files.library()


async def keep_fresh(
    files: Files, shelf: Shelf, clock: Clock, tell: Callable[[Reloaded], None] | None = None
) -> None:
    """Put every change of the files on the shelf, until cancelled."""
    while True:
        await until(clock, clock.now_ms() + POLL_MS)
        changed = []
        with suppress(OSError):  # a folder that cannot be read just now is looked at again
            for path in files.refresh():
                changed.append(path)
                await asyncio.sleep(0)
        if changed:
            library = files.library()
            reloaded = files.told(changed, shelf.library, library)
            shelf.load(library)
            if tell is not None:
                tell(reloaded)


def _stamps(paths: Iterable[Path]) -> Iterator[tuple[Path, Stamp]]:
    for given in paths:
        for path in given.rglob(f"*{SUFFIX}") if given.is_dir() else [given]:
            with suppress(FileNotFoundError):
                stat = path.stat()
                yield path, Stamp(stat.st_mtime_ns, stat.st_size)


def _is_part(path: Path) -> bool:
    return path.name.endswith(PART_SUFFIX)
