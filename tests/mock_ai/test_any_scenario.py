"""Any scenario text: what loads can be played, anything else is refused at a place of the text."""

import json
from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.source import load_yaml
from mock_ai.errors import ScenarioErrors
from mock_ai.http1 import Framing, lay_out
from mock_ai.listing import list_plan
from mock_ai.loading import load_scenario, scenario_files, scenario_schema, shipped_folder
from mock_ai.plan import plan

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


def check(text):
    """Play whatever loads; look at the place of every error that it has otherwise."""
    try:
        scenario = load_scenario(text)
    except ScenarioErrors as refused:
        check_places(refused.errors, len(text.splitlines()))
        return
    for reply in scenario.replies:
        actions = plan(reply)
        assert list(list_plan(actions))
        for framing in Framing:
            assert lay_out(actions, framing).opened((), http_1_0=False, keep_alive=True)


def check_places(errors, lines):
    """Look at errors as a person and as a machine do."""
    assert errors
    for error in errors:
        assert 1 <= error.line <= max(1, lines)
        assert error.column >= 1
        assert error.render()
        assert json.dumps(error.as_json()).isascii()


QUICK = settings(
    derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck)
)
MARKS = [*"-:{}[]&*!|>'\"%@`#, \n\t\0é", "name: a\n", "title: b\n", "steps:\n", " - ", "end\n"]


@QUICK
@given(nearly_scenarios())
def test_scenario_that_was_changed_somewhere_is_played_or_refused(text):
    check(text)


@QUICK
@given(st.lists(st.sampled_from([*MARKS, *WORDS]), max_size=12).map("".join))
def test_any_text_is_played_or_refused(text):
    check(text)
