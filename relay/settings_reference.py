"""Every setting with its variable, default, unit and meaning, from the source of `Settings`.

`streamproof relay --settings` and docs/relay.md show this list, so each text stands in one place.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Final

from streamproof.relay.settings import Settings, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NOTHING: Final = "none"
"""The default of a setting that has no value unless it is set."""
UNITS: Final[Mapping[str, str]] = {"seconds": "seconds", "ms": "milliseconds", "bytes": "bytes"}
"""The units, by the last word of a setting's name."""
_KINDS: Final[Mapping[str, str]] = {
    "bool": "true or false",
    "int": "number",
    "tuple[str, ...]": "texts, separated by commas",
}
"""What a setting without a unit is, by its type; any other is text."""


@dataclass(frozen=True, slots=True)
class SettingEntry:
    """A line of the list; without a default the setting is required."""

    name: str
    variable: str
    default: str | None
    unit: str
    meaning: str


def setting_entries() -> tuple[SettingEntry, ...]:
    """Return every setting, in the order of the source."""
    meanings = dict(_docstrings())
    return tuple(
        SettingEntry(
            one.name,
            variable_of(one.name),
            None if one.default is MISSING else _written(one.default),
            UNITS.get(one.name.rpartition("_")[2]) or _KINDS.get(str(one.type), "text"),
            meanings[one.name],
        )
        for one in fields(Settings)
    )


def _docstrings() -> Iterator[tuple[str, str]]:
    """Yield the name of each field and the text below it, which Python itself drops."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    for field, text in zip(body.body, body.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(meaning))
            ):
                yield name, " ".join(meaning.split())


def _written(default: object) -> str:
    """Return a default as a variable would have it; nothing is `NOTHING`."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, int | float):
        return f"{default:.10g}"
    return str(default) if default else NOTHING
