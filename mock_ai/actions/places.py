"""The keys that name a place of a stream, and where the places by meaning are.

A place by meaning counts what a reply says: its pieces of content, its end. It is the same place in
every dialect, because pieces are those of the scenario, not the events of the dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from streamproof.contracts.text import counted
from streamproof.mock_ai.actions import Action, Send
from streamproof.mock_ai.actions.chance import chance
from streamproof.mock_ai.errors import NeverReached
from streamproof.mock_ai.exclusive_keys import check_exclusive

# What the number of a place counts; empty if there is only one such place.
MEANINGS: Final[Mapping[str, str]] = {
    "after_content": "content",
    "inside_content": "content",
    "after_reasoning": "reasoning",
    "inside_reasoning": "reasoning",
    "after_arguments": "arguments",
    "inside_arguments": "arguments",
    "before_finish": "",
    "before_terminator": "",
}
PLACES: Final = ("after_events", "after_bytes", "after_ms", "at_event", *MEANINGS, "chance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place; each key names it in another way."""

    place_is_needed: ClassVar[bool] = True

    after_events: int | None = None
    after_bytes: int | None = None
    after_ms: float | None = None
    at_event: int | None = None
    chance: float | None = None
    seed: int = 0
    after_content: int | None = None
    inside_content: int | None = None
    after_reasoning: int | None = None
    inside_reasoning: int | None = None
    after_arguments: int | None = None
    inside_arguments: int | None = None
    before_finish: bool | None = None
    before_terminator: bool | None = None

    def __post_init__(self) -> None:
        """Reject more than one place, and a missing place where one is needed."""
        check_exclusive(self, PLACES, needed=self.place_is_needed)

    @property
    def meaning(self) -> str | None:
        """The key of a place by meaning; None for any other place."""
        return next((key for key in MEANINGS if getattr(self, key) is not None), None)

    @property
    def counts_events(self) -> bool:
        """Whether the place can only be found in a stream of events."""
        return bool(self.after_events) or self.at_event is not None or self.chance is not None

    def picked(self, count: int) -> Iterator[int]:
        """Yield the numbers of the events that the seed picks, of `count` events."""
        share = self.chance or 0
        return (number for number in range(1, count + 1) if chance(self.seed, number) < share)

    def offset_by_meaning(self, key: str, actions: Iterable[Action]) -> int:
        """Return where a place by meaning is, in bytes of the body.

        Raises `NeverReached` if the stream does not have it.
        """
        offsets = _offsets(key, actions)
        wanted = int(getattr(self, key))
        if wanted > len(offsets):
            raise NeverReached(key, f"never reached: {_missing(key, len(offsets), wanted)}")
        return offsets[wanted - 1]


def check_reached(key: str, wanted: int, ends: Sequence[int]) -> None:
    """Raise `NeverReached` if the stream has fewer events; `ends` is where they are complete."""
    if wanted > len(ends):
        message = f"never reached: the stream has {counted(len(ends), 'event')}, not {wanted}"
        raise NeverReached(key, message)


def _offsets(key: str, actions: Iterable[Action]) -> list[int]:
    offsets: list[int] = []
    size = 0
    for action in actions:
        if isinstance(action, Send):
            offsets += (size + mark.offset for mark in action.marks if mark.key == key)
            size += len(action.data)
    return offsets


def _missing(key: str, found: int, wanted: int) -> str:
    what = MEANINGS[key]
    if not what:
        return "the stream has no end; add an `end` step"
    pieces = f"{counted(found, 'piece')} of {what}"
    return f"the stream has {pieces}, not {wanted}; verbatim steps have none"
