"""Which scenarios say something about a client: its dialect decides what a correct one does."""

from http import HTTPStatus
from typing import Final

from streamproof.contracts.media_type import EVENT_STREAM
from streamproof.contracts.verdict import Verdict
from streamproof.harness.verify.expected_events import planned_reply
from streamproof.harness.verify.scenario_cases import written_for
from streamproof.harness.verify.suitability import means_something_else, why_unwritten
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.scenario.model import Reply, Scenario

OPEN_QUESTION: Final = "its stream breaks the contract in a way that clients can read differently"


def why_not_for_client(scenario: Scenario, dialect: str) -> str | None:
    """Return why a scenario says nothing about the clients of a dialect, or None if it does."""
    is_own = written_for(scenario) == dialect
    # The body of a refusal can be anything, so it may be in another dialect.
    streams = [reply for reply in scenario.replies if not _is_refusal(reply)]
    if not is_own and (why := why_unwritten(streams, dialect)):
        return why
    try:
        planned = [planned_reply(reply, dialect=dialect) for reply in scenario.replies]
    except InvalidScenario:
        return f"it cannot be played in the dialect {dialect}"
    verdicts = [Verdict.VIOLATED if one.fails else one.report.verdict for one in planned]
    if not is_own and all(means_something_else(scenario, verdict) for verdict in verdicts):
        return f"its stream means something else in the dialect {dialect}: {verdicts[0]}"
    breaks = any(one.report.verdict is Verdict.VIOLATED and not one.fails for one in planned)
    return OPEN_QUESTION if breaks else None


def _is_refusal(reply: Reply) -> bool:
    """Tell whether the head of a reply says that it is not a stream."""
    types = [value for name, value in reply.headers.items() if name.lower() == "content-type"]
    return reply.status != HTTPStatus.OK or any(EVENT_STREAM not in str(one) for one in types)
