"""JSON text as a browser's JSON.parse sees it: the last of equal keys wins, NaN is no JSON."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from contracts.deep_json import parse_deep
from contracts.errors import NotJson


def _refuse(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not JSON")


# Numbers become floats, as in JavaScript; int() refuses more than 4,300 digits.
_DECODER: Final = json.JSONDecoder(parse_int=float, parse_constant=_refuse)


def parse_json(text: str) -> object:
    """Read JSON text as JSON.parse does; raises `NotJson`, and nothing else, for other text."""
    try:
        return _DECODER.decode(text)
    except ValueError as error:
        raise NotJson(str(error)) from error
    except RecursionError:
        return parse_deep(text)
