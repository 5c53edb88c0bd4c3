"""Reads JSON that is nested deeper than Python's own reader goes: a stack in place of calls.

JSON.parse has no such limit, and a relay must not fail on what a browser can read.
"""

from __future__ import annotations

import json
import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import NotJson

if TYPE_CHECKING:
    from collections.abc import Iterator

_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_TOKEN: Final = re.compile(rf"[ \t\n\r]*([\[\]{{}}:,]|true|false|null|{_STRING}|{_NUMBER})")
_ENDS: Final = {"]": list, "}": dict}


class _Due(Enum):
    """What may come next."""

    VALUE = auto()
    FIRST_ITEM = auto()
    FIRST_KEY = auto()
    KEY = auto()
    COLON = auto()
    COMMA = auto()

    @property
    def may_end(self) -> bool:
        return self in {_Due.FIRST_ITEM, _Due.FIRST_KEY, _Due.COMMA}


def parse_deep(text: str) -> object:
    """Read JSON text of any depth, numbers as floats; raises `NotJson` for other text."""
    whole: list[object] = []
    open_: list[Any] = [whole]
    keys: list[str] = []
    due = _Due.VALUE
    for token in _tokens(text):
        here = open_[-1]
        if due is _Due.COMMA and here is whole:
            raise NotJson("text after the end")
        if token in _ENDS and due.may_end and isinstance(here, _ENDS[token]):
            open_.pop()
            due = _Due.COMMA
        elif token == "," and due is _Due.COMMA:
            due = _Due.KEY if isinstance(here, dict) else _Due.VALUE
        elif token == ":" and due is _Due.COLON:
            due = _Due.VALUE
        elif token[0] == '"' and due in {_Due.KEY, _Due.FIRST_KEY}:
            keys.append(json.loads(token))
            due = _Due.COLON
        elif token not in {"]", "}", ",", ":"} and due in {_Due.VALUE, _Due.FIRST_ITEM}:
            value, due = _begun(token)
            if isinstance(here, dict):
                here[keys.pop()] = value
            else:
                here.append(value)
            if due is not _Due.COMMA:
                open_.append(value)
        else:
            raise NotJson(f"did not expect '{token[:20]}'")
    if len(open_) > 1 or not whole:
        raise NotJson("the text stops too early")
    return whole[0]


def _begun(token: str) -> tuple[object, _Due]:
    if token == "[":
        return [], _Due.FIRST_ITEM
    if token == "{":
        return {}, _Due.FIRST_KEY
    return json.loads(token, parse_int=float), _Due.COMMA


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while token := _TOKEN.match(text, at):
        yield token[1]
        at = token.end()
    if text[at:].strip(" \t\n\r"):
        raise NotJson(f"did not expect '{text[at : at + 20]}'")
