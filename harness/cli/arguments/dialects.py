"""The name of a dialect as an argument."""

from typing import TYPE_CHECKING

from streamproof.contracts.text import did_you_mean, short
from streamproof.harness.errors import UsageError

if TYPE_CHECKING:
    from streamproof.mock_ai.dialects.dialect import Dialect


def dialect_of_option(name: str) -> "type[Dialect]":
    """Return the dialect that `--dialect` names; raises `UsageError` for an unknown name."""
    # Imported here: `--help` must be fast.
    from streamproof.mock_ai.dialects import CATALOGUE, dialect_named

    try:
        return dialect_named(name)
    except KeyError:
        advice = did_you_mean(name, CATALOGUE) or f"the dialects are {', '.join(CATALOGUE)}"
        wanted = "--dialect: wanted the name of a dialect"
        raise UsageError(f"{wanted}, got {short(name)}; {advice}") from None
