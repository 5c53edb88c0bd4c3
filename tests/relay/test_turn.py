"""A turn converts events to frames, numbers them, and ends once."""

from __future__ import annotations

from typing import Any

import pytest

from streamproof.contracts.messages import END_FRAME_DATA, START_FRAME_DATA, Source
from streamproof.contracts.sse import Decoder, Event, encode
from streamproof.relay.anomalies import MAX_LOGGED, AnomalyKind
from streamproof.relay.errors import TurnError
from streamproof.relay.frames import Frame
from streamproof.relay.lifecycle import (
    TRANSITIONS,
    Reason,
    TurnSignal,
    TurnState,
    TurnStatus,
)
from streamproof.relay.turn import Turn

ERROR_DATA = '{"error":"Failed to process message"}'
STOPPED_DATA = '{"error":"Stopped"}'
CONTENT = Event("message", '{"type": "content", "content": "Hi"}')
SOURCES = Event(
    "sources",
    '{"type": "sources", "sources": [{"id": "doc-123", "title": "HR Policy", "content": "Text"}]}',
)
END = Event("end", '{"type": "end"}')
ERROR = Event("error", "anything")


def content(text: str, name: str = "message") -> Event:
    return Event(name, f'{{"type": "content", "content": "{text}"}}')


def sources(*items: str) -> Event:
    return Event("sources", f'{{"type": "sources", "sources": [{", ".join(items)}]}}')


def source(id: str, title: str = "T", text: str = "C") -> str:
    return f'{{"id": "{id}", "title": "{title}", "content": "{text}"}}'


@pytest.fixture
def anomalies():
    return []


@pytest.fixture
def new(anomalies):
    return Turn("t1", max_answer_bytes=1000, log=anomalies.append)


@pytest.fixture
def turn(new):
    new.start()
    return new


# The state after each call in each state, in the order of CALLS; None: the call is refused.
CALLS = {
    "start": lambda turn: turn.start(),
    "content": lambda turn: turn.receive(CONTENT),
    "end": lambda turn: turn.receive(END),
    "error event": lambda turn: turn.receive(ERROR),
    "upstream ended": lambda turn: turn.upstream_ended(),
    "complete": lambda turn: turn.complete(),
    "fail": lambda turn: turn.fail(Reason.storage),
    "stop": lambda turn: turn.stop(),
}
S = TurnState
AFTER = {
    S.NEW: (S.RUNNING, None, None, None, None, None, None, None),
    S.RUNNING: (None, S.RUNNING, S.ENDED, S.FAILED, S.FAILED, None, S.FAILED, S.STOPPED),
    S.ENDED: (None, S.ENDED, S.ENDED, S.ENDED, S.COMPLETED, S.COMPLETED, S.FAILED, S.COMPLETED),
    S.COMPLETED: (None, *(S.COMPLETED,) * 5, S.FAILED, S.COMPLETED),
    S.FAILED: (None, *(S.FAILED,) * 7),
    S.STOPPED: (None, *(S.STOPPED,) * 7),
}
REACHED_BY = {
    S.NEW: [],
    S.RUNNING: ["start"],
    S.ENDED: ["start", "end"],
    S.COMPLETED: ["start", "end", "complete"],
    S.FAILED: ["start", "error event"],
    S.STOPPED: ["start", "stop"],
}
PAIRS = [
    pytest.param(state, call, after, id=f"{state.name.lower()}-{call}")
    for state, row in AFTER.items()
    for call, after in zip(CALLS, row, strict=True)
]


@pytest.mark.parametrize(("state", "call", "after"), PAIRS)
def test_every_call_in_every_state_leads_to_the_state_of_the_table(new, state, call, after):
    for step in REACHED_BY[state]:
        CALLS[step](new)
    assert new.state is state
    if after is None:
        with pytest.raises(TurnError):
            CALLS[call](new)
        after = state
    else:
        CALLS[call](new)
    assert new.state is after


def test_the_table_has_every_state():
    assert set(AFTER) == set(TurnState) == set(TRANSITIONS)


def test_no_signal_leads_back_to_a_running_turn():
    leads_back = {
        (state, signal)
        for state, row in TRANSITIONS.items()
        for signal, after in row.items()
        if after is S.RUNNING
    }
    assert leads_back == {(S.NEW, TurnSignal.START), (S.RUNNING, TurnSignal.EVENT)}


# The frames that a browser gets.


def test_the_start_frame_has_number_0_and_no_event_name(new):
    assert new.start() == Frame(0, None, START_FRAME_DATA)


def test_frames_are_numbered_without_gaps_and_the_last_is_terminal(turn):
    frames = [*turn.receive(CONTENT), *turn.receive(SOURCES), *turn.receive(END)]
    frames.append(turn.complete().frame)
    assert [frame.n for frame in frames] == [1, 2, 3]
    assert [frame.terminal for frame in frames] == [False, False, True]


@pytest.mark.parametrize(
    ("event", "frame"),
    [
        pytest.param(CONTENT, ("message", CONTENT.data), id="content"),
        pytest.param(SOURCES, ("sources", SOURCES.data), id="sources"),
        pytest.param(
            Event("message", '{"content":"\\u0000","type":"content", "x":1}'),
            ("message", '{"content":"\\u0000","type":"content", "x":1}'),
            id="json-text-verbatim",
        ),
        pytest.param(content("a", "delta"), ("message", content("a").data), id="content-misnamed"),
        pytest.param(content("a", "end"), ("message", content("a").data), id="content-named-end"),
        pytest.param(
            Event("message", SOURCES.data), ("sources", SOURCES.data), id="sources-misnamed"
        ),
        pytest.param(Event("message", '{"type":'), ("message", '{"type":'), id="raw"),
        pytest.param(Event("end", "[DONE]"), ("message", "[DONE]"), id="raw-named-end"),
        pytest.param(Event("sources", ""), ("message", ""), id="raw-empty"),
        pytest.param(Event("message", "a\nb"), ("message", "a\nb"), id="raw-lines"),
        pytest.param(Event("ping", '{"n": 1}'), ("ping", '{"n": 1}'), id="other-keeps-its-name"),
        pytest.param(Event("message", "5"), ("message", "5"), id="other-number"),
        pytest.param(
            Event("message", '{"type":"content","content":5}'),
            ("message", '{"type":"content","content":5}'),
            id="other-wrong-shape",
        ),
        pytest.param(
            Event("end", '{"type":"stop"}'), ("message", '{"type":"stop"}'), id="other-is-end"
        ),
        pytest.param(Event("start", "{}"), ("message", "{}"), id="other-named-start"),
        pytest.param(Event("sources", "{}"), ("message", "{}"), id="other-named-sources"),
        pytest.param(Event("a\0b", "{}"), ("message", "{}"), id="other-name-cannot-be-framed"),
        pytest.param(Event("a: b", "{}"), ("a: b", "{}"), id="other-name-with-colon"),
        pytest.param(
            Event("message", "[" * 5_000), ("message", "[" * 5_000), id="deeply-nested-no-json"
        ),
        pytest.param(Event("x", "9" * 5000), ("x", "9" * 5000), id="number-of-5000-digits"),
    ],
)
def test_an_event_becomes_one_frame(turn, event, frame):
    assert turn.receive(event) == [Frame(1, *frame)]
    assert not turn.ended


@pytest.mark.parametrize("name", ["end", "message", "anything"])
def test_an_end_under_any_event_name_has_no_frame_before_the_outcome(turn, name):
    assert turn.receive(Event(name, '{"type":"end"}')) == []
    assert turn.ended
    assert turn.complete().frame == Frame(1, "end", END_FRAME_DATA)


@pytest.mark.parametrize(
    "event",
    [CONTENT, SOURCES, END, ERROR, Event("message", "raw"), Event("ping", "{}")],
    ids=["content", "sources", "end", "error", "raw", "other"],
)
def test_events_after_the_end_are_dropped_and_reported(turn, anomalies, event):
    turn.receive(CONTENT)
    turn.receive(END)
    before = turn.complete()
    assert turn.receive(event) == []
    assert turn.complete() == before
    assert [anomaly.kind for anomaly in anomalies] == [AnomalyKind.after_end]


@pytest.mark.parametrize("data", ["", "x", '{"type":"end"}', CONTENT.data])
def test_an_event_named_error_fails_the_turn_with_any_data(turn, data):
    turn.receive(CONTENT)
    assert turn.receive(Event("error", data)) == []
    assert turn.ended
    outcome = turn.complete()
    assert outcome.frame == Frame(2, "error", ERROR_DATA)
    assert (outcome.reason, outcome.partial) == (Reason.error_event, "Hi")


def test_json_of_the_type_error_is_other_json(turn):
    data = '{"type":"error","error":"x"}'
    assert turn.receive(Event("message", data)) == [Frame(1, "message", data)]


# The outcome.


def test_the_answer_is_the_exact_concatenation_of_all_content(turn):
    for text in ["Based on", " your", "", " policy,\\n ", "\\u00e9"]:
        turn.receive(content(text))
    turn.receive(END)
    outcome = turn.complete()
    assert outcome.answer == "Based on your policy,\n é"
    assert outcome.partial is None
    assert (outcome.status, outcome.reason) == (TurnStatus.completed, None)


def test_an_answer_can_be_empty(turn):
    turn.receive(END)
    assert turn.complete().answer == ""


def test_raw_text_and_other_json_are_not_part_of_the_answer(turn):
    for event in [content("a"), Event("message", "raw"), Event("message", '"x"'), content("b")]:
        turn.receive(event)
    turn.receive(END)
    assert turn.complete().answer == "ab"


def test_a_stream_without_an_end_event_is_truncated(turn):
    turn.receive(CONTENT)
    outcome = turn.upstream_ended()
    assert (outcome.status, outcome.reason) == (TurnStatus.failed, Reason.truncated)
    assert (outcome.answer, outcome.partial) == (None, "Hi")
    assert outcome.frame == Frame(2, "error", ERROR_DATA)


def test_after_the_end_event_the_end_of_the_stream_completes_the_turn(turn):
    turn.receive(END)
    assert turn.upstream_ended().status is TurnStatus.completed


def test_a_stopped_turn_keeps_its_partial_text(turn):
    turn.receive(CONTENT)
    outcome = turn.stop()
    assert (outcome.status, outcome.reason) == (TurnStatus.stopped, Reason.stopped)
    assert outcome.partial == "Hi"
    assert outcome.frame == Frame(2, "error", STOPPED_DATA)


def test_a_failure_replaces_an_end_that_could_not_be_committed(turn):
    turn.receive(END)
    completed = turn.complete()
    failed = turn.fail(Reason.storage)
    assert failed.frame == Frame(completed.frame.n, "error", ERROR_DATA)
    assert (failed.status, failed.reason) == (TurnStatus.failed, Reason.storage)


@pytest.mark.parametrize("first", [Reason.idle_timeout, Reason.aborted])
def test_the_first_reason_is_kept(turn, first):
    turn.fail(first)
    assert turn.fail(Reason.storage).reason is first
    assert turn.stop().reason is first


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.stopped])
def test_every_failure_has_the_same_frame(turn, reason):
    assert turn.fail(reason).frame == Frame(1, "error", ERROR_DATA)


@pytest.mark.parametrize(
    ("event", "has_content"),
    [
        (CONTENT, True),
        (END, True),
        (content(""), True),
        (SOURCES, False),
        (Event("message", "raw"), False),
        (Event("ping", "{}"), False),
    ],
    ids=["content", "end", "empty-content", "sources", "raw", "other"],
)
def test_the_wait_for_content_ends_with_content_or_the_end(turn, event, has_content):
    assert not turn.has_content
    turn.receive(event)
    assert turn.has_content is has_content


# Text that every database can store.


@pytest.mark.parametrize(
    ("pieces", "stored"),
    [
        pytest.param(["\\ud83d", "\\ude00"], "😀", id="pair-split-over-two-events"),
        pytest.param(["\\ud83d\\ude00"], "😀", id="pair"),
        pytest.param(["a\\ud83d", "b"], "a\ufffdb", id="unpaired"),
        pytest.param(["\\ude00\\ud83d"], "\ufffd\ufffd", id="reversed"),
        pytest.param(["a\\u0000b"], "a\ufffdb", id="nul"),
        pytest.param(["\\r\\n\u2028\ufeff"], "\r\n\u2028\ufeff", id="other-controls-stay"),
    ],
)
def test_stored_text_has_no_nul_and_no_unpaired_surrogate(turn, pieces, stored):
    for piece in pieces:
        turn.receive(content(piece))
    assert turn.text == stored
    turn.receive(END)
    assert turn.complete().answer == stored


def test_of_sources_with_the_same_id_the_first_is_stored(turn):
    turn.receive(sources(source("b", "first"), source("a"), source("b", "second")))
    turn.receive(sources(source("c"), source("a", "later")))
    assert [(source.id, source.title) for source in turn.sources] == [
        ("b", "first"),
        ("a", "T"),
        ("c", "T"),
    ]


def test_a_repeated_sources_event_is_passed_on_again(turn):
    assert [frame.n for _ in range(2) for frame in turn.receive(SOURCES)] == [1, 2]


def test_every_field_of_a_source_is_made_storable(turn):
    turn.receive(sources(source("a\\u0000", "\\ud83d", "x\\ud83d\\ude00")))
    assert turn.sources == (Source("a\ufffd", "\ufffd", "x😀"),)


# Limits.


@pytest.mark.parametrize(
    ("pieces", "passes"),
    [
        (["a" * 10], True),
        (["a" * 5, "", "a" * 5], True),
        (["é" * 5], True),
        (["a" * 11], False),
        (["a" * 10, "a"], False),
        (["é" * 5, "a"], False),
    ],
    ids=["exact", "exact-in-pieces", "exact-utf-8", "over", "over-in-pieces", "over-utf-8"],
)
def test_exactly_the_limit_of_answer_bytes_passes(pieces, passes):
    turn = Turn("t", max_answer_bytes=10)
    turn.start()
    for piece in pieces:
        turn.receive(content(piece))
    assert turn.ended is not passes


def test_the_content_that_exceeds_the_limit_is_not_sent_and_not_stored():
    turn = Turn("t", max_answer_bytes=10)
    turn.start()
    turn.receive(content("12345678"))
    assert turn.receive(content("901")) == []
    outcome = turn.complete()
    assert (outcome.reason, outcome.partial) == (Reason.answer_too_large, "12345678")


def test_distinct_sources_have_the_limit_of_the_answer():
    turn = Turn("t", max_answer_bytes=10)
    turn.start()
    turn.receive(sources(source("a", "1234", "12345")))
    turn.receive(sources(source("a", "again", "and again")))
    assert not turn.ended
    turn.receive(sources(source("b")))
    assert turn.complete().reason is Reason.answer_too_large


@pytest.mark.parametrize("data", ["not JSON", "5", content("").data])
@pytest.mark.parametrize("limit", ["max_frames", "max_frames_bytes"])
def test_frames_are_limited_whatever_they_mean(limit, data):
    start_and_three: dict[str, Any] = {"max_frames": 4, "max_frames_bytes": 3 * len(data)}
    turn = Turn("t", max_answer_bytes=10, **{limit: start_and_three[limit]})
    turn.start()
    sent = [turn.receive(Event("message", data)) for _ in range(5)]
    assert [len(frames) for frames in sent] == [1, 1, 1, 0, 0]
    assert turn.complete().reason is Reason.reply_too_large


def test_distinct_sources_are_counted():
    turn = Turn("t", max_answer_bytes=1000, max_sources=2)
    turn.start()
    turn.receive(sources(source("a"), source("b"), source("a")))
    assert not turn.ended
    turn.receive(sources(source("c")))
    assert turn.complete().reason is Reason.answer_too_large


# Anomalies.


def test_few_anomalies_of_a_kind_are_logged_and_the_others_counted(turn, anomalies, caplog):
    for _ in range(MAX_LOGGED + 7):
        turn.receive(Event("message", "raw"))
        turn.receive(Event("message", "5"))
    turn.fail(Reason.truncated)
    kinds = [anomaly.kind for anomaly in anomalies]
    assert kinds.count(AnomalyKind.raw) == kinds.count(AnomalyKind.other) == MAX_LOGGED
    assert caplog.messages == ["turn t1: raw, 7 more", "turn t1: other, 7 more"]


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (content("secret", "delta"), AnomalyKind.wrong_name),
        (Event("x", '{"type":"end"}'), AnomalyKind.wrong_name),
        (Event("message", "raw"), AnomalyKind.raw),
        (Event("ping", "{}"), AnomalyKind.other),
        (ERROR, AnomalyKind.error_event),
    ],
    ids=["misnamed-content", "misnamed-end", "raw", "other", "error"],
)
def test_an_unusual_event_is_reported(turn, anomalies, event, kind):
    turn.receive(event)
    assert [(anomaly.kind, anomaly.turn_id, anomaly.length) for anomaly in anomalies] == [
        (kind, "t1", len(event.data))
    ]


@pytest.mark.parametrize("event", [CONTENT, SOURCES, END], ids=["content", "sources", "end"])
def test_a_correct_event_is_not_reported(turn, anomalies, event):
    turn.receive(event)
    assert anomalies == []


def test_an_anomaly_has_the_length_and_at_most_200_escaped_characters(turn, anomalies):
    turn.receive(Event("a\u202eb" * 100, "x\n\x1b\u2028é\ud800" * 1000))
    (anomaly,) = anomalies
    assert anomaly.length == 6000
    assert len(anomaly.excerpt) == 200
    assert len(anomaly.event_name) == 200
    assert anomaly.excerpt.isprintable()
    assert anomaly.excerpt.isascii()
    assert anomaly.excerpt.startswith(r"x\n\x1b\u2028\xe9\ud800")


def test_an_anomaly_of_a_message_has_no_text_of_it(turn, anomalies):
    turn.receive(content("secret", "delta"))
    turn.receive(END)
    turn.receive(content("secret"))
    assert [anomaly.excerpt for anomaly in anomalies] == ["", ""]


def test_anomalies_are_logged_by_default(caplog):
    turn = Turn("t1", max_answer_bytes=10)
    turn.start()
    turn.receive(Event("message", "raw\ntext"))
    assert caplog.messages == [r"turn t1: raw, event message, 8 characters: raw\ntext"]


# Rebuilding.

STREAM = [
    content("Based on"),
    Event("message", "not\njson"),
    content(" your", "delta"),
    SOURCES,
    Event("end", '{"n": 1}'),
    Event("ping", "[]"),
    content("\\ud83d"),
    content("\\ude00"),
]


@pytest.mark.parametrize("length", range(len(STREAM) + 1))
def test_a_turn_rebuilt_from_its_frames_has_the_same_outcome(length):
    first = Turn("t", max_answer_bytes=1000)
    frames = [first.start()]
    for event in STREAM[:length]:
        frames += first.receive(event)
    rebuilt = Turn.from_frames("t", frames, max_answer_bytes=1000)
    for turn in (first, rebuilt):
        turn.receive(content("!"))
    assert rebuilt.fail(Reason.interrupted) == first.fail(Reason.interrupted)


def test_frames_decode_to_the_data_of_their_events(turn):
    wire = b"".join(
        encode(frame.data, frame.event) for event in STREAM for frame in turn.receive(event)
    )
    assert [event.data for event in Decoder().feed(wire)] == [event.data for event in STREAM]
