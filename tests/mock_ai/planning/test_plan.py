"""Plans: which bytes each step becomes, what the pace adds, and what cannot be planned."""

import pytest

from streamproof.mock_ai.actions import Finish, HangUp, Hold, Send, Start, Wait
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.faults import Cut, Split, Stall
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.scenario.model import Reply
from streamproof.mock_ai.scenario.pace import Pace
from streamproof.mock_ai.scenario.step_types import ContentStep, EndStep, RawStep, WaitStep

STREAM = (
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-cache, no-transform"),
    ("X-Accel-Buffering", "no"),
)
SOURCES = (
    "event: sources\n"
    'data: {"type": "sources", "sources": [{"id": "a", "title": "b", "content": "c"}]}\n\n'
)


def reply(keys):
    """Load a reply from YAML."""
    return load_scenario(f"name: it\ntitle: It\n{keys}").reply


def sends(keys):
    """Return the chunks of a planned reply."""
    return [action for action in plan(reply(keys)) if isinstance(action, Send)]


@pytest.mark.parametrize(
    ("step", "chunks"),
    [
        pytest.param(
            "content: Hi",
            ['event: message\ndata: {"type": "content", "content": "Hi"}\n\n'],
            id="content",
        ),
        pytest.param(
            'content: [" a", "b "]',
            [
                'event: message\ndata: {"type": "content", "content": " a"}\n\n',
                'event: message\ndata: {"type": "content", "content": "b "}\n\n',
            ],
            id="content list",
        ),
        pytest.param(
            "content: {text: ab, times: 3}",
            ['event: message\ndata: {"type": "content", "content": "ababab"}\n\n'],
            id="repeated content",
        ),
        pytest.param(
            'content: "é\\n"',
            ['event: message\ndata: {"type": "content", "content": "é\\n"}\n\n'],
            id="content is JSON",
        ),
        pytest.param(
            "sources: [{id: a, title: b, content: c}]",
            [SOURCES],
            id="sources",
        ),
        pytest.param(
            'event: {data: "x\\ny", event: odd, id: "7", retry: 1500}',
            ["event: odd\nid: 7\nretry: 1500\ndata: x\ndata: y\n\n"],
            id="event",
        ),
        pytest.param('event: {data: ""}', ["data: \n\n"], id="event without a name"),
        pytest.param("comment: keep-alive", [": keep-alive\n\n"], id="comment"),
        pytest.param('raw: "data: {\\r\\n"', ["data: {\r\n"], id="raw"),
        pytest.param("raw_base64: ZGF0YTo=", ["data:"], id="raw in base64"),
        pytest.param("raw_hex: 64 61 7461 3A", ["data:"], id="raw in hexadecimal"),
    ],
)
def test_step_becomes(step, chunks):
    assert [send.data.decode() for send in sends(f"steps: [{{{step}}}]")] == chunks


def test_end_becomes_the_end_event():
    assert planned_body(plan(reply("steps: [end]"))) == b'event: end\ndata: {"type": "end"}\n\n'


def test_bytes_that_are_not_utf_8_are_sent_as_they_are():
    assert planned_body(plan(reply("steps: [{raw_hex: ff fe}]"))) == b"\xff\xfe"


@pytest.mark.parametrize(("newline", "end"), [("lf", "\n"), ("crlf", "\r\n"), ("cr", "\r")])
def test_line_ends_are_those_of_the_scenario(newline, end):
    body = planned_body(plan(reply(f"newline: {newline}\nsteps: [{{comment: a}}, {{raw: b}}]")))
    assert body.decode() == f": a{end}{end}b"


def test_byte_order_mark_begins_the_first_chunk():
    _, *body = plan(reply("bom: true\nsteps: [{wait_ms: 5}, {raw: a}, {raw: b}]"))
    assert body == [Wait(5), Send(b"\xef\xbb\xbfa"), Send(b"b"), Finish()]


def test_byte_order_mark_of_an_empty_body_is_alone():
    assert planned_body(plan(reply("bom: true\nsteps: []"))) == b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("keys", "ends"),
    [
        pytest.param('{raw: "data: 1\\n\\ndata: 2\\n\\n"}', [(9, 18)], id="two in one chunk"),
        pytest.param('{raw: "data: 1\\n"}, {raw: "\\n"}', [(), (1,)], id="one in two chunks"),
        pytest.param('{raw: "data: 1"}, {comment: x}', [(), (5,)], id="finished by a comment"),
        pytest.param('{comment: x}, {raw: "\\n\\nid: 1\\n\\n"}', [(), ()], id="none without data"),
        pytest.param('{raw: "data: 1\\r"}, {raw: "\\r"}', [(), (1,)], id="CR alone"),
        pytest.param(
            '{raw: "data: 1\\r\\n\\r"}, {raw: "\\n"}', [(10,), ()], id="out before the LF"
        ),
    ],
)
def test_events_are_counted_where_a_reader_gets_them(keys, ends):
    assert [send.ends for send in sends(f"steps: [{keys}]")] == ends


def test_reply_starts_as_an_event_stream():
    assert plan(reply("steps: []")) == (Start(200, "OK", STREAM), Finish())


JSON = (("Content-Type", "application/json"),)


@pytest.mark.parametrize(
    ("keys", "start"),
    [
        pytest.param("status: 503", Start(503, "Service Unavailable", JSON), id="error"),
        pytest.param("status: 204", Start(204, "No Content"), id="no body"),
        pytest.param("status: 503\nreason: Odd", Start(503, "Odd", JSON), id="own reason"),
        pytest.param("status: 299", Start(299, "", JSON), id="unknown"),
    ],
)
def test_other_status_starts_otherwise(keys, start):
    assert plan(reply(f"{keys}\nsteps: []")) == (start, Finish())


@pytest.mark.parametrize(
    ("headers", "lines"),
    [
        pytest.param("{}", STREAM, id="defaults"),
        pytest.param(
            "{content-type: text/plain}",
            (*STREAM[1:], ("content-type", "text/plain")),
            id="another one of that name, whatever its case",
        ),
        pytest.param("{CONTENT-TYPE: null}", STREAM[1:], id="left out"),
        pytest.param(
            "{set-cookie: [a=1, b=2]}",
            (*STREAM, ("set-cookie", "a=1"), ("set-cookie", "b=2")),
            id="several times",
        ),
        pytest.param("{retry-after: 1}", (*STREAM, ("retry-after", "1")), id="a number"),
    ],
)
def test_headers(headers, lines):
    start = plan(reply(f"headers: {headers}\nsteps: []"))[0]
    assert isinstance(start, Start)
    assert start.headers == lines


A, B, C = (RawStep(name) for name in (b"a", b"b", b"c"))


def waits(pace, *steps):
    """Return the silences of a plan."""
    actions = plan(Reply(steps=steps, pace=pace))
    return [action.ms for action in actions if isinstance(action, Wait)]


def test_pace_puts_a_silence_before_each_chunk():
    actions = plan(Reply(steps=(A, B, C), pace=Pace(first_ms=300, gap_ms=40)))
    assert actions[1:] == (
        *(Wait(300), Send(b"a")),
        *(Wait(40), Send(b"b")),
        *(Wait(40), Send(b"c")),
        Finish(),
    )


def test_silence_that_was_asked_for_comes_on_top():
    assert waits(Pace(gap_ms=40), A, WaitStep(500), B) == [500, 40]


def test_jitter_stays_in_its_bounds_and_depends_on_the_seed_only():
    pace = Pace(gap_ms=100, jitter=0.2, seed=7)
    jittered = waits(pace, *[A] * 200)
    assert all(80 <= ms <= 120 for ms in jittered)
    assert min(jittered) < 85
    assert max(jittered) > 115
    assert waits(pace, *[A] * 200) == jittered
    assert waits(Pace(gap_ms=100, jitter=0.2, seed=8), *[A] * 200) != jittered


def test_jitter_is_the_same_on_every_machine():
    jittered = waits(Pace(gap_ms=100, jitter=0.5, seed=7), A, B, C)
    assert jittered == [55.587, 63.393]


def test_faults_are_applied_in_their_order():
    faults = (Split(every_bytes=1), Cut(after_bytes=3))
    body = plan(Reply(steps=(RawStep(b"abcdef"),), faults=faults))[1:]
    assert body == (Send(b"a"), Send(b"b"), Send(b"c"), HangUp())


def test_body_of_an_endless_stall_is_what_leaves_before_it():
    actions = plan(Reply(steps=(ContentStep(("a",)), EndStep()), faults=(Stall(after_bytes=5),)))
    assert any(isinstance(action, Hold) for action in actions)
    assert planned_body(actions) == b"event"


@pytest.mark.parametrize(
    ("planned", "path"),
    [
        pytest.param(Reply(steps=(A,), status=204), ("steps",), id="body of a 204"),
        pytest.param(Reply(steps=(), headers={"a b": "c"}), ("headers",), id="header name"),
        pytest.param(
            Reply(steps=(A,), faults=(Split(per="event"), Cut(after_bytes=2))),
            ("faults", 1, "cut", "after_bytes"),
            id="place that is never reached",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_its_path(planned, path):
    with pytest.raises(InvalidScenario) as caught:
        plan(planned)
    assert caught.value.path == path


def test_two_plans_of_the_same_text_are_equal():
    keys = "pace: {gap_ms: 5, jitter: 1}\nsteps: [{fake: {words: 20, seed: 3}}, end]"
    assert plan(reply(keys)) == plan(reply(keys))
