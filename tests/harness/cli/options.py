"""The options of a parser that its help shows."""

import argparse
from collections.abc import Iterator


def shown_options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield every option but the hidden ones, which are former names."""
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:
            yield from action.option_strings
