"""A relay under test: where it is, who may talk to it, and where its rows can be read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from streamproof.harness.http.client import HttpCall, ReadLimits
from streamproof.harness.verify.stored.rows import StoredReader

STREAM_PATH = "/api/chat/{room}/stream"


@dataclass(frozen=True, slots=True)
class RelayUser:
    """A user in a room of their own, with the headers that let them in."""

    room: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayTarget:
    """Somebody's relay, or the reference relay; `at_once` is how many turns it may be asked for.

    `url` is a base address, or the address of the stream itself with `{room}` in it.
    """

    url: str
    new_user: Callable[[], Awaitable[RelayUser]]
    readers: Callable[[RelayUser], Sequence[StoredReader]] = lambda _: ()
    at_once: int = 1
    patience: ReadLimits = field(default_factory=ReadLimits)
    tells_reasons: bool = False

    def ask(self, user: RelayUser, message: str) -> HttpCall:
        """Return the request that sends a message."""
        template = self.url if "{room}" in self.url else self.url.rstrip("/") + STREAM_PATH
        url = template.replace("{room}", user.room)
        return HttpCall("POST", url, user.headers, form=(("message", message),))
