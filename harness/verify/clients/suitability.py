"""Which scenarios say something about a client: its dialect decides what a correct one does."""

from typing import Final

from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.expected_events import planned_reply
from streamproof.harness.verify.scenario_cases import written_for
from streamproof.harness.verify.suitability import means_something_else, why_unwritten
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.scenario.model import Scenario

OPEN_QUESTION: Final = "its stream breaks the contract in a way that clients can read differently"


def why_not_for_client(scenario: Scenario, dialect: str) -> str | None:
    """Return why a scenario says nothing about the clients of a dialect, or None if it does."""
    try:
        planned = [planned_reply(reply, dialect=dialect) for reply in scenario.replies]
    except InvalidScenario:
        return f"it cannot be played in the dialect {dialect}"
    is_own = written_for(scenario) == dialect
    # The body of a refusal can be anything, so it may be in another dialect.
    pairs = zip(scenario.replies, planned, strict=True)
    streams = [reply for reply, plan in pairs if plan.report.verdict is not Verdict.NOT_A_STREAM]
    if not is_own and (why := why_unwritten(streams, dialect)):
        return why
    verdicts = [Verdict.VIOLATED if one.fails else one.report.verdict for one in planned]
    if not is_own and all(means_something_else(scenario, verdict) for verdict in verdicts):
        return f"its stream means something else in the dialect {dialect}: {verdicts[0]}"
    breaks = any(one.report.verdict is Verdict.VIOLATED and not one.fails for one in planned)
    return OPEN_QUESTION if breaks else None
