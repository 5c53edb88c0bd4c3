"""A pattern knows in each state what may come next, and whether the stream may end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.errors import PatternError
from streamproof.contracts.sequence import compile_pattern

REPLY = "content* (sources content*)? end"


@pytest.mark.parametrize(
    "names",
    [
        "end",
        "content end",
        "sources end",
        "content content sources content end",
        "sources content end",
    ],
)
def test_the_order_of_a_reply_is_accepted(names):
    assert compile_pattern(REPLY).accepts(names.split())


@pytest.mark.parametrize(
    "names",
    [
        "",
        "content",
        "content sources",
        "end end",
        "end content",
        "sources sources end",
        "content sources content sources end",
        "other end",
    ],
)
def test_another_order_of_a_reply_is_not_accepted(names):
    assert not compile_pattern(REPLY).accepts(names.split())


@pytest.mark.parametrize(
    ("seen", "allowed", "accepting"),
    [
        ("", ("content", "sources", "end"), False),
        ("content content", ("content", "sources", "end"), False),
        ("content sources", ("content", "end"), False),
        ("content end", (), True),
    ],
)
def test_each_state_knows_what_may_come_next(seen, allowed, accepting):
    state = compile_pattern(REPLY)
    for name in seen.split():
        state = state.step(name)

    assert (state.allowed, state.accepting) == (allowed, accepting)


def test_an_event_that_is_not_allowed_raises_key_error():
    with pytest.raises(KeyError):
        compile_pattern(REPLY).step("end").step("content")


def test_a_step_does_not_change_the_state_before():
    start = compile_pattern(REPLY)
    start.step("sources")

    assert start.allowed == ("content", "sources", "end")
    assert start.names == ("content", "sources", "end")


@pytest.mark.parametrize(
    ("pattern", "accepted", "refused"),
    [
        pytest.param("a{2}", ["a a"], ["a", "a a a"], id="exactly"),
        pytest.param("a{1,2}", ["a", "a a"], ["", "a a a"], id="between"),
        pytest.param("a{2,}", ["a a", "a a a a"], ["a"], id="at least"),
        pytest.param("a{0,1} b", ["b", "a b"], ["a a b"], id="none or one"),
        pytest.param("(a b){2}", ["a b a b"], ["a b", "a a b b"], id="of a group"),
        pytest.param("a | b c", ["a", "b c"], ["a c", "b"], id="alternatives"),
        pytest.param("(a | b)+ c?", ["a", "b a b c"], ["c", "a c c"], id="plus and optional"),
        pytest.param("(a?){2,3}", ["", "a", "a a a"], ["a a a a"], id="of what may be missing"),
        pytest.param("ai-end_1|x", ["ai-end_1", "x"], ["ai"], id="names"),
        pytest.param(
            "response.created a/b:c* 2.done{2}",
            ["response.created 2.done 2.done", "response.created a/b:c 2.done 2.done"],
            ["response created 2.done 2.done"],
            id="names with signs",
        ),
        pytest.param("a{000999}", ["a " * 999], ["a " * 998], id="the most repetitions"),
    ],
)
def test_counts_groups_and_alternatives(pattern, accepted, refused):
    state = compile_pattern(pattern)

    assert [names for names in accepted if not state.accepts(names.split())] == []
    assert [names for names in refused if state.accepts(names.split())] == []


@pytest.mark.parametrize(
    ("pattern", "at", "words"),
    [
        ("", 0, "ends too early"),
        ("(a", 2, "ends too early"),
        ("a b)", 3, "did not expect ')'"),
        ("a | | b", 4, "did not expect '| b'"),
        ("*a", 0, "did not expect '*a'"),
        ("a $", 1, "did not expect '$'"),
        ("a{3,2}", 1, "matches nothing"),
        ("a{0}", 1, "matches nothing"),
        ("()", 1, "did not expect ')'"),
        ("(" * 60 + "a" + ")" * 60, 50, "nested deeper"),
        ("a" + "*" * 60, 51, "nested deeper"),
        ("a" * 10_001, 10_000, "more than 10000 characters"),
        ("a{1,100000} b", 1, "wanted at most 999 repetitions, got 100000"),
        ("a{2147483647}", 1, "wanted at most 999 repetitions, got 2147483647"),
        ("a b{" + "9" * 5000 + ",}", 3, "wanted at most 999 repetitions, got 9999999999"),
        ("a{999} b{999}", 0, "more than 1000 events"),
        ("((a{1,99}){1,99} b)*", 0, "more than 1000 events"),
        ("(((a{999}){999}){999}){999}", 0, "more than 1000 events"),
        ("(a|b)* a (a|b){15}", 0, "more than 1000 states"),
    ],
)
def test_a_mistake_in_a_pattern_is_an_error_at_its_offset(pattern, at, words):
    with pytest.raises(PatternError, match=re.escape(words)) as caught:
        compile_pattern(pattern)

    assert caught.value.at == at


PATTERNS = st.recursive(
    st.sampled_from("abc"),
    lambda part: st.one_of(
        st.tuples(part, part).map(" ".join),
        st.tuples(part, part).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(part, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=60)
@given(pattern=PATTERNS, words=st.lists(st.text("abc", max_size=6), min_size=10))
def test_a_pattern_agrees_with_a_regular_expression(pattern, words):
    state, expression = compile_pattern(pattern), re.compile(pattern.replace(" ", ""))

    for word in words:
        assert state.accepts(word) == bool(expression.fullmatch(word)), word


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(" ".join(f"n{n}?" for n in range(400)), id="optional"),
        pytest.param(" ".join(f"(a{n}|b{n})*" for n in range(400)), id="repeated"),
        pytest.param(f"({'|'.join(f'n{n}' for n in range(800))})+ end", id="alternatives"),
    ],
)
def test_a_long_pattern_compiles_at_once(pattern):
    assert compile_pattern(pattern).accepting == (not pattern.endswith("end"))


def test_every_step_of_a_pattern_is_known():
    steps = {(name, state.accepting) for name, state in compile_pattern("a (b c)? d").arrivals()}

    assert steps == {("a", False), ("b", False), ("c", False), ("d", True)}
