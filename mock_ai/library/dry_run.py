"""Trials: a reply is planned before anybody asks for it, to find everything that cannot be played.

What is found is taken out of the reply and the rest tried again. Of faults only the first that does
not fit is found, as those after it may fit once it does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

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
"""Of so many faults each is also tried left out, which takes three plans for each."""
_MOST_ACTIONS: Final = 2_000
"""Of longer replies no fault is."""

_NO_EFFECT: Final = "has no effect beside the other faults of its reply"
_LEAVE_OUT: Final = "leave it out, or change the order of the faults"


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
    """Return a reply without what was refused at a path; None where nothing else can be tried."""
    match path:
        case ("steps", int(index), *_):
            steps = (*reply.steps[:index], NO_STEP, *reply.steps[index + 1 :])
            return replace(reply, steps=steps, faults=())
        case ("steps",):
            return replace(reply, steps=(), faults=())
        case ("reason",):
            return replace(reply, reason=None)
        case ("headers",):
            return replace(reply, headers={})
    return None


def _try_faults(diagnostics: Diagnostics, reply: Reply, actions: Sequence[Action]) -> None:
    """Refuse a fault that would change the reply alone, but nothing beside the others."""
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
    """Return what is seen of a reply with other faults; None where they do not fit."""
    try:
        return _visible(plan(replace(reply, faults=faults)))
    except InvalidScenario:
        return None


def _visible(actions: Sequence[Action]) -> Sequence[Action]:
    """Return actions without the words of a head that is never sent."""
    start = start_of(actions)
    return actions if start.sent else (Start(0, "", after_ms=start.after_ms), *actions[1:])
