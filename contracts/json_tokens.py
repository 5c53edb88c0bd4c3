"""Reads JSON token by token, with a stack instead of recursion.

Python's `json` is faster, but two kinds of text are too much for it. It raises RecursionError for
deep nesting, which `JSON.parse` in browsers reads: the relay passes JSON on verbatim, so a page
would show a `content` with a deeply nested extra key, and the relay would not store it. And `json`
stops all threads while it reads, which for a megabyte of numbers is a sixth of a second.

Only `parse_json` calls this module; docs/architecture.md has the costs.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from streamproof.contracts.errors import NotJson

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_LEVELS: Final = 1 << 62
"""More levels of nesting than any text has."""

# A token is a run of values in an array, a sign, a word, a string, a number, or one character that
# cannot begin any of these. Such a character ends the reading, so the rest of a string without an
# end is not read again. A run is bounded, because other threads wait while it is read.
_STRING: Final = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?"
_ATOM: Final = rf"true|false|null|{_STRING}|{_NUMBER}"
_RUN: Final = rf"(?:(?:{_ATOM})[ \t\n\r]*+,[ \t\n\r]*+){{2,500}}+"
_TOKEN: Final = re.compile(rf"({_RUN})|([\[\]{{}}:,]|{_ATOM})|[^ \t\n\r]")

# What may come next, as the first characters of tokens; `v` stands for a number or a word, and `r`
# for a run.
_SIGNS: Final = '[]{}:,"'
_VALUE: Final = '[{"v'
_KEY: Final = '"'
_COLON: Final = ":"
_FIRST: Final = {"[": '[{"vr]', "{": '"}'}
"""What may come first in a container, by the sign that opened it."""
_NEXT: Final = {"[": '[{"vr', "{": _KEY}
"""What may follow a comma, and a run, which ends with one."""
_AFTER: Final = {"[": ",]", "{": ",}", "": ""}
"""What may follow a value; nothing may follow the outermost one."""

_read: Final = json.JSONDecoder(parse_int=float).decode


def parse_by_token(text: str, levels: int = ALL_LEVELS) -> object:
    """Read JSON text of any nesting, numbers as floats; raises `NotJson` for other text.

    A container inside `levels` others is checked, but not kept: None is in its place. Python's
    garbage collector would stop all threads while it looks at a million of them.
    """
    root: list[Any] = []
    kept: list[Any] = [root]  # the containers that are open and kept, from the outermost
    keys: list[str] = []  # the keys that wait for their values, one for each open object
    for kind, token, depth in _checked(text):
        if depth > levels:
            continue
        if kind == "k":
            keys.append(_read(token))
        elif kind == "v":
            _add(kept[-1], keys, _read(token))
        elif kind == "r":
            kept[-1].extend(_read(f"[{token[: token.rindex(',')]}]"))
        elif depth == levels:
            if kind in "[{":
                _add(kept[-1], keys, None)
        elif kind in "[{":
            container: Any = [] if kind == "[" else {}
            _add(kept[-1], keys, container)
            kept.append(container)
        else:
            kept.pop()
    return root[0]


def _checked(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield each token with its kind and the number of containers around it.

    The kind of a bracket is itself; `k` is a key, `v` a value without parts, and `r` a run of such
    values with their commas. Raises `NotJson` at the first token that cannot be there. Other
    threads can run between two tokens.
    """
    opened = [""]  # the signs of the containers that are open, after one that stands for the text
    expected = _VALUE
    for found in _TOKEN.finditer(text):
        token = found[0]
        sign = "r" if found[1] else token[0] if token[0] in _SIGNS else "v"
        if sign not in expected or found.lastindex is None:
            raise NotJson(f"did not expect '{token[:20]}'")
        if sign in "[{":
            yield sign, token, len(opened) - 1
            opened.append(sign)
            expected = _FIRST[sign]
        elif sign in "]}":
            opened.pop()
            yield sign, token, len(opened) - 1
            expected = _AFTER[opened[-1]]
        elif sign == "r":
            yield sign, token, len(opened) - 1
            expected = _NEXT["["]
        elif sign == ",":
            expected = _NEXT[opened[-1]]
        elif sign == ":":
            expected = _VALUE
        elif sign == '"' == expected[0]:
            yield "k", token, len(opened) - 1
            expected = _COLON
        else:
            yield "v", token, len(opened) - 1
            expected = _AFTER[opened[-1]]
    if expected:
        raise NotJson("the text ends too early")


def _add(container: Any, keys: list[str], value: object) -> None:  # noqa: ANN401 - list or dict
    if isinstance(container, dict):
        container[keys.pop()] = value
    else:
        container.append(value)
