"""What holds for the verdicts on all streams."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.checker import check
from streamproof.contracts.messages import (
    END_FRAME_DATA,
    START_FRAME_DATA,
)
from streamproof.contracts.rules import RULES
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import CONTRACT_RULES
from tests.contracts.transcripts import (
    AI_SERVICE,
    DONE,
    END,
    FRONTEND,
    SOURCES,
    broken,
    content,
    stream,
)

DEEP = "[" * 2000 + "]" * 2000  # deeper than Python's reader goes
DATA = st.sampled_from(
    [
        *("", "text", "{}", "42", "[]", "null", DEEP, "9" * 5000, f'{{"type": {DEEP}}}'),
        *(START_FRAME_DATA, END_FRAME_DATA, content()[1], SOURCES[1], '{"type": []}'),
        *(f'{{"type": "sources", "sources": {DEEP}}}', '{"type": "end", "type": "end"}'),
        *('{"error": {}}', '{"type": "content", "content": "\\ud83d"}', '{"event": "start"}'),
    ]
)
EVENTS = st.builds(
    Event,
    st.sampled_from(["message", "sources", "end", "error", "start"]),
    DATA,
    st.sampled_from(["", "t:0", "t:x"]),
)


ANY_EVENTS = st.lists(EVENTS, max_size=5)


@settings(max_examples=40)
@given(events=ANY_EVENTS, ending=st.sampled_from(Ending), rest=st.binary(max_size=3))
def test_a_stream_holds_only_if_it_ends_with_a_terminal_event_and_closes(events, ending, rest):
    for contract in (AI_SERVICE, FRONTEND, FRONTEND.resumed("t:3")):
        report = check(stream(*events, ending=ending, rest=rest), contract)
        ended = bool(events) and events[-1].event in {"end", "error"} and ending is Ending.CLOSED
        assert ended or not report.holds


@settings(max_examples=20)
@given(before=ANY_EVENTS, after=st.lists(EVENTS, min_size=1, max_size=3))
def test_nothing_may_follow_a_terminal_event(before, after):
    for contract, end in ((AI_SERVICE, END), (FRONTEND, Event(*DONE, "t:9"))):
        report = check(stream(*before, end, *after), contract)
        assert "after-terminal" in broken(report)


def test_every_named_rule_is_a_check():
    assert set(RULES) <= set(CONTRACT_RULES)


@pytest.mark.parametrize(
    ("events", "ending", "allowed"),
    [
        pytest.param([SOURCES, SOURCES], Ending.CLOSED, ("content", "end"), id="order"),
        pytest.param([END, content()], Ending.CLOSED, (), id="after-terminal"),
        pytest.param([content()], Ending.CLOSED, ("content", "end", "sources"), id="complete"),
        pytest.param([SOURCES], Ending.ABORTED, ("content", "end"), id="unbroken"),
    ],
)
def test_violation_of_the_sequence_has_what_was_allowed(events, ending, allowed):
    report = check(stream(*events, ending=ending), AI_SERVICE)
    found = report.violations[0].allowed
    assert found is not None
    assert tuple(sorted(found)) == allowed


def test_violation_without_a_place_has_no_allowed_kinds():
    [violation] = check(stream(content(), END, status=500), AI_SERVICE).violations
    assert violation.allowed is None
