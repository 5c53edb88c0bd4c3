"""Media types such as `text/event-stream; charset=utf-8`, compared as HTTP compares them."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

EVENT_STREAM: Final = "text/event-stream"
JSON: Final = "application/json"
LINES: Final = (
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/json-lines",
)
"""The media types of a stream with one JSON text in each line."""
AWS_EVENT_STREAM: Final = "application/vnd.amazon.eventstream"
UNKNOWN_FRAMES: Final = "application/octet-stream"
"""The media type of binary frames whose format is not known."""

_PARAMETER: Final = re.compile(r';\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_UTF_8: Final = ("utf-8", "utf8")


class MediaType(NamedTuple):
    """The type with its subtype, and the parameters; all of them in lower case."""

    essence: str
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def foreign_charset(self) -> str | None:
        """The charset, if there is one and it is not UTF-8."""
        charset = dict(self.parameters).get("charset")
        return None if charset is None or charset in _UTF_8 else charset

    def fits(self, wanted: MediaType) -> bool:
        """Return whether this is the wanted type, with at least its parameters."""
        return self.essence == wanted.essence and set(wanted.parameters) <= set(self.parameters)


def parse_media_type(text: str) -> MediaType:
    """Return a media type; what is not a parameter of the form `name=value` is ignored."""
    essence, semicolon, rest = text.partition(";")
    parameters = tuple(
        (name.lower(), re.sub(r"\\(.)", r"\1", quoted or plain).lower())
        for name, quoted, plain in _PARAMETER.findall(semicolon + rest)
    )
    return MediaType(essence.strip().lower(), parameters)
