"""What a scenario can be called; `scenario.schema.json` has the same pattern."""

from __future__ import annotations

import re
from typing import Final

SCENARIO_NAME: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
"""A regular expression, without groups and anchors."""

_NAME: Final = re.compile(SCENARIO_NAME)


def is_scenario_name(text: str) -> bool:
    """Tell whether a scenario can have this name."""
    return _NAME.fullmatch(text) is not None
