"""Text and numbers for messages, reports and terminals."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, overload

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST_VALUE: Final = 60
_MOST_NAMES: Final = 8

_MS_DECIMALS: Final = 3  # microseconds: more digits are noise of the clock or of a division

# All control characters of Unicode except the tab and the line feed.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun, as `1 event` or `2 events`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def any_of(names: Sequence[str]) -> str:
    """Write names as `a, b or c`."""
    *most, last = names or ("nothing",)
    return f"{', '.join(most)} or {last}" if most else last


def first_names(names: Iterable[str], most: int = _MOST_NAMES) -> str:
    """Write the first names, and how many more there are if it is more than one."""
    every = list(names)
    if len(every) <= most + 1:
        return ", ".join(every)
    return f"{', '.join(every[:most])} and {len(every) - most} more"


@overload
def rounded_ms(ms: float) -> float: ...
@overload
def rounded_ms(ms: None) -> None: ...
@overload
def rounded_ms(ms: float | None) -> float | None: ...
def rounded_ms(ms: float | None) -> float | None:
    """Return milliseconds rounded to the microsecond, for JSON."""
    return None if ms is None else round(ms, _MS_DECIMALS)


def visible(text: str) -> str:
    r"""Write control characters as `\uXXXX`, so that a terminal shows them and does not obey them.

    JSON and YAML read the escapes back.
    """
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """Escape the invisible characters of a text, and nothing else."""
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    point = ord(character)
    escape = f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, escape)


def json_for_terminals(value: object, indent: int | None = None) -> str:
    """Write a value as JSON with its own characters, but without those that control a terminal."""
    return visible(json.dumps(value, ensure_ascii=False, indent=indent))


def short(value: object) -> str:
    """Write a value as JSON on one line, cut at 60 characters; text is in single quotes."""
    try:
        text = (
            f"'{one_line(value[:_LONGEST_VALUE])}'"
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False)
        )
    except RecursionError:
        return "a value that is nested too deeply"
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return `did you mean 'X'?` for the candidate that looks most like a misspelt word.

    Return None if no candidate looks like it.
    """
    found = nearest(word, candidates)
    return None if found is None else f"did you mean '{found}'?"


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that looks most like a misspelt word; None if none looks like it."""
    from difflib import get_close_matches  # only a mistake needs it

    by_folded = {candidate.casefold(): candidate for candidate in candidates}
    found = get_close_matches(word.casefold(), by_folded, n=1)
    return by_folded[found[0]] if found else None
