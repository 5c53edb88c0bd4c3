"""The README's commands work when they are pasted, in their order, on free ports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMAND = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVES = re.compile(r"^\./run (mock|serve) ", re.MULTILINE)
PORT = re.compile(r"\b87\d\d\b")
RUNS_ITSELF = "./run test"
"""A test run inside the test run would never end."""


def sections() -> dict[str, list[str]]:
    """Return the command blocks of every section that has some."""
    parts = re.split(r"^## (.+)$", README, flags=re.MULTILINE)[1:]
    found = [(title, COMMAND.findall(text)) for title, text in batched(parts)]
    return {title: blocks for title, blocks in found if blocks}


def batched(parts: list[str]) -> Iterator[tuple[str, str]]:
    """Yield titles with their texts."""
    return zip(parts[::2], parts[1::2], strict=True)


def on_free_ports(blocks: list[str]) -> list[str]:
    """Replace each port of the README by one that is free here."""
    ports = {port: str(free_port()) for block in blocks for port in PORT.findall(block)}
    return [PORT.sub(lambda match: ports[match[0]], block) for block in blocks]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder in which ./run is the checkout's own."""
    run = tmp_path / "run"
    run.write_text(f'#!/bin/sh\nexec "{ROOT}/run" "$@"\n')
    run.chmod(0o755)
    return tmp_path


def serve(block: str, folder: Path, stack: ExitStack) -> None:
    """Start a block that serves, and wait until it says that it is ready."""
    process = subprocess.Popen(
        ["bash", "-ec", block],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    stack.callback(process.wait, 30)
    stack.callback(os.killpg, process.pid, 15)
    assert process.stdout is not None
    stack.callback(process.stdout.close)
    assert any("http://" in line for line in process.stdout), "the server never was ready"


def outputs(blocks: list[str], folder: Path) -> Iterator[str]:
    """Run the blocks of a section and yield what each one printed."""
    with ExitStack() as stack:
        for block in on_free_ports(blocks):
            if SERVES.search(block):
                serve(block, folder, stack)
                continue
            done = subprocess.run(
                ["bash", "-ec", block], cwd=folder, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
            yield done.stdout


# What a reader must see at the end of each section.
SEEN = {
    "Two commands": "example-conversation",
    "You want to know in CI that your relay, or your AI service, keeps its contract": "12 ok",
    "You build a chat page and want a backend that misbehaves on request": '"status": "completed"',
    "You have an OpenAI or Anthropic client and want it to meet bad streams": "message_stop",
    "You have a streaming bug and want everyone to see the same bytes": "😀",
}


def test_every_section_with_commands_is_tried():
    assert list(sections()) == list(SEEN)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's commands use curl")
@pytest.mark.parametrize("title", SEEN)
def test_commands_of_the_section_work(title, folder):
    blocks = [block for block in sections()[title] if RUNS_ITSELF not in block]
    assert SEEN[title] in "".join(outputs(blocks, folder))
