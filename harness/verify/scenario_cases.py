"""The group and the path of the case that runs a scenario, and the dialect of its events."""

from typing import Final

from streamproof.harness.verify.dialects import CHAT
from streamproof.mock_ai.scenario.model import Scenario

OPENAI_CHAT: Final = "openai-chat"
_FOREIGN: Final = "foreign"


def group_of(scenario: Scenario) -> str:
    """Return the group: the folder of the file, or nothing for a scenario without a file."""
    return scenario.path.parent.name if scenario.path else ""


def case_path(scenario: Scenario) -> str:
    """Return the path: the name with the group before it."""
    group = group_of(scenario)
    return f"{group}/{scenario.name}" if group else scenario.name


def written_for(scenario: Scenario) -> str:
    """Return the dialect in which a scenario writes out events.

    A foreign scenario that does not name its dialect is in that of OpenAI's chat.
    """
    default = OPENAI_CHAT if group_of(scenario) == _FOREIGN else CHAT
    return scenario.reply.dialect or default
