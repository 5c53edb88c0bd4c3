"""Programs that some tests need: without one they skip, or fail if its variable is set."""

from __future__ import annotations

import os
import shutil
from typing import Final, NoReturn

import pytest

BROWSER: Final = "REQUIRE_BROWSER"
NODE: Final = "REQUIRE_NODE"
POSTGRES: Final = "REQUIRE_POSTGRES"
VARIABLES: Final = {
    "chromium": BROWSER,
    "curl": "REQUIRE_CURL",
    "nginx": "REQUIRE_NGINX",
    "node": NODE,
    "npm": NODE,
    "openssl": "REQUIRE_OPENSSL",
    "pgbouncer": "REQUIRE_PGBOUNCER",
}
"""The variable of each program: with `1` the machine must have it."""
PATH: Final = f"{os.environ['PATH']}:/usr/sbin"
"""Debian installs servers into a folder that only root has in its path."""


def unavailable(reason: str, variable: str) -> NoReturn:
    """Skip the test or the module, or fail on a machine that must have what is missing."""
    if os.environ.get(variable) == "1":
        pytest.fail(f"{variable}=1 is set, but {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def program(name: str) -> str:
    """Return the path of a program."""
    found = shutil.which(name, path=PATH)
    return found or unavailable(f"{name} is not installed", VARIABLES[name])
