"""The pages that are generated, whole or in part, and the function that writes each of them.

A generator gets the text of its page and returns what the page should be, so that it can keep what
only a measurement can change. To add one: write the function in a module here, and its line below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.docs import (
    broken_relays,
    bugs,
    checks,
    clients,
    faults,
    performance,
    recipes,
    reliability,
    reports,
    scenario_index,
    settings,
    settings_file,
)

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Page:
    """A page, as a path from the root of the repository, and its generator."""

    path: str
    generate: Callable[[str], str]

    def text(self) -> str:
        """Return the page as it is."""
        return (ROOT / self.path).read_text("utf-8")

    def generated(self) -> str:
        """Return the page as it should be."""
        return self.generate(self.text())

    def write(self) -> bool:
        """Write the page, and tell whether it changed."""
        old, new = self.text(), self.generated()
        if new != old:
            (ROOT / self.path).write_text(new, "utf-8")
        return new != old


PAGES: Final = (
    Page("docs/broken-relays.md", broken_relays.generate),
    Page("docs/bugs.md", bugs.generate),
    Page("docs/ci.md", checks.generate),
    Page("docs/clients.md", clients.generate),
    Page("docs/contracts.md", checks.generate),
    Page("docs/doctor.md", checks.generate),
    Page("docs/faults.md", faults.generate),
    Page("docs/performance.md", performance.generate),
    Page("docs/recipes.md", recipes.generate),
    Page("docs/relay.md", settings.generate),
    Page("docs/reliability.md", reliability.generate),
    Page("docs/reports.md", reports.generate),
    Page("docs/settings.md", settings_file.generate),
    Page("docs/verify-client.md", checks.generate),
    Page("scenarios/index.json", scenario_index.generate),
)
