"""`streamproof new`: write a commented scenario file to start from."""

import argparse
import os
from pathlib import Path

from streamproof.contracts.text import short
from streamproof.harness.cli.program import command
from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.scenario.names import is_scenario_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name of the scenario, and the folder of its file."""
    parser.description = (
        "Write a commented scenario file to start from. Use it when you write a scenario of your"
        " own. It never replaces a file."
    )
    parser.add_argument(
        "name", metavar="NAME", help="name of the scenario: lower-case letters, digits and hyphens"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="folder of the file (default: the current folder)",
    )
    parser.add_argument(
        "--schema",
        metavar="PATH|URL",
        help="schema for editors (default: the path of the shipped one)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the file; raises `UsageError` if it exists."""
    if not is_scenario_name(args.name):
        raise UsageError(f"NAME: wanted a name like reset-mid-answer, got {short(args.name)}")
    path: Path = args.folder / f"{args.name}.yaml"
    try:
        args.folder.mkdir(parents=True, exist_ok=True)
        text = template(args.name, args.schema or schema_from(args.folder))
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        taken = path if args.folder.is_dir() else args.folder
        raise UsageError(f"{taken} already exists; choose another name or folder") from error
    console = console_for(args)
    console.line(f"written: {path}", "ok")
    console.line(f"next: {command('lint', str(path))}; {command('plan', str(path))}")
    return ExitCode.OK


def schema_from(folder: Path) -> str:
    """Return the path of the shipped schema, relative to a folder."""
    from streamproof.mock_ai.library.files import shipped_folder

    schema = shipped_folder() / "scenario.schema.json"
    return Path(os.path.relpath(schema, folder.resolve())).as_posix()


def template(name: str, schema: str) -> str:
    """Return the text of a new scenario; editors read one of the two comments at the top."""
    return TEMPLATE.replace("NAME", name).replace("SCHEMA", schema)


TEMPLATE = """\
# yaml-language-server: $schema=SCHEMA
# $schema: SCHEMA
name: NAME                    # the file name without .yaml
title: What the scenario shows, in one line
about: >-
  What happens, and why it matters.
# seen_in: [owner/repository#1]   # reports of the real bug

# when:                       # answers requests that do not name a scenario
#   question: {contains: leave}

pace:                         # delays in milliseconds: before the first event, between events
  first_ms: 300
  gap_ms: 40

steps:                        # what the mock sends, in order
  - content: Based on
  - content: [" your", " company's HR policy,"]     # one event for each text
  # - event: {event: progress, data: {done: 3}}     # any event; data is text or JSON
  # - wait_ms: 500
  # - hold: until-released
  # - raw: "data: {\\"half\\n\\n"                       # exactly these bytes
  - sources:
      - {id: doc-123, title: HR Policy, content: Employee handbook section...}
  - end

# faults:                     # what goes wrong; each fault rewrites the result of the one before
#   - split: {every_bytes: 7}
#   - reset: {after_events: 2}

# then:                       # replies to later attempts for the same message
#   - {status: 503, steps: []}

# turns:                      # in place of steps: the reply to a question, then to a tool's result
#   - steps: [{tool_call: {name: get_weather, arguments: {city: Paris}}}, end]
#   - steps: [{content: It rains.}, end]

expect:                       # what a correct relay does with it; write this by hand
  verdict: completed
  frontend: [start, {content: 3}, sources, end]
  stored:
    turn: completed
    answer: Based on your company's HR policy,
    sources: [doc-123]
"""
