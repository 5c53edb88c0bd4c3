"""The sample: a stream with everything that a proxy can damage, in pieces that are written alone.

It has characters of every width in UTF-8, all three line ends, IDs, names, comments, and events
from no byte to 160 KiB. The cuts between its pieces go through characters.
"""

from collections.abc import Iterator
from itertools import pairwise

from streamproof.contracts.sse import LINE_ENDS, encode, encode_comment

WIDTHS = "a\u007fé߿\u0800€\ufeff👋🏽\U0010ffff"
"""The first and the last characters of each width in UTF-8, and common ones between them."""
SEPARATORS = "a\u0085b\u2028c\u2029d\x0be\x1cf"
"""Characters that some languages take for line ends; SSE does not."""
SMALL = ("", " ", "\t two blanks  ", "1", '{"n": 1}', "[DONE]", "data: data", ": no comment")
BIG_BYTES = 160 * 1024
"""More than the line that a common reader takes, which is 64 or 128 KiB."""
BIG_PIECE = 16 * 1024 + 1


def _events() -> Iterator[bytes]:
    """Yield the comments and events in order."""
    yield encode_comment("keep-alive")
    yield encode("begin", "start", "sample:0", retry_ms=3000)
    for number, newline in enumerate(LINE_ENDS):
        yield encode(f"{WIDTHS}\n{SEPARATORS}", "lines", f"sample:lines-{number}", newline=newline)
        yield encode_comment(f"after {WIDTHS}", newline)
    for number, data in enumerate(SMALL):
        yield encode(data, None, f"sample:small-{number}")
    yield encode(WIDTHS * (BIG_BYTES // len(WIDTHS.encode())), "big", "sample:big")
    yield encode_comment("keep-alive")
    yield encode("end", "end", "sample:end")


def _pieces(event: bytes) -> Iterator[bytes]:
    """Cut an event inside its characters, a big one at equal distances."""
    if len(event) > BIG_PIECE:
        cuts = list(range(BIG_PIECE, len(event), BIG_PIECE))
    else:
        cuts = [at for at, byte in enumerate(event) if byte & 0xC0 == 0x80][::4]
    for start, end in pairwise((0, *cuts, len(event))):
        yield event[start:end]


EVENTS: tuple[bytes, ...] = tuple(_events())
PIECES: tuple[bytes, ...] = tuple(piece for event in EVENTS for piece in _pieces(event))
SAMPLE: bytes = b"".join(EVENTS)
