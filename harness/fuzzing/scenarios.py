"""Whole scenarios as the values of their files: events by a contract, then faults."""

from typing import Final

from hypothesis import strategies as st

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.harness.fuzzing.faults import faults_of
from streamproof.harness.fuzzing.steps import BETWEEN, BY_KIND, PLAIN_CONTENT, Steps
from streamproof.harness.fuzzing.walks import near_walks, walks
from streamproof.harness.shrinking.scenario_file import ScenarioValues

_REPLY: Final = {
    "newline": st.sampled_from(["crlf", "cr"]),
    "bom": st.just(True),
    "gzip": st.sampled_from(["per-event", "at-end"]),
    "chunked": st.just(False),
    "protocol": st.just("HTTP/1.0"),
    "connection": st.just("close"),
    "content_length": st.just("right"),
    "charset": st.none(),
    "pace": st.fixed_dictionaries({"gap_ms": st.integers(0, 2)}),
}
"""What decides how a reply travels, but not what it says."""
_REFUSALS: Final = st.sampled_from([429, 502, 503, 504])


def chat_scenarios() -> st.SearchStrategy[ScenarioValues]:
    """Return scenarios for a relay whose AI service has the chat dialect.

    The kinds of events come from the contract of the AI service, or from the one of the frontend,
    which also has the kinds that an AI service must not send.
    """
    orders = [builtin_contract(name).order for name in (AI_SERVICE, FRONTEND)]
    kinds = st.one_of([walk(order) for order in orders for walk in (walks, near_walks)])
    steps = kinds.flatmap(lambda found: st.tuples(*(BY_KIND[kind] for kind in found)))
    return _scenarios(steps.map(list), silent=True)


def dialect_scenarios() -> st.SearchStrategy[ScenarioValues]:
    """Return scenarios with text alone, which every dialect can word.

    They never fall silent without end, because only the chat dialect has an outcome for that.
    """
    texts = st.lists(PLAIN_CONTENT, min_size=1, max_size=6)
    return _scenarios(st.builds(lambda steps, end: [*steps, *end], texts, _ENDS), silent=False)


_ENDS: Final = st.sampled_from([["end"], ["end"], []])


def _scenarios(
    steps: st.SearchStrategy[list[object]], *, silent: bool
) -> st.SearchStrategy[ScenarioValues]:
    @st.composite
    def scenario(draw: st.DrawFn) -> ScenarioValues:
        found = draw(steps)
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            found.insert(draw(st.integers(0, len(found))), draw(BETWEEN))
        values: dict[str, object] = {"steps": _in_chunks(draw, found)}
        values |= {key: draw(_REPLY[key]) for key in draw(_SOME_KEYS)}
        faults = faults_of(len(found), silent=silent)
        if chosen := draw(st.lists(faults, max_size=2)):
            values["faults"] = chosen
        if draw(st.sampled_from([False] * 9 + [True])):
            again = {key: values.pop(key) for key in list(values)}
            values = {"status": draw(_REFUSALS), "steps": [], "then": [again]}
        return values

    return scenario()


_SOME_KEYS: Final = st.lists(st.sampled_from(sorted(_REPLY)), max_size=2, unique=True)


def _in_chunks(draw: st.DrawFn, steps: list[object]) -> list[object]:
    """Put the first steps into one HTTP chunk, in some scenarios."""
    many = draw(st.sampled_from([0, 0, 0, 2, len(steps)]))
    return [{"chunk": steps[:many]}, *steps[many:]] if steps[:many] else steps
