"""How pytest-xdist divides the tests: those of one case, or of one relay, run in one process.

Marks of a group are not enough: they need `--dist loadgroup`, and pytest-xdist 3.8 writes the group
into the field `_nodeid` of a test, which pytest 9.2 does not read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import pytest
from xdist.scheduler import (
    LoadGroupScheduling,
    LoadScheduling,
    LoadScopeScheduling,
    WorkStealingScheduling,
)

from streamproof.harness.pytest_plugin.case_items import CheckTest
from streamproof.harness.pytest_plugin.plugin import FILES, FOLDER
from streamproof.harness.pytest_plugin.relay_items import has_own_relay
from streamproof.harness.pytest_plugin.scenario_items import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xdist.remote import Producer
    from xdist.scheduler import Scheduling
    from xdist.workermanage import WorkerController

GROUP: Final = "streamproof-relay"
"""The group of all tests that ask a relay of the user's own, which has only one AI service."""
RELAY_FIXTURE: Final = "streamproof_relay"
_ONLY_IN: Final = "streamproof_only_in"
"""Where a worker has the name of the one that runs the tests of the relay."""
_FIRST: Final[pytest.StashKey[str]] = pytest.StashKey()


def scheduler_with_scopes(
    made: Scheduling, config: pytest.Config, log: Producer | None
) -> Scheduling:
    """Return what divides the tests, and keeps scopes together; or `made`, if it divides nothing.

    What sends single tests to the workers is replaced by what sends tests and groups.
    """
    if isinstance(made, LoadScheduling | WorkStealingScheduling):
        made = LoadGroupScheduling(config, log)
    if isinstance(made, LoadScopeScheduling):
        # The documentation of pytest-xdist tells plugins to replace this method.
        usual = made._split_scope  # noqa: SLF001
        made._split_scope = partial(_scope_of, config, usual)  # noqa: SLF001
    return made


def _scope_of(config: pytest.Config, usual: Callable[[str], str], nodeid: str) -> str:
    """Return the scope of a test by its node ID; tests of the same scope stay together."""
    file, _, inside = nodeid.partition("::")
    path = spelled(config.rootpath / file)
    is_case = inside and (path == config.stash[FOLDER] or path in config.stash[FILES])
    if not is_case:
        return usual(nodeid)
    return GROUP if has_own_relay(config) else nodeid.rpartition("::")[0]


def name_worker_of_relay(node: WorkerController) -> None:
    """Tell a worker which one runs the tests of the relay: the first of them."""
    if has_own_relay(node.config):
        node.workerinput[_ONLY_IN] = node.config.stash.setdefault(_FIRST, node.gateway.id)


def mark_tests_of_relay(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Put the tests that ask a relay of the user's own into a group.

    If all workers run all tests, they are skipped in every worker but one.
    """
    for item in items:
        is_of_relay = isinstance(item, CheckTest) or RELAY_FIXTURE in _fixtures_of(item)
        if not is_of_relay or not has_own_relay(config):
            continue
        item.add_marker(pytest.mark.xdist_group(GROUP))
        worker = getattr(config, "workerinput", {})
        runs_in = worker.get(_ONLY_IN)
        if runs_in not in (None, worker.get("workerid")):
            reason = f"the relay has one AI service, so only the worker {runs_in} runs this test"
            item.add_marker(pytest.mark.skip(reason=reason))


def _fixtures_of(item: pytest.Item) -> Iterable[str]:
    return getattr(item, "fixturenames", ())
