"""The code in `docs/recipes.md`: a block has the name of a file in `docs/examples`."""

from pathlib import Path
from typing import Final

from tools.docs._blocks import with_blocks

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "docs" / "examples"


def generate(page: str) -> str:
    """Return a page with the files of the examples as code."""
    return with_blocks(page, _code)


def _code(name: str) -> str:
    file = EXAMPLES / name
    return f"```{file.suffix[1:]}\n{file.read_text('utf-8').rstrip()}\n```"
