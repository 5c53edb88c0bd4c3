"""Compare the CPU time of the SSE decoder with `bytes.split`, the minimum for every reader.

`python -m bench.sse_decode` prints the medians of interleaved rounds. In the cases that read byte
by byte, the minimum includes joining the bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from statistics import median
from time import process_time
from typing import Protocol

KIB = 1024
MIB = 1024 * KIB
READ = 64 * KIB
BIG = {"max_event_bytes": 8 * MIB, "max_line_bytes": 8 * MIB}


class Reader(Protocol):
    """The interface of the measured reader, `contracts.sse.Decoder`."""

    def feed(self, chunk: bytes) -> list[object]:
        """Read bytes and return the events that they complete."""


MakeReader = Callable[..., Reader]


@dataclass(frozen=True)
class Case:
    """The reads of a body, the number of events in it, and the goal for the ratio."""

    name: str
    reads: list[bytes]
    events: int
    goal: float
    joins: bool = False

    def read(self, make: MakeReader) -> float:
        """Return the seconds that a reader takes for all reads."""
        reader, seen = make(**BIG), 0
        started = process_time()
        for data in self.reads:
            seen += len(reader.feed(data))
        took = process_time() - started
        assert seen == self.events, f"{self.name}: wanted {self.events} events, got {seen}"
        return took

    def floor(self) -> float:
        """Return the seconds that `bytes.split` takes; repeat short cases for a stable time."""
        body = b"".join(self.reads)
        times = max(1, 4 * MIB // len(body))
        started = process_time()
        for _ in range(times):
            (b"".join(self.reads) if self.joins else body).split(b"\n\n")
        return (process_time() - started) / times


@dataclass(frozen=True)
class Growth:
    """The same work in three sizes, each twice the previous one; linear time has the exponent 1."""

    name: str
    cases: tuple[Case, Case, Case]
    goal: float = 1.2

    def exponent(self, make: MakeReader) -> float:
        """Return the exponent of the time from the smallest to the largest size."""
        small, _, large = (case.read(make) for case in self.cases)
        return math.log(large / small, 4)


def tokens(count: int) -> list[bytes]:
    """Return small events, like those of an AI service."""
    form = b'event: message\ndata: {"type": "content", "content": " token%d"}\n\n'
    return [form % number for number in range(count)]


def large_events(count: int, size: int) -> bytes:
    """Return events, each with one long data line."""
    return (b"data: " + b"x" * size + b"\n\n") * count


def cut(body: bytes, size: int) -> list[bytes]:
    """Cut bytes into reads of one size."""
    return [body[at : at + size] for at in range(0, len(body), size)]


def cases() -> Iterable[Case]:
    """Yield the cases, with the goals of the project."""
    many = tokens(100_000)
    few = tokens(3_000)
    yield Case("100k tokens in 64 KiB reads", cut(b"".join(many), READ), len(many), 12)
    yield Case("100k tokens, one event a read", many, len(many), 20)
    yield Case("50 events of 1 MiB in 64 KiB reads", cut(large_events(50, MIB), READ), 50, 1)
    yield Case("200 KB of tokens byte by byte", cut(b"".join(few), 1), len(few), 90, joins=True)
    yield Case(
        "one 200 KB event byte by byte", cut(large_events(1, 200_000), 1), 1, 100, joins=True
    )


def growths() -> Iterable[Growth]:
    """Yield the measurements of how the time grows with the size."""
    yield Growth("one event in 64 KiB reads", _sizes(READ, MIB, 2 * MIB, 4 * MIB))
    yield Growth("one event byte by byte", _sizes(1, 50_000, 100_000, 200_000))


def _sizes(read: int, *sizes: int) -> tuple[Case, Case, Case]:
    one, two, three = (Case("", cut(large_events(1, size), read), 1, 0) for size in sizes)
    return one, two, three


@dataclass(frozen=True)
class Result:
    """A median with its minimum and maximum, and the goal."""

    name: str
    unit: str
    median: float
    least: float
    most: float
    goal: float

    def __str__(self) -> str:
        mark = "ok" if self.median <= self.goal else "MISSED"
        spread = f"{self.least:.2f} to {self.most:.2f}"
        return f"{self.name:<40}{self.median:>8.2f}  (goal {self.goal:>5}, {spread})  {mark}"


def measure(make: MakeReader, rounds: int) -> list[Result]:
    """Measure all cases in each round, so that a busy moment affects all of them."""
    ratios = [(case, list[float]()) for case in cases()]
    exponents = [(growth, list[float]()) for growth in growths()]
    for _ in range(rounds):
        for case, found in ratios:
            found.append(case.read(make) / case.floor())
        for growth, found in exponents:
            found.append(growth.exponent(make))
    return [
        *(_result(case.name, "ratio", found, case.goal) for case, found in ratios),
        *(_result(growth.name, "exponent", found, growth.goal) for growth, found in exponents),
    ]


def _result(name: str, unit: str, found: list[float], goal: float) -> Result:
    return Result(name, unit, median(found), min(found), max(found), goal)


def load(adapter: str) -> MakeReader:
    """Return the reader that `module:callable` names."""
    module, _, name = adapter.partition(":")
    make: MakeReader = getattr(import_module(module), name)
    return make


def main() -> int:
    """Measure and print the results; the exit code does not depend on them."""
    parser = argparse.ArgumentParser(prog="python -m bench.sse_decode", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=7, metavar="N", help="number of rounds (default: %(default)s)"
    )
    parser.add_argument(
        "--adapter",
        default="streamproof.contracts.sse:Decoder",
        metavar="MODULE:CALLABLE",
        help="measure another reader with the same interface (default: %(default)s)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the results as one JSON document"
    )
    arguments = parser.parse_args()
    results = measure(load(arguments.adapter), arguments.rounds)
    if arguments.json:
        print(json.dumps([asdict(result) for result in results], indent=2))
        return 0
    print("time of the reader / time of bytes.split(b'\\n\\n'), and the exponent of its growth:")
    for result in results:
        print(f"  {result}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
