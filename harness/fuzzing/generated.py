"""A generated scenario: the values of its file, and the scenario of them."""

import zlib
from dataclasses import dataclass

from streamproof.harness.shrinking.scenario_file import (
    ScenarioValues,
    WrittenScenario,
    scenario_file,
)
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.suitability import why_skipped
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.errors import MockError


@dataclass(frozen=True, slots=True)
class Generated:
    """The values of a scenario, and its file with the expectation."""

    values: ScenarioValues
    file: WrittenScenario


def generated(values: ScenarioValues, relay: RelayTarget) -> Generated | None:
    """Return the scenario of values, or None if they are not one that says something of a relay.

    Only a scenario for the chat dialect has an expectation; in another dialect, the outcome
    follows from the reply.
    """
    try:
        file = scenario_file(values, expects=relay.dialect == CHAT)
    except (MockError, zlib.error):  # a fault has no place, or breaks compressed bytes
        return None
    return None if why_skipped(file.scenario, relay) else Generated(values, file)
