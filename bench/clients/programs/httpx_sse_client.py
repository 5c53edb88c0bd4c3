"""Read scenarios with httpx-sse: `httpx_sse_client.py URL SECONDS NAME …`."""

import json
import sys

import httpx
import httpx_sse


def read(url: str, patience_seconds: float) -> tuple[list[tuple[str, str]], str]:
    """Read a stream; return its events, and how reading ended."""
    events = []
    try:
        with (
            httpx.Client(timeout=patience_seconds) as client,
            httpx_sse.connect_sse(client, "GET", url) as source,
        ):
            for event in source.iter_sse():
                events.append((event.event, event.data))  # noqa: PERF401  # an error keeps them
    except httpx.ReadTimeout:
        return events, "waits"
    except Exception as error:  # noqa: BLE001  # the name of the exception is the result
        return events, type(error).__name__
    return events, "ends"


address, patience, *names = sys.argv[1:]
for name in names:
    found, ending = read(f"{address}/s/{name}/chat/stream?question=httpx-sse", float(patience))
    print(json.dumps({"name": name, "events": found, "ending": ending}), flush=True)
