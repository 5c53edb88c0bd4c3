"""What a drawing consists of, in the units of its SVG; the template draws each kind."""

from dataclasses import dataclass
from typing import TypeAlias

from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark

LaneKey: TypeAlias = tuple[Leg, str]


@dataclass(frozen=True, slots=True)
class Label:
    """A text at a place; `anchor` is that of SVG."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Shape:
    """A mark in its lane: a bar for bytes, a dot for an event, a line for the rest."""

    kind: MarkKind
    leg: Leg
    x: float
    y: float
    height: float
    tip: str
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """The band of one leg, or of one user at that leg."""

    leg: Leg
    name: str
    y: float
    who: str = ""

    @property
    def key(self) -> LaneKey:
        """What its marks have in common."""
        return self.leg, self.who


def lane_key(mark: TimelineMark) -> LaneKey:
    """Return in which lane a mark is; all users share the AI service."""
    return mark.leg, "" if mark.leg is Leg.AI else mark.who


@dataclass(frozen=True, slots=True)
class Break:
    """Where a check broke, what happened there, and what the contract allowed."""

    x: float
    happened: Label
    allowed: Label | None

    @property
    def lines(self) -> int:
        """How many lines of text it has."""
        return 1 if self.allowed is None else 2


@dataclass(frozen=True, slots=True)
class QuietSpan:
    """A band for a long time without a mark."""

    x: float
    width: float
    label: Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """A timeline as shapes; `summary` is the drawing in words, and `marks` are what it shows."""

    summary: str
    marks: tuple[TimelineMark, ...]
    height: float
    lanes: tuple[Lane, ...]
    silences: tuple[QuietSpan, ...]
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]
    faults: tuple[Label, ...]
    ticks: tuple[Label, ...]
    broken: Break | None
    omitted: int
    bottom: float
    """Where the lanes end."""
