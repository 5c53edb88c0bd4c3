"""Read scenarios with aiohttp-sse-client2: `aiohttp_sse_client2_client.py URL SECONDS NAME …`."""

import asyncio
import json
import logging
import sys

import aiohttp
from aiohttp_sse_client2 import client


class ReconnectsError(Exception):
    """The client would wait and send its request again."""


class Reading:
    """One reply, up to its end or to the first reconnect."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._source: client.EventSource | None = None
        self.events: list[tuple[str, str]] = []

    async def read(self, session: aiohttp.ClientSession, patience_seconds: float) -> str:
        """Read the reply and return how reading ended."""
        self._source = client.EventSource(self._url, session=session, on_error=self._on_error)
        try:
            async with asyncio.timeout(patience_seconds), self._source as source:
                async for event in source:
                    self.events.append((event.type or "message", event.data))
        except ReconnectsError:
            return "reconnects"
        except TimeoutError:
            return "waits"
        except Exception as error:  # noqa: BLE001  # the name of the exception is the result
            return type(error).__name__
        return "ends"

    def _on_error(self) -> None:
        if self._source is not None and self._source.ready_state != client.READY_STATE_CLOSED:
            raise ReconnectsError


async def main() -> None:
    """Read every scenario, and print a JSON line for each."""
    logging.disable()
    address, patience, *names = sys.argv[1:]
    for name in names:
        reading = Reading(f"{address}/s/{name}/chat/stream?question=aiohttp-sse-client2")
        async with aiohttp.ClientSession() as session:
            ending = await reading.read(session, 2 * float(patience))
        print(json.dumps({"name": name, "events": reading.events, "ending": ending}), flush=True)


asyncio.run(main())
