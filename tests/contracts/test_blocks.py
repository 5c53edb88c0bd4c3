"""Events with the same id come in the order of their block."""

from __future__ import annotations

import pytest

from streamproof.contracts.blocks import MOST_BLOCKS, Blocks, Count
from streamproof.contracts.contract import BlockRule
from streamproof.contracts.data_path import data_path
from streamproof.contracts.sequence import compile_pattern


def block(name, order, *paths, inside=None, counts=False):
    """Return a rule with the ids at some paths."""
    return BlockRule(name, tuple(map(data_path, paths)), compile_pattern(order), inside, counts)


TEXT = block("text", "start delta* end", "data.id")
AGAIN = block("text", "(start delta* end)+", "data.id")
ALONE = block("step", "(start end)+")
CHOICE = block("choice", "chunk* finish", "data.choices.index")
ITEM = block("item", "added done", "data.item", counts=True)
PART = block("part", "open delta* close", "data.item", "data.part", inside="item", counts=True)


def problems(rules, *events, unfinished=True):
    """Return what is wrong with events, each a kind with its body, and with their end."""
    blocks = Blocks({rule.name: rule for rule in rules})
    found = [problem for kind, body in events for problem in blocks.event(kind, body)]
    return found + (list(blocks.unfinished()) if unfinished else [])


def of(id, *kinds):
    return [(kind, {"id": id}) for kind in kinds]


@pytest.mark.parametrize(
    ("rule", "events", "found"),
    [
        pytest.param(TEXT, of("a", "start", "delta", "delta", "end"), [], id="in order"),
        pytest.param(
            TEXT, [*of("a", "start"), *of("b", "start", "end"), *of("a", "end")], [], id="two ids"
        ),
        pytest.param(TEXT, of("a", "other"), [], id="another kind"),
        pytest.param(TEXT, [("delta", {})], [], id="no id"),
        pytest.param(TEXT, [("delta", {"id": {"a": 1}})], [], id="an id that is an object"),
        pytest.param(
            TEXT, of("a", "delta"), ["'delta' is in text a, where only start may come"], id="early"
        ),
        pytest.param(
            TEXT,
            of("a", "start", "end", "delta"),
            ["'delta' is in text a, where it had ended"],
            id="late",
        ),
        pytest.param(
            TEXT,
            of(1.0, "start", "start", "end"),
            ["'start' is in text 1, where only delta or end may come"],
            id="a second start",
        ),
        pytest.param(
            TEXT,
            of("a", "start", "delta"),
            ["text a is not complete: delta or end had to follow"],
            id="no end",
        ),
        pytest.param(AGAIN, of("a", "start", "end", "start", "end"), [], id="an id again"),
        pytest.param(ALONE, of("a", "start", "end", "start", "end"), [], id="without an id"),
        pytest.param(
            ALONE, of("a", "end"), ["'end' is in step, where only start may come"], id="no start"
        ),
        pytest.param(
            CHOICE,
            [
                ("chunk", {"choices": [{"index": 0}, {"index": 1}]}),
                ("finish", {"choices": [{"index": 1}]}),
            ],
            ["choice 0 is not complete: chunk or finish had to follow"],
            id="several ids in one event",
        ),
    ],
)
def test_a_block_has_an_order(rule, events, found):
    assert problems([rule], *events) == found


def test_an_event_belongs_to_a_limited_number_of_blocks():
    rule = block("pair", "start end", "data.a", "data.b")
    numbers = list(range(3_000))
    found = problems([rule], ("start", {"a": numbers, "b": numbers}))
    assert len(found) == MOST_BLOCKS


def item(number, kind):
    return kind, {"item": number}


def part(number, place, *kinds):
    return [(kind, {"item": number, "part": place}) for kind in kinds]


@pytest.mark.parametrize(
    ("events", "found"),
    [
        pytest.param(
            [
                *(item(0, "added"), *part(0, 0, "open", "close"), *part(0, 1, "open", "close")),
                *(item(0, "done"), item(1, "added"), *part(1, 0, "open", "close")),
                item(1, "done"),
            ],
            [],
            id="in order",
        ),
        pytest.param(
            part(0, 0, "open", "close"),
            ["'open' is in item 0, which is not open", "'close' is in item 0, which is not open"],
            id="around nothing",
        ),
        pytest.param(
            [item(0, "added"), *part(0, 0, "open"), item(0, "done"), *part(0, 0, "close")],
            [
                "part 0/0 is not complete: delta or close had to follow",
                "'close' is in item 0, which is not open",
            ],
            id="open around its end",
        ),
        pytest.param(
            [item(0, "added"), item(2, "added"), item(3, "added")],
            ["item of a new item: wanted 1, got 2"],
            id="ids that do not count",
        ),
        pytest.param(
            [item(0, "added"), *part(0, 1, "open", "close"), item(0, "done")],
            ["part of a new part: wanted 0, got 1"],
            id="ids that do not count inside",
        ),
        pytest.param(
            [item("0", "added")], ["item of a new item: wanted 0, got '0'"], id="text for a number"
        ),
    ],
)
def test_a_block_may_be_inside_of_another(events, found):
    assert problems([ITEM, PART], *events, unfinished=False) == found


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([0, 1, 2], []),
        ([1, 2], ["wanted 0, got 1"]),
        ([0, 0, 1], ["wanted 1, got 0"]),
        ([0, 2, 3], ["wanted 1, got 2"]),
        ([0, None, 2], ["wanted 1, got null"]),
        ([0, True, 2], ["wanted 1, got true"]),
        ([0, 1.0, 2.5], ["wanted 2, got 2.5"]),
        ([float("inf")], ["wanted 0, got Infinity"]),
    ],
)
def test_a_number_that_does_not_count_is_reported_once(numbers, found):
    count = Count()

    assert [problem for number in numbers if (problem := count.take(number))] == found


def test_after_an_event_that_cannot_be_read_any_number_may_come():
    count = Count()
    count.skip()

    assert [count.take(5), count.take(6), count.take(8)] == [None, None, "wanted 7, got 8"]
