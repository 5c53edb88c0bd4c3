"""The scenario model: which reply an attempt gets, and what is rejected."""

import pytest

from streamproof.mock_ai.scenario import model
from streamproof.mock_ai.scenario.model import Reply, Scenario, Slot
from streamproof.mock_ai.scenario.step_types import ChunkStep, RawStep, WaitStep

REPLIES = tuple(Reply((), status=status) for status in (200, 201, 202))


def test_without_slots_each_attempt_gets_the_next_reply_and_the_last_one_repeats():
    first, *then = REPLIES
    scenario = Scenario("it", "It", first, then=tuple(then))
    assert [scenario.reply_index(attempt) for attempt in (1, 2, 3, 4)] == [0, 1, 2, 2]


@pytest.mark.parametrize(("drawn", "index"), [(0, 0), (0.2499, 0), (0.25, 1), (0.7, 2), (1, 2)])
def test_reply_is_drawn_by_weight(monkeypatch, drawn, index):
    monkeypatch.setattr(model, "chance", lambda *_: drawn)
    assert Slot(weights=(1, 1, 2)).draw(1, "") == index


def test_empty_raw_step_is_rejected():
    with pytest.raises(ValueError, match="wanted at least one byte"):
        RawStep(b"")


@pytest.mark.parametrize(
    "steps",
    [
        (ChunkStep((RawStep(b"a"),)),),
        (WaitStep(1), RawStep(b"a")),
        (RawStep(b"a"), WaitStep(1)),
    ],
)
def test_chunk_that_cannot_be_one_is_rejected(steps):
    with pytest.raises(ValueError, match="a chunk cannot "):
        ChunkStep(steps)
