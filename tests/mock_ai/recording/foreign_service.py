"""An SSE service that is not ours (aiohttp-sse), to be run as a process; prints its URL."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

TOKENS = [
    "Based on",
    " your",
    " company's kebijakan 👩‍💻,",
    "",
    " line one\nline two\r\nline three",
]


async def stream(request: web.Request) -> web.StreamResponse:
    """Stream an answer with everything that the library can send."""
    async with sse_response(request) as response:
        for number, token in enumerate(TOKENS):
            await response.send(f'{{"type": "content", "content": {token!r}}}', event="message")
            await response.send(token, id=str(number), retry=1500)
            await asyncio.sleep(0.005)
        if "cut" in request.query:
            cast("asyncio.Transport", request.transport).close()
        await response.send('{"type": "end"}', event="end")
    return response


async def plain(request: web.Request) -> web.StreamResponse:
    """Stream in LF and of its own choice of headers."""
    response = EventSourceResponse(sep="\n", headers={"X-Model": "m-1"})
    await response.prepare(request)
    for text in ("Hello", " there"):
        await response.send(f'{{"type": "content", "content": "{text}"}}', event="message")
    await response.send('{"type": "end"}', event="end")
    return response


async def main() -> None:
    """Serve until the standard input ends."""
    app = web.Application()
    app.router.add_get("/stream", stream)
    app.router.add_get("/plain", plain)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201  # its answer
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
