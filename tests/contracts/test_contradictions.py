"""A contract that contradicts itself is an error at its place."""

from __future__ import annotations

import pytest

from streamproof.contracts.contract import load_contract
from streamproof.contracts.source.errors import SourceErrors

GOOD = """contract: mine
discriminator: data.type
events:
  a: {group: part}
  b: {group: part}
  end: {}
  done: {text: "[DONE]"}
  error: {}
sequence: "part* end"
terminal: [end]
failures: [error]
trailing: [done]
blocks:
  outer: {id: data.x, order: "a b"}
  inner: {id: [data.x, data.y], inside: outer, order: "b+"}
"""
BY_WHEN = """contract: mine
discriminator: when
events:
  a: {when: data.a}
  end: {}
sequence: "a* end"
terminal: [end]
"""


@pytest.fixture
def mistakes(tmp_path):
    """Load a contract, and return the place and the message of every mistake."""

    def mistakes(text):
        path = tmp_path / "mine.contract.yaml"
        path.write_text(text, "utf-8")
        try:
            load_contract(path)
        except SourceErrors as error:
            return [(one.line, one.message, one.help) for one in error.errors]
        return []

    return mistakes


@pytest.mark.parametrize("text", [GOOD, BY_WHEN], ids=["by type", "by when"])
def test_a_contract_without_contradictions_loads(mistakes, text):
    assert mistakes(text) == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "message"),
    [
        pytest.param(
            "terminal: [end]",
            "terminal: [a]",
            10,
            "the group 'part' of a terminal kind has others: 'b'",
            id="a group that is not all terminal",
        ),
        pytest.param(
            '"part* end"',
            '"part* end part"',
            10,
            "'end' is terminal, but sequence wants 'part' after it",
            id="more after a terminal kind",
        ),
        pytest.param(
            '"part* end"',
            '"end?"',
            9,
            "sequence may be empty, but a reply ends with a terminal kind",
            id="an empty sequence",
        ),
        pytest.param(
            '"part* end"',
            '"part+ end?"',
            9,
            "sequence may end after 'part', which is not terminal",
            id="an end without a terminal kind",
        ),
        pytest.param(
            "terminal: [end]",
            'terminal: [end]\nresumed: "part+"',
            11,
            "resumed may end after 'part', which is not terminal",
            id="a resumed stream",
        ),
        pytest.param("[done]", "[doen]", 12, "unknown name 'doen'", id="trailing"),
        pytest.param("[error]", "[eror]", 11, "unknown name 'eror'", id="failures"),
        pytest.param('"part* end"', '"a* end"', 9, "unknown name 'a'", id="a kind with a group"),
        pytest.param('"a b"', '"a part"', 14, "unknown name 'part'", id="a group in a block"),
        pytest.param(
            '"a b"',
            '"a (b"',
            14,
            "order: the pattern ends too early (at character 5)",
            id="a pattern",
        ),
        pytest.param("inside: outer", "inside: x", 15, "unknown name 'x'", id="inside of nothing"),
        pytest.param(
            "inside: outer",
            "inside: inner",
            15,
            "'inner' is inside of itself",
            id="inside of itself",
        ),
        pytest.param(
            "[data.x, data.y]",
            "[data.y, data.x]",
            15,
            "the id must begin with that of 'outer'",
            id="another id around",
        ),
        pytest.param(
            "end: {}", "end: {text: '[DONE]'}", 7, "'end' has the same text", id="same text"
        ),
        pytest.param(
            "end: {}",
            "end: {when: data.end}",
            6,
            "the discriminator tells this kind already",
            id="when",
        ),
        pytest.param(
            "end: {}", "end: {of: x, when: data.end}", 6, "unknown name 'x'", id="of nothing"
        ),
        pytest.param(
            "end: {}",
            "end: {of: a}",
            6,
            "a special case needs when, and a kind that is not one itself",
            id="a special case without when",
        ),
        pytest.param(
            "end: {}",
            "end: {of: end, when: data.x}",
            6,
            "a special case needs when, and a kind that is not one itself",
            id="a special case of itself",
        ),
        pytest.param("end: {}", "end: {body: End}", 6, "unknown name 'End'", id="no schema"),
        pytest.param(
            "contract: mine", "contract: mine\nbody: End", 2, "unknown name 'End'", id="no body"
        ),
    ],
)
def test_a_contradiction_is_an_error_at_its_place(mistakes, right, wrong, line, message):
    found = mistakes(GOOD.replace(right, wrong, 1))

    assert found[0][:2] == (line, message)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        pytest.param(
            "a: {when: data.a}",
            "a: {}",
            "all other events are 'a' already; put that kind last",
            id="a kind behind that of all others",
        ),
        pytest.param(
            "a: {when: data.a}",
            "a: {when: data.a, text: x}",
            "a text cannot stand next to when and of",
            id="text and when",
        ),
        *(
            pytest.param(
                "a: {when: data.a}",
                f"a: {{when: {first}}}\n  b: {{when: {second}}}",
                "every such event is 'a' already; put this kind before that one",
                id=f"{second} after {first}",
            )
            for first, second in (
                ("data.a", "data.a"),
                ("data.a", "data.a.b"),
                ("data.a", "{data.a: 1, data.b: 2}"),
                ("{data.a: 1}", "{data.a: 1, data.b: 2}"),
            )
        ),
        pytest.param(
            "  end: {}",
            "  end: {}\n  c: {of: end, when: data.c}\n  d: {of: end, when: {data.c: 1}}",
            "every such event is 'c' already; put this kind before that one",
            id="two cases of a kind",
        ),
        pytest.param(
            "discriminator: when",
            "discriminator: when\nmedia_type: application/x-ndjson\nevent_names: kind",
            "records of application/x-ndjson have no event names",
            id="names of records",
        ),
    ],
)
def test_kinds_that_cannot_be_told_apart_are_an_error(mistakes, right, wrong, message):
    assert [found[1] for found in mistakes(BY_WHEN.replace(right, wrong, 1))] == [message]


@pytest.mark.parametrize(
    ("first", "second"),
    [("{data.a: 1}", "data.a"), ("{data.a: 1}", "{data.a: 2}"), ("data.a", "data.ab")],
)
def test_kinds_with_other_conditions_are_told_apart(mistakes, first, second):
    kinds = f"a: {{when: {first}}}\n  b: {{when: {second}}}"
    assert mistakes(BY_WHEN.replace("a: {when: data.a}", kinds)) == []


def test_the_help_names_the_group(mistakes):
    [(_, _, advice)] = mistakes(GOOD.replace('"part* end"', '"a* end"'))

    assert advice == "write its group 'part'"


def test_blocks_that_are_inside_of_each_other_are_an_error(mistakes):
    text = GOOD.replace('{id: data.x, order: "a b"}', '{id: data.x, order: "a b", inside: inner}')

    assert [found[1] for found in mistakes(text)] == [
        "'outer' is inside of itself",
        "'inner' is inside of itself",
    ]


def test_a_kind_that_may_come_nowhere_is_a_warning(tmp_path):
    path = tmp_path / "mine.contract.yaml"
    path.write_text(GOOD.replace("  end: {}", "  end: {}\n  lost: {}"), "utf-8")

    [warning] = load_contract(path).warnings
    assert (warning.code, warning.line) == ("unused-kind", 7)
    assert warning.message == "events of the kind 'lost' may come nowhere"
