"""What a client of an AI provider got: the programs of these clients print it with this module."""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

QUESTION = "What is the weather?"
MESSAGES = [{"role": "user", "content": QUESTION}]


@dataclass
class Got:
    """What a client got of one reply, up to its end or its error."""

    reasoning: str = ""
    text: str = ""
    refusal: str = ""
    tool_calls: list[tuple[str, str]] = field(default_factory=list)
    """Name and arguments of each call."""
    sources: list[str] = field(default_factory=list)
    finish: str | None = None


Read = Callable[[str, float, Got], None]
"""Reads the reply of the scenario at a URL, with a time limit in seconds."""


class Waits(Exception):  # noqa: N818  # the name is what the table shows
    """The client does not give up by itself."""


def print_replies(ways: Mapping[str, Read]) -> None:
    """Read every scenario in one way, and print a JSON line for each reply.

    The arguments are `WAY URL SECONDS NAME …`.
    """
    way, address, patience, *names = sys.argv[1:]
    signal.signal(signal.SIGALRM, _give_up)
    for name in names:
        got, error = Got(), None
        signal.setitimer(signal.ITIMER_REAL, 5 * float(patience))
        try:
            ways[way](f"{address}/s/{name}", float(patience), got)
        except Waits:
            error = "waits"
        except Exception as caught:  # noqa: BLE001  # the exception is the result
            error = type(caught).__name__
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps({"name": name, **asdict(got), "error": error}), flush=True)


def _give_up(*_: object) -> None:
    raise Waits
