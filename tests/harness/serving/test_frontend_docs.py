"""docs/frontend.md has what the banner prints, every option, and the page's own listeners."""

import argparse
import re
from pathlib import Path

import pytest

from streamproof.harness.cli.commands import serve
from streamproof.harness.serving.banner import titled_snippets
from streamproof.harness.serving.pages import pages_folder

TEXT = (Path(__file__).parents[3] / "docs" / "frontend.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\w+\n(.*?)\n```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("title", "snippet"), list(titled_snippets("http://127.0.0.1:8788")))
def test_snippet_of_the_banner_is_there(title, snippet):
    assert snippet in BLOCKS


def test_every_option_is_described():
    parser = argparse.ArgumentParser(add_help=False)
    serve.add_arguments(parser)
    options = [option for action in parser._actions for option in action.option_strings]
    assert [option for option in options if f"`{option}" not in TEXT] == []


def test_listeners_are_those_of_the_page():
    page = (pages_folder() / "listeners.js").read_text("utf-8")
    assert page.partition("\n\n")[2].rstrip() in BLOCKS
