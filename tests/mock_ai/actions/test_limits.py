"""A reply that is too large is rejected before it takes time or memory."""

import tracemalloc

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.actions.limits import MAX_PARTS, limited
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from tests.mock_ai.mock_fixture import scenario

MIB = 1_048_576
MANY = "steps: [{content: {text: a, times: 1100000}}]"
TOO_MANY = "the reply has more than 1,000,000 chunks"
TOO_LARGE = "the reply has more than 268,435,456 bytes"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("steps: [{repeat: {times: 1000000, steps: [{raw: a}, {raw: b}]}}]", f"steps: {TOO_MANY}"),
        (
            "vars: {}\nsteps: [{repeat: {times: 1000000, steps: [{raw: a}, {raw: b}]}}]",
            f"steps: {TOO_MANY}",
        ),
        (
            "steps: [{repeat: {times: 1000, steps: [{content: {text: abcdefgh, times: 40000}}]}}]",
            f"steps: {TOO_LARGE}",
        ),
        (f"{MANY}\nfaults: [{{split: {{every_bytes: 1}}}}]", f"faults[0].split: {TOO_MANY}"),
        (f"{MANY}\nfaults: [{{drip: {{bytes_per_second: 9}}}}]", f"faults[0].drip: {TOO_MANY}"),
    ],
)
def test_reply_that_is_too_large_is_rejected_before_it_is_built(keys, message):
    tracemalloc.start()
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(keys))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    [error] = caught.value.errors
    assert error.message == message
    assert error.line >= 3
    assert peak < 64 * MIB  # a million pieces would take hundreds of MiB


def test_actions_of_faults_count_towards_the_limits():
    mib = Send(b"a" * MIB)
    assert len(list(limited([mib] * 256))) == 256
    with pytest.raises(ValueError, match=TOO_LARGE):
        list(limited([mib] * 257))
    with pytest.raises(ValueError, match=TOO_MANY):
        list(limited([Send(b"a")] * (MAX_PARTS + 1)))
