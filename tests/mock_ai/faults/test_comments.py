"""Comments: many comments at one place, which complete no event."""

import pytest

from streamproof.mock_ai.actions import Send, Wait
from streamproof.mock_ai.faults import Comments
from tests.mock_ai.faults.events import END, FINISH, GAP, ONE, PLAN, START, TWO

COMMENT = Send(b": keep-alive\n\n")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        pytest.param(
            Comments(after_events=1, count=2),
            [START, ONE, COMMENT, COMMENT, GAP, TWO, END, FINISH],
            id="in chunks of their own",
        ),
        pytest.param(
            Comments(after_events=0, count=1, text="hi", gap_ms=5),
            [START, Wait(5), Send(b": hi\n\n"), *PLAN[1:]],
            id="as writes of their own",
        ),
    ],
)
def test_comments_are_sent_at_the_place(fault, expected):
    assert list(fault.apply(PLAN)) == expected


def test_comments_inside_an_event_complete_it_early_as_a_reader_counts():
    # The blank line of the comment completes the event; the lines after it have no data.
    sent = Comments(at_event=1, byte=len(ONE.data) - 1, count=1).apply([START, ONE, FINISH])
    ends = [action.ends for action in sent if isinstance(action, Send)]
    assert ends == [(), (14,), ()]
