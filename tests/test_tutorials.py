"""The commands of the tutorials and of mistakes.md, pasted in order, print what stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.pasted import Terminals, blocks, shows
from tests.programs import program

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
RUN: Final = re.compile(r"(?:\.\.?/)\S*\brun(?= [a-z])")
"""What a command is called where the tests run in the environment of a checkout."""
PAGES: Final = [*sorted(DOCS.glob("tutorial-*.md")), DOCS / "mistakes.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
@pytest.mark.prove
def test_every_command_prints_what_the_page_shows(page, tmp_path):
    for name in ("curl", "git"):
        program(name)
    with Terminals(tmp_path) as terminals:
        for block in blocks(page.read_text("utf-8")):
            printed = RUN.sub("streamproof", terminals.paste(block.commands))
            assert shows(block.shown or "…", printed), f"{block.commands}printed:\n{printed}"


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("one", "one\n", True),
        ("one", "two", False),
        ("a\n…\nb", "a\nx\ny\nb", True),
        ("a\n…\nb", "a\nx", False),
        ("at 1.5 ms", "at 22.7  ms", True),
        ("id: TURN:0", "id: 01a224e8-3ce2-7788-aaf1-fa79950c6dd1:0", True),
        ("id: TURN:0", "id: 12:0", False),
    ],
)
def test_a_page_shows_what_differs_by_a_placeholder(shown, printed, same):
    assert shows(shown, printed) is same
