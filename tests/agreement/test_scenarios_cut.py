"""Cutting never matters: every shipped scenario gives the same however its bytes are cut.

The kernel merges writes, so sockets cannot show it; this is decoder and turn in one process.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final

import pytest

from streamproof.harness.verify.stored.html_document import dangers, document
from streamproof.mock_ai.scenario.expectation import text_matches
from streamproof.relay.markdown import render
from tests.agreement.shipped_scenarios import NAMES, Replayed, expected, replay, wire
from tests.shipped_files import LONG, SCENARIOS, cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STREAMS: Final = [name for name in NAMES if expected(SCENARIOS[name]).verdict != "not_a_stream"]
WITH_HTML: Final = [name for name in NAMES if expected(SCENARIOS[name]).stored.html]
SHORT_BYTES: Final = 400
LARGE_BYTES: Final = 200_000
LARGE: Final = LONG - {"twenty-kb-byte-by-byte"} | {
    *("event-too-large", "lines-of-many-sizes", "one-mib-event", "oversize-by-one-byte"),
}
"""Those with more bytes, which take long when they are cut everywhere."""
HUGE_BYTES: Final = 16 * 1_048_576
"""What is larger would take minutes: it is cut everywhere only in chunks that are new."""
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
    "in one piece": lambda body: iter([body]),
    "byte by byte": every(1),
    "in pairs": every(2),
    "with empty reads": byte_by_byte_with_nothing_between,
}


def stretches(name: str) -> Iterator[tuple[bytes, bool]]:
    """Yield a body, in one piece or chunk by chunk, and whether it is to be cut there."""
    if wire(name).size <= HUGE_BYTES:
        yield wire(name).body, True
        return
    seen: set[bytes] = set()
    for chunk in wire(name).chunks:
        yield chunk, chunk not in seen
        seen.add(chunk)


@cache
def whole(name: str) -> Replayed:
    """Return what the body gives as it was planned."""
    return replay(wire(name).chunks, wire(name).ending)


@pytest.mark.parametrize("name", cases(NAMES, long=LARGE, every=4))
def test_a_body_cut_everywhere_gives_the_same(name: str) -> None:
    for words, cut in CUTS.items():
        parts = (cut(part) if is_cut else [part] for part, is_cut in stretches(name))
        assert replay(chain.from_iterable(parts), wire(name).ending) == whole(name), words


@pytest.mark.parametrize("name", cases(NAMES, every=4))
def test_a_body_cut_at_random_gives_the_same(name: str) -> None:
    body, chance = wire(name).body, random.Random(name)
    for _ in range(RANDOM_ROUNDS):
        places = [chance.randint(0, len(body)) for _ in range(chance.randint(1, 40))]
        assert replay(pieces(body, places), wire(name).ending) == whole(name), sorted(places)


@pytest.mark.prove
def test_a_short_body_cut_once_anywhere_gives_the_same() -> None:
    for name in NAMES:
        if wire(name).size <= SHORT_BYTES:
            body = wire(name).body
            for place in range(len(body) + 1):
                cut = replay(pieces(body, [place]), wire(name).ending)
                assert cut == whole(name), f"{name} at {place}"


def test_large_scenarios_are_those_with_many_bytes() -> None:
    assert {name for name in NAMES if wire(name).size > LARGE_BYTES} == LARGE


@pytest.mark.parametrize("name", cases(STREAMS))
def test_browser_and_database_get_what_the_author_expects(name: str) -> None:
    assert wire(name).is_stream
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
    assert render(whole(name).outcome.text) == expected(SCENARIOS[name]).stored.html[0]


@pytest.mark.parametrize("name", WITH_HTML)
def test_the_accepted_documents_are_safe_and_each_is_another_one(name: str) -> None:
    accepted = expected(SCENARIOS[name]).stored.html
    assert [*chain.from_iterable(map(dangers, accepted))] == []
    assert len({document(one) for one in accepted}) == len(accepted)


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(STREAMS)))
def test_reply_that_is_not_a_stream_gives_an_error_and_no_text(name: str) -> None:
    expect = expected(SCENARIOS[name])
    assert not wire(name).is_stream
    assert [kind.value for kind in expect.frontend] == ["start", "error"]
    assert expect.stored.partial == ""
