"""The samples in `docs/reports.md`: what `check` prints and writes about a stream without an end.

A sample has the name of its format; `text` is what the command prints.
"""

import contextlib
import io
import os
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Final
from unittest.mock import patch

from streamproof.harness.cli.main import main
from streamproof.harness.reports.destinations import STEP_SUMMARY
from tools.docs._blocks import with_blocks
from tools.docs.checks import check_tables

STREAM: Final = (
    'event: message\ndata: {"type": "content", "content": "Hello"}\n\n'
    'event: message\ndata: {"type": "content", "content": " there"}\n\n'
)
FILES: Final = {"junit": "report.xml", "markdown": "report.md"}
LANGUAGES: Final = {"junit": "xml", "markdown": "markdown"}
PREFIX: Final = "sample: "
_HELD: Final = re.compile(r" *<testcase (?:(?!</testcase>|<failure).)*</testcase>\n", re.DOTALL)
"""A test of a check that holds, which the sample leaves out."""


def generate(page: str) -> str:
    """Return the page with its samples and its table of checks written again."""
    return with_blocks(page, _block)


def _block(name: str) -> str | None:
    if not name.startswith(PREFIX):
        return check_tables().get(name)
    kind = name.removeprefix(PREFIX)
    return f"```{LANGUAGES.get(kind, 'text')}\n{samples()[kind]}\n```"


@cache
def samples() -> dict[str, str]:
    """Return what the command prints, and each report that it writes."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("stream.sse").write_text(STREAM, "utf-8")
        reports = ",".join(f"{name}={file}" for name, file in FILES.items())
        found = {name: Path(file) for name, file in FILES.items()}
        text = _printed("--report", reports)
        github = _printed("--report", "github").splitlines()
        return {
            "text": text,
            "github": "\n".join(line for line in github if line.startswith("::")),
            "junit": _HELD.sub("", found["junit"].read_text("utf-8")).rstrip("\n"),
            "markdown": found["markdown"].read_text("utf-8").rstrip("\n"),
        }


def _printed(*words: str) -> str:
    """Return what `check` prints about the stream, outside a GitHub job."""
    out = io.StringIO()
    with patch.dict(os.environ), contextlib.redirect_stdout(out):
        os.environ.pop(STEP_SUMMARY, None)
        main(["check", "stream.sse", "--contract", "ai-service", *words])
    return out.getvalue().rstrip("\n")
