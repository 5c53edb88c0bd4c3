"""With pytest-xdist, one process runs the tests of a relay of the user's own.

Such a relay has one AI service, so two processes cannot ask it. pytest-xdist 3.8 can keep tests
together, but it loses tests when a process crashes then. Under pytest 9.2, it also writes their
group into a field that pytest does not read. So a run with scenario files of such a relay has one
process, and marks of a group are only for the user's own tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from streamproof.harness.pytest_plugin.plugin import FOLDER, ONE_PROCESS
from streamproof.harness.pytest_plugin.relay_items import has_own_relay
from streamproof.harness.pytest_plugin.scenario_items import collects_of

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP: Final = "streamproof-relay"
"""The group of the user's own tests that ask a relay of the user's own."""
HEADER: Final = (
    "streamproof: one process runs all tests, because the relay has one AI service; to divide your"
    " other tests, run them without the folder {folder}"
)


def keep_in_one_process(config: pytest.Config) -> None:
    """Let the main process run all tests, if some of them ask a relay of the user's own.

    It does what `-n 0` does, before pytest-xdist starts its processes.
    """
    folder = config.stash[FOLDER]
    if collects_of(config, folder) and has_own_relay(config):
        config.option.dist = "no"
        config.option.tx = []
        config.stash[ONE_PROCESS] = HEADER.format(folder=folder.name)


def mark_tests_of_relay(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Put tests that ask a relay into a group, if it is one of the user's own."""
    if has_own_relay(config):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(GROUP))
