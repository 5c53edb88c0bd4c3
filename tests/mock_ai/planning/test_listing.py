"""A plan as lines, as writes, and as a hash."""

import pytest

from streamproof.contracts.aws_event_stream import AwsFrame
from streamproof.mock_ai.actions import (
    Action,
    Finish,
    HangUp,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Until,
    Wait,
)
from streamproof.mock_ai.planning.listing import (
    LONGEST_TEXT,
    PlanLine,
    PlannedWrite,
    list_plan,
    list_writes,
    plan_hash,
    shown,
)


def test_line_of_a_binary_frame_has_its_name_and_its_data():
    data = AwsFrame.of({":event-type": "a"}, b"{}").encode()
    [line] = list_plan([Send(data * 2, (len(data), 2 * len(data)))])
    assert (line.text, line.size) == ("a {} a {}", 2 * len(data))


def test_lines_have_times_and_say_what_leaves_together():
    actions: list[Action] = [
        Start(200, "OK", (("A", "b"), ("C", "d"))),
        *(Send(b"a\n\n", (3,)), Wait(40), Send(b"b"), Send(b"c"), Wait(5), Finish()),
    ]
    assert list(list_plan(actions)) == [
        PlanLine(0, "200 OK", "A: b; C: d"),
        PlanLine(0, "send", "a\\n\\n", 3, 1, joined=True),
        PlanLine(40, "send", "b", 1),
        PlanLine(40, "send", "c", 1, joined=True),
        PlanLine(45, "finish"),
    ]


def test_times_after_a_hold_count_from_its_end():
    a = Send(b"a")
    held: list[Action] = [Start(200, "OK"), Wait(5), Hold(Until.RELEASED), a, Wait(7), a, Finish()]
    assert list(list_plan(held))[1:] == [
        PlanLine(5, "hold", "until it is released"),
        PlanLine(0, "send", "a", 1),
        PlanLine(7, "send", "a", 1),
        PlanLine(7, "finish", joined=True),
    ]


@pytest.mark.parametrize(
    ("ending", "lines"),
    [
        ([HangUp()], [PlanLine(0, "cut")]),
        ([HangUp(reset=True)], [PlanLine(0, "reset")]),
        ([HangUp(half=True)], [PlanLine(0, "half-close")]),
        ([Finish()], [PlanLine(0, "finish", joined=True)]),
        ([Hold(), HangUp()], [PlanLine(0, "hold", "until the client leaves"), PlanLine(0, "cut")]),
    ],
)
def test_endings_have_names(ending, lines):
    assert list(list_plan([Start(200, ""), *ending]))[1:] == lines


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é ☕".encode(), "é ☕"),
        (b"\r\n\t\0\x1b\\", "\\r\\n\\t\\x00\\x1b\\\\"),
        ("\u2028".encode(), "\\u2028"),
        (b"\xff", "\\xff"),
        (b"x" * 1_000, "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_bytes_are_shown_on_one_line(data, text):
    assert shown(data) == text


def test_bytes_outside_the_body_have_a_line():
    actions: list[Action] = [Start(200, ""), SendOutsideBody(b"x"), Finish(b"y")]
    assert list(list_plan(actions))[1:] == [
        PlanLine(0, "outside the body", "x", 1, joined=True),
        PlanLine(0, "finish", "y", 1, joined=True),
    ]


def test_writes_have_their_framing():
    actions: list[Action] = [Start(200, "OK"), Wait(5), Send(b"a"), Hold(Until.RELEASED), HangUp()]
    assert list(list_writes(actions)) == [
        PlannedWrite(0, "write", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        PlannedWrite(5, "write", b"1\r\na\r\n"),
        PlannedWrite(0, "hold until it is released"),
        PlannedWrite(0, "cut"),
    ]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ([Start(200, "OK"), Wait(5.0001), Send(b"a"), Finish()], True),
        ([Start(200, "OK"), Wait(6), Send(b"a"), Finish()], False),
        ([Start(200, "OK"), Wait(5), Send(b"b"), Finish()], False),
        ([Start(200, "OK"), Wait(5), Send(b"a"), HangUp()], False),
    ],
)
def test_hash_depends_on_bytes_times_and_ending(other, same):
    actions: list[Action] = [Start(200, "OK"), Wait(5.0), Send(b"a"), Finish()]
    assert (plan_hash(other) == plan_hash(actions)) is same


def test_reply_without_a_head_says_so():
    actions: list[Action] = [Start(200, "OK", sent=False), Wait(5), HangUp()]
    assert list(list_plan(actions)) == [PlanLine(0, "no headers"), PlanLine(5, "cut")]
