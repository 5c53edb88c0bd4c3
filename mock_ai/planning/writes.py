"""The writes of a plan as they leave, and a hash by which two machines compare their plans."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamproof.mock_ai.actions import HangUp, Hold, start_of
from streamproof.mock_ai.http1.writer import framing_of, lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamproof.mock_ai.actions import Action, EndingAction


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """One thing that leaves, or is waited for; the time counts from the start, or from a hold."""

    at_ms: float
    what: str
    data: bytes = b""


def list_writes(actions: Sequence[Action]) -> Iterator[PlannedWrite]:
    """Yield what leaves for a POST in HTTP/1.1, with its framing."""
    script = lay_out(actions, framing_of(start_of(actions), method="POST", http_1_0=False))
    for action in script.with_head((), http_1_0=False, keep_alive=True):
        if isinstance(action, Hold):
            yield PlannedWrite(0.0, f"hold until {action.until}")
        else:
            yield PlannedWrite(action.at_ms, "write", action.data)
    yield PlannedWrite(script.ends_at_ms, _in_a_word(script.ending))


def plan_hash(actions: Sequence[Action]) -> str:
    """Return the SHA-256 of everything that leaves and when; the same file gives the same one."""
    digest = hashlib.sha256()
    for one in list_writes(actions):
        head = [round(one.at_ms, 3), one.what, len(one.data)]
        digest.update(json.dumps(head).encode() + b"\n" + one.data)
    return digest.hexdigest()


def _in_a_word(ending: EndingAction) -> str:
    match ending:
        case HangUp(reset=True):
            return "reset"
        case HangUp(half=True):
            return "half-close"
        case HangUp():
            return "cut"
    return "finish"
