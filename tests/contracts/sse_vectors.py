"""Event streams as bytes, with their events by WHATWG HTML, section 9.2, written by hand."""

from __future__ import annotations

from dataclasses import dataclass

from streamproof.contracts.sse import Event


@dataclass(frozen=True)
class Vector:
    """A body, with everything that a reader learns from it."""

    body: bytes
    events: tuple[Event, ...] = ()
    last_event_id: str = ""
    retry_ms: int | None = None


def events(*data: str) -> tuple[Event, ...]:
    """Return events without a name and an ID."""
    return tuple(Event("message", text, "") for text in data)


VECTORS: dict[str, Vector] = {
    # the examples of the standard
    "two lines of data": Vector(
        b"data: This is the first message.\n\n"
        b"data: This is the second message, it\ndata: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        events(
            "This is the first message.",
            "This is the second message, it\nhas two lines.",
            "This is the third message.",
        ),
    ),
    "named events": Vector(
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        (Event("add", "73857293"), Event("remove", "2153")),
    ),
    "a stock ticker": Vector(b"data: YHOO\ndata: +2\ndata: 10\n\n", events("YHOO\n+2\n10")),
    "comment, id, id reset": Vector(
        b": test stream\n\ndata: first event\nid: 1\n\n"
        b"data:second event\nid\n\ndata:  third event\n\n",
        (
            Event("message", "first event", "1"),
            Event("message", "second event", ""),
            Event("message", " third event", ""),
        ),
    ),
    "empty data": Vector(b"data\n\ndata\ndata\n\ndata:", events("", "\n")),
    "one space after the colon is dropped": Vector(
        b"data:test\n\ndata: test\n\n", events("test", "test")
    ),
    # line ends
    "crlf": Vector(b"data: a\r\n\r\ndata: b\r\n\r\n", events("a", "b")),
    "cr": Vector(b"data: a\r\rdata: b\r\r", events("a", "b")),
    "a lone cr as the last byte ends its line": Vector(b"data: a\n\r", events("a")),
    "lf then cr is a blank line": Vector(b"data: a\n\rdata: b\n\r", events("a", "b")),
    "cr then crlf is a blank line": Vector(b"data: a\r\r\ndata: b\n\n", events("a", "b")),
    "lf then crlf is a blank line": Vector(b"data: a\n\r\ndata: b\n\n", events("a", "b")),
    "crlf then lf is a blank line": Vector(b"data: a\r\n\ndata: b\n\n", events("a", "b")),
    "crlf is one line end": Vector(b"data: a\r\ndata: b\r\n\r\n", events("a\nb")),
    "many blank lines": Vector(b"\n\r\n\r\rdata: a\n\n\n\r\n\r\rdata: b\n\n", events("a", "b")),
    "mixed in one event": Vector(b"event: x\rdata: a\ndata: b\r\n\r", (Event("x", "a\nb"),)),
    "no other line ends": Vector(
        b"data: a\xe2\x80\xa8b\xe2\x80\xa9c\xc2\x85d\x0be\x0cf\x1cg\x1dh\x1ei\n\n",
        events("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei"),
    ),
    # the end of the stream
    "an unfinished event is dropped": Vector(b"data: a\n\ndata: b\n", events("a")),
    "an unfinished line is dropped": Vector(b"data: a\n\ndata: b", events("a")),
    "an unfinished retry does not count": Vector(b"retry: 5"),
    "an unfinished id line does not count": Vector(b"id: 1"),
    "the id of an unfinished event is not kept": Vector(b"id: 1\n\nid: 2\n", (), "1"),
    "nothing": Vector(b""),
    "only line ends": Vector(b"\n\n\r\r\r\n\r\n"),
    # the byte order mark
    "bom": Vector(b"\xef\xbb\xbfdata: a\n\n", events("a")),
    "bom before a comment": Vector(b"\xef\xbb\xbf: hi\ndata: a\n\n", events("a")),
    "only one bom is dropped": Vector(
        b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", events("b")
    ),
    "a later bom spoils its field": Vector(b"data: a\n\n\xef\xbb\xbfdata: b\n\n", events("a")),
    "a bom in data is text": Vector(b"data: \xef\xbb\xbfa\n\n", events("\ufeffa")),
    "half a bom is no bom": Vector(b"\xef\xbbdata: a\n\ndata: b\n\n", events("b")),
    "only a bom": Vector(b"\xef\xbb\xbf"),
    "only half a bom": Vector(b"\xef\xbb"),
    "bom and blank line": Vector(b"\xef\xbb\xbf\n\ndata: a\n\n", events("a")),
    # UTF-8
    "characters of 2, 3 and 4 bytes": Vector("data: é€😀\n\n".encode(), events("é€😀")),
    "invalid bytes": Vector(b"data: a\xff\xfeb\n\n", events("a\ufffd\ufffdb")),
    "a character cut short by a line end": Vector(
        b"data: \xf0\x9f\x98\ndata: b\n\n", events("\ufffd\nb")
    ),
    "maximal subparts": Vector(
        b"data: \xf0\x80\x80\x41|\xe2\x82|\xed\xa0\x80|\xc0\xaf\n\n",
        events("\ufffd\ufffd\ufffdA|\ufffd|\ufffd\ufffd\ufffd|\ufffd\ufffd"),
    ),
    "beyond unicode": Vector(b"data: \xf4\x90\x80\x80\n\n", events("\ufffd" * 4)),
    "names and ids are text too": Vector(
        "event: prüf\nid: ü\ndata: a\n\n".encode(), (Event("prüf", "a", "ü"),), "ü"
    ),
    "invalid bytes in a name": Vector(b"event: \xff\ndata: a\n\n", (Event("\ufffd", "a"),)),
    "invalid bytes in a field name": Vector(b"\xffdata: a\ndata: b\n\n", events("b")),
    # fields
    "no colon": Vector(b"data\nevent\nid\n\n", events("")),
    "unknown fields": Vector(b"foo: x\ndatax: y\ndat: z\nDATA: w\ndata: a\n\n", events("a")),
    "blanks before a name make another name": Vector(b" data: a\n\n"),
    "blanks after a name make another name": Vector(b"data : a\n\n"),
    "a line of blanks is no blank line": Vector(b"data: a\n  \ndata: b\n\n", events("a\nb")),
    "one blank only is dropped": Vector(b"data:  a \n\n", events(" a ")),
    "a tab is not dropped": Vector(b"data:\ta\n\n", events("\ta")),
    "colons in a value": Vector(b"data: a: b:c\ndata::\n\n", events("a: b:c\n:")),
    "empty values": Vector(b"data:\ndata: \n\n", events("\n")),
    "nul in data is text": Vector(b"data: a\x00b\n\n", events("a\x00b")),
    "json with everything": Vector(
        b'event: message\ndata: {"type": "content", "content": " your"}\n\n',
        events('{"type": "content", "content": " your"}'),
    ),
    # comments
    "comments": Vector(b":\n\n: a\n:data: b\ndata: c\n: d\n\n", events("c")),
    "a comment inside an event": Vector(b"data: a\n: keep-alive\ndata: b\n\n", events("a\nb")),
    # event names
    "an empty name is message": Vector(b"event:\ndata: a\n\n", events("a")),
    "the last name wins": Vector(b"event: a\nevent: b\ndata: x\n\n", (Event("b", "x"),)),
    "an empty name takes a name back": Vector(b"event: a\nevent\ndata: x\n\n", events("x")),
    "a name lasts for one event": Vector(
        b"event: a\ndata: x\n\ndata: y\n\n", (Event("a", "x"), *events("y"))
    ),
    "a name without data is forgotten": Vector(b"event: a\n\ndata: x\n\n", events("x")),
    "a name after the data": Vector(b"data: x\nevent: a\n\n", (Event("a", "x"),)),
    # ids
    "an id lasts": Vector(
        b"id: 1\ndata: a\n\ndata: b\n\n",
        (Event("message", "a", "1"), Event("message", "b", "1")),
        "1",
    ),
    "an id without data counts": Vector(
        b"id: 1\n\ndata: a\n\n", (Event("message", "a", "1"),), "1"
    ),
    "an id with nul is ignored": Vector(
        b"id: 1\n\nid: 2\x003\ndata: a\n\n", (Event("message", "a", "1"),), "1"
    ),
    "an empty id resets": Vector(b"id: 1\n\nid\ndata: a\n\n", events("a")),
    "the last id wins": Vector(b"id: 1\nid: 2\ndata: a\n\n", (Event("message", "a", "2"),), "2"),
    "an id keeps its blanks": Vector(
        b"id:  1 \ndata: a\n\n", (Event("message", "a", " 1 "),), " 1 "
    ),
    # retry
    "retry": Vector(b"retry: 1500\n", (), "", 1500),
    "retry counts at its line": Vector(b"retry: 1\ndata: a", (), "", 1),
    "retry between events": Vector(b"data: a\nretry: 7\n\n", events("a"), "", 7),
    "the last retry wins": Vector(b"retry: 1\nretry: 2\n", (), "", 2),
    "leading zeros": Vector(b"retry: 0010\n", (), "", 10),
    "zero": Vector(b"retry: 0\n", (), "", 0),
    "retry without space": Vector(b"retry:3\n", (), "", 3),
    "retry with two spaces": Vector(b"retry:  3\n"),
    "retry with a sign": Vector(b"retry: +5\nretry: -5\n"),
    "retry with an underscore": Vector(b"retry: 1_000\n"),
    "retry with other digits": Vector("retry: ٣\nretry: ²\n".encode()),
    "retry with a fraction": Vector(b"retry: 1.5\nretry: 1e3\n"),
    "retry with text": Vector(b"retry: 5 \nretry: a5\n"),
    "an empty retry is ignored": Vector(b"retry: 5\nretry:\nretry\n", (), "", 5),
    "a retry of 5,000 zeros and a digit": Vector(b"retry: " + b"0" * 5000 + b"7\n", (), "", 7),
    "a retry of 5,000 digits": Vector(b"retry: " + b"9" * 5000 + b"\n", (), "", 10**15),
}
