"""A relay under test: its URL, its test users, and its stored rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from streamproof.harness.http.client import HttpCall, ReadLimits
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import REFERENCE
from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.profiles.profile import Profile, frames_profile
from streamproof.harness.verify.stored.rows import StoredReader

LAST_EVENT_ID = "Last-Event-ID"
STREAM_PATH = "/api/chat/{room}/stream"


@dataclass(frozen=True, slots=True)
class RelayUser:
    """A test user with a room, and the headers of their requests.

    `anonymous` are the headers of the same request without the user's token, and `forged` those
    with a token that is not valid. Both are None if the requests of this user have no token.
    """

    room: str
    headers: Mapping[str, str] = field(default_factory=dict)
    anonymous: Mapping[str, str] | None = None
    forged: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTarget:
    """The relay to verify: a remote one, or the reference relay.

    `ask` returns the request that sends a message. `at_once` is the
    number of turns that may run at the same time. `dialect` is that of its AI service. A temporary
    relay does not exist after the run.
    """

    url: str
    new_user: Callable[[], Awaitable[RelayUser]]
    ask: Callable[[RelayUser, str], HttpCall]
    readers: Callable[[RelayUser], Sequence[StoredReader]] = lambda _: ()
    at_once: int = 1
    limits: ReadLimits = field(default_factory=ReadLimits)
    shortest_limit_seconds: float = 10.0
    """The shortest time limit of the relay itself, as far as it is known."""
    profile: Profile = field(default_factory=frames_profile)
    dialect: str = CHAT
    capabilities: frozenset[str] = OF_THE_PROTOCOL
    declares: bool = False
    """Whether its owner has declared the capabilities, so that each has to be tested."""
    stop: Callable[[RelayUser], HttpCall] | None = None
    """Returns the request that stops the answer in the user's room."""
    resume: Callable[[RelayUser, str], HttpCall] | None = None
    """Returns the request that continues a stream after an ID."""
    history_url: Callable[[RelayUser], str] | None = None
    """Returns the address of the history of the user's room."""
    has_users: bool = False
    """Whether each user has a token of their own."""
    own_rooms: bool = True
    """Whether each user has a room of their own, which is empty at first."""
    restart_if_ended: Callable[[], Awaitable[str | None]] | None = None
    """Starts a backend again that has ended, if the harness can, and returns how it had ended."""
    temporary: bool = False

    @property
    def shown(self) -> str:
        """The name in reports: the URL without its secrets, unless the run itself started it."""
        return REFERENCE if self.temporary else masked_url(self.url)
