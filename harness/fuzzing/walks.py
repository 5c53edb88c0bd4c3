"""Sequences of kinds: what a contract allows, and what it only just does not."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from hypothesis import strategies as st

from streamproof.contracts.sequence import Automaton

MOST_KINDS: Final = 12

Kinds: TypeAlias = list[str]


def walks(automaton: Automaton) -> st.SearchStrategy[Kinds]:
    """Return the walks through a pattern; a long one stops before its end."""

    @st.composite
    def walk(draw: st.DrawFn) -> Kinds:
        here = automaton
        kinds: Kinds = []
        while len(kinds) < MOST_KINDS:
            allowed = [*here.allowed, *([None] if here.accepting else [])]
            kind = draw(st.sampled_from(allowed)) if allowed else None
            if kind is None:
                break
            kinds.append(kind)
            here = here.step(kind)
        return kinds

    return walk()


def near_walks(automaton: Automaton) -> st.SearchStrategy[Kinds]:
    """Return walks with one change, most of which the pattern does not allow."""

    @st.composite
    def near_walk(draw: st.DrawFn) -> Kinds:
        kinds = draw(walks(automaton))
        place = draw(st.integers(0, len(kinds)))
        kind = draw(st.sampled_from(automaton.names))
        return draw(st.sampled_from(CHANGES))(kinds, place, kind)

    return near_walk()


def _one_more(kinds: Sequence[str], place: int, kind: str) -> Kinds:
    return [*kinds[:place], kind, *kinds[place:]]


def _one_less(kinds: Sequence[str], place: int, _: str) -> Kinds:
    return [*kinds[:place], *kinds[place + 1 :]]


def _another(kinds: Sequence[str], place: int, kind: str) -> Kinds:
    return [*kinds[:place], kind, *kinds[place + 1 :]]


def _twice(kinds: Sequence[str], place: int, _: str) -> Kinds:
    return [*kinds[:place], *kinds[place : place + 1], *kinds[place:]]


def _earlier(kinds: Sequence[str], place: int, _: str) -> Kinds:
    """Swap the last kind, mostly the end, with an earlier one."""
    return [*kinds[:place], *kinds[-1:], *kinds[place:-1]] if kinds else []


CHANGES: Final = (_one_more, _one_less, _another, _twice, _earlier)
