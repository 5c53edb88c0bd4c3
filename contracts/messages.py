"""The messages of an AI service: the data of its events as frozen dataclasses.

The JSON `type` decides which message it is, and not the SSE event name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from streamproof.contracts.errors import NotJson
from streamproof.contracts.json_text import parse_json, write_json

FAILED: Final = "Failed to process message"
STOPPED: Final = "Stopped"
START_FRAME_DATA: Final = '{"event":"start","data":{"message":"Starting AI response..."}}'
END_FRAME_DATA: Final = '{"type":"end"}'


@dataclass(frozen=True, slots=True)
class Content:
    """A part of the answer. Leading and trailing spaces belong to the text."""

    type: ClassVar = "content"

    content: str


@dataclass(frozen=True, slots=True)
class Source:
    """One document that the answer is based on."""

    id: str
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that the answer is based on, in the order of the event."""

    type: ClassVar = "sources"

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class End:
    """The reply is complete."""

    type: ClassVar = "end"


@dataclass(frozen=True, slots=True)
class RawText:
    """Data that is not JSON."""

    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """JSON that is not one of the three messages: its type is missing, unknown, or does not fit."""

    data: str


Message: TypeAlias = Content | Sources | End
Received: TypeAlias = Message | RawText | Other

EVENT_NAMES: Final[Mapping[type[Message], str]] = {
    Content: "message",
    Sources: "sources",
    End: "end",
}
"""The SSE event name of each message."""


# Most events look like this, and the pattern is five times as fast as parsing the JSON.
_SIMPLE_CONTENT: Final = re.compile(r'\{"type": ?"content", ?"content": ?"([^"\\\x00-\x1f]*)"\}')


_LEVELS: Final = 3
"""Only containers in these levels decide which message it is: body, list of sources, source."""
_PARTS: Final = re.compile("(?s).{1,4096}(?:(?<=[\ud800-\udbff])[\udc00-\udfff])?")
"""A part never ends between the halves of a pair."""
_PAIR: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF: Final = re.compile("[\ud800-\udfff]")


def simple_content(data: str) -> str | None:
    """Return the text of a `Content` without escapes and extra keys; None for all other data."""
    found = _SIMPLE_CONTENT.fullmatch(data)
    return None if found is None else found[1]


def read_message(data: str) -> Received:
    """Return the message in the data of an AI service's event.

    Extra keys are allowed. Text that is not JSON gives `RawText`, and any other JSON `Other`.
    Nothing is raised.
    """
    if (content := simple_content(data)) is not None:
        return Content(content)
    try:
        body = parse_json(data, levels=_LEVELS)
    except NotJson:
        return RawText(data)
    message = _message(body) if isinstance(body, dict) else None
    return Other(data) if message is None else message


def write_message(message: Message) -> str:
    """Return a message as JSON; non-ASCII characters are not escaped, half a surrogate pair is."""
    return write_json(_body(message))


def error_frame_data(text: str) -> str:
    """Return the data of an `error` frame."""
    return json.dumps({"error": text}, ensure_ascii=False, separators=(",", ":"))


def storable(text: str) -> str:
    """Return text that every database can store.

    Two halves of a surrogate pair become one character. Half a pair and NUL become U+FFFD.
    """
    try:
        if not text.isascii():
            text.encode()  # fails at the first half, and is faster than a search for it
    except UnicodeEncodeError:
        # In parts: the replacement of many halves is slow, and other threads can run in between.
        text = "".join(_joined(part[0]) for part in _PARTS.finditer(text))
    return text.replace("\0", "\ufffd")


def _joined(text: str) -> str:
    if _PAIR.search(text) is None:
        return _HALF.sub("\ufffd", text)  # four times as fast, which matters for a text of halves
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _message(body: Mapping[str, object]) -> Message | None:
    match body:
        case {"type": "content", "content": str(content)}:
            return Content(content)
        case {"type": "sources", "sources": list(items)}:
            sources = [_source(item) for item in items]
            found = tuple(source for source in sources if source is not None)
            return Sources(found) if len(found) == len(sources) else None
        case {"type": "end"}:
            return End()
    return None


def _source(item: object) -> Source | None:
    match item:
        case {"id": str(id), "title": str(title), "content": str(content)}:
            return Source(id, title, content)
    return None


def _body(message: Message) -> dict[str, object]:
    match message:
        case Content(content):
            return {"type": message.type, "content": content}
        case Sources(sources):
            items = [{"id": s.id, "title": s.title, "content": s.content} for s in sources]
            return {"type": message.type, "sources": items}
    return {"type": message.type}
