"""The shipped scenarios, loaded once for all tests of a process.

They come from the index: that each file is valid, `tests/agreement/test_scenarios_pack.py` checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamproof.mock_ai.library.files import scenario_files, shipped_folder
from streamproof.mock_ai.library.library import open_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamproof.mock_ai.scenario.model import Scenario

FOLDER: Final = shipped_folder()
LIBRARY: Final = open_files(scenario_files([FOLDER]))
SCENARIOS: Final[Mapping[str, Scenario]] = {
    name: one.load() for name, one in LIBRARY.scenarios.items()
}
