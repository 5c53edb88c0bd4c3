"""The event name of a frame decides its kind first, then the data."""

from __future__ import annotations

import pytest

from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.messages import END_FRAME_DATA, START_FRAME_DATA
from streamproof.contracts.sse import Event

CONTENT = '{"type": "content", "content": "a"}'
SOURCES = '{"type": "sources", "sources": []}'


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        pytest.param(Event("message", START_FRAME_DATA, "t:0"), "start", id="start"),
        pytest.param(Event("message", START_FRAME_DATA), "start", id="start without an id"),
        pytest.param(
            Event("message", START_FRAME_DATA, "t:5"), "other", id="start data in a later frame"
        ),
        pytest.param(Event("message", CONTENT), "content", id="content"),
        pytest.param(Event("sources", SOURCES), "sources", id="sources"),
        pytest.param(Event("sources", "broken"), "sources", id="broken sources"),
        pytest.param(Event("message", "text"), "raw", id="raw"),
        pytest.param(Event("message", ""), "raw", id="empty"),
        pytest.param(Event("note", "text"), "raw", id="raw under another name"),
        pytest.param(
            Event("message", '{"type": "content", "content": 5}'), "other", id="bad shape"
        ),
        pytest.param(Event("message", "42"), "other", id="a number"),
        pytest.param(Event("note", "{}"), "other", id="unknown"),
        pytest.param(Event("note", CONTENT), "other", id="content under another name"),
        pytest.param(Event("message", SOURCES), "other", id="sources under another name"),
        pytest.param(Event("message", END_FRAME_DATA), "other", id="end under another name"),
        pytest.param(Event("end", END_FRAME_DATA), "end", id="end"),
        pytest.param(Event("end", "broken"), "end", id="broken end"),
        pytest.param(Event("error", '{"error":"Stopped"}'), "error", id="error"),
    ],
)
def test_a_frame_has_a_kind(event, kind):
    assert frame_kind(event) == kind


def test_the_first_frame_starts_a_stream_under_any_id():
    event = Event("message", START_FRAME_DATA, "t:1")
    assert (frame_kind(event), frame_kind(event, is_first=True)) == ("other", "start")


def test_end_and_error_are_terminal():
    assert [kind.value for kind in FrameKind if kind.terminal] == ["end", "error"]
