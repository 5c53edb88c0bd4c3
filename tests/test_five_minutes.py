"""The first five minutes of docs/frontend.md, pasted in their order, print what stands there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.test_readme import on_free_ports

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "frontend.md"
HEADING: Final = "## The first five minutes\n"
BLOCK: Final = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TURN: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERVES: Final = "streamproof serve"
STOP_SECONDS: Final = 30


def commands() -> list[tuple[str, str]]:
    """Return each block of commands with what the page says that it prints, if anything."""
    section = PAGE.read_text("utf-8").partition(HEADING)[2].partition("\n## ")[0]
    found: list[tuple[str, str]] = []
    for kind, text in BLOCK.findall(section):
        if kind == "sh":
            found.append((text, ""))
        else:
            found[-1] = found[-1][0], text
    ports = on_free_ports(["8787 8788"])[0].split()
    return [(on_ports(block, *ports), printed) for block, printed in found]


def on_ports(block: str, mock_port: str, port: str) -> str:
    """Move a block from the default ports to free ones."""
    options = f"{SERVES} --port {port} --mock-port {mock_port}"
    return block.replace("8788", port).replace(SERVES, options)


@contextmanager
def running(block: str, folder: Path) -> Iterator[None]:
    """Run a block that serves; Ctrl-C ends it."""
    process = subprocess.Popen(
        ["bash", "-ec", block.replace(SERVES, f"exec {SERVES}")],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as said:
        assert any("is ready: http://" in line for line in said)
        yield
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def environment() -> dict[str, str]:
    """Find `streamproof` where these tests run."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def output(block: str, folder: Path) -> str:
    """Run a block that ends; every id of a turn is TURN."""
    done = subprocess.run(
        ["bash", "-ec", block],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return TURN.sub("TURN", done.stdout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's commands use curl")
def test_every_command_prints_what_the_page_says(tmp_path):
    with ExitStack() as servers:
        for block, printed in commands():
            if SERVES in block:
                servers.close()
                servers.enter_context(running(block, tmp_path))
            else:
                said = output(block, tmp_path)
                assert said.strip() == printed.strip() if printed else "event: end" in said
