"""What the AI service sends in a trial: the text and the sources of its scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from streamproof.contracts.messages import Content, Sources, read_message, storable
from streamproof.harness.reliability.fault import OWN_SCENARIOS
from streamproof.harness.verify.expected_events import expected_reply, frames_of
from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.library import open_files
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.request.context import RequestContext
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.request.received import ReceivedRequest
from streamproof.mock_ai.request.target import CHAT_PATH

_ROOM: Final = "the-room-of-a-turn"


@dataclass(frozen=True, slots=True)
class Sent:
    """The whole text, and the IDs of all sources."""

    text: str = ""
    sources: frozenset[str] = frozenset()
    requests: int = 1
    """How many requests of the relay it takes."""

    def text_in(self, room: str) -> str:
        """Return the text of a turn in this room."""
        return self.text.replace(_ROOM, room)


@cache
def sent_by(scenario: str) -> Sent:
    """Return what a scenario sends before its end or its error."""
    if scenario in OWN_SCENARIOS:
        loaded = load_scenario(OWN_SCENARIOS[scenario])
    else:
        loaded = open_files(scenario_files([shipped_folder()])).scenarios[scenario].load()
    request = ReceivedRequest("POST", CHAT_PATH)
    reply = expected_reply(loaded, RequestContext(request, Question("", room_id=_ROOM)))
    messages = [read_message(event.data) for event in frames_of(reply.events)]
    text = "".join(one.content for one in messages if isinstance(one, Content))
    sources = (source for one in messages if isinstance(one, Sources) for source in one.sources)
    requests = loaded.expect.stored.attempts if loaded.expect else 1
    return Sent(storable(text), frozenset(storable(source.id) for source in sources), requests)
