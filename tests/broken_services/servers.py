"""Small AI services: a sound one, and those that break what a script cannot."""

import asyncio
from typing import ClassVar

from aiohttp import web

from streamproof.contracts.messages import EVENT_NAMES, Content, End, Message, write_message
from streamproof.contracts.sse import encode

MESSAGES: tuple[Message, ...] = (Content("Based"), Content(" on"), End())
GAP_SECONDS = 0.02  # so that a reader sees the events apart


def encoded(message: Message) -> bytes:
    """Frame a message."""
    return encode(write_message(message), EVENT_NAMES[type(message)])


LENGTH = sum(len(encoded(message)) for message in MESSAGES)


class SoundService:
    """Refuses a body without a question, and streams to every other."""

    headers: ClassVar = {"Content-Type": "text/event-stream; charset=utf-8"}
    gap_seconds = GAP_SECONDS

    def app(self) -> web.Application:
        """Build the application."""
        app = web.Application()
        app.router.add_post("/chat/stream", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        if not await self.is_question(request):
            return web.json_response({"error": "question: wanted text"}, status=400)
        return await self.stream(request)

    async def is_question(self, request: web.Request) -> bool:
        """Look at the body."""
        try:
            body = await request.json()
        except ValueError:
            return False
        question = body.get("question") if isinstance(body, dict) else None
        return isinstance(question, str) and question != ""

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send the events one by one."""
        response = web.StreamResponse(headers=self.headers)
        await response.prepare(request)
        for message in MESSAGES:
            await response.write(encoded(message))
            await asyncio.sleep(self.gap_seconds)
        return response


class AnswersAnything(SoundService):
    """Streams also to a body without a question."""

    async def is_question(self, request: web.Request) -> bool:
        """Take everything."""
        return True


class KnowsItsLength(SoundService):
    """Says the length of the stream before it begins."""

    headers: ClassVar = {**SoundService.headers, "Content-Length": str(LENGTH)}


class SendsAllAtOnce(SoundService):
    """Waits for the whole answer before it sends any of it."""

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Send one piece."""
        response = web.StreamResponse(headers=self.headers)
        await response.prepare(request)
        await response.write(b"".join(map(encoded, MESSAGES)))
        return response
