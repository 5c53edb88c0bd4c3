"""The bytes of a workload: as the expected body, and as a scenario that sends them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bench.mock.workloads import CHAT, COMPLETION, OPENAI_CHAT

if TYPE_CHECKING:
    from bench.mock.workloads import Workload

_CHUNK: Final = (
    (
        'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,'
        '"model":"m","choices":[{"index":0,"delta":'
    ),
    ',"logprobs":null,"finish_reason":null}]}\n\n',
)
_EVENTS: Final = {
    CHAT: ('event: message\ndata: {"type": "content", "content": "', '"}\n\n'),
    COMPLETION: (
        (
            'data: {"id":"chatcmpl-0","object":"chat.completion.chunk",'
            '"choices":[{"delta":{"content":"'
        ),
        '"},"finish_reason":null}]}\n\n',
    ),
    OPENAI_CHAT: (f'{_CHUNK[0]}{{"content":"', f'"}}{_CHUNK[1]}'),
}
"""What is before and after the text of an event."""

_FIRST: Final = {
    OPENAI_CHAT: f'{_CHUNK[0]}{{"role":"assistant","content":"","refusal":null}}{_CHUNK[1]}'
}
"""What comes before the first event."""

_SCENARIO: Final = (
    "name: bench\ntitle: A workload\npace: {{gap_ms: {gap_ms}}}\n{keys}steps:\n{steps}"
)
_KEYS: Final = {OPENAI_CHAT: "dialect: openai-chat\nmodel: m\n"}


def body(workload: Workload) -> bytes:
    """Return all events of a stream, as bytes."""
    before, text, after = _event_parts(workload)
    return f"{_FIRST.get(workload.form, '')}{f'{before}{text}{after}' * workload.events}".encode()


def scenario(workload: Workload) -> str:
    """Return the text of a scenario that sends the same events."""
    before, text, after = _event_parts(workload)
    if workload.form == COMPLETION:
        data = json.dumps(f"{before}{text}{after}".removeprefix("data: ").removesuffix("\n\n"))
        steps = f"  - event: {{data: {data}}}\n" * workload.events
    else:
        steps = f"  - content: [{', '.join([json.dumps(text)] * workload.events)}]\n"
    return _SCENARIO.format(gap_ms=workload.gap_ms, keys=_KEYS.get(workload.form, ""), steps=steps)


def _event_parts(workload: Workload) -> tuple[str, str, str]:
    """Return the bytes before the text of an event, the text, and the bytes after it."""
    before, after = _EVENTS[workload.form]
    size = workload.event_bytes - len(before) - len(after)
    return before, ("0123456789abcdef" * (size // 16 + 1))[:size], after
