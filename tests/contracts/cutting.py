"""Ways of cutting bytes; no reader may notice which one was used."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streamproof.contracts.sse import Decoder, Event


def whole(data: bytes) -> Iterator[bytes]:
    """All at once."""
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    """One byte at a time."""
    return (data[at : at + 1] for at in range(len(data)))


def in_pairs(data: bytes) -> Iterator[bytes]:
    """Two bytes at a time."""
    return (data[at : at + 2] for at in range(0, len(data), 2))


def with_empty_chunks(data: bytes) -> Iterator[bytes]:
    """One byte at a time, and nothing between them."""
    for piece in byte_by_byte(data):
        yield from (b"", piece, b"")


CUTS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    cut.__name__: cut for cut in (whole, byte_by_byte, in_pairs, with_empty_chunks)
}


def read(decoder: Decoder, pieces: Iterator[bytes]) -> list[Event]:
    """Feed all pieces and close."""
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return events + decoder.close()
