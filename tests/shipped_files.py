"""The shipped scenarios, loaded once for all tests of a process."""

from __future__ import annotations

from typing import Final

from streamproof.mock_ai.library.files import shipped_folder
from tools.shipped import shipped_library, shipped_scenarios

FOLDER: Final = shipped_folder()
LIBRARY: Final = shipped_library()
SCENARIOS: Final = shipped_scenarios()
