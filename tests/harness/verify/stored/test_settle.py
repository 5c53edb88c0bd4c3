"""Rows are read when the stream ends, and again until they can be final."""

import pytest

from streamproof.contracts.sse import Event
from streamproof.harness.verify.profiles.profile import frames_profile
from streamproof.harness.verify.stored import settle
from streamproof.harness.verify.stored.rows import StoredMessage, StoredTurn, StoredTurnState
from streamproof.harness.verify.stored.settle import SettlingRows

QUESTION = StoredMessage("USER", "first")
ANSWER = StoredMessage("AI", "answer")
SOURCES = '{"type": "sources", "sources": [{"id": "doc", "title": "T", "content": "C"}]}'
END = Event("end", '{"type": "end"}', "")
DONE = StoredTurn((QUESTION,), (ANSWER,))


class SlowReader:
    """Shows one state of the rows after the other; the last one stays."""

    name = "slow"
    sources_in_order = True
    knows_turns = True

    def __init__(self, *states: StoredTurn) -> None:
        self.states = list(states)

    async def read(self, room: str, question: str) -> StoredTurn:
        """Return the next state."""
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    async def messages(self, room: str) -> list[StoredMessage]:
        """Return nothing."""
        return []


async def settled(*states: StoredTurn) -> tuple[StoredTurn, StoredTurn]:
    """Return the rows at the end of a stream, and those that settled."""
    rows = SettlingRows([SlowReader(*states)], "room", "first", frames_profile())
    await rows.look(END)
    (view,) = await rows.settle()
    return view.at_end, view.settled


@pytest.mark.parametrize(
    "pending",
    [
        pytest.param(StoredTurn(), id="no-question"),
        pytest.param(StoredTurn((QUESTION,)), id="no-answer"),
        pytest.param(StoredTurn((QUESTION,), (), StoredTurnState("running")), id="running"),
    ],
)
async def test_rows_that_cannot_be_final_are_read_again(pending):
    assert await settled(pending, pending, pending, DONE) == (pending, DONE)


async def test_sources_that_the_browser_got_are_waited_for():
    linked = StoredTurn((QUESTION,), (StoredMessage("AI", "answer", sources=("doc",)),))
    reader = SlowReader(DONE, DONE, linked)
    rows = SettlingRows([reader], "room", "first", frames_profile())
    await rows.look(Event("sources", SOURCES, ""))
    await rows.look(END)
    (view,) = await rows.settle()
    assert (view.at_end, view.settled) == (DONE, linked)


async def test_rows_that_stay_incomplete_are_given_up(monkeypatch):
    monkeypatch.setattr(settle, "SETTLE_SECONDS", 0.01)
    assert await settled(StoredTurn()) == (StoredTurn(), StoredTurn())
