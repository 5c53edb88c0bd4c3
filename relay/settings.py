"""The settings of the relay: one field for each, with its default and its unit.

The environment variable of a field is `STREAMPROOF_` and its name in capital letters. All values
that cannot work are reported together.
"""

from __future__ import annotations

import difflib
import logging
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self, get_type_hints

from streamproof.relay.errors import SettingsError
from streamproof.relay.setting_checks import problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_logger = logging.getLogger(__name__)

PREFIX: Final = "STREAMPROOF_"
RENAMED: Final[Mapping[str, str]] = {"creates_chat_tables": f"{PREFIX}OWNS_SEED_TABLES"}
"""The old variables of settings; they are still read, with a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a relay; raises `SettingsError` for values that cannot work."""

    ai_url: str
    """URL of the AI service; questions go to `{ai_url}/chat/stream`."""
    ai_token: str | None = field(default=None, repr=False)
    """Bearer token for the AI service."""
    database: str = field(repr=False)
    """Path of an SQLite file, or the URL of a PostgreSQL database."""
    database_listen: str | None = field(default=None, repr=False)
    """URL of a direct connection to PostgreSQL, if `database` leads to a pooler."""

    jwt_secret: str | None = field(default=None, repr=False)
    """Key of the users' tokens (HS256), at least 32 bytes; required without `jwt_jwks_file`."""
    jwt_jwks_file: str | None = None
    """Path of a JWKS file with the public keys of the users' tokens (RS256, ES256)."""
    jwt_audience: str | None = None
    """Value that the `aud` of every token must contain; without it, a token must not have one."""
    jwt_issuer: str | None = None
    """Value that the `iss` of every token must have; without it, `iss` is not checked."""
    jwt_cookie: str = "streamproof_token"
    """Name of the cookie that can carry the token."""
    token_grace_seconds: float = 60.0
    """Seconds that a stream can continue after its token has expired."""
    allowed_origins: tuple[str, ...] = ()
    """Other origins whose pages can use the relay, with the cookie and every header."""

    connect_seconds: float = 5.0
    """Seconds to establish a connection to the AI service."""
    headers_seconds: float = 10.0
    """Seconds from the connection to the response headers."""
    first_content_seconds: float = 120.0
    """Seconds from the start of the turn to its first content, including retries."""
    idle_seconds: float = 60.0
    """Seconds between two reads of the reply; any byte counts."""
    turn_seconds: float = 900.0
    """Seconds for the whole turn."""

    attempts: int = 3
    """Maximum number of requests to the AI service for one turn."""
    backoff_seconds: float = 0.5
    """Seconds to wait before the second attempt, at random up to this maximum, which doubles."""
    backoff_max_seconds: float = 8.0
    """Seconds at which the doubling stops."""

    max_event_bytes: int = 1_048_576
    """Bytes of data in one event of the AI service; exactly this many pass."""
    max_answer_bytes: int = 8 * 1_048_576
    """Bytes of all content of an answer, and of all its sources; exactly this many pass."""
    max_reply_bytes: int = 256 * 1_048_576
    """Bytes of a whole reply of the AI service, with its comments; exactly this many pass."""
    max_frames: int = 250_000
    """Maximum number of frames of one turn, whatever they contain."""
    max_frames_bytes: int = 64 * 1_048_576
    """Bytes of the data of all frames of one turn; exactly this many pass."""
    max_sources: int = 1000
    """Maximum number of distinct sources of an answer."""
    max_history_bytes: int = 1_048_576
    """Bytes of the texts on a page of a history, about; a page has at least one message."""
    max_message_bytes: int = 32_768
    """Bytes of a user's message as UTF-8; exactly this many pass."""
    max_running_turns_per_user: int = 3
    """Maximum number of running replies of one user; the next one gets 429."""
    max_requests_per_minute: int = 1200
    """Maximum number of requests of one user in a minute; the next one gets 429."""
    max_readers_per_turn: int = 20
    """Maximum number of open streams of one turn; the next one gets 429."""
    max_readers_per_user: int = 100
    """Maximum number of open streams of one user; the next one gets 429."""
    max_connections: int = 10_000
    """Maximum number of open connections; further ones are closed at once."""
    max_form_fields: int = 10
    """Maximum number of fields in a form; exactly this many pass."""

    keep_alive_seconds: float = 15.0
    """Seconds of silence before the relay sends a comment to a browser."""
    retry_ms: int = 2000
    """Milliseconds that a browser waits before it reconnects."""
    write_stall_seconds: float = 10.0
    """Seconds without a read by a browser before the relay closes its connection."""
    connection_seconds: float = 0.0
    """Seconds after which a stream closes, at random up to a quarter less; 0: no limit."""
    head_seconds: float = 10.0
    """Seconds for the head of a request to arrive; then the relay closes the connection."""
    form_seconds: float = 10.0
    """Seconds for the body of a request to arrive."""

    retain_seconds: float = 600.0
    """Seconds to keep the frames after the end of their turn."""
    drain_seconds: float = 30.0
    """Seconds that running turns can continue after SIGTERM."""
    database_wait_seconds: float = 5.0
    """Seconds that a transaction waits while another program has locked the database."""
    lease_seconds: float = 10.0
    """Seconds without a sign of life of a relay after which others end its turns (PostgreSQL)."""
    database_synchronous: str = "normal"
    """What a commit waits for: `normal`, the operating system, or `full`, the disk."""
    creates_chat_tables: bool = True
    """Whether the relay creates the chat tables, and adds users and knowledge to them."""
    log_format: str = "text"
    """Form of the lines of the log: `text`, or `json` for one JSON object per line."""

    def __post_init__(self) -> None:
        if problems := tuple(problems_of(self)):
            raise SettingsError(problems)

    @property
    def stream_url(self) -> str:
        """The URL that receives the questions."""
        return f"{self.ai_url.rstrip('/')}/chat/stream"

    @classmethod
    def from_environment(cls, env: Mapping[str, str], **overrides: object) -> Self:
        """Read the settings from variables; an override replaces one, unless it is None.

        Logs a warning for each variable with an old name. Raises `SettingsError` with everything
        that is missing, misspelt or not valid.
        """
        values: dict[str, Any] = {
            name: value for name, value in overrides.items() if value is not None
        }
        problems = list(_misspelt(env))
        hints = get_type_hints(cls)
        for setting in fields(cls):
            name = setting.name
            if name in values:
                continue
            variable = _variable_in(env, name)
            if variable in env:
                try:
                    values[name] = _READERS[hints[name]](env[variable])
                except ValueError as error:
                    problems.append(f"{variable}: {error}")
            elif _is_required(setting):
                problems.append(f"{variable} is not set")
        if not values.get("jwt_secret") and not values.get("jwt_jwks_file"):
            problems.append(f"{variable_of('jwt_secret')} is not set")
        if problems:
            raise SettingsError(tuple(problems))
        return cls(**values)


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + name.upper()


def _variable_in(env: Mapping[str, str], name: str) -> str:
    """Return the variable of a setting: the old one if only that is set, with a warning."""
    variable, old = variable_of(name), RENAMED.get(name)
    if old is None or old not in env:
        return variable
    if variable in env:
        _logger.warning("%s is ignored, because %s is set", old, variable)
        return variable
    _logger.warning("%s is the old name of %s; use the new one", old, variable)
    return old


def _is_required(setting: Field[Any]) -> bool:
    return setting.default is MISSING and setting.default_factory is MISSING


def _misspelt(env: Mapping[str, str]) -> Iterator[str]:
    """Report variables that look like a setting; others can belong to other programs."""
    known = [variable_of(setting.name) for setting in fields(Settings)]
    for variable in sorted(env):
        if variable.startswith(PREFIX) and variable not in {*known, *RENAMED.values()}:
            for similar in difflib.get_close_matches(variable, known, n=1, cutoff=0.85):
                yield f"{variable} is not a setting; did you mean {similar}?"


def _read_bool(text: str) -> bool:
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
            text.strip().lower()
        ]
    except KeyError:
        raise ValueError(f"wanted true or false, got {text!r}") from None


def _read_int(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and len(text) < 16):
        raise ValueError(f"wanted a whole number, got {text[:40]!r}")
    return int(text)


def _read_float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"wanted a number, got {text[:40]!r}") from None


def _read_list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


_READERS: Final[Mapping[Any, Callable[[str], Any]]] = {
    str: str,
    str | None: lambda text: text or None,
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    tuple[str, ...]: _read_list,
}
