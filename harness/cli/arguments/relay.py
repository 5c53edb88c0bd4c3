"""The relay under test: the arguments of `verify relay`, over the variables and the file."""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from streamproof.contracts.loopback import LOOPBACK
from streamproof.harness.cli.arguments.http_types import header_value
from streamproof.harness.cli.arguments.request import add_timeout_argument
from streamproof.harness.cli.arguments.types import (
    count,
    fixed_port,
    host,
    relative_url,
    seconds,
    url,
)
from streamproof.harness.errors import UsageError
from streamproof.harness.http.urls import base_url_problem
from streamproof.harness.verify.capabilities import OF_THE_PROTOCOL
from streamproof.harness.verify.settings.loading import NAME, load_settings
from streamproof.harness.verify.settings.model import (
    TIMEOUT_SECONDS,
    AiSettings,
    AuthSettings,
    BackendSettings,
    DatabaseSettings,
    HistorySettings,
    RequestTemplate,
    RoomSettings,
    TargetSettings,
)
from streamproof.harness.verify.targets import rooms

ROOM: Final = "{room}"
PREFIX: Final = "STREAMPROOF_VERIFY_"
"""How the variables begin that stand for options."""
TYPES: Final[Mapping[str, Callable[[str], Any]]] = {
    "url": url,
    "mock_port": fixed_port,
    "mock_host": host,
    "token": header_value,
    "cookie": header_value,
    "room": header_value,
    "history_url": relative_url,
    "database": str,
    "timeout_seconds": seconds,
    "jobs": count,
}
"""The options that a variable can set, with their types."""


def add_relay_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where a relay is, how to authenticate, and where its rows can be read."""
    relay = parser.add_argument_group(
        "relay under test",
        f"An option wins over its variable {PREFIX}NAME, and this over the settings file.",
    )
    _add_addresses(relay)
    _add_authentication(relay)
    _add_rows(relay)
    add_timeout_argument(relay, None, f"default: {TIMEOUT_SECONDS:g}")
    relay.add_argument(
        "-j",
        "--jobs",
        type=count,
        metavar="NUMBER",
        help="how many scenarios run at once (default: 1, or parallel of the settings file)",
    )


def _add_addresses(relay: "argparse._ArgumentGroup") -> None:
    """Declare where the relay and its AI service are."""
    relay.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help=f"how to start, ask and read the relay (default: {NAME} in this folder, if it exists)",
    )
    relay.add_argument(
        "--url",
        type=url,
        help="URL of the relay, or of its stream with {room} in it (default: that of the settings"
        " file; without one, start and verify the reference relay)",
    )
    relay.add_argument(
        "--mock-port",
        type=fixed_port,
        metavar="PORT",
        help="port where the relay expects its AI service (default: with --url, the option is"
        " required)",
    )
    relay.add_argument(
        "--mock-host",
        type=host,
        metavar="ADDRESS",
        help="address to listen on; 0.0.0.0 if the relay runs in a container"
        f" (default: {LOOPBACK})",
    )


def _add_authentication(relay: "argparse._ArgumentGroup") -> None:
    """Declare what identifies a user."""
    authentication = relay.add_mutually_exclusive_group()
    authentication.add_argument(
        "--token", type=header_value, help="send Authorization: Bearer TOKEN (default: no token)"
    )
    authentication.add_argument(
        "--cookie",
        type=header_value,
        metavar="NAME=VALUE",
        help="send this cookie (default: no cookie)",
    )


def _add_rows(relay: "argparse._ArgumentGroup") -> None:
    """Declare the room, and where its rows can be read."""
    relay.add_argument(
        "--room",
        type=header_value,
        metavar="ID",
        help="use this chat room (default: create one for each scenario)",
    )
    relay.add_argument(
        "--history-url",
        type=relative_url,
        metavar="URL",
        help="URL of the chat history, with {room} in it, relative to --url (default: do not read"
        " the history)",
    )
    relay.add_argument(
        "--database",
        metavar="URL|FILE",
        help="database with the chat tables; for SQLite its path (default: no database is read)",
    )


def settings_of(args: argparse.Namespace) -> TargetSettings | None:
    """Return the settings of the relay under test; None for the reference relay.

    Raises `UsageError` for options that do not fit together, and as `load_settings`.
    """
    given = {name: _given(args, name) for name in TYPES}
    file = args.settings or _file_here()
    if file is not None:
        return _with_options(load_settings(file), given)
    if given["url"] is None:
        for name, value in given.items():
            if value is not None and name != "mock_host":
                raise UsageError(f"{_origin(args, name)} needs --url, or a settings file")
        return None
    return _of_options(given)


def mock_host_of(args: argparse.Namespace) -> str:
    """Return the address of the AI service for the reference relay."""
    return str(_given(args, "mock_host") or LOOPBACK)


def _origin(args: argparse.Namespace, name: str) -> str:
    """Return how a user has set an option: with its name, or with its variable."""
    is_option = getattr(args, name) is not None
    return f"--{name.replace('_', '-')}" if is_option else f"{PREFIX}{name.upper()}"


def _given(args: argparse.Namespace, name: str) -> Any:  # noqa: ANN401  # of the type of the option
    value = getattr(args, name)
    if value is not None or (text := os.environ.get(PREFIX + name.upper())) is None:
        return value
    try:
        return TYPES[name](text)
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise UsageError(f"{PREFIX}{name.upper()}: {error}") from error


def _file_here() -> Path | None:
    file = Path(NAME)
    return file if file.is_file() else None


def _of_options(given: Mapping[str, Any]) -> TargetSettings:
    """Return the settings of a relay that keeps the protocol."""
    address = given["url"]
    if given["mock_port"] is None:
        raise UsageError("--url needs --mock-port: the port where the relay expects its AI service")
    if ROOM in address and given["room"] is None:
        raise UsageError(f"a --url with {ROOM} needs --room")
    settings = TargetSettings(
        backend=BackendSettings(url=address),
        room=rooms.OF_THE_PROTOCOL,
        capabilities=OF_THE_PROTOCOL,
    )
    return _with_options(settings, given)


def _with_options(settings: TargetSettings, given: Mapping[str, Any]) -> TargetSettings:
    """Return settings with the options in their places."""
    backend, ai = settings.backend, settings.ai
    if given["url"] is not None:
        base, path = _base_and_path(given["url"])
        backend = replace(backend, url=base)
        if path:
            settings = replace(settings, ask=replace(settings.ask or RequestTemplate(), path=path))
    if given["history_url"] is not None:
        path = _path_below(given["history_url"])
        history = settings.history or HistorySettings(path=path)
        settings = replace(settings, history=replace(history, path=path))
    if given["token"] is not None:
        settings = replace(settings, auth=AuthSettings(token=given["token"]))
    if given["cookie"] is not None:
        name, _, token = given["cookie"].partition("=")
        settings = replace(settings, auth=AuthSettings(cookie=name, token=token))
    if given["room"] is not None:
        settings = replace(settings, room=RoomSettings(id=given["room"]))
    if given["database"] is not None:
        database = settings.database or DatabaseSettings(url="")
        settings = replace(settings, database=replace(database, url=given["database"]))
    backend = replace(
        backend,
        parallel=given["jobs"] or backend.parallel,
        timeout_seconds=given["timeout_seconds"] or backend.timeout_seconds,
    )
    ai = AiSettings(
        dialect=ai.dialect,
        host=given["mock_host"] or ai.host,
        port=ai.port if given["mock_port"] is None else given["mock_port"],
    )
    return replace(settings, backend=backend, ai=ai)


def _base_and_path(address: str) -> tuple[str, str]:
    """Split the URL of a stream into its base and its path; a base URL has no path to ask."""
    if ROOM not in address:
        if problem := base_url_problem(address):
            wanted = f"wanted the URL of the relay, or one with {ROOM} in it"
            raise UsageError(f"--url: {problem}; {wanted}")
        return address, ""
    parts = urlsplit(address)
    base = f"{parts.scheme}://{parts.netloc}"
    return base, address.removeprefix(base)


def _path_below(address: str) -> str:
    return address if "://" in address or address.startswith("/") else f"/{address}"
