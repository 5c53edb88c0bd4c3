"""Scenario files as tests of the relay: one test for each scenario and check."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from streamproof.errors import StreamproofError
from streamproof.harness.known_failures.loading import KnownFailures
from streamproof.harness.pytest_plugin.error_text import error_text
from streamproof.harness.pytest_plugin.known import mark_of, unmatched
from streamproof.harness.pytest_plugin.options import SCENARIOS, WORKER
from streamproof.harness.pytest_plugin.plugin import FILES, KNOWN, USED, services_of
from streamproof.harness.pytest_plugin.usage import UsedScenarios
from streamproof.harness.reports.result import CheckOutcome, CheckState, VerifiedCase
from streamproof.harness.reports.text_report import case_lines
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS, relay_checks
from streamproof.harness.verify.checks.target_checks import ANSWERS
from streamproof.harness.verify.scenario_cases import case_path
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.files import scenario_files
from streamproof.mock_ai.library.library import open_files

if TYPE_CHECKING:
    from streamproof.harness.checking.check import Check
    from streamproof.harness.verify.observation import Observation
    from streamproof.mock_ai.scenario.model import Scenario

GROUP: Final = "streamproof-relay"
"""The group of pytest-xdist: with `--dist loadgroup` one process runs all of these tests."""

UNMATCHED: Final = "known-failures.unmatched"
NOTHING: Final = "the scenario has nothing for this check"
TOO_SLOW: Final = "not judged: the machine was too busy, so run this again on one that is not"


def files_in(folder: Path) -> frozenset[Path]:
    """Return the scenario files of a folder, each spelled as pytest spells the path of a file.

    Raises `pytest.UsageError` if there is none.
    """
    spelled = (os.path.abspath(path) for path in scenario_files([folder]))  # noqa: PTH100  # keeps links
    found = frozenset(map(Path, spelled))
    if not found or not folder.exists():
        raise pytest.UsageError(f"streamproof: wanted scenario files in {folder}, found none")
    return found


def add_to_arguments(config: pytest.Config, folder: Path) -> None:
    """Collect the folder as well, unless it comes from the ini file and arguments name others."""
    from_ini = config.getoption(SCENARIOS.ini) is None
    names_others = from_ini and config.args_source is pytest.Config.ArgsSource.ARGS
    is_worker = WORKER in os.environ  # it gets the arguments of the main process
    if not names_others and not is_worker and not _is_collected(config, folder):
        config.args.append(str(folder))


def _is_collected(config: pytest.Config, folder: Path) -> bool:
    """Tell whether an argument has the folder; pytest 8 loses tests if two arguments overlap."""
    given = {(config.invocation_params.dir / one).resolve() for one in config.args}
    return not given.isdisjoint((folder.resolve(), *folder.resolve().parents))


class CheckBrokenError(AssertionError):
    """A check is broken; the message is the text of the report."""


class ScenarioFile(pytest.File):
    """A scenario file; the first of its tests sends it through the relay, once."""

    def collect(self) -> Iterator[ScenarioCheck]:
        """Yield a test for each check; raises `CollectError` with the mistakes of the file."""
        library = open_files([self.path])
        if library.errors:
            raise self.CollectError(error_text(ScenarioErrors(library.errors)))
        [scenario] = library.scenarios.values()
        run = _ScenarioRun(self.config, scenario.load())
        has_xdist = self.config.pluginmanager.hasplugin("xdist")
        known = self.config.stash.get(KNOWN, KnownFailures())
        for check in self._checks():
            item: ScenarioCheck = ScenarioCheck.from_parent(self, name=check.id, run=run)
            if has_xdist:
                item.add_marker(pytest.mark.xdist_group(GROUP))
            if mark := mark_of(known, item.listed_name, raises=CheckBrokenError):
                item.add_marker(mark)
            yield item

    def _checks(self) -> tuple[Check[Observation] | Check[object], ...]:
        try:
            profile = services_of(self.config).profile
        except StreamproofError as error:
            problem = error_text(error)
        else:
            return (ANSWERS, *(RELAY_CHECKS if profile is None else relay_checks(profile)))
        raise self.CollectError(problem)


@dataclass(slots=True)
class _ScenarioRun:
    """A scenario, and its way through the relay, which the first of its tests begins."""

    config: pytest.Config
    scenario: Scenario
    _case: VerifiedCase | None = None
    _failed: bool = False

    def case(self) -> VerifiedCase:
        """Return what the checks found; raise why the scenario did not run in its first test."""
        if self._failed:
            pytest.skip("the scenario did not run; its first test says why")
        if self._case is None:
            self._failed = True
            self._case = services_of(self.config).verify(self.scenario)
            self._failed = False
        return self._case


class _ReportedTest(pytest.Item):
    """A test whose failure is a text, and not a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  # those of pytest
        """Return the text of the report, and of an error of streamproof, without a traceback."""
        if isinstance(excinfo.value, CheckBrokenError):
            return str(excinfo.value)
        if isinstance(excinfo.value, StreamproofError):
            return error_text(excinfo.value)
        return super().repr_failure(excinfo, style)


class ScenarioCheck(_ReportedTest):
    """One check of one scenario."""

    def __init__(self, *, run: _ScenarioRun, **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self._run = run

    @property
    def listed_name(self) -> str:
        """The name in a list of known failures."""
        return self._listed(self.name)

    @property
    def cut_names(self) -> tuple[str, ...]:
        """The names of what only a run with `--cut` checks."""
        return tuple(self._listed(check.id) for check in CUT_CHECKS)

    def _listed(self, check: str) -> str:
        return f"{case_path(self._run.scenario)}:{check}"

    def runtest(self) -> None:
        """Fail if the check is broken, and skip if there was nothing to check."""
        name = self._run.scenario.name
        case = self._run.case()
        self.stash[USED] = UsedScenarios(scenarios={name}, answered={name})
        if case.skipped is not None:
            pytest.skip(f"the scenario was not run: {case.skipped}")
        outcomes = {one.check: one for one in case.outcomes}
        if self.name in outcomes:
            self._judge(case, outcomes[self.name])
        elif self.name != ANSWERS.id:
            missed = f"{ANSWERS.id} is broken" if ANSWERS.id in outcomes else NOTHING
            pytest.skip(missed)

    def _judge(self, case: VerifiedCase, outcome: CheckOutcome) -> None:
        text = "\n".join(case_lines(replace(case, outcomes=(outcome,), replay=None)))
        may_fail = self.get_closest_marker("xfail") is not None
        match outcome.state:
            case CheckState.SKIPPED:
                pytest.skip(f"the check was skipped {outcome.skipped_because}")
            case CheckState.WARNING | CheckState.FLAKY if not may_fail:
                self.add_report_section("call", f"streamproof: {outcome.state}", text)
            case CheckState.UNJUDGED:
                raise CheckBrokenError(f"{TOO_SLOW}\n{text}")
            case CheckState.BROKEN | CheckState.WARNING | CheckState.FLAKY:
                raise CheckBrokenError(text)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and the name for reports."""
        return self.path, 0, f"{self.path.stem}: {self.name}"


def add_test_of_list(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add a test that every entry of the list names a check, if all files were collected."""
    checks = [item for item in items if isinstance(item, ScenarioCheck)]
    if {item.path for item in checks} == session.config.stash[FILES]:
        names = frozenset(name for item in checks for name in (item.listed_name, *item.cut_names))
        item: ListTest = ListTest.from_parent(session, name=UNMATCHED, names=names)
        items.append(item)


class ListTest(_ReportedTest):
    """The test that a list of known failures has no entry without a check."""

    def __init__(self, *, names: frozenset[str], **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self._names = names

    def runtest(self) -> None:
        """Fail with the entries that name no check."""
        found = list(unmatched(self.config.stash[KNOWN], self._names))
        if found:
            raise CheckBrokenError("\n".join(found))
