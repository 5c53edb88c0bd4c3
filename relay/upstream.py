"""HTTP to the AI service: one question out, its events in, under five limits.

A failure before the first byte of a 200 may be asked again; after it, never. Whatever was
complete before a failure is delivered first.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import aiohttp

from streamproof.contracts.sse import MAX_LINE_BYTES, Decoder, Event, SseError
from streamproof.relay.errors import UpstreamFailed
from streamproof.relay.http_client import tie_to_connection
from streamproof.relay.lifecycle import Reason
from streamproof.relay.limits import TurnDeadlines
from streamproof.relay.retries import RETRIED_STATUSES, backoff_seconds, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from streamproof.relay.settings import Settings

EVENT_STREAM: Final = "text/event-stream"
UTF_8_LABELS: Final = frozenset({"utf-8", "utf8"})


class UpstreamClient:
    """The AI service as seen by the relay; `session` comes from `connection.open_session`.

    `random` gives numbers from 0 to 1 for the jitter between attempts.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Settings,
        *,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._session = session
        self._settings = settings
        self._random = random
        self._sleep = sleep
        self._now = now

    async def events(
        self,
        question: str,
        room_id: str,
        message_id: str,
        user_id: str,
        *,
        has_content: Callable[[], bool],
    ) -> AsyncGenerator[list[Event], None]:
        """Ask, and yield the events that each read completes, never an empty list.

        Returns when the body ended properly; whether that was a complete reply is for the turn
        to say. Raises `UpstreamFailed` for everything else. `has_content` says whether the
        turn has seen its first content; it is asked before each wait and ends the first-content
        limit, which with the turn limit runs from the call. To leave early, close the generator
        (`contextlib.aclosing`): that closes the connection.
        """
        body = {
            "question": question,
            "chatRoomId": room_id,
            "messageId": message_id,
            "userId": user_id,
        }
        limits = TurnDeadlines(self._settings, has_content)
        response = await self._ask(body, limits)
        tie_to_connection(response)
        try:
            decoder = self._decoder()
            while chunk := await self._read(response.content, limits):
                try:
                    events = decoder.feed(chunk)
                except SseError as error:
                    if error.events:
                        yield error.events
                    raise UpstreamFailed(Reason.event_too_large, str(error)) from error
                if events:
                    yield events
        finally:
            response.close()

    def _decoder(self) -> Decoder:
        most = self._settings.max_event_bytes
        return Decoder(max_event_bytes=most, max_line_bytes=max(MAX_LINE_BYTES, 2 * most))

    async def _ask(self, body: Mapping[str, str], limits: TurnDeadlines) -> aiohttp.ClientResponse:
        """Return a response whose body is an event stream, after as many attempts as allowed."""
        attempt = 1
        while True:
            try:
                return await self._attempt(body, limits)
            except UpstreamFailed as failure:
                wait = self._wait_after(attempt, failure)
                last = attempt == self._settings.attempts
                if last or not failure.may_pass or not limits.leave_time_for(wait):
                    raise
            await self._sleep(wait)
            attempt += 1

    def _wait_after(self, attempt: int, failure: UpstreamFailed) -> float:
        if failure.retry_after_seconds is not None:
            return failure.retry_after_seconds
        settings = self._settings
        return backoff_seconds(
            attempt, settings.backoff_seconds, settings.backoff_max_seconds, self._random()
        )

    async def _attempt(
        self, body: Mapping[str, str], limits: TurnDeadlines
    ) -> aiohttp.ClientResponse:
        try:
            response = await self._post(body, limits)
        except aiohttp.ClientConnectorError as error:
            hopeless = isinstance(error, aiohttp.ClientSSLError)
            raise UpstreamFailed(Reason.refused, str(error), may_pass=not hopeless) from error
        except aiohttp.ClientResponseError as error:
            raise UpstreamFailed(Reason.not_a_stream, f"no HTTP: {error.message}") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UpstreamFailed(Reason.aborted, f"before the headers: {error!r}") from error
        try:
            self._check(response)
        except UpstreamFailed:
            response.close()
            raise
        return response

    async def _post(self, body: Mapping[str, str], limits: TurnDeadlines) -> aiohttp.ClientResponse:
        settings = self._settings
        async with limits.at_most(settings.connect_seconds, Reason.refused) as move_on:
            return await self._session.post(
                settings.stream_url,
                json=body,
                headers=self._headers(),
                allow_redirects=False,
                trace_request_ctx=lambda: move_on(settings.headers_seconds, Reason.headers_timeout),
            )

    def _headers(self) -> dict[str, str]:
        # Compression on the way only holds events back.
        headers = {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"}
        if self._settings.ai_token is not None:
            headers["Authorization"] = f"Bearer {self._settings.ai_token}"
        return headers

    def _check(self, response: aiohttp.ClientResponse) -> None:
        """Refuse a response that is not an event stream."""
        status = response.status
        if 300 <= status < 400:
            raise UpstreamFailed(Reason.redirect, f"status {status}")
        if status != 200:
            raise UpstreamFailed(
                Reason.status,
                f"status {status}",
                may_pass=status in RETRIED_STATUSES,
                retry_after_seconds=retry_after_seconds(
                    response.headers.get("Retry-After"), self._now()
                ),
            )
        charset = (response.charset or "utf-8").lower()
        if response.content_type != EVENT_STREAM or charset not in UTF_8_LABELS:
            given = response.headers.get("Content-Type", "nothing")
            raise UpstreamFailed(Reason.not_a_stream, f"content type {given[:200]!r}")

    async def _read(self, content: aiohttp.StreamReader, limits: TurnDeadlines) -> bytes:
        """Return what has come, at least one byte; nothing at the proper end of the body."""
        try:
            async with limits.at_most(self._settings.idle_seconds, Reason.idle_timeout):
                return await content.readany()
        except (aiohttp.ClientError, OSError) as error:
            # An exception hides what came before it; no public way leads there.
            if rest := content._read_nowait(-1):  # noqa: SLF001
                return rest
            raise UpstreamFailed(Reason.aborted, repr(error)) from error
