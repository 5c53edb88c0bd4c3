"""The faults of a reply: those of its scenario in its current version, and of its request."""

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
    reply = reply_of(entry, registry)
    return entry.more_faults if reply is None else reply.faults


def offsets_by_meaning(entry: JournalEntry, registry: ScenarioRegistry) -> dict[int, int]:
    """Return where in the body faults strike whose places are by meaning, by their index.

    This plans the reply again, which can take seconds.
    """
    from streamproof.mock_ai.planning.plan import offset_by_meaning  # a start needs no planner

    reply = reply_of(entry, registry)
    found: dict[int, int] = {}
    if reply is None:
        return found
    for index in range(len(reply.faults)):
        with suppress(InvalidScenario, NeverReached):  # the file can have changed since
            offset = offset_by_meaning(reply, index, entry.context)
            if offset is not None:
                found[index] = offset
    return found


def reply_of(entry: JournalEntry, registry: ScenarioRegistry) -> Reply | None:
    """Return the reply with the faults of its request; None if no scenario answered."""
    scenario = registry.scenarios.get(entry.scenario or "")
    if scenario is None:
        return None
    whole = scenario.load()
    reply = whole.replies[whole.index_for(entry.context)]
    return replace(reply, faults=(*reply.faults, *entry.more_faults))


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
