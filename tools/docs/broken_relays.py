"""The table of `docs/broken-relays.md`, made from the rows that the tests run."""

from tests.broken_relays.table import rows
from tools.docs._blocks import with_blocks


def generate(page: str) -> str:
    """Return the page with its table written again."""
    return with_blocks(page, _block)


def _block(name: str) -> str | None:
    if name != "broken relays":
        return None
    lines = ["| check | relay | what it does |", "| --- | --- | --- |"]
    lines += [f"| `{check}` | `{relay}` | {what} |" for check, relay, what in rows()]
    return "\n".join(lines)
