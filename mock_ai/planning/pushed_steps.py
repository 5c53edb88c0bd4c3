"""Pushed steps: they are worded as if they followed the events that a reply has sent.

The rest of the reply was planned before, so it knows nothing of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.rendering import Rendering
from streamproof.mock_ai.planning.dialect_of_reply import request_for
from streamproof.mock_ai.planning.encode_steps import encode_steps
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.planning.event_ends import counter_of, format_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.planning.encoded_step import Item
    from streamproof.mock_ai.planning.event_ends import Counter
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply


def encode_pushed(
    pushed: Reply, reply: Reply, sent_events: int, context: RequestContext
) -> list[Item]:
    """Return what pushed steps send after a number of events of a reply, without its faults.

    Raises `InvalidScenario` for steps that cannot be sent.
    """
    request = request_for(replace(reply, steps=(*reply.steps, *pushed.steps)), context)
    rendering = Rendering(CATALOGUE[request.dialect](request), reply.finish, reply.usage)
    counted = counter_of(format_of(reply, rendering))
    _skip(encode_steps(reply, rendering, context), sent_events, counted)
    same_text = replace(pushed, charset=reply.charset, newline=reply.newline)
    return list(encode_steps(same_text, rendering, context))


def _skip(items: Iterable[Item], events: int, counted: Counter) -> None:
    """Render a reply up to the item that completes the given event."""
    if not events:
        return
    seen = 0
    for item in items:
        if isinstance(item, EncodedStep) and item.data:
            seen += counted(item).ends_events
        if seen >= events:
            return
