"""Scenario files as tests of the relay: one test for each scenario and check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamproof.errors import StreamproofError
from streamproof.harness.pytest_plugin.case_items import CaseRun, CheckTest, check_tests
from streamproof.harness.pytest_plugin.error_text import error_text
from streamproof.harness.pytest_plugin.options import SCENARIOS
from streamproof.harness.pytest_plugin.plugin import services_of
from streamproof.harness.verify.checks.catalogue import RELAY_CHECKS, relay_checks
from streamproof.harness.verify.checks.target_checks import ANSWERS
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import scenario_files
from streamproof.mock_ai.library.library import open_files

if TYPE_CHECKING:
    from streamproof.harness.checking.check import Check
    from streamproof.harness.verify.observation import Observation


def spelled(path: Path) -> Path:
    """Return a path as pytest spells it."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # keeps links


def files_in(folder: Path) -> frozenset[Path]:
    """Return the scenario files of a folder; raises `pytest.UsageError` if there is none."""
    found = frozenset(map(spelled, scenario_files([folder])))
    if not found or not folder.exists():
        raise pytest.UsageError(f"streamproof: wanted scenario files in {folder}, found none")
    return found


def add_to_arguments(config: pytest.Config, folder: Path) -> None:
    """Collect the folder as well, unless it comes from the ini file and arguments name others."""
    from_ini = config.getoption(SCENARIOS.ini) is None
    names_others = from_ini and config.args_source is pytest.Config.ArgsSource.ARGS
    # pytest 8 loses tests if two arguments overlap.
    if not names_others and not any(map(folder.resolve().is_relative_to, _given(config))):
        config.args.append(str(folder))


def collects_of(config: pytest.Config, folder: Path) -> bool:
    """Tell whether an argument has the folder, or something in it."""
    whole = folder.resolve()
    return any(whole.is_relative_to(one) or one.is_relative_to(whole) for one in _given(config))


def _given(config: pytest.Config) -> Iterator[Path]:
    """Yield the paths of the arguments."""
    for one in config.args:
        yield (config.invocation_params.dir / one.partition("::")[0]).resolve()


class ScenarioFile(pytest.File):
    """A scenario file; the first of its tests sends it through the relay, once."""

    def collect(self) -> Iterator[CheckTest]:
        """Yield a test for each check; raises `CollectError` with the mistakes of the file."""
        library = open_files([self.path])
        if library.errors:
            raise self.CollectError(error_text(ScenarioErrors(library.errors)))
        [summary] = library.scenarios.values()
        scenario = summary.load()
        run = CaseRun(
            case_path(scenario),
            lambda: services_of(self.config).verify(scenario),
            scenario=scenario.name,
        )
        yield from check_tests(self, run, self._checks())

    def _checks(self) -> tuple[Check[Observation] | Check[object], ...]:
        try:
            profile = services_of(self.config).profile
        except StreamproofError as error:
            problem = error_text(error)
        else:
            return (ANSWERS, *(RELAY_CHECKS if profile is None else relay_checks(profile)))
        raise self.CollectError(problem)
