"""Send a question, show the answer while it streams, and then read the stored history.

python docs/examples/streaming_integration_example.py RELAY_URL TOKEN "How many days of leave?"

If the connection breaks, the client resumes after the last frame that it received.
It needs `streamproof`, which brings `aiohttp`.
"""

# ruff: noqa: T201 - this example prints
from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from streamproof import Content, Decoder, Event, Sources, read_message

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

MAX_FAILURES: Final = 5
PAUSE_SECONDS: Final = 0.5
READ_SECONDS: Final = 60.0  # the relay sends a comment after 15 s of silence


@dataclass(frozen=True, slots=True)
class ChatClient:
    """A user's connection to the chat backend; the session has the URL and the token."""

    session: aiohttp.ClientSession

    async def create_room(self, title: str) -> str:
        """Create a room and return its id."""
        async with self.session.post("/api/chat/rooms", data={"title": title}) as response:
            room = await response.json()
            return str(room["id"])

    async def read_history(self, room_id: str) -> list[dict[str, Any]]:
        """Return the stored messages of a room, oldest first."""
        async with self.session.get(f"/api/chat/{room_id}/messages") as response:
            history = await response.json()
            return list(history["messages"])

    async def ask(
        self, room_id: str, question: str, show: Callable[[Content | Sources], None]
    ) -> bool:
        """Show the answer as it arrives; return whether it ended, and so is stored."""
        async with aclosing(self._frames(room_id, question)) as frames:
            async for frame in frames:
                if frame.event in {"end", "error"}:
                    return frame.event == "end"
                message = read_message(frame.data)
                if isinstance(message, Content | Sources):
                    show(message)
        return False

    async def _frames(self, room_id: str, question: str) -> AsyncGenerator[Event, None]:
        """Yield every frame once, over several connections if needed; send the question once."""
        last_id = ""
        failures = 0
        request = self.session.post(f"/api/chat/{room_id}/stream", data={"message": question})
        while failures < MAX_FAILURES:
            try:
                async with request as response:
                    async for frame in _events(response, Decoder(last_id)):
                        last_id, failures = frame.id, 0
                        yield frame
                    if response.status == HTTPStatus.NO_CONTENT:
                        return  # every frame was received
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError):
                if not last_id:
                    raise
            if not last_id:
                return  # no frame to resume after: the history shows what happened
            print(f"\n[resume] after {last_id}", file=sys.stderr)
            await asyncio.sleep(failures * PAUSE_SECONDS)
            failures += 1
            request = self.session.get("/api/chat/stream", headers={"Last-Event-ID": last_id})


async def _events(response: aiohttp.ClientResponse, decoder: Decoder) -> AsyncIterator[Event]:
    """Yield the events of a body as they arrive, wherever the network cuts it."""
    async for chunk in response.content.iter_any():
        for event in decoder.feed(chunk):
            yield event


def show(message: Content | Sources) -> None:
    """Print a token directly after the last one, and each source on its own line."""
    match message:
        case Content(text):
            print(text, end="", flush=True)
        case Sources(sources):
            for source in sources:
                print(f"\n[source] {source.id}: {source.title}", flush=True)


async def main(url: str, token: str, question: str) -> int:
    """Ask one question in a new room; return the exit code."""
    async with aiohttp.ClientSession(
        url,
        headers={"Authorization": f"Bearer {token}"},
        timeout=aiohttp.ClientTimeout(total=None, sock_read=READ_SECONDS),
        raise_for_status=True,
    ) as session:
        client = ChatClient(session)
        room_id = await client.create_room("Example")
        completed = await client.ask(room_id, question, show)
        print("\n[end]" if completed else "\n[error]")
        for message in await client.read_history(room_id):
            print(f"[history] {message['sender']}: {message['message']}")
    return 0 if completed else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])) if len(sys.argv) == 4 else __doc__)
