"""The scripts of scenarios: each is made once, so that all replies share its bytes.

They are made in another thread: a long reply takes seconds, and no stream may wait for that.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.http1.writer import WireScript, framing_of, lay_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamproof.mock_ai.faults import Fault
    from streamproof.mock_ai.request.context import RequestContext
    from streamproof.mock_ai.scenario.model import Reply, Scenario


# The name of a scenario, the index of a reply, whether for HEAD, whether for HTTP/1.0.
_Key: TypeAlias = tuple[str, int, bool, bool]


class ScriptCache:
    """Plans a reply when it is needed first, and keeps it until its scenario changes."""

    def __init__(self) -> None:
        self._scripts: dict[_Key, tuple[Scenario, asyncio.Future[WireScript]]] = {}

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
        key = (scenario.name, index, request.method == "HEAD", request.http_1_0)
        known = self._scripts.get(key)
        if known is not None and known[0] is scenario and not faults:
            return await asyncio.shield(known[1])
        reply = scenario.replies[index]
        if faults:
            reply = replace(reply, faults=(*reply.faults, *faults))
        making = asyncio.to_thread(_script, reply, context)
        if faults or reply.depends_on_request:
            return await making
        made = asyncio.ensure_future(making)
        self._scripts[key] = scenario, made
        made.add_done_callback(partial(self._forget_failed, key))
        return await asyncio.shield(made)  # other requests wait for it as well

    def _forget_failed(self, key: _Key, made: asyncio.Future[WireScript]) -> None:
        failed = made.cancelled() or made.exception() is not None
        if failed and self._scripts[key][1] is made:
            del self._scripts[key]


def _script(reply: Reply, context: RequestContext) -> WireScript:
    # Imported here, in the thread: a start must not wait for what plans.
    from streamproof.mock_ai.planning.plan import plan

    actions = plan(reply, context)
    request = context.request
    framing = framing_of(start_of(actions), method=request.method, http_1_0=request.http_1_0)
    return lay_out(actions, framing)
