"""The rows of the trial's rooms, read from the database without the relay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.messages import Content, Sources, read_message, storable
from streamproof.contracts.sse import NO_LIMIT, Decoder
from streamproof.harness.reliability.history import SeenFrame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.harness.reliability.trial_database import Select, TrialDatabase

SEVERAL: Final = ""
"""The event of a row that holds several frames: its data is their bytes on the wire."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message."""

    id: str
    room: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn with its frames, in the order of their numbers."""

    id: str
    room: str
    question_id: str
    answer_id: str | None
    status: str
    partial: str | None
    frames: tuple[SeenFrame, ...]
    taken_over_at: tuple[int, ...] = ()
    """How many frames the turn had, each time that another relay took it over."""

    @property
    def terminal_frames(self) -> list[SeenFrame]:
        """All terminal frames: one, once the turn has ended."""
        return [frame for frame in self.frames if frame.terminal]

    @property
    def text(self) -> str:
        """The text of all content frames, as it can be stored."""
        messages = (read_message(frame.data) for frame in self.frames if frame.event == "message")
        return storable("".join(one.content for one in messages if isinstance(one, Content)))

    @property
    def sources(self) -> set[str]:
        """The IDs of all sources."""
        messages = (read_message(frame.data) for frame in self.frames if frame.event == "sources")
        shown = (one.sources for one in messages if isinstance(one, Sources))
        return {storable(source.id) for sources in shown for source in sources}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link from a message to knowledge; `known`: both exist."""

    message_id: str
    knowledge_id: str
    known: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """What is stored of some rooms."""

    messages: tuple[MessageRow, ...] = ()
    turns: tuple[TurnRow, ...] = ()
    links: tuple[LinkRow, ...] = ()

    def message(self, message_id: str | None) -> MessageRow | None:
        """Return a message, or None."""
        return next((one for one in self.messages if one.id == message_id), None)

    def turn(self, turn_id: str) -> TurnRow | None:
        """Return a turn, or None."""
        return next((one for one in self.turns if one.id == turn_id), None)

    def stored_in(self, room: str) -> tuple[list[MessageRow], list[LinkRow]]:
        """Return the messages of a room with their links."""
        messages = [one for one in self.messages if one.room == room]
        ids = {one.id for one in messages}
        return messages, [link for link in self.links if link.message_id in ids]


def running_rooms(database: TrialDatabase, rooms: Sequence[str]) -> set[str]:
    """Return those of some rooms in which a turn is running."""
    with database.snapshot() as select:
        return {room for (room,) in select(_RUNNING, rooms)}


def read_rows(database: TrialDatabase, rooms: Sequence[str]) -> Rows:
    """Read everything that belongs to some rooms, in one snapshot."""
    with database.snapshot() as select:
        return Rows(
            tuple(MessageRow(*row) for row in select(_MESSAGES, rooms)),
            tuple(_turns(select, rooms, database.takeovers_query)),
            tuple(LinkRow(m, k, bool(known)) for m, k, known in select(_LINKS, rooms)),
        )


_RUNNING: Final = "SELECT room_id FROM relay_turn WHERE status = 'running' AND room_id IN ({rooms})"
_MESSAGES: Final = (
    'SELECT id, "aiChatRoomId", sender, message FROM "AiChatRoomMessage"'
    ' WHERE "aiChatRoomId" IN ({rooms}) ORDER BY "createdAt", id'
)
_TURNS: Final = (
    "SELECT id, room_id, user_message_id, ai_message_id, status, partial FROM relay_turn"
    " WHERE room_id IN ({rooms}) ORDER BY id"
)
_FRAMES: Final = (
    "SELECT f.turn_id, f.n, f.event, f.data FROM relay_frame f JOIN relay_turn t"
    " ON t.id = f.turn_id WHERE t.room_id IN ({rooms}) ORDER BY f.turn_id, f.n"
)
# A link without its message belongs to no room, so it counts for all.
_LINKS: Final = (
    'SELECT l."aiChatRoomMessageId", l."knowledgeId", m.id IS NOT NULL AND k.id IS NOT NULL'
    ' FROM "AiChatRoomMessageKnowledge" l'
    ' LEFT JOIN "AiChatRoomMessage" m ON m.id = l."aiChatRoomMessageId"'
    ' LEFT JOIN "Knowledge" k ON k.id = l."knowledgeId"'
    ' WHERE m.id IS NULL OR m."aiChatRoomId" IN ({rooms})'
)


def _turns(select: Select, rooms: Sequence[str], takeovers_query: str) -> Iterator[TurnRow]:
    frames = defaultdict[str, list[SeenFrame]](list)
    takeovers = defaultdict[str, list[int]](list)
    if takeovers_query:
        for turn_id, count in select(takeovers_query, rooms):
            takeovers[turn_id].append(count)
    for turn_id, n, event, data in select(_FRAMES, rooms):
        frames[turn_id] += _frames(n, event, data)
    for turn_id, room, question, answer, status, partial in select(_TURNS, rooms):
        found, taken = tuple(frames[turn_id]), tuple(takeovers[turn_id])
        yield TurnRow(turn_id, room, question, answer, status, partial, found, taken)


def _frames(n: int, event: str | None, data: bytes) -> Iterator[SeenFrame]:
    if event != SEVERAL:
        text = data.decode().replace("\r\n", "\n").replace("\r", "\n")  # as a browser gets it
        yield SeenFrame(n, event or "message", text)
        return
    for one in Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT).feed(data):
        yield SeenFrame(int(one.id.rpartition(":")[2]), one.event, one.data)
