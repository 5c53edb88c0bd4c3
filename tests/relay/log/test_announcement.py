"""An announcement names its turns, or stands for all of them if these are too many."""

from __future__ import annotations

import pytest

from streamproof.relay.log.announcement import MAX_BYTES, Announcement


@pytest.mark.parametrize("turn_ids", [("a",), ("a", "b"), None])
def test_an_announcement_is_read_as_it_was_written(turn_ids):
    announcement = Announcement("relay", turn_ids)
    assert Announcement.read(announcement.text) == announcement


def test_too_many_turns_are_not_named():
    turn_ids = ("01a205c6-8fd5-76cc-8ce5-5f4c4a6a6dc3",) * 500
    text = Announcement("relay", turn_ids).text
    assert len(text) <= MAX_BYTES
    assert Announcement.read(text) == Announcement("relay", None)
