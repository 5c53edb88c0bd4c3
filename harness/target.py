"""A relay under test: where it is, who may talk to it, and where its rows can be read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.http_reading import Call, Patience
from harness.rows import StoredReader

STREAM_PATH = "/api/chat/{room}/stream"


@dataclass(frozen=True, slots=True)
class Seat:
    """A user in a room of their own, with the headers that let them in."""

    room: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayTarget:
    """Somebody's relay, or the reference relay; `at_once` is how many turns it may be asked for.

    `url` is a base address, or the address of the stream itself with `{room}` in it.
    """

    url: str
    take_seat: Callable[[], Awaitable[Seat]]
    readers: Callable[[Seat], Sequence[StoredReader]] = lambda _: ()
    at_once: int = 1
    patience: Patience = field(default_factory=Patience)
    tells_reasons: bool = False

    def ask(self, seat: Seat, message: str) -> Call:
        """Return the request that sends a message."""
        template = self.url if "{room}" in self.url else self.url.rstrip("/") + STREAM_PATH
        url = template.replace("{room}", seat.room)
        return Call("POST", url, seat.headers, form=(("message", message),))
