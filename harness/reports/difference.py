"""Finds where two texts differ, and quotes both in one short line each."""

from dataclasses import dataclass

from streamproof.contracts.text import one_line

BEFORE = 24  # equal characters that are shown before the difference
AFTER = 40  # characters that are shown from the difference on


@dataclass(frozen=True, slots=True)
class Difference:
    """The first difference of two texts: its position in UTF-8 bytes, and an excerpt of both."""

    at_byte: int
    expected: str
    actual: str


def difference(expected: str, actual: str) -> Difference:
    """Return the first difference of two texts, which must not be equal."""
    at = _first_difference(expected, actual)
    return Difference(
        at_byte=len(expected[:at].encode("utf-8", "surrogatepass")),
        expected=_around(expected, at),
        actual=_around(actual, at),
    )


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _around(text: str, at: int) -> str:
    start, end = max(0, at - BEFORE), at + AFTER
    return f"{'…' if start else ''}{quoted(text[start:end])}{'…' if end < len(text) else ''}"


def quoted(text: str) -> str:
    """Quote a text on one line, with invisible characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{one_line(escaped)}"'


def excerpt(text: str, limit: int = 100) -> str:
    """Quote at most the first `limit` characters of a text."""
    return quoted(text) if len(text) <= limit else f"{quoted(text[:limit])}…"
