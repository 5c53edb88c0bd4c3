"""What a profile is: a stream contract, and what each event means for a page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from streamproof.contracts.contract import FRONTEND, StreamContract, builtin_contract
from streamproof.contracts.data_path import values_at
from streamproof.contracts.errors import NotJson
from streamproof.contracts.event_kinds import KindReader
from streamproof.contracts.frames import FrameKind, frame_kind
from streamproof.contracts.json_text import parse_json
from streamproof.contracts.sse import Event
from streamproof.contracts.transcript import Transcript


class SeenEvent(NamedTuple):
    """What an event means: its kind, and the text that it adds to the answer."""

    kind: FrameKind
    text: str = ""


def _as_sent(event: Event) -> Event:
    return event


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The stream of a backend: its contract, and what each of its events means.

    `renamed` gives an event the name that the contract has for it. `text_of` returns the text that
    an event of a kind adds to the answer.
    """

    contract: StreamContract
    read: Callable[[Event], SeenEvent]
    renamed: Callable[[Event], Event] = _as_sent

    @property
    def name(self) -> str:
        """The name of its contract."""
        return self.contract.name

    @property
    def has_frames(self) -> bool:
        """Whether the events are the frames of the protocol, which copy those of the AI service."""
        return self.name == FRONTEND

    def transcript(self, transcript: Transcript) -> Transcript:
        """Return a stream with the event names of the contract."""
        if self.renamed is _as_sent:
            return transcript
        events = (replace(seen, event=self.renamed(seen.event)) for seen in transcript.events)
        return replace(transcript, events=tuple(events))

    def reader(self) -> Callable[[Event], SeenEvent]:
        """Return a function that reads the events of one stream in their order.

        The first frame can start the stream under any ID.
        """
        if not self.has_frames:
            return self.read
        is_first = True

        def read(event: Event) -> SeenEvent:
            nonlocal is_first
            seen = self.read(event)
            if is_first:
                is_first = False
                return seen._replace(kind=frame_kind(event, is_first=True))
            return seen

        return read

    def text(self, events: Iterable[Event]) -> str:
        """Return the text that events add to the answer."""
        return "".join(self.read(event).text for event in events)


def contract_profile(contract: StreamContract) -> Profile:
    """Return the profile of a contract, whose `content` has the paths of the text."""
    reader = KindReader(contract)

    def read(event: Event) -> SeenEvent:
        kind = reader.read(event).kind
        if kind in contract.terminal:
            return SeenEvent(FrameKind.END, text_at(contract, kind, event))
        if kind in contract.failures:
            return SeenEvent(FrameKind.ERROR)
        text = text_at(contract, kind, event)
        return SeenEvent(FrameKind.CONTENT if text else FrameKind.OTHER, text)

    return Profile(contract, read)


def text_at(contract: StreamContract, kind: str, event: Event) -> str:
    """Return the text that an event of a kind has at the path of the contract."""
    path = contract.content.get(kind)
    if path is None:
        return ""
    try:
        found = values_at(parse_json(event.data), path)
    except NotJson:
        return ""
    return "".join(text for text in found if isinstance(text, str))


def frames_profile() -> Profile:
    """Return the profile of the protocol's own frames."""
    contract = builtin_contract(FRONTEND)

    def read(event: Event) -> SeenEvent:
        kind = frame_kind(event)
        return SeenEvent(kind, text_at(contract, kind, event))

    return Profile(contract, read)


def builtin_profile(name: str) -> Profile:
    """Return the profile of a shipped contract; raises KeyError for another name."""
    return frames_profile() if name == FRONTEND else contract_profile(builtin_contract(name))
