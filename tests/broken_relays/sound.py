"""A small sound relay without a database: one method per duty, for broken ones to override."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

from streamproof.contracts.messages import (
    END_FRAME_DATA,
    FAILED,
    START_FRAME_DATA,
    Content,
    End,
    RawText,
    Sources,
    error_frame_data,
    read_message,
    storable,
)
from streamproof.contracts.sse import Decoder, Event, encode


class UpstreamError(Exception):
    """The AI service gave no complete reply."""


@dataclass
class Turn:
    """One question with its reply, as this relay keeps it in memory."""

    id: str
    question: str
    status: str = "running"
    answer: str = ""
    frames: int = 0
    sources: list[str] = field(default_factory=list)
    questions: int = 1
    ai_rows: int = 0
    reason: str | None = None
    partial: str | None = None
    found: str = ""  # a broken relay's own idea of the answer
    kept: bytes = b""  # frames that a broken relay holds back
    whole: list[Event] = field(default_factory=list)  # events that one read brought whole


class SoundRelay:
    """Does all that the protocol asks for, in memory."""

    status = 200
    attempts = 3
    accepts = "text/event-stream"
    headers: ClassVar[Mapping[str, str]] = {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-cache, no-transform",
        "X-Accel-Buffering": "no",
    }

    def __init__(self, ai_url: str) -> None:
        """Relay what the AI service at this URL says."""
        self.ai_url = ai_url
        self.turns: list[Turn] = []
        self.transport: asyncio.Transport | None = None
        self._ids = count()

    def app(self) -> web.Application:
        """Build the application."""
        app = web.Application()
        app.router.add_post("/api/chat/{room}/stream", self.stream)
        app.router.add_get("/api/chat/{room}/messages", self.history)
        return app

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer one message."""
        form = await request.post()
        turn = Turn(f"t{next(self._ids)}", str(form["message"]))
        self.turns.append(turn)
        response = web.StreamResponse(status=self.status, headers=self.headers)
        await response.prepare(request)
        self.transport = request.transport
        await self.answer(turn, response)
        await response.write_eof()
        return response

    def hang_up(self) -> None:
        """Break the latest connection off."""
        assert self.transport is not None
        self.transport.abort()

    async def answer(self, turn: Turn, out: web.StreamResponse) -> None:
        """Pass the reply on, then store it, then say that it is over."""
        await self.start(turn, out)
        try:
            async for event in self.events(turn):
                if isinstance(read_message(event.data), End):
                    await self.complete(turn, out)
                    return
                await self.take(turn, event, out)
            raise UpstreamError
        except (aiohttp.ClientError, TimeoutError, UpstreamError):
            await self.fail(turn, out)

    async def events(self, turn: Turn) -> AsyncIterator[Event]:
        """Ask, and decode what comes."""
        decoder = self.decoder()
        async for chunk in self.chunks(turn):
            for event in decoder.feed(chunk):
                yield event

    def decoder(self) -> Decoder:
        """Make the decoder of one reply."""
        return Decoder()

    async def chunks(self, turn: Turn) -> AsyncIterator[bytes]:
        """Ask the AI service, again where it says that it is busy."""
        async with aiohttp.ClientSession() as session:
            for _ in range(self.attempts):
                async with session.post(
                    f"{self.ai_url}/chat/stream",
                    json=self.body(turn),
                    headers={"Accept": self.accepts},
                ) as reply:
                    if reply.status == 503:
                        continue
                    if reply.status != 200:
                        raise UpstreamError
                    async for chunk in reply.content.iter_any():
                        yield chunk
                    return
            raise UpstreamError

    def body(self, turn: Turn) -> dict[str, str]:
        """Write the request to the AI service."""
        return {"question": turn.question, "messageId": turn.id}

    async def start(self, turn: Turn, out: web.StreamResponse) -> None:
        """Say that the reply begins."""
        await self.send(turn, out, None, START_FRAME_DATA)

    async def take(self, turn: Turn, event: Event, out: web.StreamResponse) -> None:
        """Keep what is to be stored, and pass the event on."""
        self.keep(turn, event)
        raw = isinstance(read_message(event.data), RawText)
        await self.send(turn, out, "message" if raw else event.event, event.data)

    def keep(self, turn: Turn, event: Event) -> None:
        """Keep text and sources."""
        match read_message(event.data):
            case Content(text):
                turn.answer += text
            case Sources(sources):
                turn.sources += [s.id for s in sources if s.id not in turn.sources]

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store, then say so."""
        self.store(turn)
        await self.send(turn, out, "end", END_FRAME_DATA)

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Keep the partial text, then say that it failed."""
        self.store_failure(turn)
        await self.send(turn, out, "error", error_frame_data(FAILED))

    def store(self, turn: Turn) -> None:
        """Make the answer visible in the history."""
        turn.status, turn.ai_rows = "completed", 1

    def store_failure(self, turn: Turn) -> None:
        """Make the failure visible in the history."""
        turn.status, turn.reason, turn.partial = "failed", "truncated", storable(turn.answer)

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Send one frame with the next id."""
        await out.write(encode(data, event, self.frame_id(turn)))

    def frame_id(self, turn: Turn) -> str:
        """Count the frames of a turn."""
        turn.frames += 1
        return f"{turn.id}:{turn.frames - 1}"

    async def history(self, request: web.Request) -> web.Response:
        """Show everything that is stored."""
        rows = [row for turn in self.turns for row in self.rows(turn)]
        return web.json_response({"messages": rows, "nextCursor": None})

    def rows(self, turn: Turn) -> list[dict[str, Any]]:
        """Show one turn: the question, and the answer once it is complete."""
        state = {"status": turn.status, "reason": turn.reason, "partial": turn.partial}
        user = {"sender": "USER", "message": turn.question, "htmlFormattedMessage": None}
        answer = {
            "sender": "AI",
            "message": storable(turn.answer),
            "htmlFormattedMessage": self.html(turn),
            "sources": [{"id": source} for source in turn.sources],
        }
        question: dict[str, Any] = {**user, "sources": [], "turn": state}
        return [question] * turn.questions + [answer] * turn.ai_rows

    def html(self, turn: Turn) -> str:
        """Render the answer; good enough for one paragraph."""
        return f"<p>{storable(turn.answer)}</p>\n"
