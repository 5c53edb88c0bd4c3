"""Plan a reply when its file is loaded, to find everything in it that cannot be played.

After an error the offending value is removed, and the rest of the reply is planned again. Of
several faults only the first invalid one is reported, because it may cause errors in later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.source.document import MOST_ERRORS
from streamproof.contracts.sse import NO_LIMIT, Decoder
from streamproof.mock_ai.actions import Start, start_of
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.planning.plan import plan, planned_chunks
from streamproof.mock_ai.scenario.steps import NO_STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.contracts.source.path import DocumentPath
    from streamproof.mock_ai.actions import Action
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.scenario.diagnostics import Diagnostics
    from streamproof.mock_ai.scenario.model import Reply

_MOST_TOGETHER: Final = 8
"""Limit of faults in the check for faults without effect, which needs three plans per fault."""
_MOST_ACTIONS: Final = 2_000
"""Limit of actions in that check."""

_HEAD_KEYS: Final[Mapping[str, object]] = {
    "reason": None,
    "headers": {},
    "interim": (),
    "trailers": {},
    "chunk_extension": "",
}
"""Keys whose values can be invalid by themselves, with the value of a reply without them."""

_NO_EFFECT: Final = "this fault changes nothing, because the other faults hide its effect"
_LEAVE_OUT: Final = "remove it, or change the order of the faults"


def find_unplayable(diagnostics: Diagnostics, reply: Reply | None) -> None:
    """Report what is wrong with a reply, unless it only follows from another error."""
    for _ in range(MOST_ERRORS):
        if reply is None:
            return
        try:
            actions = plan(reply)
        except InvalidScenario as error:
            diagnostics.error((*reply.at, *error.path), str(error))
            reply = _without(reply, error.path)
        else:
            _try_faults(diagnostics, reply, actions)
            if reply.resume and not _has_ids(actions):
                diagnostics.error((*reply.at, "resume"), "no event has an id to resume from")
            return


def _without(reply: Reply, path: DocumentPath) -> Reply | None:
    """Return the reply without the invalid value at a path; None if it cannot be removed."""
    match path:
        case ("steps", int(index), *_):
            steps = (*reply.steps[:index], NO_STEP, *reply.steps[index + 1 :])
            return replace(reply, steps=steps, faults=())
        case ("steps",):
            return replace(reply, steps=(), faults=())
        case (str(key), *_) if key in _HEAD_KEYS:
            changed: dict[str, Any] = {key: _HEAD_KEYS[key]}
            return replace(reply, **changed)
    return None


def _try_faults(diagnostics: Diagnostics, reply: Reply, actions: Sequence[Action]) -> None:
    """Report a fault that changes the reply alone, but not together with the other faults."""
    if not 1 < len(reply.faults) <= _MOST_TOGETHER or len(actions) > _MOST_ACTIONS:
        return
    for index, fault in enumerate(reply.faults):
        others = (*reply.faults[:index], *reply.faults[index + 1 :])
        if _visible(actions) == _planned(reply, *others) and _acts_alone(reply, fault):
            at = (*reply.at, "faults", index, fault.kind)
            diagnostics.error(at, _NO_EFFECT, _LEAVE_OUT)
            return


def _has_ids(actions: Sequence[Action]) -> bool:
    decoder = Decoder(max_event_bytes=NO_LIMIT, max_line_bytes=NO_LIMIT)
    for chunk in planned_chunks(actions):
        decoder.feed(chunk)
    return bool(decoder.last_event_id)


def _acts_alone(reply: Reply, fault: Fault) -> bool:
    alone = _planned(reply, fault)
    return alone is not None and alone != _planned(reply)


def _planned(reply: Reply, *faults: Fault) -> Sequence[Action] | None:
    """Return the visible actions of a reply with other faults; None if they cannot be played."""
    try:
        return _visible(plan(replace(reply, faults=faults)))
    except InvalidScenario:
        return None


def _visible(actions: Sequence[Action]) -> Sequence[Action]:
    """Return the actions without the content of a head that is not sent."""
    start = start_of(actions)
    return actions if start.sent else (Start(0, "", after_ms=start.after_ms), *actions[1:])
