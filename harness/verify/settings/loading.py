"""Loads `streamproof.toml`, with every mistake at its line."""

import os
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from streamproof.contracts.contract import BUILT_IN, load_contract
from streamproof.contracts.data_path import data_path
from streamproof.contracts.schema import Schema, own_schema
from streamproof.contracts.source.document import Document, validate_document
from streamproof.contracts.source.errors import SourceErrors
from streamproof.contracts.source.toml_text import load_toml
from streamproof.harness.verify.profiles.mapped import KINDS, EventMapping, mapped_profile
from streamproof.harness.verify.profiles.profile import (
    Profile,
    builtin_profile,
    contract_profile,
)
from streamproof.harness.verify.settings.mistakes import EVENTS, find_mistakes
from streamproof.harness.verify.settings.model import (
    SILENCE_SECONDS,
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

NAME: Final = "streamproof.toml"
SCHEMA: Final = Path(__file__).with_name("settings.schema.json")


def load_settings(path: Path) -> TargetSettings:
    """Load a settings file; raises `SourceError`, or `SourceErrors` with all its mistakes."""
    document = load_toml(path)
    check_document(document)
    return settings_from(document.value, path.parent)


def check_document(document: Document) -> None:
    """Raise `SourceErrors` with all mistakes of a settings file, if it has any."""
    errors = validate_document(document, settings_schema()) or find_mistakes(document)
    if errors:
        raise SourceErrors(errors)


@cache
def settings_schema() -> Schema:
    """Return the JSON Schema of the settings file."""
    return own_schema(SCHEMA)


def profile_of(settings: TargetSettings) -> Profile:
    """Return how the stream of a backend reads; raises `SourceErrors` for a contract file."""
    if settings.profile == EVENTS:
        return mapped_profile(settings.events, settings.sequence)
    if settings.profile in BUILT_IN:
        return builtin_profile(settings.profile)
    return contract_profile(load_contract(settings.folder / settings.profile))


def settings_from(value: Mapping[str, Any], folder: Path) -> TargetSettings:
    """Return the settings in a valid document; its paths are relative to `folder`."""
    events = value.get("events", {})
    room = value.get("room", {})
    capabilities = frozenset(name for name, has in value.get("capabilities", {}).items() if has)
    timeout = TIMEOUT_SECONDS if "time_limits" in capabilities else SILENCE_SECONDS
    return TargetSettings(
        backend=_made(
            BackendSettings,
            {"timeout_seconds": timeout, **value["relay"]},
            directory=folder / value["relay"].get("directory", "."),
        ),
        profile=value.get("profile", "frontend"),
        ask=_request(value.get("ask")),
        auth=_made(AuthSettings, value.get("auth", {})),
        room=RoomSettings(
            id=room.get("id"),
            create=_request(room) if "path" in room else None,
            id_path=data_path(room.get("id_path", "data.id")),
        ),
        stop=_request(value.get("stop")),
        resume=_request(value.get("resume"), method="GET"),
        ai=_made(AiSettings, value.get("ai", {})),
        history=_history(value.get("history")),
        database=_database(value.get("database"), folder),
        events={kind: _mapping(events[kind]) for kind in KINDS if kind in events},
        sequence=events.get("sequence"),
        capabilities=capabilities,
        is_declared=True,
        folder=folder,
    )


def _made(make: type[Any], value: Mapping[str, Any], **more: object) -> Any:  # noqa: ANN401  # of the type `make`
    """Make a dataclass of those keys that are its fields."""
    names = {one.name for one in fields(make)}
    return make(**{name: one for name, one in value.items() if name in names} | more)


def _request(value: Mapping[str, Any] | None, **more: object) -> RequestTemplate | None:
    return None if value is None else _made(RequestTemplate, value, **more)


def _history(value: Mapping[str, Any] | None) -> HistorySettings | None:
    if value is None:
        return None
    texts = {"path", "user", "assistant", "cursor_parameter"}
    paths = {name: data_path(path) for name, path in value.items() if name not in texts}
    made: HistorySettings = _made(HistorySettings, {**value, **paths})
    return made


def _database(value: Mapping[str, Any] | None, folder: Path) -> DatabaseSettings | None:
    if value is None:
        return None
    url = os.path.expandvars(value["url"])
    made: DatabaseSettings = _made(
        DatabaseSettings, value, url=url if "://" in url else str(folder / url)
    )
    return made


def _mapping(value: Mapping[str, Any]) -> EventMapping:
    return EventMapping(
        event=value.get("event"),
        data=value.get("data"),
        when=tuple((data_path(path), wanted) for path, wanted in value.get("when", {}).items()),
        text=data_path(value["text"]) if "text" in value else None,
    )
