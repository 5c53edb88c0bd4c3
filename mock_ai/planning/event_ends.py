"""Where the events of a reply are complete, in the format of its media type.

Server-sent events are counted as a reader of the whole stream counts them: raw bytes can end any of
them. The events of another format are its records: the lines of NDJSON that are not blank, the
items of a JSON array, or binary frames. One JSON body has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.contracts.aws_event_stream import frames_in
from streamproof.contracts.media_type import (
    AWS_EVENT_STREAM,
    EVENT_STREAM,
    JSON,
    LINES,
    UNKNOWN_FRAMES,
)
from streamproof.mock_ai.actions import Action, Send
from streamproof.mock_ai.actions.counting import EventCounter
from streamproof.mock_ai.actions.event_format import EventFormat
from streamproof.mock_ai.actions.marks import moved
from streamproof.mock_ai.planning.encoded_step import EncodedStep

if TYPE_CHECKING:
    from streamproof.mock_ai.actions.marks import Mark
    from streamproof.mock_ai.dialects.rendering import Rendering
    from streamproof.mock_ai.planning.encoded_step import Item
    from streamproof.mock_ai.scenario.model import Reply


_FORMATS: Final[Mapping[str, EventFormat]] = {
    EVENT_STREAM: EventFormat.SSE,
    JSON: EventFormat.ITEM,
    **dict.fromkeys(LINES, EventFormat.LINE),
    AWS_EVENT_STREAM: EventFormat.FRAME,
    UNKNOWN_FRAMES: EventFormat.STEP,
}


def format_of(reply: Reply, rendering: Rendering) -> EventFormat:
    """Return the format of the media type in the headers of a reply, or else of its dialect."""
    if rendering.media_type is None:
        return EventFormat.NONE
    given = (str(value) for name, value in reply.headers.items() if name.lower() == "content-type")
    media_type = next(given, "").partition(";")[0].strip().lower()
    return _FORMATS.get(media_type) or _FORMATS[rendering.media_type]


def with_event_ends(items: Iterable[Item], how: EventFormat) -> list[Action]:
    """Return the actions that send items, with the places where events are complete.

    Marks without bytes move to the bytes that follow them, or to the end of the last ones.
    """
    counted = counter_of(how)
    actions: list[Action] = []
    waiting: list[Mark] = []
    last = 0
    for item in items:
        if not isinstance(item, EncodedStep):
            actions.append(item)
        elif not item.data:
            waiting += item.marks  # a list: a reply can have very many pieces without bytes
        else:
            send = counted(item)
            marks, waiting = (*waiting, *item.marks), []
            if marks or item.continues:  # other chunks share their bytes when they are repeated
                send = replace(send, continues=item.continues, marks=marks)
            last = len(actions)
            actions.append(send)
    if waiting and actions and isinstance(sent := actions[last], Send):
        at_end = moved(waiting, len(sent.data))
        actions[last] = replace(sent, marks=(*sent.marks, *at_end))
    return actions


Counter: TypeAlias = Callable[[EncodedStep], Send]


def counter_of(how: EventFormat) -> Counter:
    """Return a function that gives bytes the offsets where they end events of a format."""
    match how:
        case EventFormat.SSE:
            events = EventCounter()
            return lambda item: events.send(item.data)
        case EventFormat.LINE:
            lines = _Lines()
            return lambda item: Send(item.data, tuple(lines.ends(item.data)))
        case EventFormat.FRAME:
            return lambda item: Send(item.data, _ends_of_frames(item))
        case EventFormat.ITEM | EventFormat.STEP:
            return lambda item: Send(item.data, item.ends)
        case EventFormat.NONE:
            return lambda item: Send(item.data)


def _ends_of_frames(item: EncodedStep) -> tuple[int, ...]:
    """Return where the frames of a step end; a step that has other bytes is one record."""
    frames = frames_in(item.data) if item.ends else None
    return item.ends if frames is None else tuple(accumulate(frame.size for frame in frames))


class _Lines:
    """Finds the ends of lines; a blank line is not a record."""

    def __init__(self) -> None:
        self._begun = False

    def ends(self, data: bytes) -> Iterator[int]:
        """Yield the offsets after the lines that are complete with the next bytes."""
        *lines, rest = data.split(b"\n")
        end = 0
        for line in lines:
            end += len(line) + 1
            if self._begun or line.strip():
                yield end
            self._begun = False
        self._begun = self._begun or bool(rest.strip())
