"""Reads stored turns from the history endpoint of a relay (protocol, section 2)."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import quote

import aiohttp

from streamproof.contracts.data_path import DataPath, values_at, write_path
from streamproof.contracts.text import short
from streamproof.harness.errors import UnexpectedResponseError
from streamproof.harness.http.json_request import request_json
from streamproof.harness.masking import masked_url
from streamproof.harness.verify.settings.model import HistorySettings
from streamproof.harness.verify.stored.rows import (
    AI,
    USER,
    StoredMessage,
    StoredTurn,
    StoredTurnState,
    turn_of,
)

DEFAULT_PATH = "/api/chat/{room}/messages"
OF_THE_PROTOCOL = HistorySettings(path=DEFAULT_PATH)


class HistoryReader:
    """Reads the history page by page; `url` is a template with `{room}`.

    `where` says what is where in the response; by default as the protocol has it.
    """

    name = "history"
    sources_in_order = True

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        headers: Mapping[str, str],
        where: HistorySettings = OF_THE_PROTOCOL,
    ) -> None:
        self._session = session
        self._url = url
        self._headers = headers
        self._where = where
        self.knows_turns = bool(where.status)

    async def read(self, room: str, question: str) -> StoredTurn:
        """Read the rows of a question; raises `UnreachableError` if there is no valid history."""
        return turn_of(await self.messages(room), question)

    async def messages(self, room: str) -> list[StoredMessage]:
        """Read all messages of a room, oldest first; raises as `read`."""
        url = self._url.replace("{room}", quote(room, safe=""))
        return [row async for row in self._rows(url)]

    async def _rows(self, url: str) -> AsyncIterator[StoredMessage]:
        where = self._where
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            params = {where.cursor_parameter: cursor} if cursor else None
            page = await request_json(self._session, "GET", url, self._headers, params)
            for message in self._messages(page, url):
                yield self._row(message, url)
            cursor = _text(page, where.cursor)
            if not cursor:
                return
            if cursor in seen:
                place = write_path(where.cursor)
                raise _unexpected(url, f"another cursor at {place} on each page", cursor)
            seen.add(cursor)

    def _messages(self, page: object, url: str) -> list[object]:
        here = page
        for key in self._where.messages:
            here = here.get(key) if isinstance(here, dict) else None
        if not isinstance(here, list):
            got = page if here is None else here
            raise _unexpected(url, f"a list at {_written(self._where.messages)}", got)
        return here

    def _row(self, message: object, url: str) -> StoredMessage:
        where = self._where
        sender, text = _text(message, where.sender), _text(message, where.text)
        if sender is None or text is None:
            places = f"{_written(where.sender)} and {_written(where.text)}"
            raise _unexpected(url, f"texts at {places}", message)
        status = _text(message, where.status)
        return StoredMessage(
            sender={where.user: USER, where.assistant: AI}.get(sender, sender),
            text=text,
            html=_text(message, where.html),
            sources=tuple(map(str, values_at(message, where.sources))),
            turn=StoredTurnState(
                status, _text(message, where.reason), _text(message, where.partial)
            )
            if status is not None
            else None,
            created_at=_text(message, where.created_at),
        )


def _text(value: object, path: DataPath) -> str | None:
    """Return the text at a path, joined if there are several; None if there is no text.

    A whole number counts as text: cursors and times can be numbers.
    """
    found = values_at(value, path) if path else []
    texts = [str(one) for one in found if isinstance(one, (str, int)) and not isinstance(one, bool)]
    return "".join(texts) if texts else None


def _written(path: DataPath) -> str:
    return ".".join(("data", *path))


def _unexpected(url: str, wanted: str, got: object) -> UnexpectedResponseError:
    return UnexpectedResponseError(
        f"GET {masked_url(url)}: wanted {wanted}, got {short(got)}; [history] says where they are"
    )
