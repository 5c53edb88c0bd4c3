"""Print the longest sentences of the README and the docs: `python -m tests.longest_sentences`.

It judges nothing: a reader does. A line of Markdown holds whole sentences. Code blocks, headings
and tables do not count, and code inside a sentence counts as one word.
"""

# ruff: noqa: T201 - this program prints

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_FENCE: Final = "```"
_NO_SENTENCE: Final = ("#", "|", "<!--", _FENCE)
_CODE: Final = re.compile(r"`[^`\n]+`")
_LINK: Final = re.compile(r"!?\[([^]]*)\]\([^)]*\)")
_BULLET: Final = re.compile(r"^\s*(?:[-*]|\d+\.) ")
_END: Final = re.compile(r"(?<=[.!?:])(?:\*\*)? +(?=[\W]*[A-Z`])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and where it begins; lines count from 1."""

    path: str
    line: int
    text: str

    @property
    def words(self) -> int:
        """The number of its words."""
        return len(_CODE.sub("code", self.text).split())

    def __str__(self) -> str:
        return f"{self.words} words  {self.path}:{self.line}\n    {self.text}"


def sentences(path: str, page: str) -> Iterator[Sentence]:
    """Yield the sentences of a page."""
    is_code = False
    for number, line in enumerate(page.splitlines(), 1):
        is_code ^= line.startswith(_FENCE)
        if not (is_code or line.startswith(_NO_SENTENCE)):
            text = _BULLET.sub("", _LINK.sub(r"\1", line))
            yield from (Sentence(path, number, part) for part in _END.split(text) if part)


def longest(number: int, pages: Iterable[Path] = PAGES) -> list[Sentence]:
    """Return the sentences with the most words, the longest first."""
    every = (
        sentence
        for page in pages
        for sentence in sentences(str(page.relative_to(ROOT)), page.read_text("utf-8"))
    )
    return nlargest(number, every, key=lambda sentence: sentence.words)


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(prog="python -m tests.longest_sentences", description=__doc__)
    parser.add_argument("--number", type=int, default=10, help="default: 10")
    for sentence in longest(parser.parse_args().number):
        print(sentence)


if __name__ == "__main__":
    main()
