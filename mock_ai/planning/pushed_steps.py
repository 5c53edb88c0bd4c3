"""Pushed steps: they are worded as if they followed the events that a reply has sent.

The rest of the reply was planned before, so it knows nothing of them.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.rendering import Rendering
from streamproof.mock_ai.http1.reply_reader import ReplyReader
from streamproof.mock_ai.planning.dialect_of_reply import request_for
from streamproof.mock_ai.planning.encode_steps import encode_steps
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.planning.event_ends import counter_of, format_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.http1.writer import ScheduledWrite
    from streamproof.mock_ai.planning.encoded_step import Item
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply


class PushedSteps:
    """Steps to push into a reply, which is rendered without its faults as far as it was sent.

    The time that this takes grows with the reply, so each write is read once.
    """

    def __init__(self, pushed: Reply, reply: Reply, context: RequestContext) -> None:
        request = request_for(replace(reply, steps=(*reply.steps, *pushed.steps)), context)
        self._pushed = replace(pushed, charset=reply.charset, newline=reply.newline)
        self._context = context
        self._rendering = Rendering(CATALOGUE[request.dialect](request), reply.finish, reply.usage)
        self._counted = counter_of(format_of(reply, self._rendering))
        self._items = encode_steps(reply, self._rendering, context)
        self._events = 0
        self._read = ReplyReader(context.request.method)
        self._writes = 0

    def unread_bytes(self, planned: Sequence[ScheduledWrite]) -> int:
        """Return how much of the planned writes before the push was not read yet."""
        return sum(len(write.data) for write in islice(planned, self._writes, None))

    def follow(self, planned: Sequence[ScheduledWrite]) -> None:
        """Read the planned writes before the push, and render the reply up to their last event."""
        for write in islice(planned, self._writes, None):
            self._read.feed(write.data)
        self._writes = len(planned)
        while self._events < self._read.events:
            item = next(self._items, None)
            if item is None:
                return
            if isinstance(item, EncodedStep) and item.data:
                self._events += self._counted(item).ends_events

    def encode(self) -> list[Item]:
        """Return what the steps send here; call it once.

        Raises `InvalidScenario` for steps that cannot be sent.
        """
        return list(encode_steps(self._pushed, self._rendering, self._context))
