"""The reference relay passes every session."""

import pytest

from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.verify.relay_run import RunOptions, verify_relay
from streamproof.harness.verify.sessions.catalogue import SESSIONS
from streamproof.harness.verify.targets.reference import temporary_reference

SHORT = [one.name for one in SESSIONS if not one.is_long]


async def played(*names: str, is_long: bool = False) -> dict[str, VerifiedCase]:
    """Play sessions with the reference relay, and return the cases by name."""
    options = RunOptions(scenarios=(), sessions=names, is_long=is_long, is_selection=True)
    result = await verify_relay(options, temporary_reference)
    return {case.name: case for case in result.cases if case.group == "sessions"}


@pytest.mark.parametrize("name", SHORT)
async def test_the_reference_relay_passes(name):
    case = (await played(name))[name]
    assert case.failed == []
    assert case.state is CheckState.HELD


async def test_long_sessions_are_skipped_by_default():
    case = (await played("silences"))["silences"]
    assert (case.state, case.skipped) == (
        CheckState.SKIPPED,
        "it has long silences; run it with --long",
    )


@pytest.mark.prove
async def test_the_reference_relay_survives_silences():
    assert (await played("silences", is_long=True))["silences"].failed == []
