"""Media types are compared as HTTP compares them."""

from __future__ import annotations

import pytest

from streamproof.contracts.media_type import MediaType, parse_media_type


@pytest.mark.parametrize(
    ("text", "essence", "parameters"),
    [
        ("text/event-stream", "text/event-stream", {}),
        (" Text/Event-Stream ; Charset=UTF-8", "text/event-stream", {"charset": "utf-8"}),
        ('a/b;q="x;y";c=1', "a/b", {"q": "x;y", "c": "1"}),
        (r'a/b; q="say \"hi\""', "a/b", {"q": 'say "hi"'}),
        ("a/b;;charset", "a/b", {}),
        ("", "", {}),
    ],
)
def test_a_media_type_has_a_type_and_parameters(text, essence, parameters):
    assert parse_media_type(text) == MediaType(essence, tuple(parameters.items()))


@pytest.mark.parametrize(
    ("got", "wanted", "fits"),
    [
        ("TEXT/event-stream; charset=utf-8", "text/event-stream", True),
        ("text/event-stream", "text/event-stream; charset=utf-8", False),
        ("text/event-stream;charset=UTF-8;v=1", "text/event-stream; charset=utf-8", True),
        ("text/plain", "text/event-stream", False),
        ("", "text/event-stream", False),
    ],
)
def test_a_media_type_fits_if_it_has_the_wanted_parameters(got, wanted, fits):
    assert parse_media_type(got).fits(parse_media_type(wanted)) == fits


@pytest.mark.parametrize(
    ("text", "charset"), [("a/b", None), ("a/b;charset=UTF8", None), ("a/b;charset=x", "x")]
)
def test_a_charset_other_than_utf_8_is_foreign(text, charset):
    assert parse_media_type(text).foreign_charset == charset
