"""The matrix of clients of AI providers: what is asked, what a cell says, and what has changed."""

from __future__ import annotations

import pytest

from bench.clients.catalogue import CLIENTS
from bench.clients.install import PROGRAMS
from bench.clients.matrix import reply_cell, scenarios_for
from bench.clients.measured import Measured, changes, read, with_kept
from tests.shipped_files import SCENARIOS

NOTHING: dict[str, object] = {
    "reasoning": "",
    "text": "",
    "refusal": "",
    "tool_calls": [],
    "sources": [],
    "finish": None,
    "error": None,
}


@pytest.mark.parametrize(
    ("got", "cell"),
    [
        ({}, "nothing · no reason"),
        ({"text": "Hel", "error": "ReadError"}, "Hel · **ReadError**"),
        ({"reasoning": "Hm.", "text": "Hi", "finish": "stop"}, "(Hm.) Hi · stop"),
        ({"refusal": "No.", "finish": "stop"}, "No. · stop"),
        ({"text": "`a\nb", "finish": "stop"}, "\\`a\\nb · stop"),
        ({"tool_calls": [["f", "{}"]], "finish": "tools"}, "f `{}` · tools"),
        ({"text": "Hi", "sources": ["a", "b"]}, "Hi [a, b] · no reason"),
        ({"text": "a|b", "finish": "stop"}, r"a\|b · stop"),
    ],
    ids=["nothing", "error", "thought", "refusal", "line end", "tool call", "sources", "pipe"],
)
def test_a_cell_says_what_a_client_got_and_how_it_ended(got, cell):
    assert reply_cell({**NOTHING, **got}) == cell


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_a_client_reads_neutral_scenarios_and_those_of_its_dialect(client):
    for way in client.ways.values():
        asked = {SCENARIOS[name].reply.dialect for name in scenarios_for(way, SCENARIOS)}
        assert None in asked
        assert asked - {None, "openai-chat"} <= {way.dialect}


def test_one_body_is_not_asked_of_scenarios_with_verbatim_steps():
    [whole] = [way for key, way in CLIENTS[0].ways.items() if key == "chat-whole"]
    paths = [SCENARIOS[name].path for name in scenarios_for(whole, SCENARIOS)]
    assert {path.parent.name for path in paths if path} == {"dialects"}


def test_every_program_belongs_to_a_client():
    readers = {"httpx_sse_client", "aiohttp_sse_client2_client", "eventsource_parser_client"}
    programs = {path.stem for path in PROGRAMS.glob("*_client.*")}
    assert programs - readers == {client.program.rpartition(".")[0] for client in CLIENTS}


def test_every_client_was_measured_in_the_pinned_version_in_each_of_its_ways():
    measured = read()
    assert {client.name: dict(client.packages) for client in CLIENTS} == {
        name: one.versions for name, one in measured.items()
    }
    for client in CLIENTS:
        assert list(measured[client.name].cells) == [way.title for way in client.ways.values()]


OLD = {"openai": Measured({"openai": "1"}, {"loop": {"a": "x", "b": "y"}})}


def test_changes_name_the_version_and_the_cell():
    new = {"openai": Measured({"openai": "2"}, {"loop": {"a": "x", "b": "z"}})}
    assert [*changes(OLD, new, "ab")] == ["openai 1 → 2", "openai, loop, b: y → z"]
    assert [*changes(OLD, OLD, "ab")] == []


@pytest.mark.parametrize(
    ("new", "lines"),
    [
        ({}, ["openai: not measured"]),
        ({"openai": Measured({"openai": "1"}, {})}, ["openai, loop, b: y → not measured"]),
        (
            {"openai": Measured({"openai": "1"}, {"loop": {"a": "x"}})},
            ["openai, loop, b: y → not measured"],
        ),
    ],
    ids=["client", "way", "scenario"],
)
def test_what_was_not_measured_is_a_change(new, lines):
    assert [*changes(OLD, new, "b")] == lines


def test_cells_of_the_same_version_are_kept_and_of_another_are_dropped():
    same = {"openai": Measured({"openai": "1"}, {"loop": {"b": "z"}})}
    assert with_kept(OLD, same)["openai"].cells == {"loop": {"a": "x", "b": "z"}}
    other = {"openai": Measured({"openai": "2"}, {"loop": {"b": "z"}})}
    assert with_kept(OLD, other) == other
