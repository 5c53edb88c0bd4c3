"""The text of a scenario's file, for the report of a case that failed."""

from pathlib import Path

from streamproof.contracts.files import read_at_most

MOST_BYTES = 65_536  # of a file; a report shows less


def scenario_text(path: Path | None) -> str | None:
    """Return the text of a file, without the line for editors; None if it cannot be read."""
    if path is None:
        return None
    try:
        text = read_at_most(path, MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return None  # it was deleted or changed its place during the run
    first, _, rest = text.partition("\n")
    return rest if first.startswith("# yaml-language-server:") else text
