"""Draws scenarios with Hypothesis; the same seed draws the same ones."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, assume, given, seed, settings

from streamproof.harness.fuzzing.scenarios import chat_scenarios, dialect_scenarios
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.harness.verify.dialects import CHAT

Kept = TypeVar("Kept")


def drawn_scenarios(
    dialect: str, count: int, chance: int, keep: Callable[[ScenarioValues], Kept | None]
) -> list[Kept]:
    """Return what `keep` makes of the scenarios; it returns None for one that cannot be used.

    `chance` is the seed. There are fewer than `count` if no more different ones are found.
    """
    found: list[Kept] = []

    @seed(chance)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(chat_scenarios() if dialect == CHAT else dialect_scenarios())
    def draw(values: ScenarioValues) -> None:
        kept = keep(values)
        assume(kept is not None)
        if kept is not None:
            found.append(kept)

    draw()
    return found[:count]
