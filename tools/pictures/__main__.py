"""Write the pictures of the documentation: `python -m tools.pictures [NAME …]`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.pictures import animation, html_report, pages, report
from tools.pictures.errors import CannotDraw

IMAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
PICTURES: Final[Mapping[str, Callable[[Path], Coroutine[None, None, None]]]] = {
    "chat": pages.draw_chat,
    "inspector": pages.draw_inspector,
    "report": report.draw,
    "html-report": html_report.draw,
    "answer": animation.draw,
}
"""Each picture, and the function that writes its files into a folder."""


def draw(name: str, folder: Path) -> None:
    """Make a picture, and print the name and the size of each file."""
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    asyncio.run(PICTURES[name](folder))
    for path in sorted(folder.iterdir()):
        if path.stat().st_mtime_ns != before.get(path):
            print(f"wrote {path.name}: {path.stat().st_size / 1000:,.0f} kB")


def main(words: Sequence[str] | None = None) -> int:
    """Write the named pictures, or all."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(PICTURES)}")
    parser.add_argument("--folder", type=Path, default=IMAGES, help="default: docs/images")
    arguments = parser.parse_args(words)
    if unknown := set(arguments.names) - set(PICTURES):
        parser.error(f"wanted {', '.join(PICTURES)}; got {', '.join(sorted(unknown))}")
    try:
        for name in arguments.names or PICTURES:
            draw(name, arguments.folder)
    except CannotDraw as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # the relay reports streams that are broken on purpose
    sys.exit(main())
