"""Coded replies are decoded before they are masked, and a complete gzip body is coded again."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from dataclasses import replace
from typing import Any

import brotli
import pytest

from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import CannotRecord
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.recording import decoding
from streamproof.mock_ai.recording.decoding import decoded
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange, RecordedRequest
from streamproof.mock_ai.recording.masking import masked
from streamproof.mock_ai.recording.scenario_text import scenario_text
from streamproof.mock_ai.recording.secret_names import Masks
from streamproof.mock_ai.scenario.model import Gzip
from tests.mock_ai.recording.planned import recorded

BODY = b'data: {"api_key": "hunter2hunter2"}\n\n'
SAFE = BODY.replace(b"hunter2hunter2", b"*" * 14)
# A Zstandard frame with the body as one raw block, without a checksum.
ZSTANDARD = (
    bytes.fromhex("28b52ffd20")
    + bytes([len(BODY)])
    + (len(BODY) << 3 | 1).to_bytes(3, "little")
    + BODY
)


def raw_deflate(data: bytes) -> bytes:
    """Compress without the head of zlib, as some services do."""
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def coded(coding: str, *pieces: bytes, **more: Any) -> RecordedExchange:
    """Build an exchange whose reply came in these reads, 10 ms apart."""
    writes = [(n * 10.0, [piece]) for n, piece in enumerate(pieces)]
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", coding))
    return recorded(writes, headers=headers, **more)


def text_of(exchange: RecordedExchange) -> str:
    """Return the file of an exchange."""
    return scenario_text(masked(decoded(exchange), Masks.usual()), name="r", origin="a test")


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("gzip", gzip.compress(BODY)),
        ("X-GZIP", gzip.compress(BODY)),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw_deflate(BODY)),
        ("br", brotli.compress(BODY)),
        ("zstd", ZSTANDARD),
        ("gzip, br", brotli.compress(gzip.compress(BODY))),
    ],
)
@pytest.mark.parametrize("size", [1, 1_000])
def test_secrets_of_a_coded_body_are_masked(coding, data, size):
    exchange = coded(coding, *(data[n : n + size] for n in range(0, len(data), size)))
    text = text_of(exchange)
    assert "hunter2" not in text
    body = planned_body(plan(load_scenario(text).reply))
    assert (gzip.decompress(body) if coding.lower() in ("gzip", "x-gzip") else body) == SAFE


def test_flushed_gzip_keeps_its_pieces_and_their_times():
    compressor = zlib.compressobj(wbits=31)
    pieces = [compressor.compress(b"data: 1\n\n") + compressor.flush(zlib.Z_SYNC_FLUSH)]
    pieces += [compressor.compress(b"data: 2\n\n") + compressor.flush(zlib.Z_SYNC_FLUSH)]
    exchange = coded("gzip", *pieces, compressor.flush())
    found = decoded(exchange)
    assert found.gzip is Gzip.PER_EVENT
    assert [(read.at_ms, read.pieces[0].data) for read in found.reads] == [
        (0, b"data: 1\n\n"),
        (10, b"data: 2\n\n"),
    ]
    assert "gzip: per-event\n" in text_of(exchange)


def test_gzip_that_comes_at_the_end_is_coded_at_the_end():
    data = gzip.compress(BODY)
    assert decoded(coded("gzip", data[:4], data[4:])).gzip is Gzip.AT_END


def test_length_of_a_coded_body_becomes_that_of_the_file():
    exchange = coded("br", brotli.compress(BODY), framing=Framing.LENGTH)
    exchange = replace(exchange, headers=(*exchange.headers, ("Content-Length", "33")))
    text = text_of(exchange)
    assert "content_length: right\n" in text
    assert "Content-Encoding" not in text
    assert "The service sent the body in br; here it is decoded." in text


def test_cut_gzip_is_not_coded_again():
    exchange = coded("gzip", gzip.compress(BODY)[:-9], ending=ExchangeEnding.CUT)
    text = text_of(exchange)
    assert "gzip:" not in text
    assert "- cut: {after_" in text


@pytest.mark.parametrize("size", [1, 1_000])
def test_all_members_of_a_body_are_decoded(size):
    data = gzip.compress(BODY) + gzip.compress(BODY)
    found = decoded(coded("gzip", *(data[n : n + size] for n in range(0, len(data), size))))
    assert (found.body, found.gzip is not None) == (BODY + BODY, True)


@pytest.mark.parametrize(
    ("coding", "data"), [("gzip", gzip.compress(BODY)), ("br", brotli.compress(BODY))]
)
def test_body_that_ends_too_early_is_noted_and_not_coded_again(coding, data):
    found = decoded(coded(coding, data[:-1]))
    assert found.gzip is None
    assert (found.note or "").endswith(
        f"here it is decoded. The rest of the body cannot be decoded: "
        f"the body is not valid {coding}: it ends too early."
    )


def test_small_body_cannot_become_a_large_one(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_RECORDED_BYTES", 1_000_000)
    data = brotli.compress(bytes(16_000_000), quality=1)
    tracemalloc.start()
    found = decoded(coded("br", data))
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
    assert (found.body, "more than 1,000,000 bytes" in (found.note or "")) == (b"", True)


def test_broken_bytes_end_the_body():
    found = decoded(coded("gzip", gzip.compress(BODY)[:-8], b"broken!!", b"data: 2\n\n"))
    assert found.body == BODY
    assert "The rest of the body cannot be decoded: " in (found.note or "")


def test_unknown_coding_is_refused():
    with pytest.raises(CannotRecord, match="'compress', so no secret can be masked; wanted one of"):
        decoded(coded("compress", b"x"))


@pytest.mark.parametrize("coding", ["", "identity"])
def test_body_without_a_coding_stays_as_it_is(coding):
    exchange = coded(coding, BODY)
    assert decoded(exchange) == exchange


@pytest.mark.parametrize(
    ("coding", "body", "kept"),
    [
        ("gzip", gzip.compress(b'{"password": "hunter2"}'), b'{"password": "*******"}'),
        ("br", b"not brotli", b"(the body is not valid br"),
        ("compress", b"x", b"(Content-Encoding: wanted"),
    ],
)
def test_coded_body_of_a_request_is_decoded_or_left_out(coding, body, kept):
    request = RecordedRequest("POST", "/", (("Content-Encoding", coding),), body)
    found = masked(decoded(recorded([], request=request)), Masks.usual()).request.body
    assert found.startswith(kept)
