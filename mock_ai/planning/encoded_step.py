"""Encoded steps: bytes that leave together, before the pace and the faults of a reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, groupby
from typing import NamedTuple, TypeAlias

from streamproof.mock_ai.actions import Hold, Wait
from streamproof.mock_ai.actions.marks import Marks, moved


class EncodedStep(NamedTuple):
    """Bytes that leave together, and how many tokens of a model they are.

    Bytes of no token leave without a delay. With `continues` the next bytes are in the same HTTP
    chunk. `ends` are the offsets where records end. Empty bytes have only marks.
    """

    data: bytes
    tokens: int = 1
    continues: bool = False
    ends: tuple[int, ...] = ()
    marks: Marks = ()


Item: TypeAlias = EncodedStep | Wait | Hold
"""What a reply sends, before its pace."""


def size_of(item: Item) -> int:
    """Return the number of bytes that an item sends."""
    return len(item.data) if isinstance(item, EncodedStep) else 0


def one_chunk(items: Iterable[Item]) -> Iterator[Item]:
    """Join the bytes between two delays, so that all of them are in one HTTP chunk."""
    groups = [list(group) for _, group in groupby(items, key=lambda i: isinstance(i, EncodedStep))]
    last = max((n for n, group in enumerate(groups) if any(map(size_of, group))), default=-1)
    for number, group in enumerate(groups):
        encoded = [item for item in group if isinstance(item, EncodedStep)]
        if encoded:
            yield joined(encoded, continues=number < last)
        else:
            yield from group


def joined(encoded: list[EncodedStep], *, continues: bool) -> EncodedStep:
    """Return bytes that leave in one chunk."""
    offsets = [0, *accumulate(len(item.data) for item in encoded)]
    placed = list(zip(encoded, offsets, strict=False))
    return EncodedStep(
        b"".join(item.data for item in encoded),
        sum(item.tokens for item in encoded),
        continues,
        tuple(offset + end for item, offset in placed for end in item.ends),
        tuple(mark for item, offset in placed for mark in moved(item.marks, offset)),
    )
