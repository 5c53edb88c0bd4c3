"""Text that HTTP cannot carry is refused before a request is sent."""

from argparse import ArgumentTypeError

import pytest

from streamproof.harness.cli.arguments.http_types import (
    form_field,
    header,
    header_value,
    method,
    text,
)


@pytest.mark.parametrize(
    ("read", "given", "value"),
    [
        (text, "ü😀\n", "ü😀\n"),
        (method, "M-SEARCH", "M-SEARCH"),
        (header, "X-Mine:  a\tb ", ("X-Mine", "a\tb")),
        (header, "X:", ("X", "")),
        (header_value, "id=ü", "id=ü"),
        (form_field, "a=b=c\n", ("a", "b=c\n")),
    ],
)
def test_value_is_read(read, given, value):
    assert read(given) == value


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (text, "\udcff"),
        (method, ""),
        (method, "GET\r\nX: y"),
        (method, "G ET"),
        (header, "nonsense"),
        (header, "X Y: 1"),
        (header, ": 1"),
        (header, "X: a\nb"),
        (header, "X: \udcff"),
        (header, "Content-Length: 5"),
        (header, "transfer-encoding: chunked"),
        (header_value, " "),
        (header_value, "a\r\nb"),
        (form_field, "a"),
        (form_field, "=a"),
    ],
)
def test_other_text_is_refused_with_what_was_wanted(read, given):
    with pytest.raises(ArgumentTypeError, match=r"wanted .*, got "):
        read(given)
