"""A stream that stays open is reported with what the AI service had done by then."""

from dataclasses import replace

import pytest

from streamproof.contracts.transcript import Ending, Transcript
from streamproof.harness.checking.check import Check
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.result import Finding
from streamproof.harness.verify.checks.waiting import with_reason
from streamproof.harness.verify.observation import Observation, UpstreamRequest
from tests.harness.verify.checks.observed import observed

STALL: Check[Observation] = Check("any.stall", "It ends.", "It does.", lambda _: [Finding("open")])
ASKED = UpstreamRequest("POST", "/chat/stream", {}, b"")
OPEN = StreamReading(Transcript(200, {}, (), Ending.OPEN, 500.0), started=1.0)
"""It began after 1 s on the clock of the event loop, and the reader gave up 500 ms later."""


@pytest.mark.parametrize(
    ("requests", "reason"),
    [
        ((), "the AI service was not asked"),
        ((ASKED,), "the AI service was still sending its reply"),
        (
            (replace(ASKED, ending="client left", ended_ms=1501.0),),
            "the AI service was still sending its reply",
        ),
        (
            (replace(ASKED, ending="cut", ended_ms=1200.0),),
            "the reply of the AI service was over after 200 ms (cut)",
        ),
    ],
    ids=["not asked", "sending", "closed by the reader's leaving", "over"],
)
def test_the_finding_has_the_reason(requests, reason):
    seen = replace(observed(requests=requests), reading=OPEN)
    [finding] = with_reason(STALL).find(seen)
    assert finding.message == f"open; {reason}"


def test_another_check_stays_as_it_is():
    other = replace(STALL, id="any.close")
    assert with_reason(other) is other
