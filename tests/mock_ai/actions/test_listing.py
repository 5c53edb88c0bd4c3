"""A plan is listed line by line, with times and readable bytes."""

import pytest

from streamproof.mock_ai.actions import Action, Finish, HangUp, Hold, Send, Start, Until, Wait
from streamproof.mock_ai.planning.listing import LONGEST_TEXT, PlanLine, list_plan, shown


def test_lines_have_times_and_mark_chunks_of_the_same_write():
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


def test_times_after_a_hold_count_from_the_end_of_the_hold():
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
