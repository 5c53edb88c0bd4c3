"""Programs that some tests need: without one they skip, or fail if REQUIRE_PROGRAMS=1 is set."""

from __future__ import annotations

import os
import shutil
from typing import Final, NoReturn

import pytest

REQUIRED: Final = "REQUIRE_PROGRAMS"
PATH: Final = f"{os.environ['PATH']}:/usr/sbin"
"""Debian installs servers into a folder that only root has in its path."""


def unavailable(reason: str) -> NoReturn:
    """Skip the test or the module, or fail on a machine that must have every program."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1 is set, but {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def program(name: str) -> str:
    """Return the path of a program."""
    return shutil.which(name, path=PATH) or unavailable(f"{name} is not installed")
