"""Reads stored turns from the history endpoint of a relay (protocol, section 2)."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from streamproof.contracts.text import short
from streamproof.harness.errors import UnexpectedResponseError
from streamproof.harness.http.json_request import request_json
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.stored.rows import (
    StoredMessage,
    StoredTurn,
    StoredTurnState,
    turn_of,
)

DEFAULT_PATH = "/api/chat/{room}/messages"
CURSOR = "nextCursor"
SHAPE = f'{{"messages": [{{"sender", "message", "htmlFormattedMessage", …}}], "{CURSOR}"}}'


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
        url = self._url.replace("{room}", quote(room, safe=""))
        return turn_of([row async for row in self._rows(url)], question)

    async def _rows(self, url: str) -> AsyncIterator[StoredMessage]:
        cursor: str | None = None
        while True:
            params = {"cursor": cursor} if cursor else None
            page = await request_json(self._session, "GET", url, self._headers, params)
            try:
                rows, cursor = [_row(message) for message in page["messages"]], page.get(CURSOR)
            except (KeyError, TypeError, AttributeError) as error:
                problem = f"wanted a page of the history, {SHAPE}, got {short(page)}"
                raise UnexpectedResponseError(f"GET {masked_url(url)}: {problem}") from error
            for row in rows:
                yield row
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
