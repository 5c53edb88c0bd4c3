"""The shipped scenarios, loaded once for all tests of a process."""

from __future__ import annotations

from typing import Final

from streamproof.mock_ai.library.loading import shipped_folder
from tools.shipped import shipped_library

FOLDER: Final = shipped_folder()
LIBRARY: Final = shipped_library()
SCENARIOS: Final = LIBRARY.scenarios
