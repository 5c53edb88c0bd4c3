"""The faults of a reply: those of its scenario in its current version, and of its request."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.library.registry import ScenarioRegistry


def faults_of(entry: JournalEntry, registry: ScenarioRegistry) -> tuple[Fault, ...]:
    """Return the faults of a reply, in their order."""
    scenario = registry.scenarios.get(entry.scenario or "")
    if scenario is None:
        return entry.more_faults
    whole = scenario.load()
    reply = whole.replies[whole.index_for(entry.context)]
    return (*reply.faults, *entry.more_faults)


def faults_json(entry: JournalEntry, registry: ScenarioRegistry) -> list[str]:
    """Return the faults of a reply, as a scenario file writes them."""
    return [fault_json(fault) for fault in faults_of(entry, registry)]


def fault_json(fault: Fault) -> str:
    """Return a fault as a scenario file writes it, without default values."""
    values: dict[str, Any] = {}
    for field in fields(fault):  # type: ignore[arg-type]  # every fault is a dataclass
        value = getattr(fault, field.name)
        if value != field.default and value != {}:
            values[field.name] = value
    inside = ", ".join(f"{key}: {json.dumps(value, default=str)}" for key, value in values.items())
    return f"{fault.kind}: {{{inside}}}"
