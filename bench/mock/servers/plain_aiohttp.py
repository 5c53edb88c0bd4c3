"""A plain aiohttp handler, like most mocks: one write and one sleep per event.

usage: plain_aiohttp.py PORT BODY GAP_US
"""

import asyncio
import sys
from pathlib import Path

from aiohttp import web

_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}


def create_app(events: list[bytes], gap_seconds: float) -> web.Application:
    """Return an application that streams the events at POST /chat/stream."""

    async def stream(request: web.Request) -> web.StreamResponse:
        await request.json()
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        for number, event in enumerate(events):
            if gap_seconds and number:
                await asyncio.sleep(gap_seconds)
            try:
                await response.write(event)
            except ConnectionError:
                return response
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_post("/chat/stream", stream)
    return app


if __name__ == "__main__":
    port, body, gap_us = sys.argv[1:]
    events = [block + b"\n\n" for block in Path(body).read_bytes().split(b"\n\n")[:-1]]
    app = create_app(events, int(gap_us) / 1e6)
    web.run_app(app, host="127.0.0.1", port=int(port), access_log=None, print=None)
