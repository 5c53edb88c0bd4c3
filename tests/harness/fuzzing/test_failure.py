"""The report of a failure is one of the check for which its file was made."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import ClientSession

from streamproof.harness.fuzzing.failure import Failure, FailureWriter, broken_checks
from streamproof.harness.fuzzing.run import drawn
from streamproof.harness.reports.result import CheckOutcome, Finding, VerifiedCase
from streamproof.harness.verify.relay_run import RelayVerifiers
from tests.harness.verify.checks.test_relay_checks import target


def case_of(*broken):
    outcomes = tuple(CheckOutcome(one, "A rule.", (Finding("wrong"),)) for one in broken)
    return VerifiedCase(name="it", title="It", outcomes=outcomes)


@dataclass
class Verifiers:
    """Verifiers whose relay breaks the checks of `runs`; the last of these is repeated."""

    runs: list[tuple[str, ...]]
    usual: SimpleNamespace

    async def verify_all(self, scenarios, _cut):
        """Return cases with the broken checks of this run."""
        broken = self.runs.pop(0) if len(self.runs) > 1 else self.runs[0]
        return [case_of(*broken) for _ in scenarios]


@pytest.mark.parametrize(
    ("runs", "title"),
    [
        ([("b.two",)], "A generated scenario; the failure did not show again; "),
        ([("a.one",), ("b.two",)], "A generated scenario; made smaller in "),
        ([("a.one", "b.two")], "A generated scenario; made smaller in "),
    ],
    ids=["never-again", "not-at-the-end", "always"],
)
async def test_the_report_is_of_the_check_that_names_the_file(runs, title, tmp_path):
    async with ClientSession() as session:
        relay = target(session, "http://host")
    verifiers = cast("RelayVerifiers", Verifiers(runs, SimpleNamespace(relay=relay)))
    writer = FailureWriter(
        verifiers=verifiers, folder=tmp_path, found_by="this test", replay="x", most_runs=20
    )
    [scenario] = drawn(relay, 1, 1)
    case = await writer.write(Failure("a.one", scenario, case_of("a.one")), "it")
    assert "a.one" in broken_checks(case)
    assert case.title.startswith(title)
    assert ("this report is of the first" in case.title) == ("a.one" not in runs[-1])
    assert (tmp_path / "it.yaml").read_text().startswith("# Breaks a.one; ")
