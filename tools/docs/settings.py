"""The table of settings in `docs/relay.md`, from the list of `streamproof relay --settings`."""

from streamproof.harness.cli.settings_list import REQUIRED
from streamproof.relay.settings_reference import NOTHING, SettingEntry, setting_entries
from tools.docs._blocks import with_blocks


def generate(page: str) -> str:
    """Return the page with its table of settings written again."""
    return with_blocks(page, {"settings of the relay": _table()}.get)


def _table() -> str:
    heading = ("| variable | meaning | default |", "| --- | --- | --- |")
    return "\n".join([*heading, *map(_row, setting_entries())])


def _row(entry: SettingEntry) -> str:
    default = entry.default or REQUIRED
    shown = default if default in {REQUIRED, NOTHING} else f"`{default}`"
    return f"| `{entry.variable}` | {entry.meaning} | {shown} |"
