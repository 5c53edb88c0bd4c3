"""The shipped scenarios, loaded once for all tests of a process.

They come from the index: that each file is valid, `tests/agreement/test_scenarios_pack.py` checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.library import open_files

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from streamproof.mock_ai.scenario.model import Scenario

FOLDER: Final = shipped_folder()
LIBRARY: Final = open_files(scenario_files([FOLDER]))
SCENARIOS: Final[Mapping[str, Scenario]] = {
    name: one.load() for name, one in LIBRARY.scenarios.items()
}

LONG: Final = frozenset(
    {
        *("answer-over-eight-mib", "crlf-64-mb", "five-mib-event", "one-mib-in-small-pieces"),
        *("sixteen-thousand-events-in-one-write", "twenty-kb-byte-by-byte"),
    }
)
"""They take seconds where others show the same: only `./run prove` plays them."""


def cases(
    names: Iterable[str] = tuple(SCENARIOS), *, long: Container[str] = LONG, every: int = 1
) -> list[Any]:
    """Return names of scenarios as parameters.

    The long ones are for the long run, and so are all but one of `every`, where a test checks the
    code and not the files.
    """
    return [
        pytest.param(name, marks=[pytest.mark.prove] if name in long or number % every else [])
        for number, name in enumerate(names)
    ]
