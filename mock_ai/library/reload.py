"""Hot reload: poll the scenario files, and load them again when they change.

A broken file keeps its last good scenario. The files are polled with one `stat` each, because file
system notifications miss changes on network drives and in containers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.clock import until
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import scenario_files, stamp_of
from streamproof.mock_ai.library.index import open_scenario
from streamproof.mock_ai.library.library import Library, gather

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.contracts.source.errors import SourceError, SourceWarning
    from streamproof.mock_ai.clock import Clock
    from streamproof.mock_ai.library.files import Stamp
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.scenario.summary import ScenarioSummary

POLL_MS: Final = 300


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The result of changed files; a file with errors keeps its last good version.

    `loaded` and `removed` are names of scenarios, `errors` are the new errors.
    """

    loaded: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    errors: tuple[SourceError, ...] = ()
    warnings: tuple[SourceWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    """The result of loading a file, and the stamps of the file and of all files it includes."""

    stamp: Stamp
    includes: Mapping[Path, Stamp | None]
    scenario: ScenarioSummary | None
    errors: tuple[SourceError, ...] = ()


@dataclass(eq=False)
class Files:
    """Scenario files in folders, each with its last good scenario.

    `refresh` looks for changes of these files and of all files that they include.
    """

    paths: tuple[Path, ...]
    _kept: dict[Path, _Kept] = field(default_factory=dict)
    _order: tuple[Path, ...] = ()

    def refresh(self) -> list[Path]:
        """Load the changed files and return their paths; raise OSError for unreadable folders."""
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
        """Return the last good scenarios and the current errors."""
        return gather((path, kept.scenario, kept.errors) for path, kept in self._ordered())

    def result(self, changed: Iterable[Path], before: Library, now: Library) -> Reloaded:
        """Return the result of a change of these files."""
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
            scenario = open_scenario(path)
        except ScenarioErrors as error:
            last = self._kept.get(path)
            includes = _include_stamps(error.includes)
            return _Kept(stamp, includes, last.scenario if last else None, error.errors)
        return _Kept(stamp, _include_stamps(scenario.includes), scenario)


def load_now(files: Files) -> Library:
    """Load all changed files, and return the library."""
    files.refresh()
    return files.library()


async def keep_fresh(
    files: Files,
    registry: ScenarioRegistry,
    clock: Clock,
    on_reload: Callable[[Reloaded], None] | None = None,
) -> None:
    """Load changed files into the registry until cancelled; loading does not block streams."""
    while True:
        await until(clock, clock.now_ms() + POLL_MS)
        changed = []
        with suppress(OSError):  # a folder that cannot be read now is polled again
            changed = await asyncio.to_thread(files.refresh)
        if changed:
            library = files.library()
            reloaded = files.result(changed, registry.library, library)
            registry.load(library)
            if on_reload is not None:
                on_reload(reloaded)


def _stamps(paths: Iterable[Path]) -> dict[Path, Stamp]:
    """Stamp the existing files; a broken link counts as a file, which cannot be read."""
    stamps = {}
    for path in paths:
        with suppress(FileNotFoundError):
            stamps[path] = stamp_of(path)
    return stamps


def _include_stamps(paths: Iterable[Path]) -> dict[Path, Stamp | None]:
    """Stamp the included files; a missing or unreadable one has no stamp, and may appear later."""
    stamps: dict[Path, Stamp | None] = dict.fromkeys(paths)
    for path in stamps:
        with suppress(OSError):
            stamps[path] = stamp_of(path)
    return stamps
