"""Measures the figures of `docs/reliability.md`.

`python -m bench.reliability NAME` runs `streamproof reliability` as long as this measurement takes,
and writes what it measured into `bench/reliability-NAME.json`. `python -m tools.docs` then writes
the page. It fails, and writes nothing, if an invariant is broken.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

_REPLICAS: Final = ("--database", "postgresql", "--replicas", "3")
TRIALS: Final[Mapping[str, int]] = {"sqlite": 450, "postgresql": 320, "crowd": 14}
"""How many faults each measurement tries."""
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "sqlite": (),
    "postgresql": _REPLICAS,
    "crowd": (*_REPLICAS, "--turns", "1000"),
}
"""What else is in its command."""
SEED: Final = 1


def measured(name: str) -> dict[str, Any]:
    """Return the figures of the last measurement with this name."""
    return cast("dict[str, Any]", json.loads(_file(name).read_text("utf-8")))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(TRIALS))
    parser.add_argument("--trials", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, check=True, text=True
    )
    words = ["reliability", *OPTIONS[args.name]]
    words += ["--trials", str(args.trials or TRIALS[args.name]), "--seed", str(args.seed)]
    done = subprocess.run(
        [sys.executable, "-m", "streamproof", *words, "--json"],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    report = json.loads(done.stdout)
    if done.returncode:
        broken = [
            f"{case['replay']}: {check['id']}"
            for case in report.get("cases", ())
            for check in case["checks"]
            if check["state"] == "broken"
        ]
        sys.exit("\n".join(["not written: an invariant is broken", *broken]))
    figures = {
        "command": " ".join(["streamproof", *words]),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit.stdout.strip(),
        **report["figures"],
    }
    _file(args.name).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _file(name: str) -> Path:
    return Path(__file__).with_name(f"reliability-{name}.json")


if __name__ == "__main__":
    main()
