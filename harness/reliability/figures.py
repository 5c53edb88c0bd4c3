"""What a run measured, for its summary and for the documentation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streamproof.harness.reliability.observed import TrialObservation
    from streamproof.harness.reliability.trial import Trial
    from streamproof.harness.reports.result import VerifiedCase


@dataclass(slots=True)
class Figures:
    """The counts of a run; a fault counts only if it struck."""

    seed: int = 0
    database: str = ""
    replicas: int = 1
    faults: int = 0
    survived: int = 0
    turns: int = 0
    in_flight: int = 0
    """Turns that ran at the moment of a fault, of all trials."""
    least_in_flight: int | None = None
    """The smallest number of turns that ran at the moment of a fault."""
    kills: int = 0
    takeovers: int = 0
    """Turns that another relay has taken over."""
    returns: int = 0
    """Connections after the first one of each browser."""
    frames: int = 0
    """Frames that browsers received."""
    violations: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    gaps: list[float] = field(default_factory=list)
    rows: set[str] = field(default_factory=set)
    """The faults of the catalogue that struck."""
    complete_steps: Mapping[str, int] = field(default_factory=dict)
    """The faults at failpoints that were tried at every call, with the number of calls."""

    def add(self, trial: Trial, observed: TrialObservation, case: VerifiedCase) -> None:
        """Add a trial."""
        self.turns += len(trial.browsers)
        self.returns += trial.connections - len(trial.browsers)
        self.frames += sum(len(history.frames) for history in observed.histories)
        self.gaps += trial.gaps
        self.kills += trial.kills
        self.takeovers += sum(bool(turn.taken_over_at) for turn in observed.rows.turns)
        self.statuses.update(turn.status for turn in observed.rows.turns)
        for outcome in case.failed:
            self.violations[outcome.check] += len(outcome.findings)
        if not trial.missed:
            self.faults += 1
            self.survived += not case.failed
            self.in_flight += trial.in_flight
            least = trial.in_flight if self.least_in_flight is None else self.least_in_flight
            self.least_in_flight = min(least, trial.in_flight)
            self.rows.add(trial.fault.id)

    def as_json(self) -> Mapping[str, object]:
        """Return the figures with stable keys."""
        return {
            "seed": self.seed,
            "database": self.database,
            "replicas": self.replicas,
            "faults": self.faults,
            "survived": self.survived,
            "rows": len(self.rows),
            "turns": self.turns,
            "turnsInFlight": self.in_flight,
            "leastInFlight": self.least_in_flight or 0,
            "kills": self.kills,
            "takeovers": self.takeovers,
            "returns": self.returns,
            "frames": self.frames,
            "violations": dict(self.violations),
            "statuses": dict(sorted(self.statuses.items())),
            "resumeGapMs": {
                name: round(_quantile(self.gaps, share) * 1000)
                for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))
            },
            "everyCall": dict(sorted(self.complete_steps.items())),
        }


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
