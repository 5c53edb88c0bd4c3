"""`streamproof new`: write a commented scenario file to start from."""

import argparse
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
        help="schema for editors (default: the one that `streamproof schema` wrote, or else the"
        " shipped one)",
    )


def run(args: argparse.Namespace) -> int:
    """Write the file; raises `UsageError` if it exists."""
    if not is_scenario_name(args.name):
        raise UsageError(f"NAME: wanted a name like reset-mid-answer, got {short(args.name)}")
    # Imported here: `--help` must be fast.
    from streamproof.mock_ai.library.editor_schema import editor_comments, written_schema

    path: Path = args.folder / f"{args.name}.yaml"
    try:
        args.folder.mkdir(parents=True, exist_ok=True)
        text = editor_comments(args.folder, args.schema) + template(args.name)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        taken = path if args.folder.is_dir() else args.folder
        raise UsageError(f"{taken} already exists; choose another name or folder") from error
    console = console_for(args)
    console.line(f"written: {path}", "ok")
    console.line(f"next: {command('lint', str(path))}; {command('plan', str(path))}")
    if args.schema is None and written_schema(args.folder) is None:
        schema = command("schema", "--folder", str(args.folder))
        console.line(f"for the editors of other machines: `{schema}`")
    return ExitCode.OK


def template(name: str) -> str:
    """Return the text of a new scenario, without the comments for editors."""
    return TEMPLATE.replace("NAME", name)


TEMPLATE = """\
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
