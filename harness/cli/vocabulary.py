"""The dialects that a scenario has: its `dialect` key, or the vocabulary of its events."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from streamproof.contracts.aws_event_stream import split_frames
from streamproof.contracts.sse import SseError, decoded_events
from streamproof.mock_ai.dialects import Chat
from streamproof.mock_ai.planning.gzip import decoded
from streamproof.mock_ai.planning.plan import plan, planned_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streamproof.contracts.sse import Event
    from streamproof.mock_ai.scenario.model import Reply, Scenario

MOST_CHUNKS = 50
"""The chunks of a reply that are looked at."""

_KEYS: Mapping[str, tuple[str, ...]] = {
    "gemini": ("candidates",),
    "openai-chat": ("choices",),
    "ollama": ("model", "done"),
}
"""The keys that only the events of one dialect have together."""

_TYPES: Mapping[str, tuple[str, ...]] = {
    "chat": ("content", "sources", "end"),
    "anthropic": ("message_start", "content_block_", "message_delta", "message_stop", "ping"),
    "bedrock": ("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop"),
    "openai-responses": ("response.",),
    "cohere": ("message-start", "content-start", "content-delta", "content-end", "message-end"),
    "vercel-ui": ("text-start", "text-delta", "text-end", "start", "finish"),
    "ag-ui": ("RUN_", "TEXT_MESSAGE_", "TOOL_CALL_"),
}
"""The `type` of the events of a dialect; one that ends with a sign is how such types begin."""


def dialects_of(scenario: Scenario) -> set[str]:
    """Return the dialects of all replies of a scenario."""
    return {dialect for reply in scenario.replies for dialect in _of_reply(reply)}


def _of_reply(reply: Reply) -> Iterator[str]:
    if reply.dialect is not None:
        yield reply.dialect
    elif reply.has_neutral_steps:
        yield Chat.name
    else:
        yield from filter(None, map(_of_event, _events(reply)))


def _events(reply: Reply) -> Iterator[Mapping[str, object]]:
    """Yield the JSON objects of the first events: of SSE, of binary frames, or one in each line.

    An event without a `type` has that of its event name.
    """
    chunks = list(islice(planned_chunks(decoded(plan(reply))), MOST_CHUNKS))
    frames, rest = split_frames(b"".join(chunks))
    lines = rest.decode("utf-8", "replace").splitlines()
    named = [(event.event, event.data) for event in _sse_events(chunks)]
    named += [(frame.event.event, frame.event.data) for frame in frames]
    for name, text in (*named, *(("", line) for line in lines)):
        with suppress(ValueError, RecursionError):
            event = json.loads(text)
            if isinstance(event, dict):
                yield {"type": name, **event}


def _sse_events(chunks: Iterable[bytes]) -> Iterator[Event]:
    with suppress(SseError):
        yield from decoded_events(chunks)


def _of_event(event: Mapping[str, object]) -> str | None:
    if event.get("object") == "text_completion":
        return "openai-completions"
    if event["type"] == "error" and isinstance(event.get("error"), dict):
        return "anthropic"
    of_keys = (name for name, keys in _KEYS.items() if all(key in event for key in keys))
    of_type = (name for name, types in _TYPES.items() if _fits(str(event["type"]), types))
    return next(of_keys, None) or next(of_type, None)


def _fits(kind: str, types: tuple[str, ...]) -> bool:
    return any(kind == one or (not one[-1].isalpha() and kind.startswith(one)) for one in types)
