"""The index of the shipped scenarios, which `mock_ai/library/index.py` reads at a start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streamproof.mock_ai.library.index import entry_of
from tools.shipped import shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamproof.mock_ai.scenario.model import Scenario


def generate(_index: str) -> str:
    """Return the index, one line for each scenario; nothing of the old one stays."""
    found = entries(shipped_scenarios().values())
    lines = sorted(json.dumps(entry, ensure_ascii=False) for entry in found)
    return "[\n{}\n]\n".format(",\n".join(lines))


def entries(scenarios: Iterable[Scenario]) -> list[dict[str, Any]]:
    """Return the entries of the index, without scenarios that a start must load."""
    return [
        entry_of(one, one.path.read_bytes())
        for one in scenarios
        if one.path and not (one.when or one.includes or one.warnings)
    ]
