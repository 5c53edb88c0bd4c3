"""The commands of a page, pasted in their order: on free ports, servers in the background."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from tests.ports import free_port

STOP_SECONDS: Final = 30
BLOCK: Final = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT: Final = re.compile(r"\b87\d\d\b")
SERVES: Final = re.compile(
    r"^(?:\./run|streamproof) (?:mock|serve|relay)\b|^python3 (?:relay\.py$|-u -m http\.server)",
    re.MULTILINE,
)
FAILS: Final = re.compile(r'\|\| echo "exit code \$\?"$', re.MULTILINE)
DEFAULT_PORTS: Final = {
    "streamproof serve": " --port 8788 --mock-port 8787",
    "streamproof mock": " --port 8787",
}

# What a page may show in place of what differs from run to run.
VARIABLE: Final = {
    "TURN": "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "…": r"(?s:.*)",
    r"\d+\.\d\b": r"\d+\.\d",  # milliseconds
    r"\s+": r"\s+",
}
_PLACES: Final = re.compile("|".join(f"({shown})" for shown in VARIABLE))


@dataclass(frozen=True, slots=True)
class Block:
    """A block of commands, and what the page says that it prints."""

    commands: str
    shown: str = ""


def blocks(text: str) -> list[Block]:
    """Return the blocks of commands in a text, on free ports."""
    found: list[Block] = []
    for kind, content in BLOCK.findall(_on_free_ports(text)):
        if kind == "sh":
            found.append(Block(content))
        else:
            found[-1] = replace(found[-1], shown=content)
    return found


def _on_free_ports(text: str) -> str:
    """Replace every port of a text by one that is free here."""
    for command, ports in DEFAULT_PORTS.items():
        text = re.sub(rf"^{command}(?!.* --port)", f"{command}{ports}", text, flags=re.MULTILINE)
    free = {port: str(free_port()) for port in sorted(set(PORT.findall(text)))}
    return PORT.sub(lambda match: free[match[0]], text)


def shows(shown: str, printed: str) -> bool:
    """Tell whether a program printed what a page shows; `…` stands for any text."""
    pattern = "".join(_pattern(part) for part in _PLACES.split(shown.strip()) if part)
    return re.fullmatch(pattern, printed.strip()) is not None


def _pattern(part: str) -> str:
    return next(
        (pattern for shown, pattern in VARIABLE.items() if re.fullmatch(shown, part)),
        re.escape(part),
    )


class Terminals:
    """Runs blocks of commands in a folder; a server runs until it is started again, or the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for server in self._servers.values():
                stack.callback(_stop, server)

    def paste(self, commands: str) -> str:
        """Run a block, and return what it printed; a block that serves goes on when it is ready."""
        serves = None if FAILS.search(commands) else SERVES.search(commands)
        if serves:
            self._serve(serves[0], commands)
            return ""
        process = self._start(commands, stderr=subprocess.PIPE)
        printed, problem = process.communicate()
        assert process.returncode == 0, f"{commands}{printed}{problem}"
        return printed

    def _serve(self, program: str, commands: str) -> None:
        """Start a server in place of an earlier one, and wait until it prints a URL."""
        if program in self._servers:
            _stop(self._servers.pop(program))
        server = self._servers[program] = self._start(commands, start_new_session=True)
        assert server.stdout is not None
        assert any("http://" in line for line in server.stdout), f"not ready: {commands}"

    def _start(self, commands: str, **options: Any) -> subprocess.Popen[str]:
        path = f"{self._folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}"
        return subprocess.Popen(
            ["bash", "-ec", commands],
            cwd=self._folder,
            env={**os.environ, "PATH": path + os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )


def _stop(server: subprocess.Popen[str]) -> None:
    """End a server and the shell that started it."""
    os.killpg(server.pid, signal.SIGTERM)
    server.communicate(timeout=STOP_SECONDS)
