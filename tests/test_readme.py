"""The README's commands work when they are pasted, in their order, on free ports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.pasted import Terminals, blocks
from tests.programs import program

ROOT: Final = Path(__file__).resolve().parent.parent
README: Final = (ROOT / "README.md").read_text("utf-8")
RUNS_ITSELF: Final = "./run test"
"""A test run inside the test run would never end."""


def sections() -> dict[str, str]:
    """Return the text of every section that has commands."""
    parts = re.split(r"^## (.+)$", README, flags=re.MULTILINE)[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    return {title: text for title, text in found.items() if "```sh\n" in text}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which ./run is the checkout's own."""
    run = tmp_path / "run"
    run.write_text(f'#!/bin/sh\nexec "{ROOT}/run" "$@"\n')
    run.chmod(0o755)
    return tmp_path


CLIENTS: Final = "You have a client of OpenAI, Anthropic or Gemini and want it to meet bad streams"
PYTHON: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHELL: Final = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# What a reader must see at the end of each section.
SEEN: Final = {
    "Two commands": "example-conversation",
    "You want to know in CI that your relay, or your AI service, keeps its contract": "12 ok",
    "You build a chat page and want a backend that misbehaves on request": '"status": "completed"',
    CLIENTS: "errors: 0",
    "You have a streaming bug and want everyone to see the same bytes": "😀",
}


def test_every_section_with_commands_is_tried():
    assert list(sections()) == list(SEEN)


@pytest.mark.parametrize("title", SEEN)
def test_commands_of_the_section_work(title, folder):
    program("curl")
    commands = [one.commands for one in blocks(sections()[title])]
    with Terminals(folder) as terminals:
        printed = [terminals.paste(one) for one in commands if RUNS_ITSELF not in one]
    assert SEEN[title] in "".join(printed)


@pytest.mark.prove  # to import these takes seconds
@pytest.mark.parametrize(
    ("package", "first_line"),
    [
        ("openai", "from openai import OpenAI"),
        ("anthropic", "from anthropic import Anthropic"),
        ("google.genai", "from google import genai"),
    ],
)
def test_five_lines_of_a_client_print_the_answer(package, first_line, folder):
    pytest.importorskip(package, reason=f"{package} is not installed; it is in the extra dev")
    serving, client = blocks(as_commands(sections()[CLIENTS], first_line))
    with Terminals(folder) as terminals:
        terminals.paste(serving.commands)
        assert terminals.paste(client.commands).strip() == "Hello there"


def as_commands(text: str, first_line: str) -> str:
    """Return the block that serves, and the five lines of a client as a command."""
    [serving] = [one for one in SHELL.findall(text) if "./run mock" in one]
    [lines] = [one for one in PYTHON.findall(text) if one.startswith(f"{first_line}\n")]
    assert len([line for line in lines.splitlines() if line]) == 5
    return f"```sh\n{serving}```\n```sh\npython - <<'LINES'\n{lines}LINES\n```\n"
