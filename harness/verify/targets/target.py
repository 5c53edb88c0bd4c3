"""A relay under test: its URL, its test users, and its stored rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from streamproof.harness.http.client import HttpCall, ReadLimits
from streamproof.harness.verify.stored.rows import StoredReader

STREAM_PATH = "/api/chat/{room}/stream"


@dataclass(frozen=True, slots=True)
class RelayUser:
    """A test user with a room and the headers that authenticate them."""

    room: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayTarget:
    """The relay to verify: a remote one, or the reference relay.

    `url` is the base URL, or the URL of the stream with `{room}` in it. `at_once` is the number of
    turns that may run at the same time. A temporary relay does not exist after the run.
    """

    url: str
    new_user: Callable[[], Awaitable[RelayUser]]
    readers: Callable[[RelayUser], Sequence[StoredReader]] = lambda _: ()
    at_once: int = 1
    limits: ReadLimits = field(default_factory=ReadLimits)
    tells_reasons: bool = False
    temporary: bool = False

    def ask(self, user: RelayUser, message: str) -> HttpCall:
        """Return the request that sends a message."""
        template = self.url if "{room}" in self.url else self.url.rstrip("/") + STREAM_PATH
        url = template.replace("{room}", quote(user.room, safe=""))
        return HttpCall("POST", url, user.headers, form=(("message", message),))
