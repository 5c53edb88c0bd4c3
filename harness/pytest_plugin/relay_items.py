"""What `verify relay` plays besides the scenarios, as tests of a relay of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from streamproof.contracts.text import counted, first_names
from streamproof.errors import StreamproofError
from streamproof.harness.pytest_plugin.case_items import RUNS, CaseRun, CheckTest, check_tests
from streamproof.harness.pytest_plugin.plugin import FILES, services_of
from streamproof.harness.verify import declared
from streamproof.harness.verify.checks.target_checks import ANSWERS
from streamproof.harness.verify.gates import CHECKS, gates_scenario
from streamproof.harness.verify.sessions.catalogue import SESSIONS

if TYPE_CHECKING:
    from streamproof.harness.checking.check import Check
    from streamproof.harness.reports.result import VerifiedCase
    from streamproof.harness.verify.sessions.session import Session


def around(
    folder: pytest.Directory, found: Sequence[pytest.Item | pytest.Collector]
) -> list[pytest.Item | pytest.Collector]:
    """Return what is in the folder of the scenarios, with the gates before and the sessions after.

    What the relay declares comes last, because the other cases test it. Without a relay of the
    user's own it is what was found.
    """
    if not has_own_relay(folder.config):
        return [*found]
    sessions = (_session(folder, one) for one in SESSIONS)
    last = [_declarations(folder)] if services_of(folder.config).declares else []
    return [_gates(folder), *found, *sessions, *last]


def run_last(items: list[pytest.Item]) -> None:
    """Put the tests of what the relay declares at the end: the other cases test it."""
    items.sort(key=lambda item: isinstance(item, CheckTest) and item.run.path == declared.NAME)


def has_own_relay(config: pytest.Config) -> bool:
    """Tell whether the options describe a relay of the user's own."""
    try:
        return services_of(config).tests_own_relay
    except StreamproofError:
        return False  # each scenario file fails with this error


def _gates(folder: pytest.Directory) -> RelayCase:
    run = CaseRun(gates_scenario().name, lambda: services_of(folder.config).verify_streaming())
    case: RelayCase = RelayCase.from_parent(folder, name=run.path, run=run, checks=CHECKS)
    return case


def _session(folder: pytest.Directory, session: Session) -> RelayCase:
    run = CaseRun(session.path, lambda: services_of(folder.config).play(session))
    checks = (ANSWERS, *session.checks)
    case: RelayCase = RelayCase.from_parent(folder, name=run.path, run=run, checks=checks)
    return case


def _declarations(folder: pytest.Directory) -> RelayCase:
    run = CaseRun(declared.NAME, lambda: _judged_declarations(folder.config))
    case: RelayCase = RelayCase.from_parent(folder, name=run.path, run=run, checks=declared.CHECKS)
    return case


def _judged_declarations(config: pytest.Config) -> VerifiedCase:
    """Judge what the relay declares; skip the test if not every other case ran before it."""
    runs = [run for run in config.stash[RUNS].values() if run.path != declared.NAME]
    cases = [run.done for run in runs if run.done is not None]
    planned = 1 + len(config.stash[FILES]) + len(SESSIONS)  # 1 for the gates
    if missing := planned - len(cases):
        names = first_names(run.path for run in runs if run.done is None)
        which = f": {names}" if names else ""
        when = f"what is declared is judged only after all {counted(planned, 'case')}"
        pytest.skip(f"{when}; {missing} did not run{which}")
    return services_of(config).judge_declarations(cases)


class RelayCase(pytest.Collector):
    """A case without a file of its own: the gates, a session, or what the relay declares."""

    def __init__(self, *, run: CaseRun, checks: Sequence[Check[Any]], **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self._run = run
        self._checks = checks

    def collect(self) -> Iterator[CheckTest]:
        """Yield a test for each check."""
        return check_tests(self, self._run, self._checks)
