"""A browser that asks one question and reads to the end, however often it must return.

It repeats its POST with the same `Idempotency-Key` until it has a frame. Then it resumes with
`Last-Event-ID`. A browser that knows its turn from the beginning only reads.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp

from streamproof.contracts.sse import Decoder
from streamproof.harness.reliability.history import SeenFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamproof.harness.reliability.history import History

STREAM: Final = "/api/chat/stream"
RETURN_SECONDS: Final = 0.05
"""The wait before a browser connects again."""
CLOSE_SECONDS: Final = 3.0
"""How long the relay may need to close a connection after the terminal frame; the silence of a
connection that stays open is shorter than the one after which a browser leaves."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a browser reads."""

    leave_every: int = 0
    """Leave after this number of frames, and come back; 0: stay."""
    pause_seconds: float = 0.0
    """Read nothing for this time after the first frame, once."""
    posts_at_once: int = 1
    """How many times the question is sent at once."""
    forget_post: bool = False
    """Leave as soon as the question is sent, and send it again."""
    detached: bool = False
    """Ask at `/messages`, and read at the URL of the answer."""


class Browser:
    """One user with one question in one room, who tries for `patience` seconds.

    `next_url` returns the URL of the relay for each request. `may_refuse`: the relay may be unable
    to work.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        next_url: Callable[[], str],
        headers: Mapping[str, str],
        history: History,
        habit: Habit,
        *,
        patience: float,
        may_refuse: bool = False,
    ) -> None:
        self._session = session
        self._next_url = next_url
        self.headers = dict(headers)
        self.history = history
        self._habit = habit
        self._patience = patience
        self._may_refuse = may_refuse
        self._broke_at: float | None = None
        self._limit: asyncio.Timeout | None = None
        self.first_frame = asyncio.Event()
        """Set when the browser has a frame, or has given up."""
        self.done = asyncio.Event()
        """Set when the browser is over."""

    async def run(self) -> None:
        """Read to the end, or until the patience ends."""
        try:
            async with asyncio.timeout(self._patience) as self._limit:
                if self._habit.forget_post:
                    await self._forget_post()
                while not self.history.over:
                    await self._connect_once()
        except TimeoutError:
            pass
        finally:
            self.first_frame.set()
            self.done.set()

    def allow(self, seconds: float) -> None:
        """Let the patience end this time from now, unless the browser is over."""
        if self._limit is not None and not self.done.is_set() and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + seconds)

    async def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> aiohttp.ClientResponse:
        """Send a request of this user; `data` is a form."""
        return await self._session.request(
            method,
            self._next_url() + path,
            headers={**self.headers, **(headers or {})},
            data=data,
        )

    async def _connect_once(self) -> None:
        try:
            await self._connect()
        except (aiohttp.ClientError, ConnectionError):  # also the time-outs of aiohttp
            self._note_break()
        if not self.history.over:
            await asyncio.sleep(RETURN_SECONDS)

    async def _connect(self) -> None:
        history = self.history
        response = await (self._resume() if history.turn_id else self._ask())
        history.connections += 1
        async with response:
            if response.status == 200:
                await self._read(response)
            elif response.status == 204:
                history.over = True
            elif response.status != 503 or not self._may_refuse:
                history.unexpected.append(f"status {response.status} for a question or resume")
                history.over = True

    async def _resume(self) -> aiohttp.ClientResponse:
        history = self.history
        next_n = history.frames[-1].n + 1 if history.frames else history.first
        if next_n == 0:
            return await self.request("GET", f"{STREAM}?turnId={history.turn_id}")
        last = f"{history.turn_id}:{next_n - 1}"
        return await self.request("GET", STREAM, headers={"Last-Event-ID": last})

    async def _ask(self) -> aiohttp.ClientResponse:
        """Send the question; the same key belongs to all its copies."""
        if self._habit.detached:
            return await self._ask_detached()
        posts = [self._post("stream") for _ in range(self._habit.posts_at_once)]
        first, *others = await asyncio.gather(*posts)
        self.history.strayed |= bool(others)
        for other in others:
            if other.status != 200 and not (other.status == 503 and self._may_refuse):
                self.history.unexpected.append(f"status {other.status} for a repeated question")
            other.close()
        return first

    async def _ask_detached(self) -> aiohttp.ClientResponse:
        response = await self._post("messages")
        async with response:
            if response.status != 202:
                return response
            self.history.strayed = True
            return await self.request("GET", (await response.json())["streamUrl"])

    async def _post(self, endpoint: str) -> aiohttp.ClientResponse:
        history = self.history
        return await self.request(
            "POST",
            f"/api/chat/{history.room}/{endpoint}",
            data={"message": history.question},
            headers={"Idempotency-Key": f"key-{history.room}"},
        )

    async def _forget_post(self) -> None:
        """Send the question, and leave before the response."""
        post = asyncio.create_task(self._post("stream"))
        await asyncio.wait([post], timeout=RETURN_SECONDS / 10)
        if post.done() and post.exception() is None:
            post.result().close()
        post.cancel()
        self.history.strayed = True

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        """Read frames to the end of the body, or until the habit to leave."""
        decoder, count, loop = Decoder(), 0, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                while chunk := await response.content.readany():
                    for event in decoder.feed(chunk):
                        self._take(event.id, event.event, event.data)
                        count += 1
                        if count == self._habit.leave_every:
                            self.history.strayed = True
                            self._note_break()
                            return response.close()
                    if self.history.over and limit.when() is None:
                        limit.reschedule(loop.time() + CLOSE_SECONDS)
                    await self._pause()
        except TimeoutError as error:
            if isinstance(error, aiohttp.ClientError):  # the silence was too long
                raise
            self.history.unexpected.append("the connection stays open after the terminal frame")
        self._note_break()
        return None

    async def _pause(self) -> None:
        """Read nothing for some time, once."""
        if self._habit.pause_seconds and not self.history.strayed:
            self.history.strayed = True
            await asyncio.sleep(self._habit.pause_seconds)

    def _take(self, frame_id: str, event: str, data: str) -> None:
        history = self.history
        turn_id, _, n = frame_id.rpartition(":")
        if not n.isdigit() or (history.turn_id and turn_id != history.turn_id):
            history.foreign_ids.append(frame_id)
            return
        if self._broke_at is not None:
            history.gaps.append(asyncio.get_running_loop().time() - self._broke_at)
            self._broke_at = None
        history.turn_id = turn_id
        history.frames.append(SeenFrame(int(n), event, data))
        history.over |= history.frames[-1].terminal
        self.first_frame.set()

    def _note_break(self) -> None:
        if self._broke_at is None and self.history.frames:
            self._broke_at = asyncio.get_running_loop().time()
