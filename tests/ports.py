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


PROCESSES: Final = 20
"""With more of them, the first one shares its ports with the twenty-first one, and so on."""


def _candidates() -> list[int]:
    """Return the ports of this process of the test run, in the order of chance.

    Another test run can use the same ports.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = FIRST + int(worker) % PROCESSES * NUMBER
    return random.SystemRandom().sample(range(first, first + NUMBER), NUMBER)


_CANDIDATES: Final = cycle(_candidates())


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
