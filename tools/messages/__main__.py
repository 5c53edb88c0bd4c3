"""Print every message for users: `python -m tools.messages`.

First come the texts in the code, each with its place. Then come the messages of the commands for
wrong input, and the answers of the mock and the relay to wrong requests. Read them as one list:
each says where, what was wanted, what was found, and what to do.
"""

from __future__ import annotations

import argparse
import asyncio

from tools.messages.endpoints import answers
from tools.messages.in_code import messages_in_code
from tools.messages.sweep import sweep


def main() -> None:
    """Print the list, or one half of it."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.messages", description="Print every message for users."
    )
    parser.add_argument("--only", choices=("code", "sweep"), help="print only one of the two lists")
    only = parser.parse_args().only
    if only != "sweep":
        for message in messages_in_code():
            print(message)
    if only != "code":
        for swept in sweep():
            print(swept)
        asyncio.run(_print_answers())


async def _print_answers() -> None:
    async for answer in answers():
        print(answer)


if __name__ == "__main__":
    main()
