"""JSON text as a browser's JSON.parse sees it: the last of equal keys wins, NaN is no JSON.

It is written with non-ASCII raw; only half a surrogate pair, which has no bytes, is escaped.
"""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from streamproof.contracts.deep_json import parse_deep
from streamproof.contracts.errors import NotJson


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not JSON")


# Numbers become floats, as in JavaScript; int() refuses more than 4,300 digits.
_DECODER: Final = json.JSONDecoder(parse_int=float, parse_constant=_refuse)

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def parse_json(text: str) -> object:
    """Read JSON text as JSON.parse does; raises `NotJson`, and nothing else, for other text."""
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise NotJson(str(error)) from error
    except RecursionError:
        return parse_deep(text)


def write_json(value: object, *, compact: bool = False) -> str:
    """Write a value, with blanks after its separators or without."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":") if compact else None)
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
