"""Contract files say what they mean, or are refused with the place of every mistake."""

from __future__ import annotations

import pytest

from streamproof.contracts.contract import BUILT_IN, Deadlines, builtin_contract, load_contract
from streamproof.contracts.source.errors import SourceError, SourceErrors
from streamproof.contracts.verdict import Severity

GOOD = """contract: mine
discriminator: event
events:
  token: {}
  done: {name: done}
sequence: "token* done"
terminal: [done]
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.contract.yaml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_contracts_of_ours_are_loaded(name):
    assert builtin_contract(name).name == name


def test_another_name_is_an_error():
    with pytest.raises(KeyError):
        builtin_contract("upstream")


def test_the_ai_service_has_the_deadlines_of_a_reader():
    contract = builtin_contract("ai-service")

    assert contract.deadlines == Deadlines(first_event_ms=120_000, total_ms=900_000)
    assert contract.max_event_bytes == 1_048_576
    assert contract.close is Severity.SHOULD


def test_a_resumed_connection_has_no_start():
    contract = builtin_contract("frontend")

    assert contract.order.allowed == ("start",)
    assert "start" not in contract.resumed("turn:3").order.allowed


def test_a_contract_may_be_small(write):
    contract = load_contract(write(GOOD))

    assert contract.order.allowed == ("token", "done")
    assert contract.resumed().order == contract.order
    assert (contract.media_type, contract.close) == ("text/event-stream", Severity.MUST)


@pytest.mark.parametrize(
    ("wrong", "right", "message", "help"),
    [
        pytest.param(
            "sequnce: x\nsequence",
            "sequence",
            "6:1: sequnce: unknown key 'sequnce'",
            "did you mean 'sequence'?",
            id="key",
        ),
        pytest.param(
            "tokne* done",
            "token* done",
            "6:11: unknown name 'tokne'",
            "did you mean 'token'?",
            id="sequence",
        ),
        pytest.param(
            "token** (",
            "token* done",
            "6:11: sequence: the pattern stops too early (at character 10)",
            None,
            id="pattern",
        ),
        pytest.param(
            "[doen]", "[done]", "7:12: unknown name 'doen'", "did you mean 'done'?", id="terminal"
        ),
        pytest.param("{body: X}", "{name: done}", "5:16: unknown name 'X'", None, id="body"),
        pytest.param(
            "discriminator: typ",
            "discriminator: event",
            "2:16: discriminator: wanted text that matches",
            None,
            id="discriminator",
        ),
    ],
)
def test_a_mistake_is_found_at_its_place(write, wrong, right, message, help):
    path = write(GOOD.replace(right, wrong))

    with pytest.raises(SourceErrors) as caught:
        load_contract(path)

    error = caught.value.errors[0]
    assert str(error).startswith(f"{path}:{message}")
    assert error.help == help


def test_all_mistakes_are_named_at_once(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(GOOD.replace("[done]", "[a, b]").replace("token* done", "token* x")))

    assert len(caught.value.errors) == 3


def test_a_schema_that_is_not_there_is_named(write):
    with pytest.raises((SourceError, SourceErrors), match=r"nothing\.json"):
        load_contract(write(GOOD + "schema: nothing.json\n"))
