"""Hot reload: scenario files are looked at again and again, and loaded as soon as they change.

A file that breaks keeps its last good scenario. Nothing is watched by the system's own means, which
miss changes on network drives and in containers; a look costs the stat of each file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from streamproof.mock_ai.clock import until
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import Library, gather, load_scenario, scenario_files

if TYPE_CHECKING:
    from streamproof.contracts.source.document import SourceError
    from streamproof.contracts.source.errors import SourceWarning
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.scenario.model import Scenario

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
    warnings: tuple[SourceWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file gave, and by what a change of it, or of the parts that it includes, is seen."""

    stamp: Stamp
    includes: Mapping[Path, Stamp | None]
    scenario: Scenario | None
    errors: tuple[SourceError, ...] = ()


@dataclass(eq=False)
class Files:
    """Scenario files in folders, each with its last good scenario; `refresh` looks for changes.

    The parts that they include are looked at as well, wherever those are.
    """

    paths: tuple[Path, ...]
    _kept: dict[Path, _Kept] = field(default_factory=dict)
    _order: tuple[Path, ...] = ()

    def refresh(self) -> list[Path]:
        """Load what has changed, and return which files have; raises OSError for the folders."""
        stamps = _stamps(scenario_files(self.paths))
        includes = _include_stamps({path for kept in self._kept.values() for path in kept.includes})
        changed = sorted(self._kept.keys() - stamps.keys())
        for path in changed:
            del self._kept[path]
        self._order = tuple(stamps)
        for path, stamp in stamps.items():
            kept = self._kept.get(path)
            if kept and kept.stamp == stamp and kept.includes.items() <= includes.items():
                continue
            self._kept[path] = self._load(path, stamp)
            changed.append(path)
        return changed

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
            tuple(one for one in now.warnings if str(one) not in set(map(str, before.warnings))),
        )

    def _ordered(self) -> list[tuple[Path, _Kept]]:
        return [(path, self._kept[path]) for path in self._order]

    def _load(self, path: Path, stamp: Stamp) -> _Kept:
        try:
            scenario = load_scenario(path)
        except ScenarioErrors as error:
            last = self._kept.get(path)
            includes = _include_stamps(error.includes)
            return _Kept(stamp, includes, last.scenario if last else None, error.errors)
        return _Kept(stamp, _include_stamps(scenario.includes), scenario)


def load_now(files: Files) -> Library:
    """Load everything that has changed, at once."""
    files.refresh()
    return files.library()


async def keep_fresh(
    files: Files,
    registry: ScenarioRegistry,
    clock: Clock,
    tell: Callable[[Reloaded], None] | None = None,
) -> None:
    """Put every change of the files on the shelf, until cancelled; streams need not wait for it."""
    while True:
        await until(clock, clock.now_ms() + POLL_MS)
        changed = []
        with suppress(OSError):  # a folder that cannot be read just now is looked at again
            changed = await asyncio.to_thread(files.refresh)
        if changed:
            library = files.library()
            reloaded = files.told(changed, registry.library, library)
            registry.load(library)
            if tell is not None:
                tell(reloaded)


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """Stamp the files that are there; a link that leads nowhere is one, and cannot be read."""
    stamps = {}
    for path in paths:
        with suppress(FileNotFoundError):
            stamps[path] = _stamp(path, follow=path.exists() or not path.is_symlink())
    return stamps


def _include_stamps(paths: Iterable[Path]) -> dict[Path, Stamp | None]:
    """Stamp parts wherever they are; one that is missing, or out of reach, may come yet."""
    stamps: dict[Path, Stamp | None] = dict.fromkeys(paths)
    for path in stamps:
        with suppress(OSError):
            stamps[path] = _stamp(path)
    return stamps


def _stamp(path: Path, *, follow: bool = True) -> Stamp:
    stat = path.stat(follow_symlinks=follow)
    return Stamp(stat.st_mtime_ns, stat.st_size)
