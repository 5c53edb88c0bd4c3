"""Ports that are free on this machine."""

from __future__ import annotations

import os
import random
import socket
from itertools import cycle
from typing import Final

FIRST: Final = 10_000
NUMBER: Final = 1000
"""How many ports each process of a test run has; below those that Linux gives to connections."""


def _ports_of_this_process() -> range:
    """Return the ports that no other process of the test run uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = FIRST + int(worker) % 20 * NUMBER
    return range(first, first + NUMBER)


# In the order of chance, because another test run can use the same ports.
_CANDIDATES: Final = cycle(
    random.SystemRandom().sample(found := _ports_of_this_process(), len(found))
)


def free_port() -> int:
    """Return a port that no program uses now, and that no other test of this run gets soon."""
    return next(port for port in _CANDIDATES if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
