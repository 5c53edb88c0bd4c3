"""What a fault of the catalogue is, and what it can do to a trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from streamproof.harness.reliability.browser import Habit
from streamproof.harness.reliability.failpoints import KILL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from streamproof.harness.reliability.failpoints import Strike
    from streamproof.harness.reliability.trial import Trial

Disturbance: TypeAlias = "Callable[[Trial], Awaitable[None]]"
"""Disturbs a trial while its turns run."""

STEADY: Final = "reliability-steady"
STEADY_SCENARIO: Final = f"""
name: {STEADY}
title: A steady answer with sources, which names its room
vars: {{}}
pace: {{first_ms: 15, gap_ms: 8}}
steps:
  - content: ["In {{{{conversation}}}},", " the relay", " commits", " a", " frame", " before"]
  - content: [" it", " shows", " it."]
  - sources:
      - {{id: doc-1, title: One, content: First source}}
      - {{id: doc-2, title: Two, content: Second source}}
  - content: [" So", " a", " page", " can", " come", " back", " at", " any", " time."]
  - end
"""
SLOW: Final = "reliability-slow"
SLOW_SCENARIO: Final = f"""
name: {SLOW}
title: An answer that lasts longer than the start of a relay
vars: {{}}
pace: {{first_ms: 15, gap_ms: 150}}
steps:
  - content: ["In {{{{conversation}}}},", " a", " new", " relay", " continues", " a", " turn"]
  - content: [" that", " it", " has", " never", " seen", " because", " its", " memory"]
  - content: [" has", " nothing", " that", " the", " log", " does", " not", " have."]
  - end
"""
CROWD: Final = "reliability-crowd"
CROWD_SCENARIO: Final = f"""
name: {CROWD}
title: An answer with an event each second, for many turns at once
vars: {{}}
pace: {{first_ms: 1000, gap_ms: 1000}}
steps:
  - content: ["In {{{{conversation}}}},", " many", " turns", " run", " at", " one", " time"]
  - sources:
      - {{id: doc-1, title: One, content: First source}}
      - {{id: doc-2, title: Two, content: Second source}}
  - content: [" and", " each", " of", " them", " sends", " a", " word", " in", " a", " second"]
  - content: [" so", " that", " a", " small", " machine", " can", " carry", " all", " of", " them."]
  - end
"""
LARGE: Final = "reliability-large"
_PART_BYTES: Final = 65_536
_PARTS: Final = 96
LARGE_SCENARIO: Final = f"""
name: {LARGE}
title: More than the buffers of a connection hold
vars: {{}}
steps:
  - content: "In {{{{conversation}}}}, "
  - repeat:
      times: {_PARTS}
      steps:
        - json: {{type: filler, text: {"x" * _PART_BYTES}}}
  - content: the end
  - end
"""
"""The parts are passed on to browsers, but they are not a part of the answer."""
OWN_SCENARIOS: Final[Mapping[str, str]] = {
    STEADY: STEADY_SCENARIO,
    SLOW: SLOW_SCENARIO,
    CROWD: CROWD_SCENARIO,
    LARGE: LARGE_SCENARIO,
}
"""The scenarios that only trials use, by their names."""


class DatabaseKind(StrEnum):
    """A kind of database of the relays under test."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Armed(StrEnum):
    """Where a strike is armed."""

    STRUCK = "struck"
    """At the relay that the fault strikes."""
    AT_RESTART = "at-restart"
    """At that relay, when it starts again, and not before."""
    AMID = "amid"
    """At that relay, once every browser has its first frame."""
    OTHERS = "others"
    """At the other relays, which take its turns over."""


class Group(StrEnum):
    """Where a fault strikes."""

    UPSTREAM = "upstream"
    DATABASE = "database"
    RELAY = "relay"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class TrialFault:
    """One line of the catalogue."""

    name: str
    what: str
    group: Group
    scenario: str = STEADY
    """What the AI service streams."""
    habit: Habit = field(default_factory=Habit)
    strike: Strike | None = None
    """What happens at a failpoint of the relay."""
    armed: Armed = Armed.STRUCK
    prepare: Disturbance | None = None
    """What happens before the turns begin."""
    disturb: Disturbance | None = None
    """What else happens while the turns run."""
    databases: frozenset[DatabaseKind] = frozenset(DatabaseKind)
    """The kinds of databases on which the fault is tried."""

    @property
    def id(self) -> str:
        """The name of the fault with its group."""
        return f"{self.group}/{self.name}"

    @property
    def kills_at_each_call(self) -> bool:
        """Whether the fault is tried at every call of its failpoint."""
        return self.strike is not None and self.strike.action == KILL

    @property
    def may_refuse(self) -> bool:
        """Whether the relay may answer that it cannot work now."""
        return self.group in {Group.DATABASE, Group.RELAY}
