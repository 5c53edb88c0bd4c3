"""A blank line is found with every combination of line ends."""

import pytest

from streamproof.contracts.sse import (
    BLANK_LINE,
    LINE_ENDS,
    after_blank_lines,
    ends_with_blank_line,
)

# A CR before an LF is one line end.
BLANK = [a + b for a in LINE_ENDS for b in LINE_ENDS if (a, b) != ("\r", "\n")]


@pytest.mark.parametrize("blank", BLANK, ids=map(repr, BLANK))
def test_blank_line_is_found(blank):
    data = f"data: a{blank}".encode()
    found = BLANK_LINE.search(data)
    assert found is not None
    assert (found.start(), found.end()) == (len("data: a"), len(data))
    assert ends_with_blank_line(data)
    assert after_blank_lines(data + b"id: 1\n") == b"id: 1\n"


@pytest.mark.parametrize("data", [b"", b"\n", b"a\r\n", b"a\nb\n", b"\r\n", b"a\n\nb"])
def test_data_without_a_blank_line_at_its_end(data):
    assert not ends_with_blank_line(data)


def test_several_blank_lines_are_one():
    assert after_blank_lines(b"a\n\n\n\r\nb") == b"b"
