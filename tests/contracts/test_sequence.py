"""A pattern says at each place what may come next, and whether the stream may stop."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamproof.contracts.errors import PatternError
from streamproof.contracts.sequence import parse

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
    assert parse(REPLY).accepts(names.split())


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
def test_any_other_order_is_not(names):
    assert not parse(REPLY).accepts(names.split())


@pytest.mark.parametrize(
    ("seen", "allowed", "accepting"),
    [
        ("", ("content", "sources", "end"), False),
        ("content content", ("content", "sources", "end"), False),
        ("content sources", ("content", "end"), False),
        ("content end", (), True),
    ],
)
def test_each_place_says_what_may_come_next(seen, allowed, accepting):
    place = parse(REPLY)
    for name in seen.split():
        place = place.step(name)

    assert (place.allowed, place.accepting) == (allowed, accepting)


def test_a_step_that_is_not_allowed_is_an_error():
    with pytest.raises(KeyError):
        parse(REPLY).step("end").step("content")


def test_places_are_values():
    start = parse(REPLY)
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
    ],
)
def test_counts_groups_and_alternatives(pattern, accepted, refused):
    place = parse(pattern)

    assert [names for names in accepted if not place.accepts(names.split())] == []
    assert [names for names in refused if place.accepts(names.split())] == []


@pytest.mark.parametrize(
    ("pattern", "at", "words"),
    [
        ("", 0, "stops too early"),
        ("(a", 2, "stops too early"),
        ("a b)", 3, "did not expect ')'"),
        ("a | | b", 4, "did not expect '| b'"),
        ("*a", 0, "did not expect '*a'"),
        ("a $", 1, "did not expect '$'"),
        ("a{3,2}", 1, "matches nothing"),
        ("a{0}", 1, "matches nothing"),
        ("()", 1, "did not expect ')'"),
        ("(" * 60 + "a" + ")" * 60, 52, "nested deeper"),
        ("a" * 201, 200, "more than 200 characters"),
        ("a{999} b{999}", 0, "more than 1000 states"),
        ("((a{1,99}){1,99} b)*", 0, "ways to read"),
    ],
)
def test_what_is_no_pattern_is_refused_at_its_place(pattern, at, words):
    with pytest.raises(PatternError, match=re.escape(words)) as caught:
        parse(pattern)

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


@settings(max_examples=120)
@given(pattern=PATTERNS, words=st.lists(st.text("abc", max_size=6), min_size=10))
def test_a_pattern_means_what_a_regular_expression_means(pattern, words):
    place, expression = parse(pattern), re.compile(pattern.replace(" ", ""))

    for word in words:
        assert place.accepts(word) == bool(expression.fullmatch(word)), word
