"""The next commit waits only if many turns post frames all the time."""

import pytest

from streamproof.relay.log.pace import ENOUGH_TURNS, PAUSE_SECONDS, CommitPace


@pytest.mark.parametrize(
    ("turns", "seconds", "pause"),
    [
        (ENOUGH_TURNS, PAUSE_SECONDS, PAUSE_SECONDS),
        (ENOUGH_TURNS - 1, PAUSE_SECONDS, 0.0),
        (ENOUGH_TURNS // 2, PAUSE_SECONDS / 2, PAUSE_SECONDS),
        (ENOUGH_TURNS, PAUSE_SECONDS * 2, 0.0),
    ],
)
def test_the_rate_decides_and_not_the_size_of_a_commit(turns, seconds, pause):
    pace = CommitPace()
    pace.commit_begins(1, 0.0)
    pace.commit_begins(turns, seconds)
    assert pace.next_at == seconds + pause


def test_the_first_commit_does_not_make_the_next_one_wait():
    pace = CommitPace()
    pace.commit_begins(1000, 1.0)
    assert pace.next_at == 1.0


def test_a_pause_ends_when_fewer_turns_post_frames():
    pace, now = CommitPace(), 0.0
    pace.commit_begins(1, now)
    for turns in (ENOUGH_TURNS, ENOUGH_TURNS, ENOUGH_TURNS - 1):
        now += PAUSE_SECONDS
        pace.commit_begins(turns, now)
    assert pace.next_at == now
