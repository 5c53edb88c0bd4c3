"""Which texts are surely the path of a file, and not a mistyped URL with a password."""

from __future__ import annotations

import re
from typing import Final

_PATH: Final = re.compile(
    r"(?:[A-Za-z]:[\\/]|[./~\\])(?!.*:.*@).*"  # it begins as a path does
    r"|[^:=;?#&'\"]*",  # it has nothing that can come before a password
    re.DOTALL,
)


def is_path(text: str) -> bool:
    """Tell whether a text can only be a path; `./` in front makes it one."""
    return not text.startswith("//") and _PATH.fullmatch(text) is not None
