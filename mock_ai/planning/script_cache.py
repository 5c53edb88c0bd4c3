"""The scripts of scenarios: each is made once, so that all replies share its bytes.

They are made in another thread: a long reply takes seconds, and no stream may wait for that.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.http1.writer import WireScript, framing_of, lay_out
from streamproof.mock_ai.planning.dialect_of_reply import request_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.dialects.dialect import DialectRequest
    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply, Scenario

MAX_FORMS: Final = 16
"""How many scripts of one reply are kept: clients choose the dialect and the model."""


class _Form(NamedTuple):
    """What decides the bytes of a reply, besides its scenario."""

    reply: int
    dialect: DialectRequest
    for_head: bool
    http_1_0: bool


_Making: TypeAlias = "asyncio.Future[WireScript]"


@dataclass(slots=True)
class _Scripts:
    """The scripts of one scenario, the least recently used one first."""

    scenario: Scenario
    forms: OrderedDict[_Form, _Making] = field(default_factory=OrderedDict)

    def add(self, form: _Form, made: _Making) -> None:
        """Keep a script; forget the least recently used one if there are too many."""
        self.forms[form] = made
        if len(self.forms) > MAX_FORMS * len(self.scenario.replies):
            self.forms.popitem(last=False)

    def forget_failed(self, form: _Form, made: _Making) -> None:
        """Forget a script that could not be made."""
        failed = made.cancelled() or made.exception() is not None
        if failed and self.forms.get(form) is made:
            del self.forms[form]


class ScriptCache:
    """Plans a reply when it is needed first, and keeps it until its scenario changes."""

    def __init__(self) -> None:
        self._scripts: dict[str, _Scripts] = {}

    async def script(
        self,
        scenario: Scenario,
        context: RequestContext,
        faults: Sequence[Fault] = (),
    ) -> WireScript:
        """Return the script for a request; `faults` are added to those of the scenario.

        Raises `InvalidScenario` if the values or the faults of the request make it impossible.
        """
        request = context.request
        index = scenario.index_for(context)
        reply = scenario.replies[index]
        wanted = request_for(reply, context)
        if faults or reply.depends_on_request:
            reply = replace(reply, faults=(*reply.faults, *faults))
            return await asyncio.to_thread(script_of, reply, context, wanted)
        scripts = self._of(scenario)
        form = _Form(index, wanted, request.method == "HEAD", request.http_1_0)
        made = scripts.forms.get(form)
        if made is None:
            made = asyncio.ensure_future(asyncio.to_thread(script_of, reply, context, wanted))
            scripts.add(form, made)
            made.add_done_callback(partial(scripts.forget_failed, form))
        else:
            scripts.forms.move_to_end(form)
        return await asyncio.shield(made)  # other requests wait for it as well

    def _of(self, scenario: Scenario) -> _Scripts:
        known = self._scripts.get(scenario.name)
        if known is None or known.scenario is not scenario:
            known = self._scripts[scenario.name] = _Scripts(scenario)
        return known


def script_of(reply: Reply, context: RequestContext, wanted: DialectRequest) -> WireScript:
    """Plan a reply to a request; raises `InvalidScenario`."""
    # Imported here, in the thread: a start must not wait for what plans.
    from streamproof.mock_ai.planning.plan import plan

    actions = plan(reply, context, wanted)
    request = context.request
    framing = framing_of(start_of(actions), method=request.method, http_1_0=request.http_1_0)
    return lay_out(actions, framing)
