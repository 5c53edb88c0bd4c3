"""The next commit waits only if turns post frames often, for some time."""

import pytest

from streamproof.relay.log.pace import (
    PAUSE_SECONDS,
    POSTS_PER_SECOND,
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
