"""Every page under docs/ begins with a title, and with what its reader can do afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_begins_with_what_its_reader_can_do(page):
    assert re.match(r"# \S.*\n\nAfter this page you ", page.read_text("utf-8"))
