"""Write every generated page: `./run docs`."""

from __future__ import annotations

import argparse

from tools.docs import PAGES


def main() -> None:
    """Write the pages, and say which of them changed."""
    argparse.ArgumentParser(prog="./run docs", description=__doc__).parse_args()
    changed = [page.path for page in PAGES if page.write()]
    for path in changed:
        print(f"wrote {path}")
    print(f"{len(PAGES) - len(changed)} of {len(PAGES)} generated pages were up to date")


if __name__ == "__main__":
    main()
