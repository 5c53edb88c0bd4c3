"""What would be too much to send is refused before it takes time or memory."""

import tracemalloc

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.actions.limits import MAX_PARTS, limited
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from tests.mock_ai.mock_fixture import scenario

MIB = 1_048_576
MANY = "steps: [{content: {text: a, times: 1100000}}]"
THINGS = f"more than {MAX_PARTS} things to send"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("steps: [{repeat: {times: 1000000, steps: [{raw: a}, {raw: b}]}}]", f"steps: {THINGS}"),
        (
            "vars: {}\nsteps: [{repeat: {times: 1000000, steps: [{raw: a}, {raw: b}]}}]",
            f"steps: {THINGS}",
        ),
        (
            "steps: [{repeat: {times: 1000, steps: [{content: {text: abcdefgh, times: 40000}}]}}]",
            "steps: more than 268435456 bytes to send",
        ),
        (f"{MANY}\nfaults: [{{split: {{every_bytes: 1}}}}]", f"faults[0].split: {THINGS}"),
        (f"{MANY}\nfaults: [{{drip: {{bytes_per_second: 9}}}}]", f"faults[0].drip: {THINGS}"),
    ],
)
def test_too_much_is_refused_before_it_is_made(keys, message):
    tracemalloc.start()
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(keys))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    [error] = caught.value.errors
    assert error.message == message
    assert error.line >= 3
    assert peak < 64 * MIB  # a million pieces take hundreds


def test_what_faults_add_counts_as_well():
    mib = Send(b"a" * MIB)
    assert len(list(limited([mib] * 256))) == 256
    with pytest.raises(ValueError, match="more than 268435456 bytes to send"):
        list(limited([mib] * 257))
    with pytest.raises(ValueError, match=THINGS):
        list(limited([Send(b"a")] * (MAX_PARTS + 1)))
