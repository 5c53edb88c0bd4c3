"""The official clients, each imported by the first test that uses it: one takes seconds."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest


class ClientLibrary:
    """The public names of a library, which is imported when one of them is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:  # as a module does
        """Import the library; pytest asks every global name for private attributes."""
        if attribute.startswith("_") or attribute == "pytestmark":
            raise AttributeError(attribute)
        return getattr(import_module(self._name), attribute)


def client_library(name: str, reason: str) -> ClientLibrary:
    """Return a library; skip the tests of the module if it is not installed."""
    try:
        found = find_spec(name)
    except ModuleNotFoundError:  # the package around it
        found = None
    if found is None:
        pytest.skip(reason, allow_module_level=True)
    return ClientLibrary(name)
