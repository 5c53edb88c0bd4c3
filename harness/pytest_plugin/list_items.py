"""The test that every entry of a list of known failures names a check."""

from __future__ import annotations

from typing import Any, Final

import pytest

from streamproof.harness.pytest_plugin.case_items import CheckBrokenError, CheckTest, ReportedTest
from streamproof.harness.pytest_plugin.known import unmatched
from streamproof.harness.pytest_plugin.plugin import FILES, KNOWN
from streamproof.harness.pytest_plugin.scenario_items import ScenarioFile
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS

UNMATCHED: Final = "known-failures.unmatched"


def add_test_of_list(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add the test, if all scenario files were collected."""
    checks = [item for item in items if isinstance(item, CheckTest)]
    of_files = [item for item in checks if isinstance(item.parent, ScenarioFile)]
    if {item.path for item in of_files} == session.config.stash[FILES]:
        # Only a run of `verify` with `--cut` has these checks.
        cut = (item.run.name_of(check.id) for item in of_files for check in CUT_CHECKS)
        names = frozenset((*(item.listed_name for item in checks), *cut))
        item: ListTest = ListTest.from_parent(session, name=UNMATCHED, names=names)
        items.append(item)


class ListTest(ReportedTest):
    """The test that a list of known failures has no entry without a check."""

    def __init__(self, *, names: frozenset[str], **others: Any) -> None:  # noqa: ANN401  # those of pytest
        super().__init__(**others)
        self._names = names

    def runtest(self) -> None:
        """Fail with the entries that name no check."""
        found = list(unmatched(self.config.stash[KNOWN], self._names))
        if found:
            raise CheckBrokenError("\n".join(found))
