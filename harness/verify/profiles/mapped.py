"""The profile of a backend with events of its own, from `[events]` of `streamproof.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from streamproof.contracts.contract import StreamContract, load_contract
from streamproof.contracts.data_path import DataPath, values_at
from streamproof.contracts.errors import NotJson
from streamproof.contracts.frames import FrameKind
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.sequence import compile_pattern
from streamproof.contracts.sse import Event
from streamproof.harness.verify.profiles.profile import Profile, SeenEvent

CONTRACT = Path(__file__).with_name("events.contract.yaml")
KINDS = ("start", "sources", "end", "error", "content")
"""The kinds that a file can describe, in the order in which they are tried.

Every other event is `other`.
"""


@dataclass(frozen=True, slots=True)
class EventMapping:
    """What tells the events of one kind, and where their text is; None allows any value.

    Without `text`, the data as a whole is the text of a content event.
    """

    event: str | None = None
    data: str | None = None
    when: tuple[tuple[DataPath, object], ...] = ()
    text: DataPath | None = None

    def fits(self, event: Event, body: object) -> bool:
        """Tell whether an event with this JSON is of the kind."""
        if self.event not in (None, event.event) or self.data not in (None, event.data):
            return False
        return all(_leads_to(body, path, wanted) for path, wanted in self.when)

    def text_of(self, event: Event, body: object) -> str:
        """Return the text of an event."""
        if self.text is None:
            return event.data
        return "".join(one for one in values_at(body, self.text) if isinstance(one, str))


def mapped_profile(mappings: Mapping[str, EventMapping], sequence: str | None = None) -> Profile:
    """Return a profile whose events are found by mappings, tried in the order of `KINDS`.

    `sequence` is the order of the kinds, if it is not the usual one.
    """

    def kind_of(event: Event, body: object) -> str:
        fitting = (kind for kind in KINDS if kind in mappings and mappings[kind].fits(event, body))
        return next(fitting, str(FrameKind.OTHER))

    def renamed(event: Event) -> Event:
        return event._replace(event=kind_of(event, _json(event)))

    def read(event: Event) -> SeenEvent:
        body = _json(event)
        kind = FrameKind(kind_of(event, body))
        if kind is not FrameKind.CONTENT:
            return SeenEvent(kind)
        return SeenEvent(kind, mappings[kind].text_of(event, body))

    return Profile(_contract(sequence), read, renamed)


@cache
def _contract(sequence: str | None) -> StreamContract:
    contract = load_contract(CONTRACT)
    if sequence is None:
        return contract
    order = compile_pattern(sequence)
    return replace(contract, order=order, resumed_order=order)


def _json(event: Event) -> object:
    try:
        return parse_json(event.data)
    except NotJson:
        return None


def _leads_to(body: object, path: DataPath, wanted: object) -> bool:
    values = values_at(body, path)
    return bool(values) and (wanted is None or wanted in values)
