"""The regular expressions of rules: their time is linear in the text, and their memory is bounded.

All streams wait while a rule is compared, and a file can come from anywhere. RE2 cannot backtrack,
so no expression is slow.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from streamproof.contracts.messages import storable

if TYPE_CHECKING:
    import re2

MAX_CHARACTERS: Final = 65_536
"""An expression is compared with this many characters of a value, and with no later ones."""

MAX_REPEATS: Final = 1_000
"""RE2 has this limit, but reads a count of ten digits as plain text."""

_COUNT: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{([0-9]+)(?:,([0-9]*))?\}", re.DOTALL)

# Bound to the beginning of a value, in one way.
_ANCHORED: Final = re.compile(r"(?:\^|\\A)(?!.*(?:\||\(\?)).*", re.DOTALL)


def check_expression(text: str) -> None:
    """Raise ValueError for a text that is not a regular expression, or would need much memory."""
    for found in _COUNT.finditer(text):
        for count in filter(None, found.groups()):
            if len(count) > len(str(MAX_REPEATS)) or int(count) > MAX_REPEATS:
                message = f"a repeat count of {count[:20]}; wanted at most {MAX_REPEATS:,}"
                raise ValueError(f"not a valid regular expression: {message}")
    _compiled(text)


def matches(text: str, value: str) -> bool:
    """Tell whether a value contains a match of a regular expression."""
    return _compiled(text).search(_bytes(value[:MAX_CHARACTERS])) is not None


def can_match_after(text: str, character: str) -> bool:
    """Tell whether a value that begins with an ASCII character can have a match.

    True also means that this is not known.
    """
    if not _ANCHORED.fullmatch(text):
        return True
    first, last = _compiled(text).possiblematchrange(1)
    wanted = character.encode()
    return not first or first <= wanted <= last


@lru_cache(maxsize=1_000)
def _compiled(text: str) -> re2._Regexp:
    import re2  # here, because most scenarios have no expression

    try:
        return re2.compile(_bytes(text), _options())
    except re2.error as error:
        problem = error.args[0].decode("utf-8", "replace")
        advice = "it has the syntax of RE2, without lookaround and back references"
        raise ValueError(f"not a valid regular expression: {problem}; {advice}") from error


@cache
def _options() -> re2.Options:
    import re2

    options = re2.Options()
    options.log_errors = False
    return options


def _bytes(text: str) -> bytes:
    return storable(text).encode()
