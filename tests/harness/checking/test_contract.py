"""The rules of a contract as checks: which of them, and with which severity."""

import pytest

from streamproof.contracts.checker import check
from streamproof.contracts.contract import AI_SERVICE, FRONTEND, builtin_contract
from streamproof.contracts.sse import encode
from streamproof.contracts.transcript import Ending
from streamproof.contracts.verdict import Severity
from streamproof.harness.checking.check import run_checks
from streamproof.harness.checking.contract import (
    AFTER_TERMINAL,
    AI_SERVICE_CHECKS,
    FRONTEND_CHECKS,
    HEAD,
    NEEDED_EVENTS,
    checks_of,
)
from streamproof.harness.http.reading import StreamRecorder
from streamproof.harness.reports.result import CheckState
from streamproof.harness.verify.checks.service import ServiceReply


@pytest.mark.parametrize(
    ("name", "checks"), [(FRONTEND, FRONTEND_CHECKS), (AI_SERVICE, AI_SERVICE_CHECKS)]
)
def test_severity_of_a_contract_check_is_the_one_of_the_contract(name, checks):
    found = {check.id: check.severity for check in checks}
    of_contract = {check.id: check.severity for check in checks_of(builtin_contract(name))}
    assert found.items() <= of_contract.items()
    assert found[f"{name}.complete"] is Severity.MUST
    assert found[f"{name}.unfinished-event"] is Severity.SHOULD


STREAM = {"content-type": "text/event-stream"}
CONTENT = encode('{"type": "content", "content": "Hi"}')
END = encode('{"type": "end"}', "end")


def states(status: int, body: bytes, ending: Ending = Ending.CLOSED) -> dict[str, CheckState]:
    """Return the state of each rule that is checked on a stream of an AI service."""
    recorder = StreamRecorder(status, STREAM if status == 200 else {})
    recorder.feed(body, 0.0)
    reading = recorder.finish(ending, 0.0)
    reply = ServiceReply(reading, check(reading.transcript, builtin_contract(AI_SERVICE)))
    outcomes = run_checks(AI_SERVICE_CHECKS, reply)
    return {one.check.removeprefix(f"{AI_SERVICE}."): one.state for one in outcomes}


def test_after_another_status_everything_else_is_skipped():
    found = states(404, b"Not found")
    assert {name for name, state in found.items() if state is CheckState.BROKEN} == set(HEAD)
    assert {state for name, state in found.items() if name not in HEAD} == {CheckState.SKIPPED}


@pytest.mark.parametrize(
    ("status", "body", "ending", "unseen"),
    [
        pytest.param(
            200, b"", Ending.CLOSED, {*NEEDED_EVENTS, *AFTER_TERMINAL}, id="without-events"
        ),
        pytest.param(200, CONTENT, Ending.CLOSED, AFTER_TERMINAL, id="without-a-terminal-event"),
        pytest.param(200, CONTENT + END, Ending.CLOSED, set(), id="complete"),
        pytest.param(
            0, b"", Ending.ABORTED, {*HEAD, *NEEDED_EVENTS, *AFTER_TERMINAL}, id="without-a-head"
        ),
    ],
)
def test_rule_that_saw_nothing_is_not_checked(status, body, ending, unseen):
    every = {one.id.removeprefix(f"{AI_SERVICE}.") for one in AI_SERVICE_CHECKS}
    assert every - states(status, body, ending).keys() == every & set(unseen)
