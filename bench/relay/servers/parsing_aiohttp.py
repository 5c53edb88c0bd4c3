"""A relay as many write it with aiohttp: reads lines, parses each event and writes it again.

usage: parsing_aiohttp.py PORT AI_URL
"""

import json
import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

_HEADERS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
_SESSION = web.AppKey("session", aiohttp.ClientSession)


def create_app(ai_url: str) -> web.Application:
    """Return an application that relays POST /chat/stream."""

    async def session(app: web.Application) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as app[_SESSION]:
            yield

    async def stream(request: web.Request) -> web.StreamResponse:
        question = await request.json()
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        number, name = 0, "message"
        async with request.app[_SESSION].post(f"{ai_url}/chat/stream", json=question) as reply:
            async for line in reply.content:
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                elif line.startswith(b"data: "):
                    data = json.dumps(json.loads(line[6:]))
                    try:
                        await response.write(
                            f"id: {number}\nevent: {name}\ndata: {data}\n\n".encode()
                        )
                    except ConnectionError:
                        return response
                    number, name = number + 1, "message"
        await response.write_eof()
        return response

    app = web.Application()
    app.cleanup_ctx.append(session)
    app.router.add_post("/chat/stream", stream)
    return app


if __name__ == "__main__":
    port, ai_url = sys.argv[1:]
    web.run_app(create_app(ai_url), host="127.0.0.1", port=int(port), access_log=None, print=None)
