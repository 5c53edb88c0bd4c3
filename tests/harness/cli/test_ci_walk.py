"""The walk of docs/ci.md, pasted into an empty folder: a red run, a fix, and a green run."""

from pathlib import Path

import pytest

from tests.node_packages import node_path
from tests.pasted import Terminals, blocks, shows

PAGE = (Path(__file__).parents[3] / "docs" / "ci.md").read_text("utf-8")
WALK = PAGE[PAGE.index("## From an empty folder") : PAGE.index("## Verify your relay")]


@pytest.mark.prove
def test_an_empty_folder_becomes_a_red_and_then_a_green_run(tmp_path):
    node_path()
    with Terminals(tmp_path) as terminals:
        for block in blocks(WALK):
            printed = terminals.paste(block.commands)
            assert shows(block.shown or "…", printed), f"{block.commands}printed:\n{printed}"
