"""The shipped scenarios, loaded once in a process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.library.library import Library
    from streamproof.mock_ai.scenario.model import Scenario


@cache
def shipped_library() -> Library:
    """Load and check the shipped scenarios, without the index."""
    return load_folder(shipped_folder())


@cache
def shipped_scenarios() -> Mapping[str, Scenario]:
    """Return the shipped scenarios by name."""
    return {name: one.load() for name, one in shipped_library().scenarios.items()}
