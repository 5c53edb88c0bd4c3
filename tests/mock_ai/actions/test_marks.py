"""Marks follow their bytes through cuts, joins and changes."""

import pytest

from streamproof.mock_ai.actions import Send
from streamproof.mock_ai.actions.marks import Mark, marks_after_change

MARKED = Send(b"abcdef", (6,), marks=(Mark("x", 0), Mark("y", 2), Mark("z", 6)))


def test_mark_between_two_pieces_belongs_to_the_first_one():
    first, second = MARKED.cut([2])
    assert first.marks == (Mark("x", 0), Mark("y", 2))
    assert second.marks == (Mark("z", 4),)


@pytest.mark.parametrize("places", [[1], [2, 4], range(1, 6)])
def test_joined_pieces_have_the_marks_of_the_whole(places):
    assert Send.joined([*MARKED.cut(places)]) == MARKED


def test_mark_outside_the_data_is_rejected():
    with pytest.raises(ValueError, match=r"marks: wanted offsets in 0\.\.1"):
        Send(b"a", marks=(Mark("x", 2),))


@pytest.mark.parametrize(
    ("new", "offset"),
    [
        pytest.param(b"abcdef", 2, id="nothing changed"),
        pytest.param(b"++abcdef", 4, id="something came before"),
        pytest.param(b"ab--", 2, id="what follows changed"),
        pytest.param(b"a", 1, id="the place is cut off"),
    ],
)
def test_mark_stays_before_what_followed_it(new, offset):
    assert marks_after_change([Mark("x", 2)], b"abcdef", new) == (Mark("x", offset),)
