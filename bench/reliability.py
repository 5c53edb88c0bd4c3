"""Measures the figures of `docs/reliability.md`.

`python -m bench.reliability` runs `streamproof reliability` long, and writes what it measured into
`bench/reliability.json`. `python -m tools.docs` then writes the page. It fails, and writes nothing,
if an invariant is broken.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

TRIALS: Final = 450
SEED: Final = 1
FILE: Final = Path(__file__).with_name("reliability.json")


def measured() -> dict[str, Any]:
    """Return the figures of the last measurement."""
    return cast("dict[str, Any]", json.loads(FILE.read_text("utf-8")))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], stdout=subprocess.PIPE, check=True, text=True
    )
    words = ["reliability", "--trials", str(args.trials), "--seed", str(args.seed)]
    done = subprocess.run(
        [sys.executable, "-m", "streamproof", *words, "--json"],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    report = json.loads(done.stdout)
    if done.returncode:
        broken = [case["replay"] for case in report.get("cases", ()) if case["state"] == "broken"]
        sys.exit("\n".join(["not written: an invariant is broken", *broken]))
    figures = {
        "command": " ".join(["streamproof", *words]),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit.stdout.strip(),
        **report["figures"],
    }
    FILE.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
