"""What the AI service sends in a trial: the text and the sources of its scenario."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from streamproof.contracts.messages import Content, Sources, read_message, storable
from streamproof.harness.reliability.fault import STEADY, STEADY_SCENARIO
from streamproof.harness.verify.expected_events import expected_reply, frames_of
from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.library import open_files
from streamproof.mock_ai.library.loading import load_scenario


@dataclass(frozen=True, slots=True)
class Sent:
    """The whole text, and the IDs of all sources."""

    text: str = ""
    sources: frozenset[str] = frozenset()


@cache
def sent_by(scenario: str) -> Sent:
    """Return what a scenario sends before its end or its error."""
    if scenario == STEADY:
        loaded = load_scenario(STEADY_SCENARIO)
    else:
        loaded = open_files(scenario_files([shipped_folder()])).scenarios[scenario].load()
    messages = [read_message(event.data) for event in frames_of(expected_reply(loaded).events)]
    text = "".join(one.content for one in messages if isinstance(one, Content))
    sources = (source for one in messages if isinstance(one, Sources) for source in one.sources)
    return Sent(storable(text), frozenset(storable(source.id) for source in sources))
