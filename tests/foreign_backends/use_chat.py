"""A backend as many chat pages have it: it asks OpenAI's API, and streams in a form of its own.

`python use_chat.py PORT`. `OPENAI_BASE_URL` says where the AI service is, and `WRONG` what the
backend does wrong. `/api/chat` sends a UI message stream, `/api/plain/ROOM` plain events.
"""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2
from aiohttp import web

from streamproof import Decoder

HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
}
FAILED = "An error occurred."
# Without a limit for each read, an AI service that falls silent keeps the user waiting. aiohttp is
# not used to ask: its reader waits without end if a broken chunk comes after the head was read.
LIMITS = httpx2.Timeout(10, read=60)
# Each client would read all authorities of the system, but the mock has no TLS.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
WRONG = os.environ.get("WRONG", "")
Send = Callable[[bytes], Awaitable[None]]


async def pieces(question: str) -> AsyncIterator[str]:
    """Ask the AI service, and yield the pieces of its answer; raise if it is not complete."""
    url = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
    messages = [{"role": "user", "content": question}]
    body = {"model": "any", "stream": True, "messages": messages}
    decoder = Decoder(max_event_bytes=16_000_000, max_line_bytes=16_000_000)
    async with (
        httpx2.AsyncClient(timeout=LIMITS, verify=NO_AUTHORITIES) as client,
        client.stream("POST", url, json=body) as reply,
    ):
        reply.raise_for_status()
        if not reply.headers["Content-Type"].lower().startswith("text/event-stream"):
            raise ValueError("not a stream")
        async for chunk in reply.aiter_bytes():
            for event in decoder.feed(chunk):
                if event.data == "[DONE]":
                    return
                found = json.loads(event.data)
                if "error" in found:
                    raise ValueError("the service failed")
                for choice in found["choices"]:
                    if text := choice["delta"].get("content"):
                        yield text
    if WRONG != "takes-cut-for-complete":
        raise ValueError("no end")


async def answer(
    question: str, start: bytes, piece: Callable[[str], bytes], end: bytes, send: Send
) -> bool:
    """Send an answer in some form, and tell whether it is complete."""
    if WRONG == "changes-the-question":
        question = question.lower().replace('"', "")
    kept = b""
    await send(start)
    try:
        async for text in pieces(question):
            event = piece(text.strip() if WRONG == "trims" else text)
            if WRONG == "buffers":
                kept += event
            else:
                await send(event)
    except (httpx2.HTTPError, ValueError, KeyError):
        if WRONG == "dies-at-cuts" and "cut" in question:
            os._exit(7)
        if WRONG == "hangs":
            await asyncio.Event().wait()
        return False
    await send(kept + end)
    return True


def ui(**event: object) -> bytes:
    """Return an event of a UI message stream."""
    return f"data: {json.dumps(event)}\n\n".encode()


def named(name: str, data: object) -> bytes:
    """Return an event with a name."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


async def chat(request: web.Request) -> web.StreamResponse:
    """Answer the last message with a UI message stream."""
    body = await request.json()
    parts = body["messages"][-1]["parts"]
    question = "".join(part["text"] for part in parts if part["type"] == "text")
    headers = {**HEADERS, "x-vercel-ai-ui-message-stream": "v1"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    start = ui(type="start") + ui(type="start-step") + ui(type="text-start", id="0")
    end = ui(type="text-end", id="0") + ui(type="finish-step") + ui(type="finish")
    if WRONG == "forgets-the-step":
        start = ui(type="start") + ui(type="text-start", id="0")

    def piece(text: str) -> bytes:
        return ui(type="text-delta", id="0", delta=text)

    if not await answer(question, start, piece, end, response.write):
        text = "ValueError: the service at /srv/app failed" if WRONG == "leaks" else FAILED
        await response.write(ui(type="error", errorText=text))
    await response.write(b"data: [DONE]\n\n")
    return response


async def plain(request: web.Request) -> web.StreamResponse:
    """Answer with plain events."""
    body = await request.json()
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)

    def piece(text: str) -> bytes:
        return named("token", {"delta": text})

    done = named("done", {"ok": True})
    if not await answer(body["text"], b": hello\n\n", piece, done, response.write):
        await response.write(named("failed", {"message": FAILED}))
    return response


async def dies(_: web.Request) -> web.StreamResponse:
    """End the process."""
    os._exit(7)


def main() -> None:
    """Serve on the port of the command line."""
    app = web.Application()
    app.router.add_post("/api/chat", dies if WRONG == "dies" else chat)
    app.router.add_post("/api/plain/{room}", plain)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
