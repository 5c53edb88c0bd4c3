"""The next commit waits only if turns post frames often, for some time."""

import pytest

from streamproof.relay.log.pace import (
    PAUSE_SECONDS,
    POSTS_PER_SECOND,
    REST_SECONDS,
    WINDOW_SECONDS,
    CommitPace,
)

ENOUGH = round(POSTS_PER_SECOND * WINDOW_SECONDS)


@pytest.fixture
def pace():
    """Give a pace whose window begins at 100."""
    pace = CommitPace()
    pace.commit_begins(1, 100.0)
    assert pace.next_at == 100.0
    return pace


@pytest.mark.parametrize(("posts", "pause"), [(ENOUGH + 1, PAUSE_SECONDS), (ENOUGH - 1, 0.0)])
@pytest.mark.parametrize("commits", [1, 3])
def test_the_rate_decides_in_however_many_commits(pace, posts, pause, commits):
    for place in range(1, commits):
        pace.commit_begins(0, 100.0 + place * WINDOW_SECONDS / commits)
    pace.commit_begins(posts, 100.0 + WINDOW_SECONDS)
    assert pace.next_at == 100.0 + WINDOW_SECONDS + pause


def test_a_burst_does_not_decide(pace):
    now = 100.0 + WINDOW_SECONDS / 2
    pace.commit_begins(ENOUGH - 1, now)
    assert pace.next_at == now


def test_a_pause_ends_after_a_silence(pace):
    pace.commit_begins(2 * ENOUGH, 100.0 + WINDOW_SECONDS)
    pace.commit_begins(1, 200.0)
    assert pace.next_at == 200.0


@pytest.mark.parametrize(
    ("turns", "commit_seconds"), [(5, 0.0005), (12, 0.001), (25, 0.002), (47, 0.004)]
)
def test_few_turns_that_wait_for_their_commits_lose_little_by_pauses(turns, commit_seconds):
    """Each turn posts again as soon as its frames are committed."""
    pace, began, now, commits = CommitPace(), 100.0, 100.0, 0
    while now < began + 10 * REST_SECONDS:
        pace.commit_begins(turns, now)
        commits += 1
        now = max(now + commit_seconds, pace.next_at)
    assert commits >= 0.95 * (now - began) / commit_seconds


def test_pauses_that_did_not_pay_are_tried_again_after_a_rest(pace):
    now = 100.0 + WINDOW_SECONDS
    pace.commit_begins(ENOUGH + 1, now)
    pace.commit_begins(ENOUGH - 1, now := now + WINDOW_SECONDS)
    rest_ends = now + REST_SECONDS
    for moment, pause in ((rest_ends - WINDOW_SECONDS, 0.0), (rest_ends, PAUSE_SECONDS)):
        pace.commit_begins(2 * round((moment - now) * POSTS_PER_SECOND), moment)
        assert pace.next_at == moment + pause
        now = moment
