"""The settings of a backend as plain values; `settings.schema.json` describes their keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from streamproof.contracts.contract import FRONTEND
from streamproof.contracts.data_path import DataPath
from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.profiles.mapped import EventMapping

TIMEOUT_SECONDS = 75.0
"""Longer than the idle limit of the protocol (section 4), so that the relay ends the turn first."""
SILENCE_SECONDS = 15.0
"""How long to wait for a backend that promises no time limits; no scenario is silent for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """`[relay]`: where a backend is, and how it is started."""

    url: str
    start: str | None = None
    directory: Path = Path()
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = "/"
    ready_seconds: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict)
    parallel: int = 1
    timeout_seconds: float = TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTemplate:
    """A request whose texts may have `{message}`, `{room}` and `{uuid}`.

    At most one of `form`, `multipart` and `json` is not None.
    """

    method: str = "POST"
    path: str = ""
    form: Mapping[str, str] | None = None
    multipart: Mapping[str, str] | None = None
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_body(self) -> bool:
        """Whether the request has a body of its own."""
        return any(body is not None for body in (self.form, self.multipart, self.json))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthSettings:
    """`[auth]`: where a token comes from, and where it goes."""

    token_env: str | None = None
    token_command: str | None = None
    header: str = "Authorization"
    value: str = "Bearer {token}"
    cookie: str | None = None
    token: str | None = None
    """The token itself, which only an option can give."""
    issue: Callable[[str], str] | None = None
    """Makes the token of a user, for a relay that the harness itself starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSettings:
    """`[room]`: one room for all, or the request that makes one; neither for a random ID."""

    id: str | None = None
    create: RequestTemplate | None = None
    id_path: DataPath = ("id",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSettings:
    """`[ai]`: the AI service that the backend asks."""

    dialect: str = CHAT
    host: str = LOOPBACK
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """`[history]`: where the messages of a room are, and what is where in them."""

    path: str
    messages: DataPath = ("messages",)
    sender: DataPath = ("sender",)
    user: str = "USER"
    assistant: str = "AI"
    text: DataPath = ("message",)
    html: DataPath = ("htmlFormattedMessage",)
    sources: DataPath = ("sources", "id")
    status: DataPath = ("turn", "status")
    partial: DataPath = ("turn", "partial")
    reason: DataPath = ("turn", "reason")
    created_at: DataPath = ("createdAt",)
    cursor: DataPath = ("nextCursor",)
    cursor_parameter: str = "cursor"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """`[database]`: the database, and the queries for tables that are not the protocol's."""

    url: str
    messages: str | None = None
    sources: str | None = None
    user: str = "USER"
    assistant: str = "AI"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """A settings file, or the flags of `verify relay`."""

    backend: BackendSettings
    profile: str = FRONTEND
    ask: RequestTemplate | None = None
    auth: AuthSettings = AuthSettings()
    room: RoomSettings = RoomSettings()
    stop: RequestTemplate | None = None
    resume: RequestTemplate | None = None
    ai: AiSettings = AiSettings()
    history: HistorySettings | None = None
    database: DatabaseSettings | None = None
    events: Mapping[str, EventMapping] = field(default_factory=dict)
    sequence: str | None = None
    capabilities: frozenset[str] = frozenset()
    is_declared: bool = False
    """Whether a file declares the capabilities."""
    folder: Path = Path()
    """The folder of the file, to which its paths are relative."""
