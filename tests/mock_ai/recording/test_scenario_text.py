"""What is written down says the same bytes, boundaries and times, and can be read by people."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.sse import encode, encode_comment
from mock_ai.actions import Start
from mock_ai.loading import load_folder, load_scenario, shipped_folder
from mock_ai.plan import plan
from mock_ai.recording.exchange import Ending, Exchange
from mock_ai.recording.scenario_text import scenario_text
from tests.mock_ai.recording.planned import recorded, timeline

CONTENT = encode('{"type": "content", "content": "Hi"}', "message")
END = encode('{"type": "end"}', "end")

NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])
# Half a surrogate pair has no UTF-8 form, so it never stands in a stream.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=9)
EVENTS = st.builds(
    encode,
    TEXTS | st.sampled_from(['{"type": "content", "content": "\\ud83d"}', '{"type": "end"}']),
    st.none() | st.sampled_from(["message", "end", "sources"]) | LINES,
    st.none() | LINES,
    st.none() | st.integers(0, 10**6),
    NEWLINES,
)
COMMENTS = st.builds(encode_comment, TEXTS, NEWLINES)
KNOWN = st.sampled_from([CONTENT, END, CONTENT.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf"])
BLOCKS = st.one_of(KNOWN, EVENTS, COMMENTS, st.binary(min_size=1, max_size=12))
CHUNKS = st.lists(BLOCKS, min_size=1, max_size=3).map(b"".join)
TICKS = st.integers(0, 50_000).map(lambda ticks: ticks / 10)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Draw a reply of a few writes with rising times."""
    head_ms, *times, ended_ms = sorted(draw(st.lists(TICKS, min_size=2, max_size=6, unique=True)))
    writes = [(at_ms, draw(st.lists(CHUNKS, min_size=1, max_size=3))) for at_ms in times]
    return recorded(writes, draw(st.sampled_from(Ending)), ended_ms, head_ms=head_ms)


@settings(max_examples=300, deadline=None)
@given(exchanges())
def test_a_recording_plans_to_the_same_writes_at_the_same_times(exchange):
    scenario = load_scenario(scenario_text(exchange, name="r", origin="a test"))
    writes, ending, ended_ms = timeline(plan(scenario.reply))
    since = exchange.head_ms
    assert [chunks for _, chunks in writes] == [list(write.chunks) for write in exchange.writes]
    assert [at for at, _ in writes] == pytest.approx([w.at_ms - since for w in exchange.writes])
    assert ending == exchange.ending
    if ending != Ending.OPEN:
        assert ended_ms == pytest.approx(exchange.ended_ms - since)


@pytest.mark.parametrize(
    "scenario", [*load_folder(shipped_folder()).scenarios.values()], ids=lambda s: s.name
)
def test_a_shipped_scenario_written_down_again_plans_to_the_same(scenario):
    for reply in scenario.replies:
        actions = plan(reply)
        writes, ending, ended_ms = timeline(actions)
        start = actions[0]
        assert isinstance(start, Start)
        exchange = recorded(
            writes,
            Ending(ending),
            ended_ms,
            status=start.status,
            reason=start.reason,
            headers=start.headers,
        )
        again = plan(load_scenario(scenario_text(exchange, name="r", origin="a test")).reply)
        assert again[0] == start
        assert timeline(again) == (writes, ending, ended_ms)
