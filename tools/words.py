"""Find words and phrases that plain English does without: `python -m tools.words [PATH …]`.

Each finding has its file, line and column, the words, and what to write instead. The exit code is 1
if there is one. Code in Markdown is not read. Only the title, the description and the comments of a
scenario are read, and only the docstrings of a test: a test may contain any words as data.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

FOLDERS: Final = (
    *("streamproof", "contracts", "mock_ai", "relay", "harness", "scenarios"),
    *("docs", "bench", "tools", "tests"),
)
SUFFIXES: Final = frozenset({".css", ".html", ".js", ".json", ".md", ".mjs", ".py", ".ts", ".yaml"})
NOT_READ: Final = frozenset({"node_modules", "__pycache__"})

_BETWEEN: Final = r"(?:[\s#*/\"']|\bf(?=[\"']))+"
"""What can be between two words: spaces, a line end in a comment, or the end of a string."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Words as a regular expression, and what to write instead; a group `fine` makes them fine."""

    words: str
    instead: str

    def pattern(self) -> re.Pattern[str]:
        """Return the expression that finds the words, also over a line end."""
        return re.compile(rf"\b(?:{self.words.replace(' ', _BETWEEN)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exempt:
    """A line that may keep its words, because of the reason."""

    path: str
    part: str
    """A part of the line."""
    reason: str


RULES: Final = (
    Rule(r"so-manieth", "every Nth"),
    Rule(r"lest\b", "so that … not"),
    Rule(r"for ever\b", "without end, without a limit"),
    Rule(r"(?P<fine>there )?(?:is|are|was|were) no\b(?! longer| one)", "is not a …, has no …"),
    Rule(r"(?P<fine>there )?(?:is|are|was|were|be) (?-i:none)\b", "is not …, say which"),
    Rule(r"whoever\b", "name who: the client that …"),
    Rule(r"beside\b", "next to, besides, alongside"),
    Rule(r"nobody\b", "name who does not: no client …"),
    Rule(r"somebody\b", "name who: a client, a user"),
    Rule(r"many a\b", "many"),
    Rule(r"wants it otherwise", "sets another value"),
    Rule(r"(?<!,\s)so (?:many|much)\b(?P<fine> that\b)?", "the number: N, this many"),
    Rule(r"so long\b(?P<fine> (?:as|that)\b)?", "the time: N seconds, this long"),
    Rule(r"that much\b", "the number: N"),
    Rule(r"mend(?:s|ed|ing)?\b", "fix"),
    Rule(r"wherever it is(?=[.,;])", "name the place"),
    Rule(r"on its way\b", "what is being sent, before it is sent"),
    Rule(r"who asks? for\b", "the client that requests"),
    Rule(r"as (?:it stands|they stand)\b", "unchanged, as written"),
    Rule(r"to be had\b", "available"),
    Rule(r"lets? \w+ come\b", "sends, emits"),
    Rule(r"(?:is|are|was|were|be|been) told\b", "is given, is set, gets"),
    Rule(r"(?:is|are|was|were|be|been) said\b", "is reported, is stated"),
    Rule(r"(?:too|also)(?=[.;:]\s)", "put it before the verb, or leave it out"),
    Rule(r"the seed's\b", "the chat protocol's; a seed is the number that makes chance repeat"),
    Rule(r"(?:prov(?:e|es|ed|er|ing)|proofs?)\b", "verify, verified, verification, check"),
)

EXEMPT: Final = (
    Exempt("run", '"prove"', "the command keeps its name"),
    Exempt("run", "not prove", "the mark of the tests that it runs"),
    Exempt("tools/words.py", "Rule(r", "the list itself"),
    Exempt("tools/words.py", "Exempt(", "the list itself"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Words at a place; line and column count from 1."""

    path: str
    line: int
    column: int
    words: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: '{self.words}': write {self.instead}"


_PATTERNS: Final = tuple((rule.pattern(), rule.instead) for rule in RULES)
_CODE: Final = re.compile(r"^```.*?^```|`[^`\n]+`|\]\([^)\n]*\)", re.MULTILINE | re.DOTALL)
_SCENARIO: Final = re.compile(
    r"^(?:title|about):.*(?:\n[ \t]+.*|\n(?=\n*[ \t]))*|(?:^|(?<=\s))#.*", re.MULTILINE
)

# At the beginning of a file, or after the colon of a class or a function.
_DOCSTRING: Final = re.compile(r'(?:\A|(?<=:\n)) *"""(.*?)"""', re.DOTALL)


def prose(path: str, text: str) -> str:
    """Return a text with everything that is not read as spaces, so that places stay."""
    if path.endswith(".md"):
        return _CODE.sub(_blank, text)
    if path.startswith("scenarios/") and path.endswith(".yaml"):
        return _only(_SCENARIO, text)
    if path.startswith("tests/"):
        return _only(_DOCSTRING, text)
    return text


def _only(readable: re.Pattern[str], text: str) -> str:
    """Return a text with spaces in place of all that a pattern does not find."""
    read = [match.span() for match in readable.finditer(text)]
    ends = [0, *(end for _, end in read)]
    starts = [*(start for start, _ in read), len(text)]
    parts = (re.sub(r"\S", " ", text[a:b]) for a, b in zip(ends, starts, strict=True))
    kept = (text[a:b] for a, b in [*read, (0, 0)])
    return "".join(blank + keep for blank, keep in zip(parts, kept, strict=True))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"\S", " ", match[0])


def findings(path: str, text: str) -> Iterator[Finding]:
    """Yield the words of a text that a rule names, in the order of the text."""
    readable = prose(path, text)
    found = [
        (match, instead)
        for pattern, instead in _PATTERNS
        for match in pattern.finditer(readable)
        if not match.groupdict().get("fine")
    ]
    for match, instead in sorted(found, key=lambda one: one[0].start()):
        before = text[: match.start()]
        line = before.count("\n") + 1
        column = match.start() - (before.rfind("\n") + 1) + 1
        yield Finding(path, line, column, " ".join(match[0].split()), instead)


def exempt(finding: Finding, text: str, exempts: Iterable[Exempt] = EXEMPT) -> Exempt | None:
    """Return what exempts a finding, if anything does."""
    line = text.splitlines()[finding.line - 1]
    fitting = (one for one in exempts if one.path == finding.path and one.part in line)
    return next(fitting, None)


def files() -> list[Path]:
    """Return the files that are read by default."""
    inside = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*"))
    chosen = [
        path
        for path in inside
        if path.suffix in SUFFIXES and path.is_file() and not NOT_READ & {*path.parts}
    ]
    return sorted({*chosen, *ROOT.glob("*.md"), ROOT / "run"})


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Print the findings; without paths also the exemptions that exempt nothing."""
    parser = argparse.ArgumentParser(prog="python -m tools.words", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="default: all texts")
    chosen = parser.parse_args(arguments).paths
    lines, used = [], set()
    for file in chosen or files():
        path, text = str(file.resolve().relative_to(root)), file.read_text("utf-8")
        for finding in findings(path, text):
            if reason := exempt(finding, text):
                used.add(reason)
            else:
                lines.append(str(finding))
    if not chosen:
        lines += [f"{one.path}: not needed: {one}" for one in EXEMPT if one not in used]
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
