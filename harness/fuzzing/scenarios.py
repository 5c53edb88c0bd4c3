"""Whole scenarios as the values of their files: events by a contract, then faults."""

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.harness.fuzzing.faults import faults_of
from streamproof.harness.fuzzing.steps import ANY, BETWEEN, NEUTRAL, TEXT_ALONE, Steps
from streamproof.harness.fuzzing.walks import Kinds, near_walks, walks
from streamproof.harness.shrinking.scenario_file import ScenarioValues

_REPLY: Final = {
    "newline": st.sampled_from(["crlf", "cr"]),
    "bom": st.sampled_from([True]),
    "gzip": st.sampled_from(["per-event", "at-end"]),
    "chunked": st.sampled_from([False]),
    "protocol": st.just("HTTP/1.0"),
    "connection": st.just("close"),
    "content_length": st.just("right"),
    "charset": st.none(),
    "pace": st.fixed_dictionaries({"gap_ms": st.integers(0, 2)}),
}
"""What decides how a reply travels, but not what it says."""
_OF_ALL_REPLIES: Final[tuple[str, ...]] = ("newline", "bom")
_NUMBERS_BETWEEN: Final = st.sampled_from([0, 0, 1, 2])
_NUMBERS_OF_FAULTS: Final = st.sampled_from([0, 1, 1, 2])
_FIRST_STATUSES: Final = st.sampled_from([None] * 12 + [429, 502, 503, 504])
"""What the first attempt gets; None if there is only one."""


def chat_scenarios() -> st.SearchStrategy[ScenarioValues]:
    """Return scenarios for a relay whose AI service has the chat dialect.

    The kinds of events come from the contract of the AI service, or from the one of the frontend,
    which also has the kinds that an AI service must not send.
    """
    service, frontend = (builtin_contract(name).order for name in (AI_SERVICE, FRONTEND))
    neutral = _steps_of(walks(service) | near_walks(service), NEUTRAL)
    kinds = (walks(service), near_walks(service), walks(frontend), near_walks(frontend))
    return _scenarios(st.one_of(neutral, _steps_of(st.one_of(kinds), ANY)), silent=True)


def dialect_scenarios() -> st.SearchStrategy[ScenarioValues]:
    """Return scenarios with text alone, which every dialect can word.

    They never fall silent without end, because only the chat dialect has an outcome for that.
    """
    service = builtin_contract(AI_SERVICE).order
    return _scenarios(_steps_of(walks(service) | near_walks(service), TEXT_ALONE), silent=False)


def _steps_of(kinds: st.SearchStrategy[Kinds], steps: Mapping[str, Steps]) -> Steps:
    return kinds.flatmap(
        lambda found: st.tuples(*(steps[kind] for kind in found if kind in steps)).map(list)
    )


def _scenarios(steps: Steps, *, silent: bool) -> st.SearchStrategy[ScenarioValues]:
    @st.composite
    def scenario(draw: st.DrawFn) -> ScenarioValues:
        found: list[object] = draw(steps)
        for _ in range(draw(_NUMBERS_BETWEEN)):
            found.insert(draw(st.integers(0, len(found))), draw(BETWEEN))
        values: dict[str, object] = {"steps": _in_chunks(draw, found)}
        values |= {key: draw(_REPLY[key]) for key in draw(_SOME_KEYS)}
        faults = faults_of(len(found), silent=silent)
        if chosen := [draw(faults) for _ in range(draw(_NUMBERS_OF_FAULTS))]:
            values["faults"] = chosen
        status = draw(_FIRST_STATUSES)
        if status is None:
            return values
        whole: dict[str, object] = {
            key: values.pop(key) for key in _OF_ALL_REPLIES if key in values
        }
        return {**whole, "status": status, "steps": [], "then": [values]}

    return scenario()


_SOME_KEYS: Final = st.lists(st.sampled_from(sorted(_REPLY)), max_size=2, unique=True)


def _in_chunks(draw: st.DrawFn, steps: list[object]) -> list[object]:
    """Put the first steps into one HTTP chunk, in some scenarios."""
    many = draw(st.sampled_from([0, 0, 0, 2, len(steps)]))
    return [{"chunk": steps[:many]}, *steps[many:]] if steps[:many] else steps
