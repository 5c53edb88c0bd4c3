"""The frames of a relay get their verdict, also after a resumed connection."""

from __future__ import annotations

import pytest

from streamproof.contracts.checker import check
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Ending
from tests.contracts.transcripts import (
    DONE,
    FAILURE,
    FRONTEND,
    SOURCES,
    START,
    broken,
    content,
    frames,
    stream,
)

RAW = ("message", "text")
OTHER = ("note", "{}")


@pytest.mark.parametrize(
    ("events", "verdict", "checks"),
    [
        pytest.param(frames(START, content(), SOURCES, DONE), "completed", [], id="a turn"),
        pytest.param(frames(START, FAILURE), "completed", [], id="a failed turn"),
        pytest.param(
            frames(START, RAW, OTHER, content(), DONE), "completed", [], id="raw and other"
        ),
        pytest.param(
            frames(START, SOURCES, content(), SOURCES, DONE), "completed", [], id="sources twice"
        ),
        pytest.param(frames(content(), DONE), "violated", ["order"] * 2, id="no start"),
        pytest.param(frames(START, content()), "truncated", ["complete"], id="no terminal frame"),
        pytest.param(frames(START, DONE, DONE), "overrun", ["after-terminal"], id="end twice"),
        pytest.param(
            frames(START, FAILURE, DONE), "overrun", ["after-terminal"], id="end after error"
        ),
        pytest.param(frames(START, ("end", "{}")), "violated", ["shape"], id="a wrong end"),
        pytest.param(
            frames(START, ("end", '{"type": "end", "id": 1}')),
            "violated",
            ["shape"],
            id="an end with an extra key",
        ),
        pytest.param(
            frames(START, ("error", '{"error": 5}')), "violated", ["shape"], id="a wrong error"
        ),
        pytest.param(
            frames(START, ("error", "boom")), "violated", ["json"], id="an error of plain text"
        ),
        pytest.param(
            frames(START, ("sources", "{}"), DONE),
            "violated",
            ["shape"] * 2,
            id="sources in a wrong shape",
        ),
        pytest.param(
            frames(START, ("token", "text"), DONE),
            "violated",
            ["event-name"],
            id="raw under another name",
        ),
        pytest.param(
            frames(START, ("token", content()[1]), DONE),
            "violated",
            ["message-names"],
            id="content under another name",
        ),
        pytest.param(
            frames(START, ("message", SOURCES[1]), DONE),
            "violated",
            ["message-names"],
            id="sources as message",
        ),
        pytest.param(
            frames(START, ("start", "{}"), DONE), "violated", ["message-names"], id="named start"
        ),
        pytest.param(
            (*frames(START, content()), *frames(DONE, first=3)),
            "violated",
            ["frame-ids"],
            id="a gap",
        ),
        pytest.param(
            (*frames(START, content()), *frames(content(), DONE, first=1)),
            "violated",
            ["frame-ids"],
            id="a repeated id",
        ),
        pytest.param(
            frames(START, DONE, first=1),
            "violated",
            ["frame-ids"],
            id="not from 0",
        ),
        pytest.param(
            (*frames(START), *frames(DONE, first=1, turn="u")),
            "violated",
            ["frame-ids"],
            id="another turn",
        ),
        pytest.param((Event(*START), Event(*DONE)), "violated", ["frame-ids"] * 2, id="no ids"),
        pytest.param(
            frames(START, content(), START, DONE),
            "completed",
            [],
            id="a start frame of the AI service, passed on",
        ),
    ],
)
def test_a_stream_of_frames_gets_its_verdict(events, verdict, checks):
    report = check(stream(*events), FRONTEND)

    assert (report.verdict, broken(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("ending", "verdict", "checks"),
    [(Ending.OPEN, "stalled", ["close"]), (Ending.ABORTED, "aborted", ["clean-close"])],
)
def test_a_relay_must_close_properly(ending, verdict, checks):
    report = check(stream(*frames(START, DONE), ending=ending), FRONTEND)

    assert (report.verdict, broken(report)) == (verdict, checks)


@pytest.mark.parametrize(
    ("last_event_id", "events", "checks"),
    [
        pytest.param("t:3", frames(content(), DONE, first=4), [], id="from the last id"),
        pytest.param("", frames(content(), DONE, first=4), [], id="from an unknown id"),
        pytest.param("t:3", frames(content(), DONE, first=5), ["frame-ids"], id="a gap"),
        pytest.param("t:3", frames(content(), DONE, first=3), ["frame-ids"], id="a repeated id"),
        pytest.param("t:3", frames(DONE, first=4, turn="u"), ["frame-ids"], id="another turn"),
        pytest.param("t:3", frames(START, DONE), ["frame-ids", "order"], id="from the start"),
    ],
)
def test_a_resumed_connection_continues_after_the_last_id(last_event_id, events, checks):
    assert broken(check(stream(*events), FRONTEND.resumed(last_event_id))) == checks
