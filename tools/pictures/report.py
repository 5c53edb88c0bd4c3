"""The report of `verify relay` about the relay of `docs/tutorial-ci.md`, as an SVG terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import shlex
import subprocess
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tools.pictures.errors import CannotDraw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

TUTORIAL: Final = Path(__file__).resolve().parents[2] / "docs" / "tutorial-ci.md"
COMMAND: Final = """\
streamproof verify relay --url http://127.0.0.1:8791 --mock-port 8787 --room demo \\
  --scenario example-conversation end-missing split-every-byte
"""
EXPECTED: Final = "broken: broken/end-missing"
COLUMNS: Final = 120
CHUNK_BYTES: Final = 65_536
THEMES: Final[Mapping[str, TerminalTheme]] = {
    "light": TerminalTheme(
        (255, 255, 255),
        (27, 29, 31),
        [
            (27, 29, 31),
            (168, 38, 28),
            (11, 107, 80),
            (122, 82, 0),
            (36, 88, 168),
            (122, 51, 133),
            (20, 106, 122),
            (90, 95, 99),
        ],
    ),
    "dark": TerminalTheme(
        (26, 29, 32),
        (233, 231, 227),
        [
            (26, 29, 32),
            (255, 154, 143),
            (95, 211, 169),
            (240, 195, 106),
            (134, 180, 255),
            (223, 166, 232),
            (122, 210, 226),
            (160, 166, 171),
        ],
    ),
}
"""The colours of the pages: `mock_ai/inspector/theme.css`."""

_RELAY: Final = re.compile(r"<<'PYTHON'\n(.*?)^PYTHON$", re.MULTILINE | re.DOTALL)
_FONT: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)


async def draw(folder: Path) -> None:
    """Write the report in both themes."""
    async with tutorial_relay():
        command = shlex.split(COMMAND.replace("\\\n", ""))
        report = await asyncio.to_thread(output_of, command)
    if EXPECTED not in report:
        raise CannotDraw(f"the report does not contain {EXPECTED!r}:\n{report}")
    for name, theme in THEMES.items():
        (folder / f"report-{name}.svg").write_text(terminal(report, theme), "utf-8")


@asynccontextmanager
async def tutorial_relay() -> AsyncIterator[None]:
    """Run the relay of the tutorial, with its bug, while the block runs; raises `CannotDraw`."""
    [code] = _RELAY.findall(TUTORIAL.read_text("utf-8"))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "relay.py"
        file.write_text(code, "utf-8")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(file),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if process.stdout is None or not await process.stdout.readline():
            raise CannotDraw("port 8791 is in use; the relay of the tutorial needs it")
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


def output_of(command: list[str]) -> str:
    """Return what a command prints in a terminal, with its colours."""
    reading, writing = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(command, stdout=writing, env=environment)
    os.close(writing)
    output = b""
    with suppress(OSError):  # how a terminal on Linux ends
        while data := os.read(reading, CHUNK_BYTES):
            output += data
    os.close(reading)
    process.wait()
    return output.decode().replace("\r\n", "\n")


def terminal(output: str, theme: TerminalTheme) -> str:
    """Return a picture of the output of the command in a terminal; it loads nothing."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(file=nowhere, record=True, width=COLUMNS, force_terminal=True)
        console.print(Text(f"$ {COMMAND}", style="bold"))
        console.print(Text.from_ansi(output))
        svg = console.export_svg(title="streamproof verify relay", theme=theme, unique_id="report")
    svg = _FONT.sub("", svg).replace("Fira Code", "ui-monospace, Menlo, Consolas")
    return svg.replace("rgba(255,255,255,0.35)", theme.ansi_colors[7].hex)
