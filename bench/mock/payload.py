"""The bytes of a workload: as the expected body, and as a scenario that sends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.mock.workloads import Workload

_CONTENT = ('event: message\ndata: {"type": "content", "content": "', '"}\n\n')
_COMPLETION = (
    'data: {"id":"chatcmpl-0","object":"chat.completion.chunk","choices":[{"delta":{"content":"',
    '"},"finish_reason":null}]}\n\n',
)
_SCENARIO_HEAD = "name: bench\ntitle: A workload\npace: {{gap_ms: {gap_ms}}}\nsteps:\n"


def body(workload: Workload) -> bytes:
    """Return all events of a stream, as bytes."""
    before, text, after = _event_parts(workload)
    return f"{before}{text}{after}".encode() * workload.events


def scenario(workload: Workload) -> str:
    """Return the text of a scenario that sends the same events."""
    before, text, after = _event_parts(workload)
    head = _SCENARIO_HEAD.format(gap_ms=workload.gap_ms)
    if before is _CONTENT[0]:
        return f"{head}  - content: [{', '.join([json.dumps(text)] * workload.events)}]\n"
    data = json.dumps(f"{before}{text}{after}".removeprefix("data: ").removesuffix("\n\n"))
    return head + f"  - event: {{data: {data}}}\n" * workload.events


def _event_parts(workload: Workload) -> tuple[str, str, str]:
    """Return the bytes before the text of an event, the text, and the bytes after it."""
    before, after = _COMPLETION if workload.event_bytes == 190 else _CONTENT
    size = workload.event_bytes - len(before) - len(after)
    return before, ("0123456789abcdef" * (size // 16 + 1))[:size], after
