"""The short way to a stream: past aiohttp's router and middlewares, which cost as much as it does.

A request that asks plainly for a stream is answered here; any other takes the plain way. Both lead
to the same answer, so only time and memory tell which one it was.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from mock_ai.answering.answer import answer
from mock_ai.answering.edge import errors_as_json
from mock_ai.answering.runs import RUN_ID

if TYPE_CHECKING:
    from aiohttp import web

    from mock_ai.answering.house import House

_CHAT: Final = re.compile(rf"(?:/run/({RUN_ID}))?(?:/s/([a-z0-9-]+))?/chat/stream(?:\?.*)?")


def take_the_short_way(server: web.Server, house: House) -> None:
    """Let connections that come from now on ask for streams at once."""
    plain = server.request_handler

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        asks = request.method == "POST" and "Expect" not in request.headers
        chat = _CHAT.fullmatch(request.raw_path) if asks else None
        if chat is None:
            return await plain(request)
        return await errors_as_json(request, answer(request, house, chat[1], chat[2]))

    server.request_handler = handle
