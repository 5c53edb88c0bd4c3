"""Any scenario text: what loads can be played, anything else is refused at a place of the text."""

import json
from contextlib import nullcontext, suppress
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamproof.contracts.source.document import load_yaml
from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.errors import InvalidScenario, ScenarioErrors
from streamproof.mock_ai.http1.writer import lay_out
from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.loading import load_scenario, scenario_schema
from streamproof.mock_ai.planning.listing import list_plan
from streamproof.mock_ai.planning.plan import plan
from streamproof.mock_ai.request.question import Question
from streamproof.mock_ai.scenario.step_types import FakeJsonStep
from tests.mock_ai.sample_requests import sample_context

MOST_BYTES = 20_000  # of a scenario file that is changed, so that many can be


@cache
def shipped():
    """Return the values of the short scenario files that come with the package."""
    paths = scenario_files([shipped_folder()])
    return [load_yaml(path).value for path in paths if path.stat().st_size < MOST_BYTES]


def words(schema):
    """Yield every key and every word that the schema knows."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
        for value in schema.values():
            yield from words(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from words(value)


def examples(schema):
    """Yield every example of the schema, each for a key of its own."""
    for key, value in schema.get("properties", {}).items():
        for example in value.get("examples", ()):
            yield key, example
        yield from examples(value)
    for inner in (*schema.get("$defs", {}).values(), schema.get("items")):
        if inner:
            yield from examples(inner)


SCHEMA = scenario_schema().contents
WORDS = sorted(set(words(SCHEMA)))
EXAMPLES = list(examples(SCHEMA))

ODD: st.SearchStrategy[object] = st.one_of(
    st.sampled_from([None, True, 0, 1, -1, 0.5, 2.0, 10**30, "", [], {}, "\ud83d", "\0", "{{n}}"]),
    st.sampled_from(WORDS),
    st.sampled_from([value for _, value in EXAMPLES]),
    st.text(max_size=8),
    st.integers(-5, 500),
)


ODD_REQUEST = sample_context(
    Question("\n\ndata: {\ud83d\0", fields={"a": ["\r\n"]}),
    headers=(("X-A", "a\u2028"),),
    attempt=7,
)


def places(value, at=()):
    """Yield the path to every value inside a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*at, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*at, key))


def changed(value, at, new):
    """Return a value with another one at a path."""
    if not at:
        return new
    key, *rest = at
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(value[key], rest, new)
    return copy


def without(value, at):
    """Return a value without what is at a path."""
    key, *rest = at
    if rest:
        return changed(value, (key,), without(value[key], rest))
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if k != key}
    return [*value[:key], *value[key + 1 :]]


@st.composite
def nearly_scenarios(draw):
    """Draw a shipped scenario with some values replaced, removed or added."""
    value = draw(st.sampled_from(shipped()))
    for _ in range(draw(st.integers(1, 3))):
        value = draw(st.one_of(replacements(value), removals(value), additions(value)))
    return json.dumps(value)


def replacements(value):
    """Draw the value with something else somewhere."""
    return st.builds(lambda at, new: changed(value, at, new), st.sampled_from(_all(value)), ODD)


def removals(value):
    """Draw the value without one of its parts."""
    return st.builds(lambda at: without(value, at), st.sampled_from(_all(value)))


def additions(value):
    """Draw the value with an example of the schema under its key."""
    return st.builds(lambda pair: {**value, pair[0]: pair[1]}, st.sampled_from(EXAMPLES))


def _all(value):
    return list(places(value)) or [()]


def check(source, lines):
    """Play whatever loads, and return it; look at the place of every error otherwise."""
    try:
        scenario = load_scenario(source)
    except ScenarioErrors as refused:
        check_places(refused.errors, lines)
        return None
    if scenario.when:
        assert scenario.when.compare(ODD_REQUEST)
    for reply in scenario.replies:
        play(plan(reply))
        # The values of a request may not fit: that is its 400.
        needs_more = reply.variables is not None or FakeJsonStep in reply.step_types
        with suppress(InvalidScenario) if needs_more else nullcontext():
            play(plan(reply, ODD_REQUEST))
    return scenario


def play(actions):
    """Do with a plan whatever is done with one."""
    assert list(list_plan(actions))
    for framing in Framing:
        cues = lay_out(actions, framing).with_head((), http_1_0=False, keep_alive=True)
        assert cues or not start_of(actions).sent


def check_places(errors, lines):
    """Look at errors as a person and as a machine do."""
    assert errors
    for error in errors:
        assert 1 <= error.line <= max(1, lines)
        assert error.column >= 1
        assert error.render()
        assert json.dumps(error.as_json()).isascii()


QUICK = settings(max_examples=80, suppress_health_check=list(HealthCheck))
MARKS = [*"-:{}[]&*!|>'\"%@`#, \n\t\0é", "name: a\n", "title: b\n", "steps:\n", " - ", "end\n"]


@QUICK
@given(nearly_scenarios())
def test_scenario_that_was_changed_somewhere_is_played_or_refused(text):
    check(text, len(text.splitlines()))


@QUICK
@given(st.lists(st.sampled_from([*MARKS, *WORDS]), max_size=12).map("".join))
def test_any_text_is_played_or_refused(text):
    check(text, len(text.splitlines()))


def of_a_kind(definition):
    """Return every example of a step or a fault, under its kind."""
    kinds = SCHEMA["$defs"][definition]["properties"].items()
    return [{kind: example} for kind, one in kinds for example in one["examples"]]


STEPS = st.sampled_from(["end", *of_a_kind("step")])
QUOTING = st.sampled_from(
    ["{{question}}", "{{n}}", "{{json.a[0]|x}}", "{{header.X-A}}", "{{oops}}"]
)
NESTED = st.recursive(
    STEPS | st.builds(lambda text: {"content": text}, QUOTING),
    lambda inner: st.one_of(
        st.builds(lambda steps: {"chunk": steps}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda times, steps: {"repeat": {"times": times, "steps": steps}},
            st.integers(1, 4),
            st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=4,
)
MANY_STEPS = st.lists(NESTED, min_size=1, max_size=6)
FAULTS = of_a_kind("fault")
WHENS = of_a_kind("rule")
REPLY_KEYS = ["status", "reason", "headers", "pace", "charset", "gzip", "content_length"]
AROUND = [
    pair for pair in EXAMPLES if pair[0] in {*REPLY_KEYS, "protocol", "connection", "newline"}
]


LONG_ENOUGH = {"content": ["Based on", " your policy,", " café"]}  # for the places of most faults


@st.composite
def whole_scenarios(draw):
    """Draw a scenario out of all that there is, most of which fits together."""
    value = {"name": "it", "title": "It", "steps": [LONG_ENOUGH, *draw(MANY_STEPS)]}
    value |= dict(draw(st.lists(st.sampled_from(AROUND), max_size=1)))
    value["faults"] = draw(st.lists(st.sampled_from(FAULTS), max_size=2))
    more = {"vars": {"a": "b"}, "bom": True, "when": draw(st.sampled_from(WHENS))}
    value |= {key: more[key] for key in draw(st.sets(st.sampled_from(sorted(more))))}
    if draw(st.booleans()):
        choices = [{"weight": 2, "steps": draw(MANY_STEPS)}, {"status": 503, "steps": []}]
        value["then"] = [{"choose": {"seed": 7, "replies": choices}}]
    return value


def test_all_that_there_is_is_played_or_refused(tmp_path):
    part = tmp_path / "parts" / "greeting.part.yaml"
    file = tmp_path / "scenarios" / "it.yaml"
    for path in (part, file):
        path.parent.mkdir()

    @settings(QUICK, max_examples=40)
    @given(whole_scenarios(), st.lists(STEPS, max_size=2) | ODD)
    def hold(value, included):
        part.write_text(json.dumps({"steps": included}))
        file.write_text(json.dumps(value))
        check(file, 1)

    hold()


@pytest.mark.parametrize("example", FAULTS, ids=str)
def test_every_example_of_a_fault_is_played_on_a_long_answer(example):
    answer = {"content": {"text": "x", "times": 10}}
    steps = [LONG_ENOUGH, answer, "end"]
    assert check(json.dumps({"name": "it", "title": "It", "steps": steps, "faults": [example]}), 1)


@pytest.mark.parametrize("example", of_a_kind("step")[:-1], ids=str)  # a part needs a file
def test_every_example_of_a_step_is_played(example):
    assert check(json.dumps({"name": "it", "title": "It", "steps": [example]}), 1)
