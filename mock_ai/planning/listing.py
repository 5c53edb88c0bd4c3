"""A plan in words: what leaves, when, and which chunks leave in one write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from streamproof.mock_ai.actions import (
    Action,
    Finish,
    HangUp,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Wait,
)

LONGEST_TEXT: Final = 160


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One thing that happens; `joined` says that it leaves in the same write as the one before."""

    at_ms: float
    what: str
    text: str = ""
    size: int = 0
    events: int = 0
    joined: bool = False


def list_plan(actions: Iterable[Action]) -> Iterator[PlanLine]:
    """Yield what happens in a plan, in order; times count from the start, or from a hold."""
    at_ms = 0.0
    joined = False
    for action in actions:
        match action:
            case Wait(ms):
                at_ms += ms
                joined = False
                continue
            case Start(status, reason, headers):
                if not action.sent:
                    yield PlanLine(at_ms, "no headers")
                    continue
                at_ms += action.after_ms
                text = "; ".join(f"{name}: {value}" for name, value in headers)
                yield PlanLine(at_ms, f"{status} {reason}".strip(), text)
            case Send(data):
                yield PlanLine(at_ms, "send", shown(data), len(data), action.ends_events, joined)
            case SendOutsideBody(data):
                yield PlanLine(at_ms, "astray", shown(data), len(data), joined=joined)
            case Hold(until):
                yield PlanLine(at_ms, "hold", f"until {until}")
                at_ms, joined = 0.0, False
                continue
            case Finish(garbage):
                yield PlanLine(at_ms, "finish", shown(garbage), len(garbage), joined=joined)
            case HangUp(reset, half):
                yield PlanLine(at_ms, "half close" if half else "reset" if reset else "cut")
        joined = True


def shown(data: bytes) -> str:
    """Show bytes on one line, with escapes for what is not printable; long ones are cut."""
    text = data[: LONGEST_TEXT * 4].decode("utf-8", "surrogateescape")
    escaped = "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in text)
    return escaped if len(escaped) <= LONGEST_TEXT else escaped[: LONGEST_TEXT - 1] + "…"


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python writes a byte that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
