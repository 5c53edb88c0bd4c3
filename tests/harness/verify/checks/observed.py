"""Observations to check without a relay."""

from streamproof.contracts.checker import check
from streamproof.contracts.contract import FRONTEND, builtin_contract
from streamproof.contracts.transcript import Ending, Transcript
from streamproof.harness.http.client import HttpCall
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.verify.expected_events import expected_reply
from streamproof.harness.verify.observation import Observation, UpstreamRequest
from streamproof.harness.verify.stored.rows import StoredTurn, StoredView
from streamproof.mock_ai.scenario.model import Scenario
from tests.broken_relays.scenarios import SCENARIOS

QUESTION = "/talk 5fa8b983e1c1"


def observed(
    scenario: Scenario = SCENARIOS["talk"],
    *,
    headers: dict[str, str] | None = None,
    stored: StoredTurn | None = None,
    requests: tuple[UpstreamRequest, ...] = (),
) -> Observation:
    """Return an observation with these headers, rows and requests, and no frames."""
    transcript = Transcript(200, headers or {}, (), Ending.CLOSED, 0.0)
    expected = expected_reply(scenario)
    view = [] if stored is None else [StoredView("history", stored, stored, True, True)]
    return Observation(
        scenario,
        QUESTION,
        HttpCall("POST", "http://relay"),
        StreamReading(transcript),
        check(transcript, builtin_contract(FRONTEND)),
        expected,
        stored=tuple(view),
        requests=requests,
    )
