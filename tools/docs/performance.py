"""The part of `docs/performance.md` below "What was measured".

`python -m bench.mock --write` measures the figures; the generator writes the sentences around them.
"""

from bench.mock.page import Figures


def generate(page: str) -> str:
    """Return the page with the figures that it has."""
    return Figures.read(page).written_into(page)
