"""A second, simple reader of event streams, written only from WHATWG HTML, section 9.2.6.

It reads a whole body at once. It shares no code with `contracts.sse`, so it does not repeat the
mistakes of that module.
"""

from __future__ import annotations

import re

Read = tuple[list[tuple[str, str, str]], str, int | None]


def read_body(body: bytes, last_event_id: str = "") -> Read:  # noqa: C901 - one function, as in the standard
    """Return the events (name, data, id), the last event ID, and the reconnection time."""
    text = body.decode("utf-8", errors="replace")
    if body.startswith(b"\xef\xbb\xbf"):
        text = text[1:]
    *lines, _unfinished = re.split("\r\n|\n|\r", text)
    events: list[tuple[str, str, str]] = []
    data = name = ""
    id_buffer = last_event_id
    retry = None
    for line in lines:
        if line == "":
            last_event_id = id_buffer
            if data != "":
                events.append((name or "message", data[:-1], last_event_id))
            data = name = ""
        elif line[0] != ":":
            field, colon, value = line.partition(":")
            if colon and value[:1] == " ":
                value = value[1:]
            if field == "data":
                data += value + "\n"
            if field == "event":
                name = value
            if field == "id" and "\x00" not in value:
                id_buffer = value
            if field == "retry" and re.fullmatch("[0-9]+", value):
                retry = 0
                for digit in value[-15:]:
                    retry = retry * 10 + ord(digit) - ord("0")
    return events, last_event_id, retry
