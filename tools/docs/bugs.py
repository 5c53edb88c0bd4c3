"""`docs/bugs.md`: the catalogue of reported streaming bugs, from `docs/bugs.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.document import load_yaml
from tools.shipped import shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamproof.mock_ai.scenario.model import Scenario

CATALOGUE: Final = Path(__file__).resolve().parents[2] / "docs" / "bugs.yaml"

_KEYS: Final = {"id", "symptom", "sound", "threads", "scenarios", "client"}
_HEAD: Final = """\
# Reported streaming bugs

This catalogue lists streaming bugs from public reports, with the scenarios that reproduce them.
Use it to find the scenario for a bug that you met.

Each row is one cause on the wire, with the behaviour of a correct reader or relay.
Some bugs also need a client that misbehaves; the last column then describes the client.
If a server cannot cause the bug, the last column says why.

Run a scenario against your backend, or serve it to any client:

```sh
streamproof verify relay --url … --scenario NAME
streamproof mock
```

In a checkout, use `./run` in place of `streamproof`.
There, `./run docs` generates this page from `bugs.yaml` and the scenario files.
"""
_COLUMNS: Final = "| id | what happens | correct behaviour | reports | scenarios |"


@dataclass(frozen=True, slots=True)
class Row:
    """One cause; without scenarios, `client` says why a server cannot cause it."""

    id: str
    symptom: str
    sound: str
    threads: tuple[str, ...]
    scenarios: tuple[str, ...] = ()
    client: str = ""

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Row:
        """Build a row; raises ValueError for a key that means nothing."""
        if unknown := set(value) - _KEYS:
            raise ValueError(f"{value.get('id')}: unknown keys {unknown}")
        parts: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in value.items()
        }
        return cls(**parts)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rows, and the titles of their groups by the first letter of their ids."""

    groups: Mapping[str, str]
    rows: tuple[Row, ...]

    @classmethod
    def load(cls) -> Catalogue:
        """Read the catalogue."""
        value: Any = load_yaml(CATALOGUE).value
        return cls(value["groups"], tuple(Row.read(row) for row in value["rows"]))


def generate(_page: str) -> str:
    """Return the page; nothing of the old one stays."""
    scenarios = shipped_scenarios()
    catalogue = Catalogue.load()
    lines = [_HEAD]
    for letter, title in catalogue.groups.items():
        lines += [f"## {letter}. {title}", "", _COLUMNS, "| --- | --- | --- | --- | --- |"]
        rows = (row for row in catalogue.rows if row.id[0] == letter)
        lines += [*(_line(row, scenarios) for row in rows), ""]
    return "\n".join(lines)


def _line(row: Row, scenarios: Mapping[str, Scenario]) -> str:
    cells = (row.id, row.symptom, row.sound, ", ".join(map(_report, row.threads)))
    return f"| {' | '.join(cells)} | {' '.join(_played(row, scenarios))} |"


def _report(thread: str) -> str:
    return f"[{thread}](https://github.com/{thread.replace('#', '/issues/')})"


def _played(row: Row, scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    links = []
    for name in row.scenarios:
        path = scenarios[name].path
        folder = f"{path.parent.name}/" if path else ""
        links.append(f"[{name}](../scenarios/{folder}{name}.yaml)")
    if links:
        yield ", ".join(links)
    if row.client:
        yield row.client
