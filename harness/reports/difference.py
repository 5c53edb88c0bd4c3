"""Shows where two texts differ, short enough for one line each."""

from dataclasses import dataclass

BEFORE = 24  # characters of agreement that are shown before the difference
AFTER = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place where two texts differ, in UTF-8 bytes, with an excerpt of both."""

    at_byte: int
    expected: str
    actual: str


def difference(expected: str, actual: str) -> Difference:
    """Find the first difference; the texts must not be equal."""
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
    return f"{'…' if start else ''}{shown(text[start:end])}{'…' if end < len(text) else ''}"


def shown(text: str) -> str:
    """Quote a text on one line; what cannot be seen is escaped."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{one_line(quoted)}"'


def short(text: str, limit: int = 100) -> str:
    """Quote the beginning of a text."""
    return shown(text) if len(text) <= limit else f"{shown(text[:limit])}…"


def one_line(text: str) -> str:
    """Escape what cannot be seen, and nothing else."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    point = ord(character)
    wide = f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, wide)
