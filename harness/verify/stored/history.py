"""Reads stored turns from the history endpoint of a relay (protocol, section 2)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.connecting import connection_problem
from streamproof.harness.verify.stored.rows import (
    StoredMessage,
    StoredTurn,
    StoredTurnState,
    turn_of,
)

DEFAULT_PATH = "/api/chat/{room}/messages"


class HistoryReader:
    """Reads the history page by page; `url` is a template with `{room}`."""

    name = "history"
    sources_in_order = True
    knows_turns = True

    def __init__(
        self, session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]
    ) -> None:
        self._session = session
        self._url = url
        self._headers = headers

    async def read(self, room: str, question: str) -> StoredTurn:
        """Read the rows of a question; raises `UnreachableError` if there is no valid history."""
        url = self._url.replace("{room}", room)
        try:
            return turn_of([row async for row in self._rows(url)], question)
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = connection_problem(error, url) or error
            raise UnreachableError(f"history {url}: {reason}") from error
        except (KeyError, TypeError, AttributeError) as error:
            raise UnreachableError(
                f"history {url}: not the documented shape ({error!r})"
            ) from error

    async def _rows(self, url: str) -> AsyncIterator[StoredMessage]:
        cursor: str | None = None
        while True:
            params = {"cursor": cursor} if cursor else None
            async with self._session.get(url, params=params, headers=self._headers) as response:
                response.raise_for_status()
                page = await response.json()
            for message in page["messages"]:
                yield _row(message)
            cursor = page.get("nextCursor")
            if not cursor:
                return


def _row(message: Mapping[str, Any]) -> StoredMessage:
    turn = message.get("turn")
    return StoredMessage(
        sender=message["sender"],
        text=message["message"],
        html=message["htmlFormattedMessage"],
        sources=tuple(source["id"] for source in message.get("sources") or ()),
        turn=StoredTurnState(turn["status"], turn.get("reason"), turn.get("partial"))
        if turn
        else None,
    )
