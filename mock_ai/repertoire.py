"""The repertoire: the scripts of scenarios, each made once, so that all replies share its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mock_ai.actions import start_of
from mock_ai.http1 import Script, framing_of, lay_out
from mock_ai.plan import plan

if TYPE_CHECKING:
    from mock_ai.actions import Action
    from mock_ai.scenario import Scenario


class Repertoire:
    """Plans a reply when it is first asked for, and keeps it."""

    def __init__(self) -> None:
        self._plans: dict[tuple[str, int], tuple[Action, ...]] = {}
        self._scripts: dict[tuple[str, int, bool, bool], Script] = {}

    def script(self, scenario: Scenario, attempt: int, *, method: str, http_1_0: bool) -> Script:
        """Return the script of what an attempt (counted from 1) gets."""
        index = scenario.reply_index(attempt)
        key = (scenario.name, index, method == "HEAD", http_1_0)
        if key not in self._scripts:
            actions = self._plan(scenario, index)
            framing = framing_of(start_of(actions), method=method, http_1_0=http_1_0)
            self._scripts[key] = lay_out(actions, framing)
        return self._scripts[key]

    def _plan(self, scenario: Scenario, index: int) -> tuple[Action, ...]:
        key = (scenario.name, index)
        if key not in self._plans:
            self._plans[key] = plan(scenario.replies[index])
        return self._plans[key]
