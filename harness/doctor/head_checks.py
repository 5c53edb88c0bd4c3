"""Checks of the head of the response: its status and its headers."""

from collections.abc import Iterator

from streamproof.contracts.text import one_line
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import Change, Check
from streamproof.harness.doctor.advice import BACKEND, NGINX
from streamproof.harness.doctor.middleboxes import VITE
from streamproof.harness.doctor.observation import StreamObservation
from streamproof.harness.http.client import DECODED
from streamproof.harness.reports.result import Finding

EVENT_STREAM = "text/event-stream"
SHOWN_BYTES = 100
UNKNOWN_CODING = "browsers do not know it, so the page gets the coded bytes"
NO_STREAM = "no stream arrived"
USUAL_HEAD_BYTES = 8192
"""What proxies read of a response head by default: nginx and HAProxy 4 to 16 KiB."""


def find_large_head(seen: StreamObservation) -> Iterator[Finding]:
    """Find a head that proxies refuse, or that `doctor` itself does not read to its end."""
    wanted = f"at most {USUAL_HEAD_BYTES:,} bytes"
    transcript = seen.transcript
    if transcript.status == 0 and transcript.ending is Ending.UNREAD:
        yield Finding("the head of the response", wanted, seen.reading.problem)
        return
    lines = (f"{name}: {value}\r\n" for name, value in transcript.headers.items())
    size = sum(len(line.encode("utf-8", "surrogateescape")) for line in lines)
    if size > USUAL_HEAD_BYTES:
        yield Finding("the head of the response", wanted, f"{size:,} bytes", must=False)


def find_status(seen: StreamObservation) -> Iterator[Finding]:
    """Find a status other than 200."""
    if not seen.is_answered:
        yield Finding(NO_STREAM, "status 200", status_of(seen))


def status_of(seen: StreamObservation) -> str:
    """Return why there was no response, or its status with the location or the first bytes."""
    if seen.reading.problem:
        return seen.reading.problem
    detail = seen.header("location") or one_line(
        seen.reading.body[:SHOWN_BYTES].decode("utf-8", "replace")
    )
    return f"status {seen.transcript.status}{f', {detail}' if detail else ''}"


def find_content_type(seen: StreamObservation) -> Iterator[Finding]:
    """Find a media type or a charset that an `EventSource` refuses."""
    given = seen.header("content-type")
    media_type, *parameters = (item.strip().lower() for item in given.split(";"))
    charsets = [one.partition("=")[2].strip('"') for one in parameters if one.startswith("charset")]
    if media_type != EVENT_STREAM or set(charsets) - {"utf-8"}:
        yield Finding("Content-Type", f"{EVENT_STREAM}; charset=utf-8", given or "none")


def find_compression(seen: StreamObservation) -> Iterator[Finding]:
    """Find a content coding."""
    coding = seen.header("content-encoding")
    if coding not in ("", "identity"):
        known = "browsers decode it" if coding.lower() in DECODED else UNKNOWN_CODING
        yield Finding("Content-Encoding", "none", f"{coding}; {known}")


def find_length(seen: StreamObservation) -> Iterator[Finding]:
    """Find a Content-Length, which a server cannot know before the last event."""
    length = seen.header("content-length")
    if length:
        yield Finding("Content-Length", "none", length)


def find_cache_control(seen: StreamObservation) -> Iterator[Finding]:
    """Find a Cache-Control that lets caches store the stream, or proxies change it."""
    given = seen.header("cache-control")
    words = {word.strip().lower() for word in given.split(",")}
    if not words & {"no-cache", "no-store"} or "no-transform" not in words:
        yield Finding("Cache-Control", "no-cache, no-transform", given or "none")


def find_accel_buffering(seen: StreamObservation) -> Iterator[Finding]:
    """Find a stream without the header that stops nginx from buffering."""
    given = seen.header("x-accel-buffering")
    if given.lower() != "no":
        yield Finding("X-Accel-Buffering", "no", given or "none")


HEAD = ("doctor.answer", "doctor.content-type")
"""The checks without which the response is not a stream."""

CHECKS: tuple[Check[StreamObservation], ...] = (
    Check(
        "doctor.head-size",
        "Proxies can read the head of the response.",
        "Proxies read 4 to 16 KiB of a head, and answer 502 for a larger one. Browsers read"
        " 256 KiB, so the same response works without the proxy.",
        find_large_head,
        warning_if="`doctor` could read the head",
        broken_by="many cookies; a token or a debug log in a header",
        changes=(
            Change(BACKEND, "send fewer and shorter headers: no data in cookies or in headers"),
            Change(NGINX, "proxy_buffer_size 16k;"),
        ),
    ),
    Check(
        "doctor.answer",
        "The response has status 200.",
        "The page did not get a stream. After any other status than 200, an EventSource stops and"
        " never tries again, whatever the body says.",
        find_status,
        needs=("doctor.head-size",),
        broken_by="another status",
        changes=(
            Change(
                BACKEND,
                "send the request of your page: add --form, --data or --method",
                (204, 400, 405, 411, 415, 422),
            ),
            Change(
                BACKEND,
                "add --header 'Authorization: Bearer …', with the token of your page",
                (401,),
            ),
            Change(
                BACKEND,
                "allow the origin of the page; changeOrigin of a proxy changes only Host",
                (403,),
            ),
            Change(
                BACKEND,
                "nothing is at this path: give the URL at which your page requests the stream",
                (404,),
            ),
            Change(BACKEND, "give the URL to which the redirect leads", (301, 302, 303, 307, 308)),
            Change(BACKEND, "read the log of the server", (500, 503)),
            Change(VITE, "add a key to server.proxy that matches the path", (404,)),
            Change(VITE, "start the server at the target of server.proxy", (500, 502)),
            Change(
                NGINX, "start the server at proxy_pass, or raise proxy_read_timeout", (502, 504)
            ),
        ),
    ),
    Check(
        "doctor.content-type",
        "The media type and the charset are those that EventSource accepts.",
        "With any other media type, or with another charset than UTF-8, an EventSource stops and"
        " never tries again. An HTML page here is usually the dev server's own page, because the"
        " dev server does not know the path.",
        find_content_type,
        needs=HEAD[:1],
        broken_by="the dev server's own page; another charset",
        changes=(
            Change(BACKEND, "Content-Type: text/event-stream; charset=utf-8"),
            Change(VITE, "text/html is Vite's own page: add the path to server.proxy"),
        ),
    ),
    Check(
        "doctor.compression",
        "The stream is not compressed.",
        "A compressor holds events back until a block of 16 to 32 KB is full. So a short answer"
        " arrives as a whole, at its end.",
        find_compression,
        needs=HEAD,
        broken_by="`compress: true` in webpack-dev-server and Next.js; `gzip on`",
        changes=(
            Change(BACKEND, "do not compress streams; send Cache-Control: no-transform"),
            Change(NGINX, "gzip off; in the location of the stream"),
            Change(
                "Express", "compression({ filter }) with a filter that excludes text/event-stream"
            ),
            Change("Next.js", "compress: false in next.config.js"),
            Change("webpack-dev-server", "devServer: { compress: false }"),
        ),
    ),
    Check(
        "doctor.length",
        "The stream has no Content-Length.",
        "A server that knows the length has already collected the whole answer. A browser also"
        " counts the bytes, and reports a network error if fewer arrive.",
        find_length,
        needs=HEAD,
        broken_by="a middleware that collects the body",
        changes=(Change(BACKEND, "send the stream in chunks, without a Content-Length"),),
    ),
    Check(
        "doctor.cache-control",
        "Caches and proxies may not store or change the stream.",
        "Without no-cache, a browser or a proxy may show an old answer as the new one. Without"
        " no-transform, a proxy may compress or rewrite the stream.",
        find_cache_control,
        needs=HEAD,
        severity=Severity.SHOULD,
        broken_by="a missing `no-cache, no-transform`",
        changes=(Change(BACKEND, "Cache-Control: no-cache, no-transform"),),
    ),
    Check(
        "doctor.accel-buffering",
        "A header tells nginx not to buffer the stream.",
        "An nginx on the way collects a stream unless its own configuration or this header forbids"
        " it. Development often has no nginx, but production usually has one.",
        find_accel_buffering,
        needs=HEAD,
        # nginx removes this header, so behind nginx a missing header means nothing.
        applies=lambda seen: "nginx" not in seen.proxies,
        severity=Severity.SHOULD,
        broken_by="a missing `X-Accel-Buffering: no`",
        changes=(Change(BACKEND, "X-Accel-Buffering: no"),),
    ),
)
