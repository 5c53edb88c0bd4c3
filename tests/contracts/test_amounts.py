"""Amounts read as people and programs like them."""

import pytest

from streamproof.contracts.text import counted, rounded_ms


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 events"), (1, "1 event"), (2, "2 events")], ids=str
)
def test_only_one_is_singular(number, words):
    assert counted(number, "event") == words


@pytest.mark.parametrize(
    ("ms", "shown"), [(106.40899999, 106.409), (40, 40), (0.0004, 0), (None, None)], ids=str
)
def test_milliseconds_are_rounded_to_microseconds(ms, shown):
    assert rounded_ms(ms) == shown
