"""An API with one operation for each way to stream, for Schemathesis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

EVENTS: Final[Mapping[str, bytes]] = {
    "content": b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n',
    "end": b'event: end\ndata: {"type": "end"}\n\n',
}
STREAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "/good": ("content", "content", "end"),
    "/order": ("end", "content", "end"),
    "/truncated": ("content",),
    "/hanging": ("content", "hang"),
    "/endless": ("content",) * 30,
}


def document(*paths: str, **more: object) -> dict[str, Any]:
    """Return the OpenAPI document of some of the operations."""
    event = {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}
    content = {"text/event-stream": {"schema": event}}
    operation = {"responses": {"200": {"description": "A stream.", "content": content}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Streams", "version": "1"},
        "paths": {path: {"get": operation} for path in paths},
        **more,
    }


@contextmanager
def streaming_api() -> Iterator[str]:
    """Serve the operations while the block runs, and yield the URL."""
    stopped = Event()

    class Handler(BaseHTTPRequestHandler):
        """Streams what the path says."""

        def do_GET(self) -> None:
            """Answer."""
            if self.path not in STREAMS:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for name in STREAMS[self.path]:
                if name == "hang":
                    self.wfile.flush()
                    stopped.wait()
                else:
                    self.wfile.write(EVENTS[name])

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
