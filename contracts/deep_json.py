"""Reads JSON of any nesting, with a stack instead of recursion.

`JSON.parse` in browsers has no limit of nesting, but Python's `json` raises RecursionError. The
relay passes JSON on verbatim, so a page can read what the relay cannot: the page would then show
a `content` with a deeply nested extra key, and the relay would not store it. No limit below the
largest event could prevent that, so there is none; docs/architecture.md has the costs.

Only `parse_json` calls this module, after `json` has raised RecursionError.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from streamproof.contracts.errors import NotJson

_SIMPLE: Final = json.JSONDecoder(parse_int=float)

# A token is a sign, a word, a string, a number, or one character that cannot begin any of these.
# Such a character ends the reading, so the rest of a string without an end is not read again.
_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"'
_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_TOKEN: Final = re.compile(rf"[\[\]{{}}:,]|true|false|null|{_STRING}|{_NUMBER}|[^ \t\n\r]")

# What may come next, as the first characters of tokens; `v` stands for a number or a word.
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
    """Read JSON text of any nesting, numbers as floats; raises `NotJson` for other text."""
    root: list[Any] = []
    stack: list[Any] = [root]  # the containers that are open, from the outermost
    keys: list[str] = []  # the keys that wait for their values, one for each open object
    expected = _VALUE
    for found in _TOKEN.finditer(text):  # one at a time: other threads can run in between
        token = found[0]
        sign = token[0] if token[0] in _SIGNS else "v"
        if sign not in expected:
            raise NotJson(f"did not expect '{token[:20]}'")
        if sign == '"' and expected in {_KEY, _FIRST_KEY}:
            keys.append(_read(token))
            expected = _COLON
        elif sign in _VALUE:
            value = [] if sign == "[" else {} if sign == "{" else _read(token)
            _add(stack[-1], keys, value)
            if sign in "[{":
                stack.append(value)
                expected = _FIRST_ITEM if sign == "[" else _FIRST_KEY
            else:
                expected = _after_value(stack)
        elif sign in "]}":
            stack.pop()
            expected = _after_value(stack)
        else:
            expected = _KEY if sign == "," and isinstance(stack[-1], dict) else _VALUE
    if expected != _NOTHING:
        raise NotJson("the text ends too early")
    return root[0]


def _add(container: Any, keys: list[str], value: object) -> None:  # noqa: ANN401 - list or dict
    if isinstance(container, dict):
        container[keys.pop()] = value
    else:
        container.append(value)


def _after_value(stack: list[Any]) -> str:
    if len(stack) == 1:
        return _NOTHING
    return _AFTER_MEMBER if isinstance(stack[-1], dict) else _AFTER_ITEM


def _read(token: str) -> Any:  # noqa: ANN401 - any JSON value without parts
    try:
        return _SIMPLE.decode(token)
    except ValueError as error:
        raise NotJson(f"did not expect '{token[:20]}'") from error
