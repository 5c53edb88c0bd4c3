"""The frames that wait for their move."""

from __future__ import annotations

from streamproof.relay.frames import FrameBatch
from streamproof.relay.log import posted_frames
from streamproof.relay.log.posted_frames import FrameBlock, PostedFrames, left_blocks
from tests.relay.log.stores import frame


def batch(turn_id, first, last):
    return FrameBatch(turn_id, [frame(n, f"text {n}") for n in range(first, last + 1)])


def block(turn_id, first, last):
    return FrameBlock(first, last, batch(turn_id, first, last).wire)


def posted(*batches):
    """Return the frames of some batches."""
    frames = PostedFrames()
    for one in batches:
        frames.add(one)
    return frames


def test_frames_of_a_turn_are_one_block():
    frames = posted(batch("a", 1, 2), batch("b", 1, 1), batch("a", 3, 3))
    assert frames.block("a") == block("a", 1, 3)
    assert frames.block("b") == block("b", 1, 1)
    assert frames.block("c") is None
    assert [frames.last(turn_id) for turn_id in "abc"] == [3, 1, -1]
    assert [frames.size(turn_id) for turn_id in "ac"] == [len(batch("a", 1, 3).wire), 0]
    assert list(frames) == ["a", "b"]
    assert len(frames) == 2


def test_an_addition_returns_the_bytes_of_its_turn():
    frames = PostedFrames()
    one, two = batch("a", 1, 1), batch("a", 2, 4)
    assert frames.add(one) == len(one.wire)
    assert frames.add(two) == len(one.wire) + len(two.wire)


def test_what_was_added_after_the_block_is_not_moved():
    frames = posted(batch("a", 1, 2))
    moving = frames.block("a")
    frames.add(batch("a", 3, 4))
    frames.moved("a", moving)
    assert frames.block("a") == block("a", 3, 4)


def test_frames_that_were_moved_twice_are_moved_once():
    frames = posted(batch("a", 1, 2))
    first = frames.block("a")
    frames.add(batch("a", 3, 4))
    longer = frames.block("a")
    frames.moved("a", first)
    frames.moved("a", first)
    assert frames.block("a") == block("a", 3, 4)
    frames.moved("a", longer)
    assert list(frames) == []
    frames.moved("a", longer)
    assert frames.block("a") is None


def test_a_part_of_a_block_has_the_frames_after_a_number():
    whole = block("a", 3, 6)
    for n in range(6):
        assert whole.after(n, "a") == block("a", max(3, n + 1), 6)
    assert [f.n for f in whole.frames_after(4)] == [5, 6]
    assert whole.frames() == batch("a", 3, 6).frames


def test_the_blocks_of_a_file_are_put_together_up_to_the_gaps():
    wires = [
        batch("a:b", 1, 1).wire,
        batch("c", 4, 5).wire,
        batch("a:b", 2, 4).wire,
        batch("a:b", 7, 7).wire,
        batch("c", 6, 6).wire,
    ]
    assert left_blocks(wires) == [
        ("a:b", block("a:b", 1, 4)),
        ("a:b", block("a:b", 7, 7)),
        ("c", block("c", 4, 6)),
    ]


def test_a_long_turn_of_a_file_is_several_blocks(monkeypatch):
    whole = block("a", 1, 40)
    monkeypatch.setattr(posted_frames, "BYTES_OF_A_BLOCK", len(whole.wire) // 4)
    found = left_blocks([batch("a", n, n).wire for n in range(1, 41)])
    assert [turn_id for turn_id, _ in found] == ["a"] * len(found)
    assert 4 <= len(found) <= 5
    assert b"".join(one.wire for _, one in found) == whole.wire
    assert [one.first for _, one in found] == [1, *(one.last + 1 for _, one in found[:-1])]
