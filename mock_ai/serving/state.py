"""The state of a mock: what all its routes share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamproof.contracts.origins import Origins
from streamproof.mock_ai.errors import NoSuchScenario
from streamproof.mock_ai.planning.script_cache import ScriptCache
from streamproof.mock_ai.serving.matching import preflight_scenarios

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from streamproof.mock_ai.library.registry import ScenarioRegistry
    from streamproof.mock_ai.scenario.summary import ScenarioSummary
    from streamproof.mock_ai.serving.matching import Unmatched
    from streamproof.mock_ai.serving.misses import Misses
    from streamproof.mock_ai.serving.runs import Runs

    Scenarios: TypeAlias = Mapping[str, ScenarioSummary]


@dataclass(slots=True, eq=False)
class MockState:
    """The scenarios, the runs, and the scenario for requests that nothing else decides."""

    registry: ScenarioRegistry
    runs: Runs
    default: str | None = None
    script_cache: ScriptCache = field(default_factory=ScriptCache)
    origins: Origins = field(default_factory=Origins)
    """The origins of the pages that may read replies."""
    chat_url: str | None = None
    """The URL of the chat page that the inspector links to."""
    on_unmatched: Callable[[Unmatched], None] | None = None
    """A function that is called for each request that no scenario answers."""
    misses: Misses | None = None
    """What passes requests that no scenario answers on to a service."""
    watchers: list[Callable[[], None]] = field(default_factory=list)
    """Functions that are called after entries of the journal were deleted."""

    _preflights: tuple[Scenarios, Scenarios] = field(default=({}, {}), init=False, repr=False)

    @property
    def preflight_scenarios(self) -> Scenarios:
        """The scenarios whose rules demand the method of a preflight; found once per change."""
        scenarios = self.registry.scenarios
        if self._preflights[0] is not scenarios:
            self._preflights = scenarios, preflight_scenarios(scenarios)
        return self._preflights[1]

    def __post_init__(self) -> None:
        """Raise `NoSuchScenario` for an unknown default."""
        if self.default is not None and self.default not in self.registry.scenarios:
            raise NoSuchScenario.named(self.default, self.registry.scenarios)
