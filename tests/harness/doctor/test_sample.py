"""The sample has everything that a proxy can damage."""

from __future__ import annotations

from itertools import pairwise

import pytest

from streamproof.contracts.sse import Decoder
from streamproof.harness.doctor.sample import BIG_BYTES, PIECES, SAMPLE

TEXT = SAMPLE.decode()
DECODER = Decoder()
EVENTS = DECODER.feed(SAMPLE) + DECODER.close()


def test_pieces_are_the_sample():
    assert b"".join(PIECES) == SAMPLE


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_sample_has_characters_of_each_width(width):
    assert any(len(character.encode()) == width for character in TEXT)


@pytest.mark.parametrize("newline", [b"\n\n", b"\r\n\r\n", b"\r\r"])
def test_sample_has_each_line_end(newline):
    assert newline in SAMPLE


def test_cuts_go_through_characters_of_each_width():
    cut = {piece[0] for piece in PIECES if piece[0] & 0xC0 == 0x80}
    before = [one[-1] for one, after in pairwise(PIECES) if after[0] in cut]
    assert len(cut) > 2
    assert any(byte >= 0xF0 for byte in before)
    assert any(0xC0 <= byte < 0xF0 for byte in before)


def test_sample_has_big_and_empty_events_with_ids_of_their_own():
    sizes = [len(event.data.encode()) for event in EVENTS]
    assert max(sizes) > BIG_BYTES - 1024
    assert min(sizes) == 0
    assert len({event.id for event in EVENTS}) == len(EVENTS)


def test_damaged_characters_can_be_told_from_sent_ones():
    assert "\ufffd" not in TEXT
