"""Ways to cut bytes; they must make no difference to a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streamproof.contracts.sse import Decoder, Event


def whole(data: bytes) -> Iterator[bytes]:
    """Yield all bytes at once."""
    yield data


def byte_by_byte(data: bytes) -> Iterator[bytes]:
    """Yield one byte at a time."""
    return (data[at : at + 1] for at in range(len(data)))


def in_pairs(data: bytes) -> Iterator[bytes]:
    """Yield two bytes at a time."""
    return (data[at : at + 2] for at in range(0, len(data), 2))


def with_empty_chunks(data: bytes) -> Iterator[bytes]:
    """Yield one byte at a time, with empty chunks around it."""
    for chunk in byte_by_byte(data):
        yield from (b"", chunk, b"")


CUTS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    cut.__name__: cut for cut in (whole, byte_by_byte, in_pairs, with_empty_chunks)
}


def read(decoder: Decoder, chunks: Iterator[bytes]) -> list[Event]:
    """Feed all chunks, close the decoder, and return the events."""
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return events + decoder.close()
