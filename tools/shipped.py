"""The shipped scenarios, loaded once in a process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streamproof.mock_ai.library.loading import load_folder, shipped_folder

if TYPE_CHECKING:
    from streamproof.mock_ai.library.loading import Library


@cache
def shipped_library() -> Library:
    """Load the shipped scenarios."""
    return load_folder(shipped_folder())
