"""Bodies in codings: read, or refused in words; a small body cannot become a large one."""

import gzip
import sys
import zlib

import brotli
import pytest

from streamproof.mock_ai.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from streamproof.mock_ai.request.codings import MAX_REQUEST_BYTES, decoded_body

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY = b'{"question": "hi"}'


def raw_deflate(data):
    """Deflate without the frame of zlib, as some clients do."""
    coder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return coder.compress(data) + coder.flush()


CODERS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize(("name", "code"), CODERS.items(), ids=CODERS)
def test_body_is_decoded(name, code):
    assert decoded_body(code(BODY), [name]) == BODY
    assert decoded_body(code(BODY), [f" {name.upper()} ,identity,"]) == BODY
    assert decoded_body(code(b""), [name]) == b""


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (BODY, ""),
        (BODY, "identity"),
        (raw_deflate(BODY), "deflate"),
        (gzip.compress(BODY[:5]) + gzip.compress(BODY[5:]), "gzip"),
        (zstd.compress(BODY[:5]) + zstd.compress(BODY[5:]), "zstd"),
        (brotli.compress(gzip.compress(BODY)), "gzip, br"),
    ],
    ids=["none", "identity", "raw deflate", "two gzip members", "two zstd frames", "two codings"],
)
def test_body_in_several_parts_or_codings_is_decoded(body, names):
    assert decoded_body(body, [names]) == BODY


@pytest.mark.parametrize("name", ["gzip", "deflate", "zstd"])
def test_body_of_very_many_members_is_refused(name):
    assert decoded_body(CODERS[name](b"a") * 100, [name]) == b"a" * 100
    with pytest.raises(InvalidRequest, match="more than 100 members"):
        decoded_body(CODERS[name](b"") * 50_000, [name])


@pytest.mark.parametrize("name", CODERS)
def test_empty_body_needs_no_coding(name):
    assert decoded_body(b"", [name]) == b""


@pytest.mark.parametrize(("name", "code"), CODERS.items(), ids=CODERS)
def test_broken_body_is_refused(name, code):
    coded = code(BODY)
    for broken in (coded[:-1], coded[:3], b"x" + coded, b"\xff" * 20, coded + b"\xff"):
        with pytest.raises(InvalidRequest, match=f"^the body is not valid {name}: ") as caught:
            decoded_body(broken, [name])
        assert caught.value.status == 400


@pytest.mark.parametrize(("name", "code"), CODERS.items(), ids=CODERS)
def test_body_that_becomes_too_large_is_refused(name, code):
    assert decoded_body(code(bytes(MAX_REQUEST_BYTES)), [name]) == bytes(MAX_REQUEST_BYTES)
    for size in (MAX_REQUEST_BYTES + 1, 16 * MAX_REQUEST_BYTES):
        with pytest.raises(BodyTooLarge, match="more than 1,048,576 bytes") as caught:
            decoded_body(code(bytes(size)), [name])
        assert caught.value.status == 413


def test_zstd_that_needs_much_memory_is_refused():
    window: dict[int, int] = {zstd.CompressionParameter.window_log: 27}
    coded = zstd.compress(bytes(1 << 24), options=window)
    with pytest.raises(InvalidRequest, match=r"^the body has a zstd window of more than 8 MiB; "):
        decoded_body(coded, ["zstd"])


@pytest.mark.parametrize(
    "names", ["compress", "gzip, snappy", "aws-chunked", ", ".join(["gzip"] * 5)]
)
def test_unknown_coding_is_refused(names):
    with pytest.raises(UnsupportedMediaType, match=r"^Content-Encoding: wanted ") as caught:
        decoded_body(BODY, [names])
    assert caught.value.status == 415
