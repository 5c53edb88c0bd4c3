"""The broken relays: each overrides one duty of the sound one, and does it wrong."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, ClassVar

from aiohttp import web

from streamproof.contracts.messages import (
    END_FRAME_DATA,
    RawText,
    error_frame_data,
    read_message,
)
from streamproof.contracts.sse import Decoder, Event, encode
from tests.broken_relays.sound import SoundRelay, Turn, UpstreamError

LATE_SECONDS = 0.1


class SaysItIsJson(SoundRelay):
    """Streams under the content type of an ordinary reply."""

    headers: ClassVar = {**SoundRelay.headers, "Content-Type": "application/json; charset=utf-8"}


class LetsProxiesBuffer(SoundRelay):
    """Leaves out the header that keeps a proxy from holding frames back."""

    headers: ClassVar = {k: v for k, v in SoundRelay.headers.items() if k != "X-Accel-Buffering"}


class AnswersWith500(SoundRelay):
    """Streams under the status of an error."""

    status = 500


class EndsInPlainText(SoundRelay):
    """Sends an end that is not JSON."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End as other protocols do."""
        self.store(turn)
        await self.send(turn, out, "end", "[DONE]")


class EndsWithAnotherBody(SoundRelay):
    """Sends an end whose body is not the documented one."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End with another type."""
        self.store(turn)
        await self.send(turn, out, "end", '{"type": "done"}')


class SendsSourcesAsMessages(SoundRelay):
    """Sends everything but the end under one event name."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Forget the name of sources."""
        await super().send(turn, out, "message" if event == "sources" else event, data)


class LeavesOutTheLastLine(SoundRelay):
    """Does not end its last event by a blank line."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Send an end that no reader dispatches."""
        self.store(turn)
        await out.write(encode(END_FRAME_DATA, "end", self.frame_id(turn)).removesuffix(b"\n"))


class BreaksOffBeforeEnd(SoundRelay):
    """Breaks the connection off when the reply is complete."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store, and hang up."""
        self.store(turn)
        self.hang_up()


class BreaksOffAfterEnd(SoundRelay):
    """Breaks the connection off after its last event."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End, and hang up."""
        await super().complete(turn, out)
        self.hang_up()


class ShowsExceptions(SoundRelay):
    """Sends the text of an exception to the browser."""

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Say what only developers should read."""
        self.store_failure(turn)
        text = "ClientPayloadError: Response payload is not completed"
        await self.send(turn, out, "error", error_frame_data(text))


class FallsSilentBeforeEnd(SoundRelay):
    """Stores the answer and never says so."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store, and say nothing."""
        self.store(turn)
        await asyncio.Event().wait()


class WaitsAfterAFailure(SoundRelay):
    """Waits without end after the reply of the AI service broke off, as some HTTP clients do."""

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store the failure, and say nothing."""
        self.store_failure(turn)
        await asyncio.Event().wait()


class FloodsTheBrowser(SoundRelay):
    """Sends comments without end in place of its last event."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store, and send comments until the browser leaves."""
        self.store(turn)
        with suppress(ConnectionError):
            while True:
                await out.write(b": more\n\n" * 1_000)


class StaysOpenAfterEnd(SoundRelay):
    """Keeps the connection after its last event."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End, and stay."""
        await super().complete(turn, out)
        await asyncio.Event().wait()


class StartsLate(SoundRelay):
    """Lets the browser wait for the start frame."""

    async def start(self, turn: Turn, out: web.StreamResponse) -> None:
        """Wait, then start."""
        await asyncio.sleep(LATE_SECONDS)
        await super().start(turn, out)


class EndsLate(SoundRelay):
    """Lets the browser wait for the end."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Wait, then end."""
        await asyncio.sleep(LATE_SECONDS)
        await super().complete(turn, out)


class SaysEndTwice(SoundRelay):
    """Sends its own end after the one of the AI service."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End, and end again."""
        await super().complete(turn, out)
        await self.send(turn, out, "end", END_FRAME_DATA)


class EndsHalfAnAnswerTwice(SaysEndTwice):
    """Takes a truncated answer for complete, and ends it twice."""

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Keep what a failure keeps, and end as usual."""
        self.store_failure(turn)
        for _ in range(2):
            await self.send(turn, out, "end", END_FRAME_DATA)


class GoesOnAfterEnd(SoundRelay):
    """Sends content after the end."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End, and say one thing more."""
        await super().complete(turn, out)
        await self.send(turn, out, "message", '{"type": "content", "content": "PS"}')


class NeverStarts(SoundRelay):
    """Leaves out the start frame."""

    async def start(self, turn: Turn, out: web.StreamResponse) -> None:
        """Say nothing."""


class HidesFailures(SoundRelay):
    """Closes without an error frame when the reply is truncated."""

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store the failure, and send no frame of it."""
        self.store_failure(turn)


class TakesTruncatedForComplete(SoundRelay):
    """Says `end` when the AI service never did, though it stores a failure."""

    async def fail(self, turn: Turn, out: web.StreamResponse) -> None:
        """Store the failure, and call it an end."""
        self.store_failure(turn)
        await self.send(turn, out, "end", END_FRAME_DATA)


class DropsRawText(SoundRelay):
    """Throws away what it cannot parse."""

    async def take(self, turn: Turn, event: Event, out: web.StreamResponse) -> None:
        """Take only JSON."""
        if not isinstance(read_message(event.data), RawText):
            await super().take(turn, event, out)


class TidiesRawText(SoundRelay):
    """Trims text that is not JSON."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Trim, then send."""
        await super().send(turn, out, event, data.strip())


class RewritesJson(SoundRelay):
    """Parses JSON and writes it again, with other spaces and escapes."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Write it in its own way."""
        if event in ("message", "sources") and not isinstance(read_message(data), RawText):
            data = json.dumps(json.loads(data), separators=(",", ":"))
        await super().send(turn, out, event, data)


class CountsFromOne(SoundRelay):
    """Gives its first frame the number 1."""

    def frame_id(self, turn: Turn) -> str:
        """Count the frame first."""
        turn.frames += 1
        return f"{turn.id}:{turn.frames}"


class LosesAnId(SoundRelay):
    """Counts a frame that it does not send."""

    def frame_id(self, turn: Turn) -> str:
        """Leave out number 2."""
        turn.frames += turn.frames == 2
        return super().frame_id(turn)


class SaysEndBeforeItStores(SoundRelay):
    """Ends the stream first and commits a little later."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """Send the end, then store."""
        await self.send(turn, out, "end", END_FRAME_DATA)
        await asyncio.sleep(LATE_SECONDS)
        self.store(turn)


class LinksSourcesAfterTheEnd(SoundRelay):
    """Stores the answer in time, and its sources a little later."""

    async def complete(self, turn: Turn, out: web.StreamResponse) -> None:
        """End without the sources, then link them."""
        sources, turn.sources = turn.sources, []
        await super().complete(turn, out)
        await asyncio.sleep(LATE_SECONDS)
        turn.sources = sources


class ShowsTheNewestFirst(SoundRelay):
    """Shows the rows of a room in the opposite order."""

    def rows(self, turn: Turn) -> list[dict[str, Any]]:
        """Show the answer before its question."""
        return super().rows(turn)[::-1]


class StoresTheQuestionTwice(SoundRelay):
    """Inserts the user's message a second time with the answer."""

    def store(self, turn: Turn) -> None:
        """Store one row too many."""
        super().store(turn)
        turn.questions = 2


class CallsFailuresStopped(SoundRelay):
    """Gives a failed turn the wrong status."""

    def store_failure(self, turn: Turn) -> None:
        """Store another status."""
        super().store_failure(turn)
        turn.status = "stopped"


class GivesAnotherReason(SoundRelay):
    """Gives a failed turn the wrong reason."""

    def store_failure(self, turn: Turn) -> None:
        """Store another reason."""
        super().store_failure(turn)
        turn.reason = "idle_timeout"


class StoresPartialAsAnswer(SoundRelay):
    """Inserts an AI row for half an answer."""

    def store_failure(self, turn: Turn) -> None:
        """Store it like a complete one."""
        super().store_failure(turn)
        turn.ai_rows = 1


class ForgetsPartialText(SoundRelay):
    """Throws half an answer away."""

    def store_failure(self, turn: Turn) -> None:
        """Store the failure without its text."""
        super().store_failure(turn)
        turn.partial = ""


class TrimsTheAnswer(SoundRelay):
    """Trims the answer before it is stored; the HTML is of the true one."""

    def rows(self, turn: Turn) -> list[dict[str, Any]]:
        """Show the trimmed answer."""
        rows = super().rows(turn)
        return [
            {**row, "message": str(row["message"]).strip()} if row["sender"] == "AI" else row
            for row in rows
        ]


class EscapesHtmlTwice(SoundRelay):
    """Stores HTML that is no longer HTML."""

    def html(self, turn: Turn) -> str:
        """Escape what is escaped."""
        return super().html(turn).replace("<", "&lt;")


class KeepsImages(SoundRelay):
    """Stores HTML with an image, whose URL goes to another server."""

    def html(self, turn: Turn) -> str:
        """Add an image."""
        return super().html(turn) + '<img src="https://tracker.example/?text=secret">'


class KeepsOneSource(SoundRelay):
    """Keeps only one source of an event, as the one-to-one link did."""

    def keep(self, turn: Turn, event: Event) -> None:
        """Keep all, then forget the other sources."""
        super().keep(turn, event)
        del turn.sources[1:]


class AsksTwice(SoundRelay):
    """Sends every question to the AI service a second time."""

    async def chunks(self, turn: Turn) -> AsyncIterator[bytes]:
        """Ask, throw the answer away, and ask again."""
        async for _ in super().chunks(turn):
            pass
        async for chunk in super().chunks(turn):
            yield chunk


class WantsAnything(SoundRelay):
    """Does not ask for an event stream."""

    accepts = "*/*"


class ShowsChunkByChunk(SoundRelay):
    """Passes on what one read brings whole; what it stores is right."""

    async def chunks(self, turn: Turn) -> AsyncIterator[bytes]:
        """Note what each chunk would be alone."""
        async for chunk in super().chunks(turn):
            turn.whole = Decoder().feed(chunk)
            yield chunk

    async def take(self, turn: Turn, event: Event, out: web.StreamResponse) -> None:
        """Show only what was whole."""
        if event in turn.whole:
            await super().take(turn, event, out)
        else:
            self.keep(turn, event)


class StoresChunkByChunk(SoundRelay):
    """Looks for the answer in every read; what it shows is right."""

    async def chunks(self, turn: Turn) -> AsyncIterator[bytes]:
        """Look for content in each chunk."""
        async for chunk in super().chunks(turn):
            for text in re.findall(rb'"content": "([^"]*)"}\n\n', chunk):
                turn.found += text.decode()
            yield chunk

    def store(self, turn: Turn) -> None:
        """Store what was found."""
        turn.answer = turn.found
        super().store(turn)


class BuffersEverything(SoundRelay):
    """Sends all frames at the end."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Keep the frame, until it is the last."""
        turn.kept += encode(data, event, self.frame_id(turn))
        if event in ("end", "error"):
            await out.write(turn.kept)


class FillsABufferAfterAGoodStart(SoundRelay):
    """Sends the first frames at once, and later ones only when there are 2 KiB."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Keep small frames after the seventh."""
        turn.kept += encode(data, event, self.frame_id(turn))
        if turn.frames <= 7 or len(turn.kept) >= 2048 or event in ("end", "error"):
            await out.write(turn.kept)
            turn.kept = b""


class LetsFramesLeaveByATimer(SoundRelay):
    """Sends the first frames at once, and later ones only twenty times a second."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Wait for the next moment of the timer after the seventh frame."""
        if turn.frames > 7:
            await asyncio.sleep(0.05 - asyncio.get_running_loop().time() % 0.05)
        await super().send(turn, out, event, data)


class LeavesAtOnce(SoundRelay):
    """Asks the AI service and does not wait for what it says."""

    async def events(self, turn: Turn) -> AsyncIterator[Event]:
        """Leave when the first bytes come."""
        async for _ in self.chunks(turn):
            raise UpstreamError
        yield Event()


class LagsByOne(SoundRelay):
    """Sends a frame when the next one comes."""

    async def send(self, turn: Turn, out: web.StreamResponse, event: str | None, data: str) -> None:
        """Send the one before."""
        frame = encode(data, event, self.frame_id(turn))
        await out.write(turn.kept + (frame if event in ("end", "error") else b""))
        turn.kept = frame


class LagsAndCountsFromOne(LagsByOne):
    """Sends a frame when the next one comes, and gives the first one the number 1."""

    def frame_id(self, turn: Turn) -> str:
        """Count from 1."""
        turn.frames += 1
        return f"{turn.id}:{turn.frames}"
