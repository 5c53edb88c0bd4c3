"""The checks of one case as tests: the first of them runs the case, and each judges its check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from streamproof.errors import StreamproofError
from streamproof.harness.known_failures.loading import KnownFailures
from streamproof.harness.pytest_plugin.error_text import error_text
from streamproof.harness.pytest_plugin.known import mark_of
from streamproof.harness.pytest_plugin.plugin import KNOWN, USED
from streamproof.harness.pytest_plugin.usage import UsedScenarios
from streamproof.harness.reports.result import CheckOutcome, CheckState, VerifiedCase
from streamproof.harness.reports.text_report import case_lines
from streamproof.harness.verify.checks.target_checks import ANSWERS

if TYPE_CHECKING:
    from pathlib import Path

    from streamproof.harness.checking.check import Check

NOTHING: Final = "the case has nothing for this check"
TOO_SLOW: Final = "not judged: the machine was too busy, so run this again on one that is not"


class CheckBrokenError(AssertionError):
    """A check is broken; the message is the text of the report."""


@dataclass(slots=True)
class CaseRun:
    """A case, which the first of its tests runs.

    `path` is its name in a list of known failures, and `scenario` the name of the user's own
    scenario that it plays.
    """

    path: str
    verify: Callable[[], VerifiedCase]
    scenario: str | None = None
    _case: VerifiedCase | None = None
    _failed: bool = False

    def case(self) -> VerifiedCase:
        """Return what the checks found; raise why the case did not run in its first test."""
        if self._failed:
            pytest.skip("the case did not run; its first test says why")
        if self._case is None:
            self._failed = True
            self._case = self.verify()
            self._failed = False
        return self._case

    @property
    def done(self) -> VerifiedCase | None:
        """The case, if it ran in this process."""
        return self._case

    def name_of(self, check: str) -> str:
        """Return the name of a check in a list of known failures."""
        return f"{self.path}:{check}"


RUNS: Final[pytest.StashKey[dict[str, CaseRun]]] = pytest.StashKey()
"""The collected cases, by the node IDs of their collectors."""


class ReportedTest(pytest.Item):
    """A test whose failure is a text, and not a traceback."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401  # those of pytest
        """Return the text of the report, and of an error of streamproof, without a traceback."""
        if isinstance(excinfo.value, CheckBrokenError):
            return str(excinfo.value)
        if isinstance(excinfo.value, StreamproofError):
            return error_text(excinfo.value)
        return super().repr_failure(excinfo, style)


class CheckTest(ReportedTest):
    """One check of one case."""

    def __init__(self, *, run: CaseRun, **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self.run = run

    @property
    def listed_name(self) -> str:
        """The name in a list of known failures."""
        return self.run.name_of(self.name)

    def runtest(self) -> None:
        """Fail if the check is broken, and skip if there was nothing to check."""
        case = self.run.case()
        if (scenario := self.run.scenario) is not None:
            self.stash[USED] = UsedScenarios(scenarios={scenario}, answered={scenario})
        if case.skipped is not None:
            pytest.skip(f"the case was not run: {case.skipped}")
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
        return self.path, 0, f"{self.run.path}: {self.name}"


def check_tests(
    parent: pytest.Collector, run: CaseRun, checks: Iterable[Check[Any]]
) -> Iterator[CheckTest]:
    """Yield a test for each check of a case; the list of known failures marks it."""
    parent.config.stash.setdefault(RUNS, {})[parent.nodeid] = run
    known = parent.config.stash.get(KNOWN, KnownFailures())
    for check in checks:
        item: CheckTest = CheckTest.from_parent(parent, name=check.id, run=run)
        if mark := mark_of(known, item.listed_name, raises=CheckBrokenError):
            item.add_marker(mark)
        yield item
