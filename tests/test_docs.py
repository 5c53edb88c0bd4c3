"""The pages are easy to enter and complete: first paragraphs, the index, links, commands, words."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = sorted(DOCS.glob("*.md"))
LINKING_PAGES = [*PAGES, *sorted(ROOT.glob("*.md")), *sorted((ROOT / "bench").glob("*.md"))]
INSTRUCTIONS = [*PAGES, ROOT / "README.md"]

PATH = re.compile(
    r"`((?:contracts|mock_ai|relay|harness|scenarios|tests|bench|tools|docs)/[\w./-]*)`"
)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
COMMAND = re.compile(
    r"(?:(?<![\w/.-])(?<!from )streamproof|\./run)((?: +(?:[\w./:-]+|'[^'\n]*'|\"[^\"\n]*\"))+)"
)
OPTIONS = re.compile(r"^_shtab_streamproof_?(\w*)_option_strings=\((.*)\)$", re.MULTILINE)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", page.read_text("utf-8"))


def first_paragraph(page: Path) -> str:
    _, paragraph, *_ = re.split(r"\n{2,}", page.read_text("utf-8"))
    return paragraph


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return what GitHub makes of the headings of a page."""
    found: list[str] = []
    for heading in HEADING.findall(prose(page)):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        again = found.count(slug)
        found.append(f"{slug}-{again}" if again else slug)
    return frozenset(found)


@cache
def options() -> dict[str, set[str]]:
    """Return every `streamproof` command with its options, as the shell completion knows them."""
    command = Path(sys.executable).with_name("streamproof")
    done = subprocess.run(
        [command, "completion", "bash"], capture_output=True, text=True, check=True
    )
    return {
        words.replace("_", " "): set(names.split()) for words, names in OPTIONS.findall(done.stdout)
    }


@cache
def run_commands() -> frozenset[str]:
    """Return the commands that only `./run` has."""
    done = subprocess.run(
        [sys.executable, ROOT / "run", "--help"], capture_output=True, text=True, check=True
    )
    return frozenset(re.findall(r"^  (\w+) ", done.stdout, re.MULTILINE))


def commands(page: Path) -> Iterator[str]:
    """Yield the command lines of a page, in its code blocks and in its sentences."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    code = [*FENCE.findall(text), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))]
    for block in code:
        for line in block.splitlines():
            for match in COMMAND.finditer(line.partition(" # ")[0]):
                yield match[0]


def problem_of(command: str) -> str | None:
    """Return what is wrong with a command line, if anything."""
    program, first, *more = command.split()
    if first.startswith("-"):
        first, more = "", [first, *more]
    elif program == "./run" and (first.isupper() or first in run_commands()):
        return None
    if first == "verify" and more and more[0] in ("relay", "ai", "client"):
        first = f"{first} {more.pop(0)}"
    first = first.replace("-", " ")  # the completion writes a hyphen and a space alike
    if first not in options():
        return f"{command}: no such command"
    used = {word for word in more if re.fullmatch(r"--?[a-z][\w-]*", word)}
    unknown = used - options()[first]
    return f"{command}: no such option: {', '.join(sorted(unknown))}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_begins_with_its_title_and_a_plain_paragraph(page):
    assert page.read_text("utf-8").startswith("# ")
    paragraph = first_paragraph(page)
    assert re.match(r"[A-Z`*]", paragraph), "a sentence comes first: no list, table, code or image"
    assert not paragraph.startswith("```")
    assert paragraph.endswith((".", ":"))


def test_no_two_pages_begin_with_the_same_words():
    beginnings = Counter(tuple(first_paragraph(page).split()[:4]) for page in PAGES)
    assert [words for words, count in beginnings.items() if count > 1] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != INDEX], ids=name)
def test_index_links_to_the_page_once(page):
    assert [target for target, _ in LINK.findall(prose(INDEX))].count(page.name) == 1


@pytest.mark.parametrize("page", LINKING_PAGES, ids=name)
def test_links_of_a_page_lead_somewhere(page):
    broken = []
    for target, anchor in LINK.findall(prose(page)):
        linked = page.parent / target if target else page
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_names_only_files_that_are_there(page):
    named = set(PATH.findall(page.read_text("utf-8")))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", INSTRUCTIONS, ids=name)
def test_page_names_only_commands_and_options_that_are_there(page):
    assert [problem for one in commands(page) if (problem := problem_of(one))] == []


def test_glossary_defines_each_word_once():
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", prose(DOCS / "glossary.md"), re.MULTILINE)
    words = Counter(word for word, meaning in rows if not {word, meaning} & {"word", "---"})
    assert len(words) > 50
    assert [word for word, count in words.items() if count > 1] == []


@pytest.mark.parametrize(
    "anchor",
    ["1-upstream-leg", "2-frontend-leg", "3-what-a-turn-stores", "4-upstream-failures"],
)
def test_sections_of_the_protocol_keep_their_anchors(anchor):
    assert anchor in anchors(DOCS / "protocol.md")
