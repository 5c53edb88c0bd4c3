"""Text as a terminal can show it: nothing in it is obeyed, as a colour or a title would be."""

from __future__ import annotations

import re
from typing import Final

# All controls of Unicode but the tab and the line feed.
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def visible(text: str) -> str:
    """Write controls as escapes that JSON and YAML read back: a backslash, u and four digits."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
