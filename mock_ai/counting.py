"""Where events are complete, as a reader of the whole stream counts them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from contracts.sse import Decoder
from mock_ai.actions import Action, Actions, Send, start_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINES: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_NO_LIMIT: Final = 1 << 62


class EventCounter:
    """Reads a body piece by piece; raw bytes may finish an event anywhere."""

    def __init__(self) -> None:
        self._decoder = Decoder(max_event_bytes=_NO_LIMIT, max_line_bytes=_NO_LIMIT)

    def send(self, data: bytes) -> Send:
        """Return the next piece as a chunk that knows which events it completes."""
        lines = _LINES.finditer(data)
        return Send(
            data, tuple(line.end() for line in lines for _ in self._decoder.feed(line.group()))
        )


def recounted(actions: Actions) -> Iterator[Action]:
    """Count the events of a stream anew, where bytes were put into it; not in a compressed one."""
    actions = list(actions)
    coded = any(name.lower() == "content-encoding" for name, _ in start_of(actions).headers)
    counter = EventCounter()
    for action in actions:
        yield counter.send(action.data) if isinstance(action, Send) and not coded else action
