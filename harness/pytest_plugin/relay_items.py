"""What `verify relay` plays besides the scenarios, as tests of a relay of the user's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from streamproof.errors import StreamproofError
from streamproof.harness.pytest_plugin.case_items import CaseRun, CheckTest, check_tests
from streamproof.harness.pytest_plugin.plugin import services_of
from streamproof.harness.verify.checks.target_checks import ANSWERS
from streamproof.harness.verify.gates import CHECKS, gates_scenario
from streamproof.harness.verify.sessions.catalogue import SESSIONS

if TYPE_CHECKING:
    from streamproof.harness.checking.check import Check
    from streamproof.harness.verify.sessions.session import Session


def around(
    folder: pytest.Directory, found: Sequence[pytest.Item | pytest.Collector]
) -> list[pytest.Item | pytest.Collector]:
    """Return what is in the folder of the scenarios, with the gates before and the sessions after.

    Without a relay of the user's own it is what was found.
    """
    if not has_own_relay(folder.config):
        return [*found]
    return [_gates(folder), *found, *(_session(folder, one) for one in SESSIONS)]


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


class RelayCase(pytest.Collector):
    """A case without a file of its own: the gates, or a session."""

    def __init__(self, *, run: CaseRun, checks: Sequence[Check[Any]], **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self._run = run
        self._checks = checks

    def collect(self) -> Iterator[CheckTest]:
        """Yield a test for each check."""
        return check_tests(self, self._run, self._checks)
