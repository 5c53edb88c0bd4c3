"""What a client of an AI provider got: the programs of these clients print it with this module."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field


@dataclass
class Got:
    """What a client got of one reply, up to its end or its error."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: list[tuple[str, str, str]] = field(default_factory=list)
    """ID, name and arguments of each call."""
    sources: list[str] = field(default_factory=list)
    finish: str | None = None
    usage: tuple[int, int] | None = None
    """Tokens of the input and of the output."""


Read = Callable[[str, float, Got], None]
"""Reads the reply of the scenario at a URL, with a time limit in seconds."""


def print_replies(streamed: Read, whole: Read, arguments: Sequence[str] = ()) -> None:
    """Read every scenario, streamed and as one body, and print a JSON line for each reply.

    The arguments are `URL SECONDS NAME …`.
    """
    address, patience, *names = arguments or sys.argv[1:]
    for name in names:
        for way, read in (("streamed", streamed), ("whole", whole)):
            got, error = Got(), None
            try:
                read(f"{address}/s/{name}", float(patience), got)
            except Exception as caught:  # noqa: BLE001  # the exception is the result
                error = [type(caught).__name__, str(caught)]
            print(json.dumps({"name": name, "way": way, **asdict(got), "error": error}), flush=True)
