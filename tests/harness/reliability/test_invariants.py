"""Each invariant finds what breaks it, and only that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streamproof.harness.checking.check import run_checks
from streamproof.harness.reliability.fault import STEADY
from streamproof.harness.reliability.history import History, SeenFrame
from streamproof.harness.reliability.invariants import INVARIANTS
from streamproof.harness.reliability.observed import TrialObservation
from streamproof.harness.reliability.relay_process import Held
from streamproof.harness.reliability.rows import LinkRow, MessageRow, Rows, TurnRow
from streamproof.harness.reliability.sent import Sent, sent_by

FRAMES = (
    SeenFrame(0, "message", '{"event":"start"}'),
    SeenFrame(1, "message", '{"type":"content","content":"Hi"}'),
    SeenFrame(2, "sources", '{"type":"sources","sources":[{"id":"d","title":"t","content":"c"}]}'),
    SeenFrame(3, "end", '{"type":"end"}'),
)
TURN = TurnRow("t", "r", "q", "a", "completed", None, FRAMES)
QUESTION = MessageRow("q", "r", "USER", "Hello?")
ANSWER = MessageRow("a", "r", "AI", "Hi")
LINK = LinkRow("a", "d", known=True)
ROWS = Rows((QUESTION, ANSWER), (TURN,), (LINK,))
HISTORY = History("r", "Hello?", "t", frames=list(FRAMES), over=True)
SOUND = TrialObservation(
    histories=(HISTORY,),
    rows=ROWS,
    asked=("q",),
    sent=Sent("Hi", frozenset({"d"})),
    earlier=ROWS,
    earlier_now=ROWS,
    secrets={"the key": "k3y"},
    held_before=[Held(5, 20)],
    held_after=[Held(5, 20)],
)


def seen(*frames, **changes):
    """Return an observation whose browser saw these frames."""
    return replace(SOUND, histories=(replace(HISTORY, frames=list(frames), **changes),))


def stored(*turns, messages=(QUESTION, ANSWER), links=(LINK,)):
    """Return an observation with these rows."""
    return replace(SOUND, rows=Rows(messages, turns, links))


def broken(observed):
    outcomes = run_checks(INVARIANTS, observed)
    return [one.check.removeprefix("reliability.") for one in outcomes if one.findings]


def test_a_sound_trial_breaks_nothing():
    assert broken(SOUND) == []


def test_a_reader_can_begin_at_any_frame():
    assert broken(seen(*FRAMES[2:], first=2)) == []


CHANGED = SeenFrame(1, "message", '{"type":"content","content":"Ho"}')
FAILED = replace(
    TURN,
    answer_id=None,
    status="failed",
    partial="Hi",
    frames=(*FRAMES[:3], SeenFrame(3, "error", '{"error":"x"}')),
)


@pytest.mark.parametrize(
    ("observed", "invariants"),
    [
        pytest.param(
            replace(SOUND, sent=Sent("Hi all", frozenset({"d"}))), ["nothing-lost"], id="text lost"
        ),
        pytest.param(
            replace(SOUND, sent=Sent("Hi", frozenset({"d", "e"}))),
            ["nothing-lost"],
            id="source lost",
        ),
        pytest.param(
            stored(TURN, messages=(replace(QUESTION, text="Hello"), ANSWER)),
            ["nothing-lost"],
            id="another question",
        ),
        pytest.param(
            replace(
                SOUND, earlier_now=replace(ROWS, messages=(QUESTION, replace(ANSWER, text="Ho")))
            ),
            ["ended-stays"],
            id="answer changed later",
        ),
        pytest.param(
            replace(SOUND, earlier_now=replace(ROWS, links=())),
            ["ended-stays"],
            id="links gone later",
        ),
        pytest.param(replace(SOUND, asked=("q", "x")), ["question-first"], id="not stored"),
        pytest.param(replace(SOUND, asked=("a",)), ["question-first"], id="not a question"),
        pytest.param(seen(FRAMES[0], CHANGED, *FRAMES[2:]), ["shown-is-stored"], id="other data"),
        pytest.param(seen(*FRAMES, foreign_ids=["u:0"]), ["shown-is-stored"], id="of another turn"),
        pytest.param(seen(*FRAMES, unexpected=["status 500"]), ["right-answers"], id="unexpected"),
        pytest.param(replace(SOUND, unexpected=("it ended",)), ["right-answers"], id="ended"),
        pytest.param(replace(SOUND, asked=("q", "q")), ["one-answer"], id="requested twice"),
        pytest.param(
            stored(TURN, links=(LINK, LinkRow("q", "d", known=True))), ["links"], id="of a question"
        ),
        pytest.param(seen(*FRAMES[:2], *FRAMES[1:]), ["no-gap"], id="doubled"),
        pytest.param(seen(*FRAMES[:1], *FRAMES[2:]), ["no-gap"], id="missing"),
        pytest.param(seen(*FRAMES[:2]), ["one-end"], id="not to the end"),
        pytest.param(seen(), ["one-end"], id="nothing"),
        pytest.param(
            stored(replace(TURN, status="running"), links=()),
            ["one-end", "answer-is-frames"],
            id="running",
        ),
        pytest.param(
            stored(TURN, messages=(QUESTION, replace(ANSWER, text="Ha"))),
            ["answer-is-frames"],
            id="other text",
        ),
        pytest.param(
            stored(replace(TURN, answer_id=None), messages=(QUESTION,), links=()),
            ["answer-is-frames", "links"],
            id="end without an answer",
        ),
        pytest.param(
            stored(TURN, messages=(QUESTION, replace(QUESTION, id="q2"), ANSWER)),
            ["one-answer"],
            id="asked twice",
        ),
        pytest.param(stored(TURN, links=()), ["links"], id="no link"),
        pytest.param(
            stored(TURN, links=(LINK, LinkRow("x", "d", known=False))), ["links"], id="torn link"
        ),
        pytest.param(
            replace(SOUND, earlier_now=Rows(turns=(FAILED,))), ["ended-stays"], id="changed"
        ),
        pytest.param(replace(SOUND, earlier_now=Rows()), ["ended-stays"], id="gone"),
        pytest.param(replace(SOUND, log="the k3y is"), ["secrets"], id="logged"),
        pytest.param(replace(SOUND, held_after=[Held(6, 20)]), ["nothing-left"], id="a task"),
        pytest.param(replace(SOUND, held_after=[Held(5, 21)]), ["nothing-left"], id="a file"),
        pytest.param(
            replace(SOUND, held_after=[Held(5, 20, 12)]), ["nothing-left"], id="a connection"
        ),
        pytest.param(stored(replace(TURN, taken_over_at=(2, 3))), ["fenced"], id="a late owner"),
        pytest.param(stored(replace(TURN, taken_over_at=(3,))), ["fenced"], id="a late answer"),
        pytest.param(
            replace(SOUND, log="Task was destroyed"), ["nothing-left"], id="said in the log"
        ),
    ],
)
def test_an_invariant_finds_what_breaks_it(observed, invariants):
    assert broken(observed) == invariants


def test_a_request_can_be_repeated_as_often_as_the_scenario_needs():
    sent = Sent("Hi", frozenset({"d"}), requests=2)
    assert broken(replace(SOUND, asked=("q", "q"), sent=sent)) == []
    assert sent_by("status-503-twice-then-answer").requests == 3


def test_the_text_that_was_sent_names_the_room_of_the_turn():
    sent = sent_by(STEADY)
    assert sent.text_in("r").startswith("In r, the relay commits")
    assert sent.sources == {"doc-1", "doc-2"}
    assert broken(replace(SOUND, sent=sent)) == ["nothing-lost"]


def test_a_turn_that_was_taken_over_fails():
    failed = stored(replace(FAILED, taken_over_at=(3,)), messages=(QUESTION,), links=())
    assert broken(replace(failed, histories=())) == []


def test_a_failed_turn_keeps_its_partial_text():
    failed = stored(FAILED, messages=(QUESTION,), links=())
    assert broken(replace(failed, histories=(replace(HISTORY, frames=list(FAILED.frames)),))) == []
    lost = stored(replace(FAILED, partial=None), messages=(QUESTION,), links=())
    assert "answer-is-frames" in broken(lost)
