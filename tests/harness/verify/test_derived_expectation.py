"""The derived expectation is the one that the author of each shipped scenario wrote by hand."""

from dataclasses import asdict, replace

import pytest

from streamproof.harness.shrinking.scenario_file import file_text
from streamproof.harness.verify.derived_expectation import derived_expectation
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.expectation import Digest
from tests.long_runs import some_of
from tests.shipped_files import SCENARIOS

OPEN = ("html", "raw", "sources", "reason")
"""What is derived only in part: the rest is up to the relay, or follows from the other values."""
OTHERWISE = {
    "retry-after-an-hour": "a relay does not wait for this time, and so does not ask again",
    "retry-after-two-minutes": "a relay does not wait for this time, and so does not ask again",
}
EXPECTING = sorted(name for name, one in SCENARIOS.items() if one.expect is not None)


def derived(scenario):
    document = {
        "name": "derived",
        "title": "Derived",
        "steps": [],
        "expect": derived_expectation(scenario),
    }
    found = load_scenario(file_text(document)).expect
    assert found is not None
    return found


def comparable(expect):
    """Return what both have to say; a text counts as its digest."""
    stored = asdict(expect.stored)
    for key in OPEN:
        stored.pop(key, None)
    for key in ("answer", "partial"):
        if isinstance(getattr(expect.stored, key), str):
            stored[key] = asdict(Digest.of(getattr(expect.stored, key)))
    return expect.verdict, expect.frontend, stored


@pytest.mark.parametrize("name", some_of((name for name in EXPECTING if name not in OTHERWISE), 4))
def test_it_is_what_the_author_wrote(name):
    scenario = SCENARIOS[name].load()
    found, wanted = derived(scenario), scenario.expect
    assert wanted is not None
    assert comparable(found) == comparable(wanted)
    assert found.stored.reason in (wanted.stored.reason, None)
    if found.stored.turn == "completed":
        assert found.stored.sources == wanted.stored.sources


@pytest.mark.parametrize("name", OTHERWISE)
def test_an_exception_is_needed(name):
    scenario = SCENARIOS[name].load()
    assert comparable(derived(scenario)) != comparable(scenario.expect)


def test_a_scenario_without_an_expectation_gets_the_same_one():
    scenario = SCENARIOS["end-missing"].load()
    assert derived(replace(scenario, expect=None)) == derived(scenario)
