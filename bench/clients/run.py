"""Runs the programs of clients, each with the packages in its own folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.clients.errors import Missing
from bench.clients.install import PROGRAMS, Packages, node, node_packages, python, python_packages

PATIENCE_SECONDS: Final = 2.0
"""The time limit of every client for the next bytes."""

_LINE_BYTES: Final = 64 * 1_048_576


@dataclass(frozen=True, slots=True)
class Program:
    """A program that can run: its command, and the folder in which it finds its packages."""

    command: Sequence[str]
    folder: Path


def installed(file: str, packages: Packages) -> Program:
    """Install packages and return the program of a file that uses them; raises `Missing`."""
    path = PROGRAMS / file
    if path.suffix == ".py":
        folder = python_packages(packages)
        return Program((python(folder), str(path)), folder)
    folder = node_packages(packages)
    return Program((node(), str(path)), folder)


async def run_program(program: Program, *arguments: str) -> list[Mapping[str, object]]:
    """Run a program and return the JSON lines that it prints; raises `Missing` if it fails."""
    process = await asyncio.create_subprocess_exec(
        *program.command,
        *arguments,
        cwd=program.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    printed, complained = await process.communicate()
    if process.returncode:
        raise Missing(f"{program.command[1]} failed:\n{complained.decode()[-1000:]}")
    return [json.loads(line) for line in printed.splitlines()]
