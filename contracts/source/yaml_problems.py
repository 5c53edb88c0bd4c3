"""The mistakes that the YAML parser finds, in plain words, each with what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from yaml import Mark, MarkedYAMLError

_LINE_END: Final = re.compile("\r\n|\n|\r")
_CLOSING: Final = {
    "while parsing a flow mapping": ("mapping", "}"),
    "while parsing a flow sequence": ("list", "]"),
}
_QUOTE: Final = "put the text in quotes"
_INDENT: Final = "check the indentation"
_TAB: Final = ("a tab cannot indent a line", "use spaces")

# What the parser says about a mistake; `{found}` is the character at its place.
_WORDS: Final = (
    (
        "mapping values are not allowed",
        (
            "a ':' with a key before it is not allowed here",
            "put text that contains ': ' in quotes, and check the indentation",
        ),
    ),
    ("expected key", ("wanted a key here, or the end of the mapping", _INDENT)),
    ("mapping keys are not allowed", ("a key is not allowed here", _INDENT)),
    ("expected '-' indicator", ("wanted '-' as in the entries above", _INDENT)),
    ("block sequence entries", ("a list entry is not allowed here", "begin a line with its '-'")),
    ("expected comment or line break", ("wanted a line end here", "begin a new line for the text")),
    ("cannot start any token", ("the character {found} cannot begin a value", _QUOTE)),
    ("expected alphabetic or numeric", ("wanted a name after '&' or '*'", _QUOTE)),
    ("expected <document start>", ("this does not belong to what is above it", _INDENT)),
    ("expected node content", ("wanted a value here", _QUOTE)),
    ("unknown escape character", ("unknown escape in double quotes", "write \\\\ for a backslash")),
    (
        "hexdecimal number",
        ("wanted hexadecimal digits in the escape", "write \\\\ for a backslash"),
    ),
    (
        "invalid Unicode character",
        (
            "half of a surrogate pair is not a character",
            r"write both halves, such as \ud83d\ude00; raw_hex sends any bytes",
        ),
    ),
    ("unexpected ':'", ("a ':' is not allowed in this text", _QUOTE)),
    ("a tab character", _TAB),
)
_UNKNOWN: Final = ("the text is not valid YAML here", f"{_QUOTE}, or {_INDENT}")


class YamlProblem(NamedTuple):
    """A mistake: what is wrong, what to do, and the line and column, counted from 1."""

    message: str
    advice: str | None
    line: int
    column: int


def yaml_problem(error: MarkedYAMLError, text: str) -> YamlProblem:
    """Return the mistake that the parser found in a text."""
    context, problem = error.context or "", error.problem or ""
    start, place = error.context_mark, error.problem_mark or error.context_mark
    line, column = _line_and_column(place) if place else (1, 1)
    if _tab_indents(text, line, column):
        return YamlProblem(*_TAB, line, column)
    if start and "quoted scalar" in context and "unexpected" in problem:
        message = "the quoted text that begins here has no closing quote"
        return YamlProblem(message, None, *_line_and_column(start))
    if start and "expected ':'" in problem:
        return YamlProblem("wanted ':' after this key", _INDENT, *_line_and_column(start))
    if start and context in _CLOSING:
        kind, closing = _CLOSING[context]
        begins = "begins in line {}, column {}".format(*_line_and_column(start))
        message = f"wanted ',' or '{closing}' in the {kind} that {begins}"
        return YamlProblem(message, None, line, column)
    if context == "while scanning a directive":
        return YamlProblem("a line cannot begin with '%'", _QUOTE, line, column)
    words = (words for part, words in _WORDS if part in problem)
    message, advice = next(words, _UNKNOWN)
    found = _line(text, line)[column - 1 : column]
    return YamlProblem(message.format(found=repr(found)), advice, line, column)


def _line_and_column(mark: Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _tab_indents(text: str, line: int, column: int) -> bool:
    """Tell whether the character at a place is a tab with only white space before it."""
    before = _line(text, line)[:column]
    return before.endswith("\t") and not before.strip()


def _line(text: str, number: int) -> str:
    lines = _LINE_END.split(text)
    return lines[number - 1] if number <= len(lines) else ""
