"""The settings of the relay: one field for each, with its default and its unit.

The environment variable of a field is `STREAMPROOF_` and its name in capital letters. All values
that cannot work are reported together.
"""

from __future__ import annotations

import difflib
import logging
import math
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self, get_type_hints
from urllib.parse import urlsplit

from streamproof.contracts.origins import is_origin
from streamproof.contracts.text import short
from streamproof.relay.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_logger = logging.getLogger(__name__)

PREFIX: Final = "STREAMPROOF_"
RENAMED: Final[Mapping[str, str]] = {"creates_chat_tables": f"{PREFIX}OWNS_SEED_TABLES"}
"""The old variables of settings; they are still read, with a warning."""
MIN_SECRET_BYTES: Final = 32
"""RFC 7518, section 3.2: a key for HS256 is at least as long as the hash."""

_MAY_BE_ZERO: Final = frozenset(
    {"backoff_seconds", "backoff_max_seconds", "retain_seconds", "drain_seconds"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a relay; raises `SettingsError` for values that cannot work."""

    ai_url: str
    """URL of the AI service; questions go to `{ai_url}/chat/stream`."""
    ai_token: str | None = field(default=None, repr=False)
    """Bearer token for the AI service."""
    database: str = field(repr=False)
    """Path of an SQLite file, or its URL."""

    jwt_secret: str = field(repr=False)
    """Key of the users' tokens (HS256), at least 32 bytes."""
    jwt_cookie: str = "streamproof_token"
    """Name of the cookie that can carry the token."""
    allowed_origins: tuple[str, ...] = ()
    """Other origins whose pages can use the relay, with the cookie too."""

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

    keep_alive_seconds: float = 15.0
    """Seconds of silence before the relay sends a comment to a browser."""
    retry_ms: int = 2000
    """Milliseconds that a browser waits before it reconnects."""
    write_stall_seconds: float = 10.0
    """Seconds without a read by a browser before the relay closes its connection."""
    form_seconds: float = 10.0
    """Seconds for the body of a request to arrive."""

    retain_seconds: float = 600.0
    """Seconds to keep the frames after the end of their turn."""
    drain_seconds: float = 30.0
    """Seconds that running turns can continue after SIGTERM."""
    creates_chat_tables: bool = True
    """Whether the relay creates the chat tables, and adds users and knowledge to them."""

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
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
        if problems:
            raise SettingsError(tuple(problems))
        return cls(**values)


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _variable_in(env: Mapping[str, str], name: str) -> str:
    """Return the variable of a setting: the old one if only that is set, with a warning."""
    variable, old = _variable(name), RENAMED.get(name)
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
    known = [_variable(setting.name) for setting in fields(Settings)]
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


def _problems(settings: Settings) -> Iterator[str]:
    yield from _bad_numbers(settings)
    if not _is_http(settings.ai_url):
        wanted = "http://host or https://host, without query, fragment or password"
        yield f"ai_url: wanted {wanted}, got {_quote_url(settings.ai_url)}"
    if (length := len(settings.jwt_secret.encode())) < MIN_SECRET_BYTES:
        yield f"jwt_secret: wanted at least {MIN_SECRET_BYTES} bytes, got {length}"
    if not settings.database:
        yield "database: wanted the path of a file, or a URL"
    if (
        not settings.jwt_cookie.isascii()
        or not settings.jwt_cookie.replace("-", "_").isidentifier()
    ):
        yield f"jwt_cookie: wanted letters, digits, - and _, got {settings.jwt_cookie!r}"
    token = settings.ai_token or ""
    if not (token.isascii() and token.isprintable()):
        yield "ai_token: wanted printable ASCII"
    for origin in settings.allowed_origins:
        if not _is_origin(origin):
            yield f"allowed_origins: wanted only scheme://host[:port], got {short(origin)}"


def _bad_numbers(settings: Settings) -> Iterator[str]:
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not math.isfinite(value) or value < 0:
            yield f"{setting.name}: wanted a number of at least 0, got {value}"
        elif value == 0 and setting.name not in _MAY_BE_ZERO:
            yield f"{setting.name}: wanted more than 0, got 0"


def _is_http(text: str) -> bool:
    """Tell whether a text is an HTTP URL with only a host, a port and a path."""
    try:
        url = urlsplit(text)
        plain = not (url.query or url.fragment or url.username or url.password)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and plain
    except ValueError:  # the port is not a number, or a bracket is not closed
        return False


def _quote_url(url: str) -> str:
    """Quote a URL that was refused, unless it may contain a password."""
    return "a URL with @" if "@" in url else repr(url[:100])


def _is_origin(text: str) -> bool:
    """Tell whether a text is the origin of one server; the port of an HTTP one must be valid."""
    return is_origin(text) and (_is_http(text) or not text.startswith(("http:", "https:")))
