"""End early: the proper end of the body replaces the rest of the stream."""

from streamproof.mock_ai.faults import EndEarly
from tests.mock_ai.sample_plans import FINISH, PLAN, START, A


def test_body_ends_properly_after_the_event():
    assert list(EndEarly(after_events=1).apply(PLAN)) == [START, A, FINISH]


def test_body_may_be_empty():
    assert list(EndEarly(after_bytes=0).apply(PLAN)) == [START, FINISH]
