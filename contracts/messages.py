"""Chat messages: what the data of an AI service's events says, as frozen dataclasses.

The JSON `type` decides which message it is; the SSE event name is only where it travels.
"""

from __future__ import annotations

import json
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
    """A piece of the answer; its leading and trailing spaces are text."""

    type: ClassVar = "content"

    content: str


@dataclass(frozen=True, slots=True)
class Source:
    """One document that the answer rests on."""

    id: str
    title: str
    content: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The documents that the answer rests on, in the order in which they came."""

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
    """JSON text that is none of the three messages: unknown type, no type, a wrong shape."""

    data: str


Message: TypeAlias = Content | Sources | End
Received: TypeAlias = Message | RawText | Other

EVENT_NAMES: Final[Mapping[type[Message], str]] = {
    Content: "message",
    Sources: "sources",
    End: "end",
}
"""The SSE event name that each message travels under."""


def read_message(data: str) -> Received:
    """Say what the data of an upstream event is; never raises, and keys that are extra may stay."""
    try:
        body = parse_json(data)
    except NotJson:
        return RawText(data)
    message = _message(body) if isinstance(body, dict) else None
    return Other(data) if message is None else message


def write_message(message: Message) -> str:
    """Write a message as the AI service does: non-ASCII raw, only half a surrogate pair escaped."""
    return write_json(_body(message))


def error_frame_data(text: str) -> str:
    """Write the data of an `error` frame."""
    return json.dumps({"error": text}, ensure_ascii=False, separators=(",", ":"))


def storable(text: str) -> str:
    """Make text that every database stores: pairs joined, lone surrogates and NUL as U+FFFD."""
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "\ufffd")


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
        case End():
            return {"type": message.type}
