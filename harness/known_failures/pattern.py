"""The patterns of a list of known failures: globs over `CASE:CHECK`.

`*` stands for any characters in one part of a name; the parts are between `/` and `:`. `**` stands
for any characters at all, and `**/` also for nothing.
"""

import re
from functools import cache

_WILDCARD = re.compile(r"(\*\*/|\*\*|\*)")
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/:]*"}


def matches(pattern: str, name: str) -> bool:
    """Tell whether a pattern stands for the name of a check in a case."""
    return _expression(pattern).fullmatch(name) is not None


def has_wildcard(pattern: str) -> bool:
    """Tell whether a pattern can stand for several checks."""
    return "*" in pattern


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (_MEANING.get(part, re.escape(part)) for part in _WILDCARD.split(pattern))
    return re.compile("".join(parts), re.DOTALL)
