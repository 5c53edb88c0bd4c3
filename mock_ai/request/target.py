"""The target of a request: its run, its scenario, its path, and the pages of the mock itself."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

CHAT_PATH: Final = "/chat/stream"
RUN_ID: Final = r"[A-Za-z0-9._-]{1,64}"
RUN_TAG: Final = re.compile(rf"(?<!\s)\s*+\[run:({RUN_ID})\]")
"""The run in a question, with the space before it; for relays that pass on nothing else."""

_TARGET: Final = re.compile(
    rf"(?:\w+://[^/?#]*)?(?:/run/(?P<run>{RUN_ID})(?![^/?#]))?(?:/s/(?P<scenario>[^/?#]+))?"
    r"(?P<path>[^?#]*)"
)
_OWN_PREFIX: Final = "/__"
_OWN_PAGES: Final = frozenset({"/healthz", "/openapi.json", "/favicon.ico"})


class Target(NamedTuple):
    """A target: `/run/ID/s/NAME/path?query`, of which only the path must be there."""

    run: str | None
    scenario: str | None
    path: str
    """Without escapes; never empty."""


@lru_cache(maxsize=1024)
def read_target(target: str) -> Target:
    """Read a target as the client sent it."""
    found = next(_TARGET.finditer(target))  # every part may be missing, so it always matches
    scenario = found["scenario"]
    path = unquote(found["path"]) or "/"
    return Target(found["run"], None if scenario is None else unquote(scenario), path)


def without_prefix(target: str) -> str:
    """Return a target as it was sent, but without run and scenario."""
    found = next(_TARGET.finditer(target))
    rest = target[found.start("path") :]
    return rest if rest.startswith("/") else f"/{rest}"


def is_own_page(method: str, target: str) -> bool:
    """Tell whether a request is for a page of the mock, and never for a scenario.

    These pages are the control API, the inspector, and what describes the mock.
    """
    _, scenario, path = read_target(target)
    if path == "/":
        return scenario is None and method in {"GET", "HEAD"}
    return scenario is None and (path.startswith(_OWN_PREFIX) or path in _OWN_PAGES)
