"""The word list finds its words where people read them, and nowhere else."""

from __future__ import annotations

import pytest

from tools import words
from tools.words import Exempt, exempt, findings, main


def found(path: str, text: str) -> list[tuple[int, int, str]]:
    """Return line, column and words of the findings."""
    return [(one.line, one.column, one.words) for one in findings(path, text)]


def test_a_finding_has_its_place_and_what_to_write():
    [finding] = findings("docs/page.md", "# Page\n\nPause before every so-manieth event.\n")
    assert str(finding) == "docs/page.md:3:20: 'so-manieth': write every Nth"


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("relay/x.py", '"""Nobody may ask."""', "Nobody"),
        ("relay/x.py", "# a path that is\n# no path", "is # no"),
        ("relay/x.py", "f'the value is '\n    f'no number'", "is ' f'no"),
        ("scenarios/a.yaml", "about: >\n  First line.\n\n  It waits for ever.\n", "for ever"),
        ("scenarios/a.yaml", "steps:\n  - end  # whoever reads\n", "whoever"),
        ("tests/test_x.py", 'def test():\n    """Nobody may ask."""', "Nobody"),
        ("harness/pages/x.js", "// This is none of ours", "is none"),
    ],
)
def test_words_are_found_across_lines_and_in_comments(path, text, words):
    assert [one for _, _, one in found(path, text)] == [words]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("docs/page.md", "`./run prove` and [a page](proof.md)"),
        ("docs/page.md", "```sh\n./run prove\n```"),
        ("docs/page.md", "There is no broker, so many turns wait. It is no longer there."),
        ("relay/x.py", "value is not None; streamproof"),
        ("tests/test_x.py", '"""Tests."""\nassert "Nobody waits for ever."  # lest'),
        ("scenarios/a.yaml", 'steps:\n  - content: "Nobody waits for ever."\n'),
    ],
)
def test_code_data_and_plain_english_are_fine(path, text):
    assert found(path, text) == []


def test_a_line_can_be_exempt_with_a_reason():
    text = '"""Nobody is a name here."""'
    [finding] = findings("relay/x.py", text)
    wanted = Exempt("relay/x.py", "is a name", "it is the name of a table")
    assert exempt(finding, text, [wanted]) == wanted
    assert exempt(finding, text, [Exempt("relay/y.py", "is a name", "another file")]) is None


def test_exit_code_and_places_of_a_file(tmp_path, capsys):
    (tmp_path / "page.md").write_text("It waits.\nIt waits for ever.\n")
    assert main([str(tmp_path / "page.md")], tmp_path) == 1
    assert capsys.readouterr().out.startswith("page.md:2:10: 'for ever': write ")
    (tmp_path / "page.md").write_text("It waits without end.\n")
    assert main([str(tmp_path / "page.md")], tmp_path) == 0
    assert capsys.readouterr().out == ""


def test_default_files_are_what_people_read():
    names = {str(path.relative_to(words.ROOT)) for path in words.files()}
    assert {"README.md", "run", "docs/ci.md", "scenarios/scenario.schema.json"} <= names
    assert {"contracts/openapi/relay.openapi.yaml", "harness/pages/index.html"} <= names
    assert {name for name in names if "node_modules" in name} == set()
