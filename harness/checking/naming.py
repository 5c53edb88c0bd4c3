"""Finds a contract by the name of a shipped one, or by the path of a file."""

from pathlib import Path

from streamproof.contracts.contract import (
    BUILT_IN,
    StreamContract,
    builtin_contract,
    load_contract,
)
from streamproof.contracts.text import any_of, did_you_mean, short
from streamproof.harness.errors import UsageError


def find_contract(name: str, where: str = "contract") -> StreamContract:
    """Return a contract; raises `UsageError` for an unknown name, and `SourceErrors`.

    `where` is the place of the name, for the error.
    """
    if name in BUILT_IN:
        return builtin_contract(name)
    if not Path(name).is_file():
        advice = did_you_mean(name, BUILT_IN) or f"wanted {any_of(BUILT_IN)}, or the path of a file"
        raise UsageError(f"{where}: no contract is named {short(name)}; {advice}")
    return load_contract(Path(name))
