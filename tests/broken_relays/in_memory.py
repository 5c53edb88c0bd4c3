"""A sound relay in memory for the sessions: rooms, users, stops, resuming and repeated questions.

Each duty is a method, for the broken relays to override.
"""

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

from streamproof.contracts.messages import (
    END_FRAME_DATA,
    FAILED,
    START_FRAME_DATA,
    Content,
    End,
    Sources,
    error_frame_data,
    read_message,
)
from streamproof.contracts.sse import Decoder, encode

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}


@dataclass(eq=False)
class StoredMessage:
    """A message of a room."""

    sender: str
    text: str
    sources: list[str] = field(default_factory=list)
    turn: "RoomTurn | None" = None
    created_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


@dataclass(eq=False)
class RoomTurn:
    """A question with its frames."""

    id: str
    room: "ChatRoom"
    question: str
    key: str | None
    status: str = "running"
    text: str = ""
    sources: list[str] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: "asyncio.Task[None] | None" = None


@dataclass(eq=False)
class ChatRoom:
    """A room of one user."""

    id: str
    user: str
    messages: list[StoredMessage] = field(default_factory=list)
    running: RoomTurn | None = None


class InMemoryRelay:
    """Does all that the sessions ask for."""

    heartbeat_seconds = 10.0

    def __init__(self, ai_url: str) -> None:
        """Ask the AI service at this URL."""
        self.ai_url = ai_url
        self.rooms: dict[str, ChatRoom] = {}
        self.turns: dict[str, RoomTurn] = {}

    def app(self) -> web.Application:
        """Return the relay as a web application."""
        app = web.Application()
        app.router.add_post("/api/chat/rooms", self.make_room)
        app.router.add_post("/api/chat/{room}/stream", self.ask)
        app.router.add_post("/api/chat/{room}/stop", self.stop)
        app.router.add_get("/api/chat/{room}/messages", self.history)
        app.router.add_get("/api/chat/stream", self.resume)
        app.on_shutdown.append(self.close)
        return app

    async def close(self, _: web.Application) -> None:
        """End every turn."""
        for turn in self.turns.values():
            if turn.task is not None:
                turn.task.cancel()

    # Who asks, where, and what.

    def user_of(self, request: web.Request) -> str:
        """Return the user of a request, whose token is `NAME.SIGNATURE`."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not self.check(token):
            raise web.HTTPUnauthorized
        return token.partition(".")[0]

    def check(self, token: str) -> bool:
        """Verify the signature of a token."""
        return token.endswith(".signed")

    def room_of(self, request: web.Request, user: str) -> ChatRoom:
        """Return the room of a request."""
        room = self.rooms.get(request.match_info["room"])
        if room is None or room.user != user:
            raise web.HTTPNotFound
        return room

    async def message_of(self, request: web.Request) -> str:
        """Return the question of a request."""
        message = (await request.post()).get("message", "")
        if not isinstance(message, str) or not message.strip():
            raise web.HTTPBadRequest
        return message

    async def make_room(self, request: web.Request) -> web.Response:
        """Make a room for a user."""
        room = ChatRoom(f"room-{len(self.rooms)}", self.user_of(request))
        self.rooms[room.id] = room
        return web.json_response({"id": room.id}, status=201)

    # Turns.

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Begin a turn, or join the one that has the same key."""
        room = self.room_of(request, self.user_of(request))
        message = await self.message_of(request)
        turn = self.begin(room, message, request.headers.get("Idempotency-Key"))
        return await self.send(request, turn, 0)

    def begin(self, room: ChatRoom, message: str, key: str | None) -> RoomTurn:
        """Return the turn of a question."""
        earlier = next((one for one in self.turns.values() if key and one.key == key), None)
        if earlier is not None:
            return self.joined(earlier, message)
        self.check_free(room)
        turn = RoomTurn(f"t{len(self.turns)}", room, message, key)
        self.turns[turn.id] = turn
        room.running = turn
        room.messages.append(StoredMessage("USER", message, turn=turn))
        turn.task = asyncio.create_task(self.run(turn))
        return turn

    def joined(self, earlier: RoomTurn, message: str) -> RoomTurn:
        """Return an earlier turn with the same key, if it has the same question."""
        if earlier.question != message:
            raise web.HTTPConflict
        return earlier

    def check_free(self, room: ChatRoom) -> None:
        """Refuse a second turn in a room."""
        if room.running is not None:
            raise web.HTTPConflict

    async def run(self, turn: RoomTurn) -> None:
        """Play a turn to its end."""
        self.append(turn, None, START_FRAME_DATA)
        try:
            await self.read(turn)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            self.fail(turn, "failed", FAILED)
        except asyncio.CancelledError:
            self.fail(turn, "stopped", "Stopped")
        else:
            turn.status = "completed"
            self.store(turn)
            self.free(turn)
            self.append(turn, "end", END_FRAME_DATA)

    def fail(self, turn: RoomTurn, status: str, text: str) -> None:
        """End a turn without an answer."""
        turn.status = status
        self.free(turn)
        self.append(turn, "error", error_frame_data(text))

    def free(self, turn: RoomTurn) -> None:
        """Let the room take the next question."""
        turn.room.running = None

    def store(self, turn: RoomTurn) -> None:
        """Store the answer."""
        turn.room.messages.append(StoredMessage("AI", turn.text, list(turn.sources)))

    def question_of(self, turn: RoomTurn) -> str:
        """Return what the AI service is asked."""
        return turn.question

    async def read(self, turn: RoomTurn) -> None:
        """Pass the reply of the AI service on; raise if it is not complete."""
        decoder = Decoder()
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.ai_url}/chat/stream",
                json={"question": self.question_of(turn)},
                headers={"Accept": "text/event-stream"},
            ) as reply,
        ):
            reply.raise_for_status()
            async for chunk in reply.content.iter_any():
                for event in decoder.feed(chunk):
                    message = read_message(event.data)
                    if isinstance(message, End):
                        return
                    if isinstance(message, Content):
                        turn.text += message.content
                    if isinstance(message, Sources):
                        new = [one.id for one in message.sources]
                        turn.sources += [one for one in new if one not in turn.sources]
                    self.append(turn, event.event, event.data)
        raise ValueError("no end")

    def append(self, turn: RoomTurn, event: str | None, data: str) -> None:
        """Add a frame for all readers."""
        turn.frames.append(encode(data, event, f"{turn.id}:{len(turn.frames)}"))
        asyncio.get_running_loop().create_task(self.tell(turn))

    async def tell(self, turn: RoomTurn) -> None:
        """Wake the readers of a turn."""
        async with turn.changed:
            turn.changed.notify_all()

    # Readers.

    async def send(self, request: web.Request, turn: RoomTurn, first: int) -> web.StreamResponse:
        """Send the frames of a turn from a number on."""
        response = web.StreamResponse(headers=HEADERS)
        await response.prepare(request)
        sent = first
        while True:
            for frame in turn.frames[sent:]:
                await response.write(frame)
                sent += 1
            if turn.status != "running" and sent == len(turn.frames):
                return response
            try:
                async with asyncio.timeout(self.heartbeat_seconds):
                    await self.more(turn, sent)
            except TimeoutError:
                await self.beat(response)

    async def more(self, turn: RoomTurn, sent: int) -> None:
        """Wait for further frames."""
        async with turn.changed:
            await turn.changed.wait_for(lambda: len(turn.frames) > sent)

    async def beat(self, response: web.StreamResponse) -> None:
        """Send a comment."""
        await response.write(b": keep-alive\n\n")

    def position(self, turn: RoomTurn, last: int) -> int:
        """Return the number of the frame after the last one that a browser has seen."""
        return last + 1

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Continue after an ID."""
        user = self.user_of(request)
        turn_id, _, last = request.headers.get("Last-Event-ID", "").partition(":")
        turn = self.turns.get(turn_id)
        if turn is None or turn.room.user != user:
            raise web.HTTPNotFound
        return await self.send(request, turn, self.position(turn, int(last)))

    async def stop(self, request: web.Request) -> web.Response:
        """Stop the running turn of a room."""
        turn = self.room_of(request, self.user_of(request)).running
        if turn is None:
            return self.nothing_to_stop()
        self.halt(turn)
        assert turn.task is not None
        with contextlib.suppress(asyncio.CancelledError):
            await turn.task
        return web.json_response({"turnId": turn.id, "status": turn.status})

    def nothing_to_stop(self) -> web.Response:
        """Answer a stop of nothing."""
        return web.json_response({"turnId": None, "status": "none"})

    def halt(self, turn: RoomTurn) -> None:
        """End a turn."""
        assert turn.task is not None
        turn.task.cancel()

    async def history(self, request: web.Request) -> web.Response:
        """Show the messages of a room."""
        room = self.room_of(request, self.user_of(request))
        return web.json_response(
            {"messages": [self.shown(one) for one in self.listed(room)], "nextCursor": None}
        )

    def listed(self, room: ChatRoom) -> list[StoredMessage]:
        """Return the messages, oldest first."""
        return room.messages

    def shown(self, message: StoredMessage) -> dict[str, Any]:
        """Return one message of the history."""
        return {
            "sender": message.sender,
            "message": message.text,
            "htmlFormattedMessage": None,
            "createdAt": message.created_at,
            "sources": [{"id": one} for one in message.sources],
            "turn": self.state(message.turn) if message.turn else None,
        }

    def state(self, turn: RoomTurn) -> dict[str, Any]:
        """Return the state of a turn."""
        has_partial = turn.status in ("failed", "stopped")
        return {
            "status": turn.status,
            "reason": None,
            "partial": turn.text if has_partial else None,
        }
