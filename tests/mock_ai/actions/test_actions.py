"""Actions: invalid ones cannot be built, and pieces of a chunk keep their events."""

import pytest

from streamproof.mock_ai.actions import Send, Start


@pytest.mark.parametrize(
    ("offsets", "pieces"),
    [
        pytest.param([], [Send(b"aAbB", (2, 4))], id="no offset"),
        pytest.param([2], [Send(b"aA", (2,)), Send(b"bB", (2,))], id="between events"),
        pytest.param([3, 1], [Send(b"a"), Send(b"Ab", (1,)), Send(b"B", (1,))], id="inside events"),
        pytest.param([-1, 0, 4, 9], [Send(b"aAbB", (2, 4))], id="outside"),
    ],
)
def test_chunk_is_cut_at_the_offsets(offsets, pieces):
    whole = Send(b"aAbB", (2, 4))
    assert list(whole.cut(offsets)) == pieces
    assert Send.joined(pieces) == whole


@pytest.mark.parametrize(("data", "ends"), [(b"", ()), (b"a", (0,)), (b"a", (2,))])
def test_chunk_without_data_or_with_an_event_end_outside_is_rejected(data, ends):
    with pytest.raises(ValueError, match="wanted"):
        Send(data, ends)


@pytest.mark.parametrize(
    ("reason", "headers"),
    [
        pytest.param("OK\r\nX: y", (), id="line end in the reason"),
        pytest.param("OK", (("X", "y\nz"),), id="line end in a value"),
        pytest.param("OK", (("X", "y\0"),), id="NUL in a value"),
        pytest.param("OK", (("X y", "z"),), id="space in a name"),
        pytest.param("OK", (("", "z"),), id="no name"),
    ],
)
def test_head_that_would_break_its_lines_is_rejected(reason, headers):
    with pytest.raises(ValueError, match=r"cannot contain|not a valid header name"):
        Start(200, reason, headers)
