"""Draws scenarios with Hypothesis; a seed draws the same ones, whatever modules are loaded."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import HealthCheck, Phase, assume, given, seed, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import Unsatisfiable
from hypothesis.internal.conjecture import providers

from streamproof.harness.fuzzing.scenarios import chat_scenarios, dialect_scenarios
from streamproof.harness.shrinking.scenario_file import ScenarioValues
from streamproof.harness.verify.dialects import CHAT

Kept = TypeVar("Kept")


def drawn_scenarios(
    dialect: str, count: int, chance: int, keep: Callable[[ScenarioValues], Kept | None]
) -> list[Kept]:
    """Return what `keep` makes of the scenarios; it returns None for one that cannot be used.

    `chance` is the seed. No two scenarios have the same shape: Hypothesis varies each one that it
    draws a little, and such variants rarely find something new. There are fewer than `count` if
    Hypothesis finds no more.
    """
    found: list[Kept] = []
    shapes: set[str] = set()

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
        shape = repr(_shape(values))
        assume(shape not in shapes)
        kept = keep(values)
        assume(kept is not None)
        if kept is not None:
            shapes.add(shape)
            found.append(kept)

    with _no_files_here(), _no_constants_of_modules(), suppress(Unsatisfiable):
        draw()
    return found[:count]


@contextmanager
def _no_files_here() -> Iterator[None]:
    """Keep Hypothesis from writing its files into the current folder."""
    with TemporaryDirectory(prefix="streamproof-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


class _NoConstants:
    """What Hypothesis takes for the constants of all modules: none of any type."""

    def set_for_type(self, _type: object) -> tuple[()]:
        """Return nothing."""
        return ()


@contextmanager
def _no_constants_of_modules() -> Iterator[None]:
    """Keep Hypothesis from drawing constants of the modules that happen to be loaded.

    A seed would draw other scenarios in a checkout, and with each option that loads a module.
    Hypothesis has no setting for that. A version with other names of these would draw them again.
    """
    replaced = {"_get_local_constants": _NoConstants, "CONSTANTS_CACHE": {}}
    before = {name: getattr(providers, name, None) for name in replaced}
    vars(providers).update(replaced)
    try:
        yield
    finally:
        vars(providers).update(before)


def _shape(value: object) -> object:
    """Return the keys and the lengths of a value, without what stands there."""
    if isinstance(value, Mapping):
        return {key: _shape(inner) for key, inner in value.items()}
    return list(map(_shape, value)) if isinstance(value, list) else type(value).__name__
