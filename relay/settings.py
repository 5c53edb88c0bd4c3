"""The settings of the relay: one field each, with its default and its unit.

`STREAMPROOF_` and the field's name in capitals is its environment variable; values that cannot
work are refused here, all at once.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Self, get_type_hints
from urllib.parse import urlsplit

from streamproof.relay.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PREFIX: Final = "STREAMPROOF_"
MIN_SECRET_BYTES: Final = 32
"""RFC 7518 section 3.2: a key for HS256 is at least as long as its hash."""

_MAY_BE_ZERO: Final = frozenset(
    {"backoff_seconds", "backoff_max_seconds", "retain_seconds", "drain_seconds"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that can be set about a relay; refuses values that cannot work (`SettingsError`)."""

    ai_url: str
    """Where the AI service is; requests go to `{ai_url}/chat/stream`."""
    ai_token: str | None = field(default=None, repr=False)
    """Sent to the AI service as a bearer token, if any."""
    database: str = field(repr=False)
    """Path of an SQLite file, or a database URL."""

    jwt_secret: str = field(repr=False)
    """The key of the users' tokens (HS256), at least 32 bytes."""
    jwt_cookie: str = "streamproof_token"
    """The cookie that may carry the token."""
    allowed_origins: tuple[str, ...] = ()
    """Origins besides the relay's own from which cookie requests may change something."""

    connect_seconds: float = 5.0
    """Until a connection to the AI service stands."""
    headers_seconds: float = 10.0
    """From the connection until the response headers."""
    first_content_seconds: float = 120.0
    """From the start of the turn until its first content, retries included."""
    idle_seconds: float = 60.0
    """Between two reads of the reply; any byte counts."""
    turn_seconds: float = 900.0
    """The whole turn."""

    attempts: int = 3
    """Requests for one turn at most."""
    backoff_seconds: float = 0.5
    """Upper bound of the first wait between attempts; doubles each time."""
    backoff_max_seconds: float = 8.0
    """Where the doubling stops."""

    max_event_bytes: int = 1_048_576
    """Data of one event from the AI service; exactly that many pass."""
    max_answer_bytes: int = 8 * 1_048_576
    """All content of one answer as UTF-8; exactly that many pass."""
    max_message_bytes: int = 32_768
    """One message of a user as UTF-8."""
    max_running_turns_per_user: int = 3
    """More at once are refused with 429."""

    keep_alive_seconds: float = 15.0
    """Silence on a browser's connection after which a comment is sent."""
    retry_ms: int = 2000
    """How long a browser waits before it reconnects."""
    write_stall_seconds: float = 10.0
    """A browser that takes nothing for so long is dropped."""
    form_seconds: float = 10.0
    """For reading the form of a request."""

    retain_seconds: float = 600.0
    """How long frames are kept after the end of their turn."""
    drain_seconds: float = 30.0
    """How long running turns may go on after the relay was told to stop."""
    creates_chat_tables: bool = True
    """Whether the relay creates the tables with the Prisma names and adds knowledge to them."""

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise SettingsError(problems)

    @property
    def stream_url(self) -> str:
        """Where questions are sent."""
        return f"{self.ai_url.rstrip('/')}/chat/stream"

    @classmethod
    def from_environment(cls, env: Mapping[str, str], **overrides: object) -> Self:
        """Read settings from variables; overrides win, those that are None do not count.

        Raises `SettingsError` with everything that is missing, misspelt or wrong.
        """
        values: dict[str, Any] = {
            name: value for name, value in overrides.items() if value is not None
        }
        problems = list(_misspelt(env))
        hints = get_type_hints(cls)
        for setting in fields(cls):
            name, variable = setting.name, _variable(setting.name)
            if name in values:
                continue
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


def _is_required(setting: Field[Any]) -> bool:
    return setting.default is MISSING and setting.default_factory is MISSING


def _misspelt(env: Mapping[str, str]) -> Iterator[str]:
    """Name variables that are almost one of ours; others may belong to somebody else."""
    known = [_variable(setting.name) for setting in fields(Settings)]
    for variable in sorted(env):
        if variable.startswith(PREFIX) and variable not in known:
            for meant in difflib.get_close_matches(variable, known, n=1, cutoff=0.85):
                yield f"{variable} is no setting; did you mean {meant}?"


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
        yield f"ai_url: wanted {wanted}, got {_without_password(settings.ai_url)}"
    if (length := len(settings.jwt_secret.encode())) < MIN_SECRET_BYTES:
        yield f"jwt_secret: wanted at least {MIN_SECRET_BYTES} bytes, got {length}"
    if not settings.database:
        yield "database: wanted the path of a file or a URL"
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
            yield f"allowed_origins: wanted scheme://host[:port] and no more, got {origin!r}"


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
    """Tell whether a text is an absolute URL with nothing but a host, a port and a path."""
    try:
        url = urlsplit(text)
        bare = not (url.query or url.fragment or url.username or url.password)
        return url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0 and bare
    except ValueError:  # a port that is no number, an unclosed bracket
        return False


def _without_password(url: str) -> str:
    """Quote a URL that was refused, unless a secret may be in it."""
    return "one with an @" if "@" in url else repr(url[:100])


def _is_origin(text: str) -> bool:
    return _is_http(text) and text == "{0.scheme}://{0.netloc}".format(urlsplit(text)).lower()
