"""The shipped scenarios, loaded once for all tests of a process."""

from __future__ import annotations

from typing import Final

from streamproof.mock_ai.library.loading import load_folder, shipped_folder

FOLDER: Final = shipped_folder()
LIBRARY: Final = load_folder(FOLDER)
SCENARIOS: Final = LIBRARY.scenarios
