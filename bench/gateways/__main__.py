"""Prints which checks a gateway breaks, and in which scenarios: `python -m bench.gateways`."""

from __future__ import annotations

from typing import Final

from bench.gateways.verified import GATEWAYS, broken_checks, settings_of, verified
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_folder

SHOWN: Final = 4


def main() -> None:
    """Verify every gateway."""
    scenarios = [one.load() for one in load_folder(shipped_folder()).scenarios.values()]
    for gateway in GATEWAYS:
        result = verified(settings_of(gateway), scenarios)
        print(f"{gateway.name} {gateway.version}")
        for check, cases in broken_checks(result).items():
            more = " …" if len(cases) > SHOWN else ""
            print(f"  {check}: {len(cases)}: {', '.join(cases[:SHOWN])}{more}")


if __name__ == "__main__":
    main()
