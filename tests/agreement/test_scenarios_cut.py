"""Cutting never matters: every shipped scenario gives the same however its bytes are cut.

The kernel merges writes, so sockets cannot prove it; this is decoder and turn in one process.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest

from mock_ai.language.expectation import text_matches
from relay.markdown import render
from tests.agreement.pack import NAMES, Replayed, expected, replay, wire
from tests.shipped import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STREAMS: Final = [name for name in NAMES if wire(name).is_stream]
WITH_HTML: Final = [name for name in NAMES if expected(SCENARIOS[name]).stored.html is not None]
LARGE_BYTES: Final = 200_000
SHORT_BYTES: Final = 400
RANDOM_ROUNDS: Final = 6


def pieces(body: bytes, places: Iterable[int]) -> Iterator[bytes]:
    """Yield the body cut at some places."""
    for start, stop in pairwise([0, *sorted(places), len(body)]):
        yield body[start:stop]


def every(size: int) -> Callable[[bytes], Iterator[bytes]]:
    """Cut into pieces of one size."""
    return lambda body: pieces(body, range(size, len(body), size))


def byte_by_byte_with_nothing_between(body: bytes) -> Iterator[bytes]:
    """Cut at every byte, with an empty read after each."""
    for piece in every(1)(body):
        yield piece
        yield b""


CUTS: Final[dict[str, Callable[[bytes], Iterator[bytes]]]] = {
    "byte by byte": every(1),
    "in pairs": every(2),
    "with empty reads": byte_by_byte_with_nothing_between,
}


def cases() -> Iterator[Any]:
    """Yield every scenario; a million reads are a long proof."""
    for name in NAMES:
        marks = [pytest.mark.prove] if len(wire(name).body) > LARGE_BYTES else []
        yield pytest.param(name, marks=marks)


@cache
def whole(name: str) -> Replayed:
    """Return what the uncut body gives."""
    return replay([wire(name).body], wire(name).ending)


@pytest.mark.parametrize("name", list(cases()))
def test_a_body_cut_everywhere_gives_the_same(name: str) -> None:
    for words, cut in CUTS.items():
        assert replay(cut(wire(name).body), wire(name).ending) == whole(name), words


@pytest.mark.parametrize("name", NAMES)
def test_a_body_cut_at_random_gives_the_same(name: str) -> None:
    body, chance = wire(name).body, random.Random(name)
    for _ in range(RANDOM_ROUNDS):
        places = [chance.randint(0, len(body)) for _ in range(chance.randint(1, 40))]
        assert replay(pieces(body, places), wire(name).ending) == whole(name), sorted(places)


@pytest.mark.parametrize("name", [n for n in NAMES if len(wire(n).body) <= SHORT_BYTES])
def test_a_short_body_cut_once_anywhere_gives_the_same(name: str) -> None:
    body = wire(name).body
    for place in range(len(body) + 1):
        assert replay(pieces(body, [place]), wire(name).ending) == whole(name), place


@pytest.mark.parametrize("name", STREAMS)
def test_browser_and_database_get_what_the_author_expects(name: str) -> None:
    expect, outcome = expected(SCENARIOS[name]), whole(name).outcome
    assert whole(name).kinds == expect.frontend
    assert whole(name).raw == expect.raw
    stored = expect.stored
    text = stored.partial if stored.answer is None else stored.answer
    assert outcome.status == stored.turn
    assert stored.reason in {None, outcome.reason}
    assert text is not None
    assert text_matches(text, outcome.text)
    assert tuple(source.id for source in outcome.sources) == stored.sources


@pytest.mark.parametrize("name", WITH_HTML)
def test_the_answer_is_rendered_as_the_author_expects(name: str) -> None:
    assert render(whole(name).outcome.text) == expected(SCENARIOS[name]).stored.html


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STREAMS)))
def test_what_is_no_stream_gives_an_error_and_no_text(name: str) -> None:
    expect = expected(SCENARIOS[name])
    assert expect.verdict == "not_a_stream"
    assert [kind.value for kind in expect.frontend] == ["start", "error"]
    assert expect.stored.partial == ""
