"""Measures the figures of `docs/reliability.md`.

`python -m bench.reliability DATABASE` runs `streamproof reliability` long on that database, and
writes what it measured into `bench/reliability-DATABASE.json`. `python -m tools.docs` then writes
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

TRIALS: Final[Mapping[str, int]] = {"sqlite": 450, "postgresql": 320}
"""How many faults are tried on each database."""
REPLICAS: Final = 3
SEED: Final = 1


def measured(database: str) -> dict[str, Any]:
    """Return the figures of the last measurement on a database."""
    return cast("dict[str, Any]", json.loads(_file(database).read_text("utf-8")))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database", choices=list(TRIALS))
    parser.add_argument("--trials", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, check=True, text=True
    )
    words = ["reliability", *_where(args.database)]
    words += ["--trials", str(args.trials or TRIALS[args.database]), "--seed", str(args.seed)]
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
    _file(args.database).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def _where(database: str) -> list[str]:
    if database == "sqlite":
        return []
    return ["--database", database, "--replicas", str(REPLICAS)]


def _file(database: str) -> Path:
    return Path(__file__).with_name(f"reliability-{database}.json")


if __name__ == "__main__":
    main()
