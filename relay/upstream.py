"""The client of the AI service: sends one question, and passes on the events of the reply.

Five time limits apply. A request can be repeated only before the first byte of a 200. Events that
were complete before a failure are delivered before the error is raised.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.message import Message
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.sse import MAX_LINE_BYTES, Decoder
from streamproof.relay.anomalies import excerpt
from streamproof.relay.broken_replies import broken_reply
from streamproof.relay.errors import BrokenReply, CannotConnect, NotHttp, UpstreamFailed
from streamproof.relay.http_response import CODINGS, IDENTITY
from streamproof.relay.lifecycle import Reason
from streamproof.relay.limits import TurnDeadlines
from streamproof.relay.reply import IncomingReply
from streamproof.relay.retries import RETRIED_STATUSES, backoff_seconds, retry_after_seconds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamproof.relay.fair_queue import FairQueue
    from streamproof.relay.http_client import HttpClient
    from streamproof.relay.http_response import HttpResponse, ResponseHead
    from streamproof.relay.reply import Take
    from streamproof.relay.settings import Settings

EVENT_STREAM: Final = "text/event-stream"
UTF_8_LABELS: Final = frozenset({"utf-8", "utf8"})

_Response: TypeAlias = "tuple[ResponseHead, HttpResponse]"


async def at_once() -> None:
    """Do nothing before an attempt."""


class UpstreamClient:
    """Asks the AI service.

    `random` returns numbers from 0 to 1, for the jitter between attempts.
    """

    def __init__(
        self,
        client: HttpClient,
        settings: Settings,
        queue: FairQueue,
        *,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._settings = settings
        self._queue = queue
        self._random = random
        self._sleep = sleep
        self._now = now

    async def ask(
        self,
        question: str,
        room_id: str,
        message_id: str,
        user_id: str,
        *,
        take: Take,
        has_content: Callable[[], bool],
        before_attempt: Callable[[], Awaitable[None]] = at_once,
    ) -> IncomingReply:
        """Ask, and return the reply, whose `read` calls `take` with the events as they arrive.

        Raises `UpstreamFailed`. `has_content` tells whether the turn has its first content, which
        ends the first-content limit. That limit and the limit of the turn run from this call.
        `before_attempt` is awaited before each request, and may raise an error instead of it.
        """
        body = {
            "question": question,
            "chatRoomId": room_id,
            "messageId": message_id,
            "userId": user_id,
        }
        deadlines = TurnDeadlines(self._settings, has_content)
        head, response = await self._ask(body, deadlines, before_attempt)
        return IncomingReply(
            response,
            _coding(head),
            self._decoder(),
            take,
            self._queue,
            deadlines,
            max_bytes=self._settings.max_reply_bytes,
        )

    def _decoder(self) -> Decoder:
        max_bytes = self._settings.max_event_bytes
        return Decoder(max_event_bytes=max_bytes, max_line_bytes=max(MAX_LINE_BYTES, 2 * max_bytes))

    async def _ask(
        self,
        body: Mapping[str, str],
        deadlines: TurnDeadlines,
        before_attempt: Callable[[], Awaitable[None]],
    ) -> _Response:
        """Return a response whose body is an event stream; repeat the request within the limits."""
        attempt = 1
        while True:
            await before_attempt()
            try:
                return await self._attempt(body, deadlines)
            except UpstreamFailed as failure:
                wait = self._wait_after(attempt, failure)
                is_last = attempt == self._settings.attempts
                if is_last or not failure.retryable or not deadlines.allow_wait(wait):
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

    async def _attempt(self, body: Mapping[str, str], deadlines: TurnDeadlines) -> _Response:
        try:
            head, response = await self._post(body, deadlines)
        except CannotConnect as error:
            raise UpstreamFailed(
                Reason.refused, str(error), retryable=not error.permanent
            ) from error
        except NotHttp as error:
            problem = error.__cause__ or error
            raise UpstreamFailed(Reason.not_a_stream, f"not HTTP: {problem}") from error
        except (BrokenReply, OSError) as error:
            raise UpstreamFailed(Reason.aborted, broken_reply(error)) from error
        try:
            self._check(head)
        except UpstreamFailed:
            response.close()
            raise
        return head, response

    async def _post(self, body: Mapping[str, str], deadlines: TurnDeadlines) -> _Response:
        settings = self._settings
        async with deadlines.within(settings.connect_seconds, Reason.refused) as set_limit:
            return await self._client.post(
                body,
                self._headers(),
                on_connected=partial(set_limit, settings.headers_seconds, Reason.headers_timeout),
            )

    def _headers(self) -> dict[str, str]:
        # Compression would only delay events.
        headers = {"Accept": EVENT_STREAM, "Accept-Encoding": "identity"}
        if self._settings.ai_token is not None:
            headers["Authorization"] = f"Bearer {self._settings.ai_token}"
        return headers

    def _check(self, head: ResponseHead) -> None:
        """Refuse a response that is not an event stream."""
        status = head.status
        if 300 <= status < 400:
            raise UpstreamFailed(Reason.redirect, f"the AI service answered {status}")
        if status != 200:
            raise UpstreamFailed(
                Reason.status,
                f"the AI service answered {status}",
                retryable=status in RETRIED_STATUSES,
                retry_after_seconds=retry_after_seconds(
                    head.headers.get("Retry-After"), self._now()
                ),
            )
        if (coding := _coding(head)) not in CODINGS:
            raise UpstreamFailed(Reason.not_a_stream, f"content coding {excerpt(coding)}")
        content_type = head.headers.get("Content-Type", "missing")
        if not _is_event_stream(content_type):
            raise UpstreamFailed(Reason.not_a_stream, f"content type {content_type[:200]!r}")


def _is_event_stream(content_type: str) -> bool:
    message = Message()
    message["Content-Type"] = content_type
    charset = (message.get_content_charset() or "utf-8").lower()
    return message.get_content_type() == EVENT_STREAM and charset in UTF_8_LABELS


def _coding(head: ResponseHead) -> str:
    return head.headers.get("Content-Encoding", IDENTITY).lower()
