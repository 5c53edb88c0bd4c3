"""Escaped surrogate pairs, which JSON has for characters beyond U+FFFF, and YAML does not.

Before a text is parsed, the backslashes of each pair become marks, so that every place in the text
stays where it is. Afterwards a pair in double quotes is its character, and a pair anywhere
else is the text that it was.
"""

from __future__ import annotations

import re
from typing import Final

# Characters for private use. In a text that has one of them, pairs are not supported.
_HIGH_MARK: Final = "\U000f5e1f"
_LOW_MARK: Final = "\U000f5e2f"

_HEX: Final = "[0-9a-fA-F]{2}"
# Two backslashes, or any other escape, cannot begin a pair.
_PAIR: Final = re.compile(rf"\\(?:(u[dD][89abAB]{_HEX})\\(u[dD][c-fC-F]{_HEX})|.)", re.DOTALL)
_MARKED: Final = re.compile(f"{_HIGH_MARK}u(.{{4}}){_LOW_MARK}u(.{{4}})")


def with_marks(text: str) -> str:
    """Return a text with marks in place of the backslashes of pairs."""
    if "\\u" not in text or _HIGH_MARK in text or _LOW_MARK in text:
        return text
    return _PAIR.sub(_mark, text)


def without_marks(text: str, *, in_double_quotes: bool) -> str:
    """Return a parsed text with the characters of its pairs, or with the pairs as they were."""
    if _HIGH_MARK not in text:
        return text
    return _MARKED.sub(_character if in_double_quotes else _escaped, text)


def _mark(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else f"{_HIGH_MARK}{found[1]}{_LOW_MARK}{found[2]}"


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{found[1]}\\u{found[2]}"


def _character(found: re.Match[str]) -> str:
    high, low = int(found[1], 16), int(found[2], 16)
    return chr(0x10000 + (high - 0xD800 << 10) + low - 0xDC00)
