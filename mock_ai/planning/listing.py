"""A plan for people: its actions as lines, its writes with all bytes, and a hash of the writes.

`list_plan` shows what happens and which chunks leave in one write. `list_writes` shows the bytes of
each write, with the framing of HTTP. Two machines compare their plans by `plan_hash`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streamproof.contracts.aws_event_stream import frames_in
from streamproof.mock_ai.actions import (
    Action,
    Finish,
    HangUp,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Wait,
    start_of,
)
from streamproof.mock_ai.http1.writer import framing_of, lay_out

if TYPE_CHECKING:
    from streamproof.mock_ai.actions import Closing, EndingAction
    from streamproof.mock_ai.actions.head import Headers

LONGEST_TEXT: Final = 160


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One action; `joined` tells whether it leaves in the same write as the line before."""

    at_ms: float
    what: str
    text: str = ""
    size: int = 0
    events: int = 0
    joined: bool = False


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """One write, hold or ending; the time counts from the start, or from the end of a hold."""

    at_ms: float
    what: str
    data: bytes = b""


def list_plan(actions: Iterable[Action]) -> Iterator[PlanLine]:
    """Yield the actions of a plan in order.

    Times count from the start, or from the end of a hold.
    """
    at_ms = 0.0
    joined = False
    trailers: Headers = ()
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
                for interim in action.interim:
                    yield _head_line(at_ms, interim.status, interim.reason, interim.headers)
                    at_ms += interim.wait_ms
                yield _head_line(at_ms, status, reason, headers)
                trailers = action.trailers
            case Send(data):
                text = _shown_body(data)
                yield PlanLine(at_ms, "send", text, len(data), action.ends_events, joined)
            case SendOutsideBody(data):
                yield PlanLine(at_ms, "outside the body", shown(data), len(data), joined=joined)
            case Hold(until):
                yield PlanLine(at_ms, "hold", f"until {until}")
                at_ms, joined = 0.0, False
                continue
            case Finish(garbage):
                text = _fields(trailers) or shown(garbage)
                yield PlanLine(at_ms, _name_of(action), text, len(garbage), joined=joined)
            case _:
                yield PlanLine(at_ms, _name_of(action))
        joined = True


def _head_line(at_ms: float, status: int, reason: str, headers: Headers) -> PlanLine:
    return PlanLine(at_ms, f"{status} {reason}".strip(), _fields(headers))


def _fields(headers: Headers) -> str:
    return "; ".join(f"{name}: {value}" for name, value in headers)


def list_writes(actions: Sequence[Action]) -> Iterator[PlannedWrite]:
    """Yield what leaves as the reply to a POST in HTTP/1.1, with its framing."""
    script = lay_out(actions, framing_of(start_of(actions), method="POST", http_1_0=False))
    for action in script.with_head((), http_1_0=False, keep_alive=True):
        if isinstance(action, Hold):
            yield PlannedWrite(0.0, f"hold until {action.until}")
        else:
            yield PlannedWrite(action.at_ms, "write", action.data)
    yield PlannedWrite(script.ends_at_ms, _name_of(script.ending))


def plan_hash(actions: Sequence[Action]) -> str:
    """Return the SHA-256 of all writes and their times; equal plans have equal hashes."""
    digest = hashlib.sha256()
    for one in list_writes(actions):
        head = [round(one.at_ms, 3), one.what, len(one.data)]
        digest.update(json.dumps(head).encode() + b"\n" + one.data)
    return digest.hexdigest()


def shown(data: bytes) -> str:
    """Return bytes as one line, with escapes for what is not printable; long data is cut."""
    text = data[: LONGEST_TEXT * 4].decode("utf-8", "surrogateescape")
    escaped = "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in text)
    return escaped if len(escaped) <= LONGEST_TEXT else escaped[: LONGEST_TEXT - 1] + "…"


def _shown_body(data: bytes) -> str:
    """Return bytes of a body as `shown` does; of binary frames only their names and data."""
    frames = frames_in(data)
    return shown(b" ".join(f"{one.name} ".encode() + one.data for one in frames or ()) or data)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # how Python writes a byte that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def _name_of(ending: EndingAction) -> str:
    """Return what becomes of the body and the connection."""
    if isinstance(ending, HangUp):
        if ending.half:
            return "half-close"
        return "reset" if ending.reset else f"cut{_without_notify(ending)}"
    closing = ending.closing
    if closing is None:
        return "finish"
    how = "reset" if closing.reset else f"close{_without_notify(closing)}"
    if closing.idle_ms is None:
        return f"finish, {how} after {closing.after_ms:g} ms"
    return f"finish, {how} if idle for {closing.idle_ms:g} ms"


def _without_notify(how: HangUp | Closing) -> str:
    return "" if how.close_notify else " without close_notify"
