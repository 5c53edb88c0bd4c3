"""A contract file loads, or every mistake in it is an error at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamproof.contracts.contract import (
    BUILT_IN,
    Deadlines,
    builtin_contract,
    contract_path,
    load_contract,
)
from streamproof.contracts.source.errors import SourceErrors
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
def test_the_shipped_contracts_load(name):
    assert builtin_contract(name).name == name


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_shipped_contracts_are_valid(name):
    assert load_contract(contract_path(name)).name == name


def test_another_name_raises_key_error():
    with pytest.raises(KeyError):
        builtin_contract("upstream")


def test_the_contract_of_the_ai_service_has_limits():
    contract = builtin_contract("ai-service")

    assert contract.deadlines == Deadlines(first_event_ms=120_000, total_ms=900_000)
    assert contract.max_event_bytes == 1_048_576
    assert contract.close is Severity.SHOULD


def test_a_resumed_connection_has_no_start():
    contract = builtin_contract("frontend")

    assert contract.order.allowed == ("start",)
    assert "start" not in contract.resumed("turn:3").order.allowed


def test_optional_keys_have_defaults(write):
    contract = load_contract(write(GOOD))

    assert contract.order.allowed == ("token", "done")
    assert contract.resumed().order == contract.order
    assert (contract.media_type, contract.close) == ("text/event-stream", Severity.MUST)


@pytest.mark.parametrize(
    ("wrong", "right", "place", "code", "help"),
    [
        pytest.param(
            "sequnce: x\nsequence",
            "sequence",
            (6, 1),
            "unknown-key",
            "did you mean 'sequence'?",
            id="key",
        ),
        pytest.param(
            "tokne* done", "token* done", (6, 11), "meaning", "did you mean 'token'?", id="sequence"
        ),
        pytest.param("token** (", "token* done", (6, 11), "meaning", None, id="pattern"),
        pytest.param("[doen]", "[done]", (7, 12), "meaning", "did you mean 'done'?", id="terminal"),
        pytest.param("{body: X}", "{name: done}", (5, 16), "meaning", None, id="body"),
        pytest.param(
            "discriminator: typ",
            "discriminator: event",
            (2, 16),
            "value",
            "for example 'data.type'",
            id="discriminator",
        ),
    ],
)
def test_a_mistake_is_an_error_at_its_place(write, wrong, right, place, code, help):
    path = write(GOOD.replace(right, wrong))

    with pytest.raises(SourceErrors) as caught:
        load_contract(path)

    error = caught.value.errors[0]
    assert (error.file, (error.line, error.column)) == (str(path), place)
    assert (error.code, error.help) == (code, help)


def test_the_message_about_a_pattern_names_its_character(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(GOOD.replace("token* done", "token** (")))

    assert (
        caught.value.errors[0].message == "sequence: the pattern ends too early (at character 10)"
    )


def test_all_mistakes_are_reported_at_once(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(GOOD.replace("[done]", "[a, b]").replace("token* done", "token* x")))

    assert len(caught.value.errors) == 3


def test_a_schema_file_that_does_not_exist_is_an_error(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(GOOD + "schema: nothing.json\n"))

    [error] = caught.value.errors
    assert (Path(error.file).name, error.code) == ("nothing.json", "unreadable")


def test_the_old_name_of_a_key_is_a_warning_at_its_place(write):
    path = write(GOOD.replace("discriminator", "told_by"))
    contract = load_contract(path)

    assert contract.discriminator == "event"
    [warning] = contract.warnings
    assert (warning.file, warning.line, warning.column) == (str(path), 2, 1)
    assert (warning.code, warning.message) == (
        "renamed-key",
        "told_by is now called discriminator",
    )
    assert contract.resumed().warnings == contract.warnings


def test_the_current_names_of_keys_give_no_warning(write):
    assert load_contract(write(GOOD)).warnings == ()


def test_both_names_of_a_key_are_an_error(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(f"{GOOD}told_by: event\n"))

    [error] = caught.value.errors
    assert (error.line, error.code) == (8, "unknown-key")


def test_a_mistake_in_the_value_of_an_old_key_is_at_its_place(write):
    with pytest.raises(SourceErrors) as caught:
        load_contract(write(GOOD.replace("discriminator: event", "told_by: typ")))

    [error] = caught.value.errors
    assert ((error.line, error.column), error.code) == ((2, 10), "value")
