"""The value of a plain scalar of YAML, by the core schema of YAML 1.2, section 10.3.

`on`, `no` and `12:30` are text, and `010` is ten.
"""

from __future__ import annotations

import math
import re
from typing import Final

_NULLS: Final = ("", "~", "null", "Null", "NULL")
_BOOLEANS: Final = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASES: Final = {"0o": 8, "0x": 16}


def core_value(text: str) -> str | int | float | bool | None:
    """Read a plain scalar; raises ValueError for a number that JSON cannot write."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > 100:
            raise ValueError("wanted a number of at most 100 digits")
        return int(text[2:], _BASES[text[:2]]) if text[:2] in _BASES else int(text)
    if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and math.isinf(float(text))):
        raise ValueError(f"wanted a number that JSON can write, got {text}")
    return float(text) if _FLOAT.fullmatch(text) else text
