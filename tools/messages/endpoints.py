"""What the mock and the relay answer to wrong requests: every endpoint with kinds of mistakes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from streamproof.harness.serving.backend import BackendOptions, local_backend
from streamproof.mock_ai.library.files import SAMPLE_ANSWER
from streamproof.mock_ai.library.library import Library
from streamproof.mock_ai.library.loading import load_scenario

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

MOCK, RELAY = "mock", "relay"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
STREAM: Final = "/chat/stream"
ROOM: Final = "/api/chat/demo/stream"
SCENARIO: Final = f"name: {SAMPLE_ANSWER}\ntitle: It\nsteps: [end]\n"


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """A request with a mistake; `head` is what stands before the headers that every request has."""

    server: str
    head: str
    headers: Mapping[str, str]
    body: bytes = b""

    def encoded(self) -> bytes:
        """Return the bytes of the request."""
        usual = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(self.body))}
        lines = [
            f"{self.head} HTTP/1.1",
            *(f"{k}: {v}" for k, v in {**usual, **self.headers}.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a wrong request."""

    server: str
    sent: bytes
    head: str
    body: str

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.head.split()[1])

    def __str__(self) -> str:
        """Return what was sent, and the answer."""
        sent = ascii(self.sent[:70])[1:]
        return f"> {self.server} {sent}  [{self.status}]\n    {self.body.strip()[:300]}"


def wrong_requests() -> Iterator[WrongRequest]:
    """Yield a request for each endpoint and each kind of mistake."""
    for body in (b"", b"{", b"[]", b"5", b'{"question": 5}', b'{"question": "\xff"}', b"[" * 9000):
        yield WrongRequest(MOCK, f"POST {STREAM}", {"Content-Type": JSON}, body)
    question = b'{"question": "hi"}'
    for header, value in (
        ("Content-Type", "text/plain"),
        ("Content-Type", '"'),
        ("Content-Type", "application/json; charset=nope"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "br"),
        ("Content-Encoding", "zstd"),
        ("Content-Encoding", "nope"),
        ("X-Mock-Fault", "nope: 1"),
        ("X-Mock-Fault", "{"),
        ("X-Mock-Speed", "fast"),
        ("X-Scenario", "nope"),
    ):
        yield WrongRequest(MOCK, f"POST {STREAM}", {"Content-Type": JSON, header: value}, question)
    for path in (
        "/%ff%00%zz",
        "/s/nope/chat/stream",
        f"{STREAM}?scenario=nope",
        f"{STREAM}?speed=x",
    ):
        yield WrongRequest(MOCK, f"POST {path}", {"Content-Type": JSON}, question)
    yield from _wrong_control_requests()
    yield from _wrong_relay_requests()


def _wrong_control_requests() -> Iterator[WrongRequest]:
    for method, path in (
        *(("GET", "/__mock/nope"), ("POST", "/__mock/active"), ("GET", "/__mock/feed")),
        *(("POST", "/__mock/streams/9/drop"), ("GET", "/__mock/journal/9")),
        *(("GET", "/__mock/journal?limit=x"), ("DELETE", "/__mock/scenarios/nope")),
    ):
        yield WrongRequest(MOCK, f"{method} {path}", {})
    for path in ("active", "queue", "speed", "scenarios/it", "deliveries"):
        for body in (b"", b"\xff", b"{", b"[]", b'{"nope": 1}', b"[" * 9000):
            for method in ("PUT", "POST"):
                yield WrongRequest(MOCK, f"{method} /__mock/{path}", {"Content-Type": JSON}, body)
    yield WrongRequest(MOCK, "POST /__mock/reset", {"Origin": "http://evil.example"})


def _wrong_relay_requests() -> Iterator[WrongRequest]:
    for content_type, body in (
        (FORM, b""),
        (FORM, b"message="),
        (FORM, b"message=a&message=b"),
        (FORM, b"message=" + b"x" * 40_000),
        (FORM, b"message=" + b"x" * 3_000_000),
        (f"{FORM}; charset=punycode", b"message=x"),
        (JSON, b"{}"),
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n"),
    ):
        yield WrongRequest(RELAY, f"POST {ROOM}", {"Content-Type": content_type}, body)
    for coding in ("gzip", "deflate", "br", "nope"):
        headers = {"Content-Type": FORM, "Content-Encoding": coding}
        yield WrongRequest(RELAY, f"POST {ROOM}", headers, b"message=x")
    for head in (
        *("GET /nope", "DELETE /api/chat/rooms", "GET /api/chat/nope/messages", "GET /%ff%00%zz"),
        *("GET /api/chat/demo/messages?limit=x", "GET /api/chat/demo/messages?cursor=%ff"),
        *("GET /api/chat/stream?turnId=nope", "POST /api/chat/%0A%1b%5B31m/stop"),
    ):
        yield WrongRequest(RELAY, head, {})
    yield WrongRequest(RELAY, "GET /api/chat/stream", {"Last-Event-ID": "nope"})
    yield WrongRequest(RELAY, "GET /api/chat/rooms", {"Authorization": "Bearer nope"})
    yield WrongRequest(RELAY, "GET /api/chat/rooms", {"Host": "evil.example"})


INVALID_HTTP: Final = (
    b"hello\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX Y: 1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
    b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
)


async def answers() -> AsyncIterator[Answer]:
    """Send every wrong request to a local backend, each on a connection of its own."""
    library = Library({SAMPLE_ANSWER: load_scenario(SCENARIO)})
    with TemporaryDirectory(prefix="streamproof-") as folder:
        options = BackendOptions(database=Path(folder) / "chat.sqlite3")
        async with local_backend(library, options) as backend:
            urls = {MOCK: backend.mock_url, RELAY: backend.url}
            for request in wrong_requests():
                yield await _answer(request.server, urls[request.server], request.encoded())
            for server, url in urls.items():
                for data in INVALID_HTTP:
                    yield await _answer(server, url, data)


async def _answer(server: str, url: str, data: bytes) -> Answer:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (line[15:] for line in head.lower().splitlines() if line.startswith(b"content-length:")),
        b"0",
    )
    body = await reader.readexactly(int(length))
    writer.close()
    return Answer(server, data, head.decode("latin-1"), body.decode("utf-8", "replace"))
