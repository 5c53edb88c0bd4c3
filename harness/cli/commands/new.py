"""`streamproof new`: write a commented scenario file to start from."""

import argparse
import os
from pathlib import Path

from streamproof.harness.console import console_for
from streamproof.harness.errors import UsageError
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.scenario.names import is_scenario_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the name of the scenario, and where its file goes."""
    parser.add_argument("name", metavar="NAME", help="small letters, digits and hyphens")
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="DIR", help="where (default: here)"
    )
    parser.add_argument(
        "--schema", metavar="PATH|URL", help="what editors check with (default: ours, by its path)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the file, unless there is one."""
    if not is_scenario_name(args.name):
        raise UsageError(f"'{args.name}': wanted a name like reset-mid-answer")
    path: Path = args.folder / f"{args.name}.yaml"
    text = template(args.name, args.schema or schema_from(args.folder))
    try:
        args.folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is already there") from error
    console = console_for(args)
    console.line(f"written: {path}", "ok")
    console.line(f"next: streamproof lint {path}; streamproof plan {path}")
    return ExitCode.OK


def schema_from(folder: Path) -> str:
    """Return the path of the shipped schema as seen from a folder."""
    from streamproof.mock_ai.library.loading import shipped_folder

    schema = shipped_folder() / "scenario.schema.json"
    return Path(os.path.relpath(schema, folder.resolve())).as_posix()


def template(name: str, schema: str) -> str:
    """Return the text of a new scenario; both comments on top name the schema, for all editors."""
    return TEMPLATE.replace("NAME", name).replace("SCHEMA", schema)


TEMPLATE = """\
# yaml-language-server: $schema=SCHEMA
# $schema: SCHEMA
name: NAME                    # the same as the file's name
title: What it shows, in one line
about: >-
  What happens, and why it matters.
# seen_in: [owner/repository#1]   # where the real bug was reported

# when:                       # which requests it answers that name no scenario
#   question: {contains: leave}

pace:                         # when the bytes leave
  first_ms: 300
  gap_ms: 40

steps:                        # what is sent, in order
  - content: Based on
  - content: [" your", " company's HR policy,"]     # one event each
  # - event: {event: progress, data: {done: 3}}     # any event; text, or JSON as YAML
  # - wait_ms: 500
  # - hold: until-released
  # - raw: "data: {\\"half\\n\\n"                       # exactly these bytes
  - sources:
      - {id: doc-123, title: HR Policy, content: Employee handbook section...}
  - end

# faults:                     # what goes wrong, one after the other
#   - split: {every_bytes: 7}
#   - reset: {after_events: 2}

# then:                       # what later attempts for the same message get
#   - {status: 503, steps: []}

expect:                       # what a sound relay makes of it, by hand
  verdict: completed
  frontend: [start, {content: 3}, sources, end]
  stored:
    turn: completed
    answer: Based on your company's HR policy,
    sources: [doc-123]
"""
