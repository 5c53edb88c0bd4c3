"""An editor with the YAML language server completes, explains and checks scenario files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from tests.editor.language_server import LanguageServer, running
from tests.node_packages import installed, node_path

HERE: Final = Path(__file__).resolve().parent
SCHEMA: Final = shipped_folder() / "scenario.schema.json"
HEAD: Final = f"# yaml-language-server: $schema={SCHEMA.as_uri()}\nname: it\ntitle: It\n"
FILE: Final = (shipped_folder() / "plain" / "it.yaml").as_uri()
WITH_MISTAKES: Final = (shipped_folder() / "plain" / "mistakes.yaml").as_uri()
"""Another file: what the server says about a closed one may come late."""
LONG_CHARACTERS: Final = 10_000
STEPS: Final = {
    *("content", "fake", "sources", "event", "comment", "raw", "raw_base64", "raw_hex"),
    *("chunk", "wait_ms", "repeat", "hold", "include", "end"),
    *("reasoning", "refusal", "tool_call", "tool_result", "json", "error"),
}


@pytest.fixture(scope="module")
def command() -> list[str]:
    """Return the command of the server that package.json asks for."""
    server = installed(HERE, "editor") / "yaml-language-server" / "bin" / "yaml-language-server"
    return [node_path(), str(server), "--stdio"]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_server(command: list[str]) -> AsyncIterator[LanguageServer]:
    """Run one server for all tests."""
    async with running(*command, root=shipped_folder().as_uri()) as running_server:
        yield running_server


@pytest_asyncio.fixture(loop_scope="module")
async def server(shared_server: LanguageServer) -> AsyncIterator[LanguageServer]:
    """Return the server; close the files that a test opens."""
    yield shared_server
    await shared_server.close_all()


async def completions(server: LanguageServer, text: str) -> dict[str, str]:
    """Return what is offered at the end of a text, with what the editor says about it."""
    lines = text.split("\n")
    await server.open(FILE, text)
    place = {"line": len(lines) - 1, "character": len(lines[-1])}
    found = await server.request(
        "textDocument/completion", textDocument={"uri": FILE}, position=place
    )
    return {item["label"]: item.get("documentation") for item in found["items"]}


async def test_keys_and_words_are_completed_and_explained(server):
    steps = await completions(server, f"{HEAD}steps:\n  - ")
    assert set(steps) == STEPS
    assert steps["comment"].startswith("Sends a comment")


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", {"about", "when", "vars", "pace", "steps", "faults", "then", "choose", "expect"}),
        ("pace:\n  ", {"first_ms", "gap_ms", "tokens_per_second", "stalls", "seed"}),
        ("steps:\n  - hold: ", {"until-released", "until-next-request"}),
        ("faults:\n  - ", {"split", "join", "cut", "reset", "stall", "refuse"}),
        ("then:\n  - ", {"status", "steps", "times", "choose", "charset"}),
        ("newline: ", {"lf", "crlf", "cr", "mixed"}),
    ],
)
async def test_completion_offers(server, text, offered):
    assert offered <= set(await completions(server, HEAD + text))


async def test_key_is_explained_with_an_example_where_the_mouse_rests(server):
    await server.open(FILE, f"{HEAD}then:\n  - status: 503\n    steps: []\n")
    shown = await server.request(
        "textDocument/hover", textDocument={"uri": FILE}, position={"line": 4, "character": 6}
    )
    assert "The HTTP status." in shown["contents"]["value"]
    assert "Example" in shown["contents"]["value"]


async def test_mistakes_are_marked_where_lint_finds_them(server):
    text = f"{HEAD}steps:\n  - contnet: a\nfaults:\n  - reset: {{after_events: -1}}\n"
    [found] = (await server.problems({WITH_MISTAKES: text})).values()
    marked = [text.split("\n")[problem["range"]["start"]["line"]] for problem in found]
    assert [line.strip() for line in marked] == ["- contnet: a", "- reset: {after_events: -1}"]


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.prove)])
async def test_editor_has_nothing_against_shipped_scenarios(server, every):
    texts = {path.as_uri(): path.read_text("utf-8") for path in scenario_files([shipped_folder()])}
    short = {uri: text for uri, text in texts.items() if len(text) < LONG_CHARACTERS}
    found = await server.problems(dict([*short.items()][::every]))
    assert {uri: problems for uri, problems in found.items() if problems} == {}
