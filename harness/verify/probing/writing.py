"""Writes a settings file as commented TOML."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from streamproof.harness.verify.capabilities import CAPABILITIES

ORDER: Final = ("relay", "ask", "auth", "room", "ai", "history", "database", "events")
ABOUT: Final[Mapping[str, str]] = {
    "relay": "Where the backend is, and how it is started.",
    "ask": "The request that sends a message: {message}, {room} and {uuid} are replaced.",
    "auth": "How requests are authenticated.",
    "room": "How each scenario gets a room; without this table, the page chooses a random ID.",
    "ai": "The AI service that the backend asks: the mock.",
    "history": "Where the messages can be read back.",
    "database": "Where the rows can be read.",
    "events": "What tells the events of each kind, and where their text is.",
}
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH: Final = 34


def settings_text(document: Mapping[str, Any], capabilities: Collection[str], schema: str) -> str:
    """Return the text of a settings file; `schema` is the path of its JSON Schema."""
    lines = [
        f"#:schema {schema}",
        "# How `streamproof verify relay` starts, asks and reads this backend.",
        "",
        _line("profile", document.get("profile", "frontend")),
        *(line for name in ORDER if name in document for line in _table(name, document[name])),
        "",
        "# What the backend promises. What is not true here is skipped, and counted.",
        "[capabilities]",
        *_capabilities(capabilities),
    ]
    return "\n".join(lines) + "\n"


def _table(name: str, value: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"# {ABOUT[name]}"
    yield f"[{name}]"
    yield from (_line(key, one) for key, one in value.items())


def _capabilities(held: Collection[str]) -> Iterator[str]:
    """Yield every capability: those that held as true, the others as comments."""
    for name, meaning in CAPABILITIES.items():
        if name != "reasons":
            line = f"{name} = true" if name in held else f"# {name} = true"
            yield f"{line:<{_WIDTH}}# {meaning}"


def _line(key: str, value: object) -> str:
    return f"{_key(key)} = {toml_value(value)}"


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else toml_value(key)


def toml_value(value: object) -> str:
    """Return a value as TOML; the text of JSON is a text of TOML."""
    if isinstance(value, dict):
        return f"{{{', '.join(_line(key, one) for key, one in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
