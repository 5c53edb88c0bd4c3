"""Reads JSON that is nested deeper than Python's own reader goes: a stack in place of calls.

JSON.parse has no such limit, and a relay must not fail on what a browser can read.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from streamproof.contracts.errors import NotJson

_SIMPLE: Final = json.JSONDecoder(parse_int=float)

# Each token is a sign, a string, a number, a word, or one character that is none of them.
_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_TOKEN: Final = re.compile(rf"[\[\]{{}}:,]|true|false|null|{_STRING}|{_NUMBER}|[^ \t\n\r]")

# What may come next, as the first characters of tokens; `v` is a number or a word.
_SIGNS: Final = '[]{}:,"'
_VALUE: Final = '[{"v'
_FIRST_ITEM: Final = '[{"v]'
_FIRST_KEY: Final = '"}'
_KEY: Final = '"'
_COLON: Final = ":"
_AFTER_ITEM: Final = ",]"
_AFTER_MEMBER: Final = ",}"
_NOTHING: Final = ""


def parse_deep(text: str) -> object:
    """Read JSON text of any depth, numbers as floats; raises `NotJson` for other text."""
    whole: list[object] = []
    inside: list[Any] = [whole]
    keys: list[str] = []
    due = _VALUE
    for match in _TOKEN.finditer(text):
        part = match[0]
        sign = part[0] if part[0] in _SIGNS else "v"
        if sign not in due:
            raise NotJson(f"did not expect '{part[:20]}'")
        if sign == '"' and due in {_KEY, _FIRST_KEY}:
            keys.append(_read(part))
            due = _COLON
        elif sign in _VALUE:
            value = [] if sign == "[" else {} if sign == "{" else _read(part)
            _put(inside[-1], keys, value)
            if sign in "[{":
                inside.append(value)
            due = _FIRST_ITEM if sign == "[" else _FIRST_KEY if sign == "{" else _after(inside)
        elif sign in "]}":
            inside.pop()
            due = _after(inside)
        else:
            due = _KEY if sign == "," and isinstance(inside[-1], dict) else _VALUE
    if due != _NOTHING:
        raise NotJson("the text stops too early")
    return whole[0]


def _put(container: Any, keys: list[str], value: object) -> None:  # noqa: ANN401 - list or dict
    if isinstance(container, dict):
        container[keys.pop()] = value
    else:
        container.append(value)


def _after(inside: list[Any]) -> str:
    if len(inside) == 1:
        return _NOTHING
    return _AFTER_MEMBER if isinstance(inside[-1], dict) else _AFTER_ITEM


def _read(part: str) -> Any:  # noqa: ANN401 - any JSON value without parts
    try:
        return _SIMPLE.decode(part)
    except ValueError as error:
        raise NotJson(f"did not expect '{part[:20]}'") from error
