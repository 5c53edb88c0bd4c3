"""The faults of a reply: those of the scenario as it is played, and of its request."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from streamproof.mock_ai.errors import InvalidScenario, NeverReached

if TYPE_CHECKING:
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.journal.journal import JournalEntry
    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.scenario.model import Reply


def faults_of(entry: JournalEntry, registry: ScenarioRegistry) -> tuple[Fault, ...]:
    """Return the faults of a reply, in their order."""
    reply = _reply_of(entry, registry)
    return (*(() if reply is None else reply.faults), *entry.more_faults)


def offsets_by_meaning(entry: JournalEntry) -> dict[int, int]:
    """Return where in the body faults strike whose places are by meaning, by their index.

    This plans the reply again, which can take seconds.
    """
    from streamproof.mock_ai.planning.plan import offset_by_meaning  # a start needs no planner

    found: dict[int, int] = {}
    if entry.reply is None:
        return found
    reply = replace(entry.reply, faults=(*entry.reply.faults, *entry.more_faults))
    for index in range(len(reply.faults)):
        # A reply that cannot be played has no places, and a resumed one may not have this place.
        with suppress(InvalidScenario, NeverReached):
            offset = offset_by_meaning(reply, index, entry.context)
            if offset is not None:
                found[index] = offset
    return found


def _reply_of(entry: JournalEntry, registry: ScenarioRegistry) -> Reply | None:
    """Return the reply of the chosen scenario, also while the scenario is still being loaded."""
    scenario = registry.scenarios.get(entry.scenario or "")
    if entry.reply is not None or scenario is None:
        return entry.reply
    whole = scenario.load()
    return whole.replies[whole.index_for(entry.context)]


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
