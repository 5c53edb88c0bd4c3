"""The group and the path of the case that runs a scenario."""

from streamproof.mock_ai.scenario.model import Scenario


def group_of(scenario: Scenario) -> str:
    """Return the group: the folder of the file, or nothing for a scenario without a file."""
    return scenario.path.parent.name if scenario.path else ""


def case_path(scenario: Scenario) -> str:
    """Return the path: the name with the group before it."""
    group = group_of(scenario)
    return f"{group}/{scenario.name}" if group else scenario.name
