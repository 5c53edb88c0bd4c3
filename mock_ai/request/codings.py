"""The codings of request bodies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from streamproof.mock_ai.errors import UnsupportedMediaType
from streamproof.mock_ai.request.decoders import BodyDecoder, codings_in

MAX_REQUEST_BYTES: Final = 1_048_576
"""The limit of a body, both as it is sent and when it is decoded."""

MAX_CODINGS: Final = 4


def decoded_body(body: bytes, content_encoding: Iterable[str]) -> bytes:
    """Return a body without the codings of a `Content-Encoding`, the last of which comes off first.

    Raises `InvalidRequest` for broken bytes, `UnsupportedMediaType` for an unknown coding, and
    `BodyTooLarge`.
    """
    if not body:
        return body
    names = codings_in(content_encoding)
    if len(names) > MAX_CODINGS:
        raise UnsupportedMediaType(f"Content-Encoding: wanted at most {MAX_CODINGS} codings")
    decoder = BodyDecoder(names, MAX_REQUEST_BYTES)
    found = decoder.feed(body)
    decoder.end()
    return found
