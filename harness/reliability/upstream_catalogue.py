"""The faults of the AI service: what it does, by the shipped scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

UPSTREAM_FAULTS: Final[Mapping[str, str]] = {
    "hang-up-without-a-byte": "closes the connection without a reply",
    "hang-up-inside-the-head": "breaks off inside the response head",
    "hang-up-after-no-http": "answers with something that is not HTTP",
    "status-500": "answers with status 500",
    "status-429-then-answer": "answers with status 429, then with an answer",
    "status-503-twice-then-answer": "answers with status 503 twice, then with an answer",
    "redirect": "redirects",
    "html-with-200": "answers with HTML and status 200",
    "gzip-per-event": "compresses, although that was not asked for",
    "stall-before-the-first-event": "sends headers, then nothing",
    "stall-mid-answer": "stalls in the middle of the answer",
    "stall-after-end": "keeps the connection open after the end",
    "reset-before-the-first-event": "resets before the first event",
    "reset-mid-answer": "resets in the middle of the answer",
    "reset-inside-a-character": "resets inside a character",
    "cut-inside-a-chunk": "breaks off inside a chunk",
    "bad-chunk-mid-answer": "sends a malformed chunk",
    "split-every-byte": "sends every byte alone",
    "cr-line-ends": "ends its lines with CR",
    "leading-bom": "begins with a byte order mark",
    "invalid-utf-8": "sends invalid UTF-8",
    "end-event-without-line-end": "leaves out the last blank line",
    "bad-json-in-one-event": "sends invalid JSON in one event",
    "unknown-event": "sends an unknown event",
    "end-missing": "ends without the end event",
    "double-end": "ends twice",
    "content-after-end": "sends content after the end",
    "sources-twice": "sends its sources twice",
    "error-event": "sends an error event",
    "event-too-large": "sends an event over the limit",
    "comments-flood": "sends a flood of comments",
    "nul-and-half-an-emoji": "sends NUL and half a surrogate pair",
}
