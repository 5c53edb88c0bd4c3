"""Files of curl and archives of browsers become scenarios, or errors with their place."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import pytest

from streamproof.contracts.sse import encode
from streamproof.mock_ai.errors import CannotImport
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from streamproof.mock_ai.recording import importing
from streamproof.mock_ai.recording.exchange import ExchangeEnding, RecordedExchange
from streamproof.mock_ai.recording.importing import read_exchanges
from streamproof.mock_ai.recording.scenario_text import scenario_text
from tests.shipped_files import LONG, SCENARIOS

CONTENT = encode('{"type": "content", "content": "Hé"}', "message")
END = encode('{"type": "end"}', "end")
BODY = CONTENT + END
WIRE = {name: one for name, one in SCENARIOS.items() if one.path and one.path.parent.name == "wire"}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

TABLE = "\r\n\r\nStatusCode        : 200\r\nStatusDescription : OK\r\n"

# Its thousands of blocks take seconds.
TOO_LARGE = {"crlf-64-mb"}  # for a file without repeated steps


def read(folder: Path, data: bytes, name: str = "dump.txt") -> list[RecordedExchange]:
    """Read bytes as a file in which nothing is bad."""
    (folder / name).write_bytes(data)
    found = read_exchanges(folder / name)
    assert not found.problems
    return found.exchanges


def chunks(exchange: RecordedExchange) -> list[bytes]:
    """Return the chunks of all writes."""
    return [chunk for write in exchange.writes for chunk in write.chunks]


def test_a_saved_body_becomes_a_stream_with_one_chunk_per_event(tmp_path):
    [exchange] = read(tmp_path, BODY)
    assert (exchange.status, exchange.headers) == (200, (("Content-Type", "text/event-stream"),))
    assert chunks(exchange) == [CONTENT, END]


@pytest.mark.parametrize(
    ("wire", "found", "ending"),
    [
        (b"2\r\nda\r\n7\r\nta: 1\n\n\r\n0\r\n\r\n", [b"da", b"ta: 1\n\n"], ExchangeEnding.FINISHED),
        (b"2\r\nda\r\n7\r\nta:", [b"da", b"ta:"], ExchangeEnding.CUT),
        (BODY, [CONTENT, END], ExchangeEnding.FINISHED),
        (b'{"error": "boom"}', [b'{"error": "boom"}'], ExchangeEnding.FINISHED),
        (b"add\r\nzz", [b"add\r\nzz"], ExchangeEnding.FINISHED),
        (b"", [], ExchangeEnding.FINISHED),
    ],
    ids=["raw", "raw and cut", "not raw", "no lines", "like a size", "nothing"],
)
def test_the_chunks_of_a_file_saved_with_raw_are_kept(wire, found, ending, tmp_path):
    [exchange] = read(tmp_path, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + wire)
    assert (chunks(exchange), exchange.ending) == (found, ending)


def test_the_last_headers_in_a_file_belong_to_the_reply(tmp_path):
    redirect = b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.0 100 Continue\r\n\r\n"
    late = b"HTTP/2 429 \r\nretry-after: 7\r\n\r\n"
    [exchange] = read(tmp_path, redirect + late + b"slow down")
    assert (exchange.status, exchange.reason) == (429, "")
    assert (exchange.headers, exchange.body) == ((("retry-after", "7"),), b"slow down")


@pytest.mark.parametrize(
    ("fields", "body", "kept", "ending"),
    [
        pytest.param(
            b"Content-Length: 5\r\n", b"short", {"content-length"}, "finished", id="whole"
        ),
        pytest.param(b"Content-Length: 9\r\n", b"short", {"content-length"}, "cut", id="short"),
        pytest.param(b"Content-Length: 2\r\n", b"short", set(), "finished", id="long"),
        pytest.param(b"Content-Encoding: gzip\r\n", b"text", set(), "finished", id="decoded"),
        pytest.param(
            b"Content-Encoding: gzip\r\n",
            b"\x1f\x8bxx",
            {"content-encoding"},
            "finished",
            id="gzip",
        ),
    ],
)
def test_headers_that_do_not_match_the_body_are_removed(tmp_path, fields, body, kept, ending):
    [exchange] = read(tmp_path, HEAD + fields + b"\r\n" + body)
    assert {name.lower() for name, _ in exchange.headers} == {"content-type", *kept}
    assert exchange.ending == ending


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario, id=name, marks=[pytest.mark.prove] if name in LONG or n % 3 else [])
        for n, (name, scenario) in enumerate(WIRE.items())
        if name not in TOO_LARGE
    ],
)
def test_the_saved_stream_of_a_scenario_becomes_a_scenario_with_the_same_bytes(tmp_path, scenario):
    body = planned_body(plan(scenario.reply))
    [exchange] = read(tmp_path, HEAD + b"\r\n" + body)
    text = scenario_text(exchange, name="dump", origin="dump.txt")
    assert planned_body(plan(load_scenario(text).reply)) == body


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "dump.txt:", "is empty"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: x\r\n", "dump.txt:1:", "wanted a blank line"),
        (b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nx", "dump.txt:3:", "wanted a blank line"),
        (HEAD + b"oops\r\n\r\n", "dump.txt:1:", "header line without a name: 'oops'"),
        (b"HTTP/1.1 OK\r\n\r\n", "dump.txt:1:", "not a status line"),
        (b"*   Trying 127.0.0.1:80...\n* Connected\n", "dump.txt:1:", "curl -N -i"),
        (b"> GET / HTTP/1.1\r\n> Host: x\r\n", "dump.txt:1:", "curl -N -i"),
        (b"  % Total    % Received % Xferd\r\n", "dump.txt:1:", "progress meter"),
        (TABLE.encode(), "dump.txt:1:", "`Invoke-WebRequest` of PowerShell"),
        (TABLE.encode("utf-16"), "dump.txt:1:", "`Invoke-WebRequest` of PowerShell"),
        (b"\xff\xfe\x00\xd8d\x00", "dump.txt: byte 2:", "not UTF-16"),
    ],
    ids=[
        "empty",
        "cut head",
        "second head",
        "bad header",
        "bad status",
        "verbose",
        "verbose 2",
        "progress",
        "table",
        "table in UTF-16",
        "half a character",
    ],
)
def test_an_error_in_a_saved_stream_has_its_place(tmp_path, data, place, message):
    with pytest.raises(CannotImport) as caught:
        read(tmp_path, data)
    assert place in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le"])
def test_a_dump_of_powershell_is_read_with_a_note(tmp_path, coding):
    text = (HEAD + b"\r\n" + BODY).decode().replace("\r\n", "\n").replace("\n", "\r\n")
    [exchange] = read(tmp_path, text.encode(coding))
    assert exchange.headers == (("Content-Type", "text/event-stream"),)
    assert exchange.body == BODY.replace(b"\n", b"\r\n")
    assert "as PowerShell writes it" in (exchange.note or "")


def test_a_bom_before_the_head_is_left_out(tmp_path):
    [exchange] = read(tmp_path, b"\xef\xbb\xbf" + HEAD + b"\r\n\xef\xbb\xbf" + BODY)
    assert (exchange.status, exchange.body) == (200, b"\xef\xbb\xbf" + BODY)


def test_a_file_that_is_too_large_is_rejected_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "MAX_FILE_BYTES", len(BODY) - 1)
    wanted = f"at most {len(BODY) - 1} bytes, got {len(BODY)}"
    with pytest.raises(CannotImport, match=wanted):
        read(tmp_path, BODY)


def entry(
    body: bytes | None = BODY, *, encoding: str = "", **response: object
) -> dict[str, object]:
    """Build an entry of an archive."""
    content: dict[str, object] = {"mimeType": "text/event-stream", "size": 0}
    if body is not None and encoding == "base64":
        content |= {"text": base64.b64encode(body).decode(), "encoding": encoding}
    elif body is not None:
        content |= {"text": body.decode()}
    fields = {"content-type": "text/event-stream", ":status": "200", "content-encoding": "br"}
    return {
        "request": {
            "method": "POST",
            "url": "https://ai.example.com/chat/stream",
            "headers": [{"name": "accept", "value": "text/event-stream"}],
            "postData": {"mimeType": "application/json", "text": '{"question": "hi"}'},
        },
        "response": {
            "status": 200,
            "statusText": "",
            "headers": [{"name": name, "value": value} for name, value in fields.items()],
            "content": content,
            **response,
        },
        "timings": {"wait": 120.5, "receive": 80},
    }


def archive(*entries: object) -> bytes:
    """Build an archive."""
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


@pytest.mark.parametrize("encoding", ["", "base64"])
def test_an_archive_gives_the_body_and_the_request(tmp_path, encoding):
    [exchange] = read(tmp_path, archive(entry(encoding=encoding)), "page.har")
    assert chunks(exchange) == [CONTENT, END]
    assert exchange.headers == (("content-type", "text/event-stream"),)
    assert exchange.request.method == "POST"
    assert exchange.request.target == "https://ai.example.com/chat/stream"
    assert exchange.request.body == b'{"question": "hi"}'


def test_only_event_streams_of_an_archive_are_imported(tmp_path):
    page = entry(content={"mimeType": "text/html", "text": "<p>"}, headers=[])
    found = read(tmp_path, b"\xef\xbb\xbf\n" + archive(page, entry(), entry(b"data: 2\n\n")))
    assert [exchange.body for exchange in found] == [BODY, b"data: 2\n\n"]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_an_archive_in_utf_16_is_read(tmp_path, coding):
    data = archive(entry()).decode()
    bom = "\ufeff" if coding == "utf-16-be" else ""
    [exchange] = read(tmp_path, (bom + data).encode(coding), "page.har")
    assert exchange.body == BODY


def test_a_bad_entry_does_not_spoil_the_others(tmp_path):
    bad = entry(None)
    (tmp_path / "page.har").write_bytes(archive(bad, entry(), 5, entry(b"data: 2\n\n")))
    found = read_exchanges(tmp_path / "page.har")
    assert [exchange.body for exchange in found.exchanges] == [BODY, b"data: 2\n\n"]
    places = ["$.log.entries[0].response.content.text: ", "$.log.entries[2]: "]
    for problem, place in zip(found.problems, places, strict=True):
        assert place in str(problem)


def test_the_messages_of_an_archive_give_the_times(tmp_path):
    messages = [{"time": 1000.0, "data": ""}, {"time": 1000.25, "data": ""}]
    timed = {**entry(), "_eventSourceMessages": messages}
    [exchange] = read(tmp_path, archive(timed), "page.har")
    assert [(write.at_ms, write.chunks) for write in exchange.writes] == [
        (120.5, (CONTENT,)),
        (370.5, (END,)),
    ]


@pytest.mark.parametrize("kept", [None, b""], ids=["no text", "an empty text"])
def test_a_missing_body_is_rebuilt_from_the_messages(tmp_path, kept):
    message = {"time": 1, "eventName": "message", "eventId": "7", "data": "one\ntwo"}
    rebuilt = {**entry(kept), "_eventSourceMessages": [message]}
    [exchange] = read(tmp_path, archive(rebuilt), "page.har")
    assert exchange.body == b"event: message\nid: 7\ndata: one\ndata: two\n\n"
    assert "rebuilt" in (exchange.note or "")


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", ExchangeEnding.CUT),
        ("net::ERR_CONNECTION_RESET", ExchangeEnding.RESET),
        ("net::ERR_ABORTED", ExchangeEnding.OPEN),
        (None, ExchangeEnding.FINISHED),
    ],
)
def test_the_error_in_an_archive_determines_the_ending(tmp_path, error, ending):
    [exchange] = read(tmp_path, archive(entry(_error=error)), "page.har")
    assert exchange.ending is ending


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b'{"log": {\n "entries": [,]}}', "page.har:2:14:", "wanted a value"),
        (b"\xff", "page.har: byte 0:", "not UTF-8"),
        (b"[]", "page.har: $:", "wanted an object, got []"),
        (b"{}", "page.har: $.log:", "wanted an object, got nothing"),
        (b'{"log": {}}', "page.har: $.log.entries:", "wanted a list, got nothing"),
        (archive(5), "$.log.entries[0]:", "wanted an object, got 5"),
        (archive(entry(status="200")), "entries[0].response.status:", "wanted a number"),
        (archive(entry(status=math.nan)), "entries[0].response.status:", "wanted a number"),
        (archive(entry(None)), "response.content.text:", "without the body"),
        (archive(entry(headers=[{"value": 1}])), "headers[0].name:", "wanted text"),
        (
            archive(
                entry(content={"mimeType": "text/event-stream", "text": "?", "encoding": "base64"})
            ),
            "response.content.text:",
            "base64",
        ),
        (
            archive({**entry(None), "_eventSourceMessages": [{"eventName": "a\nb", "data": ""}]}),
            "_eventSourceMessages[0]:",
            "CR, LF and NUL",
        ),
        (b'{"log":' * 100_000, "page.har:", "nested too deeply"),
    ],
    ids=[
        "not JSON",
        "not UTF-8",
        "a list",
        "no log",
        "no entries",
        "no entry",
        "status",
        "not a number",
        "no body",
        "header",
        "bad base64",
        "bad message",
        "deep",
    ],
)
def test_an_error_in_an_archive_has_its_place(tmp_path, data, place, message):
    with pytest.raises(CannotImport) as caught:
        read(tmp_path, data, "page.har")
    assert place in str(caught.value)
    assert message in str(caught.value)
