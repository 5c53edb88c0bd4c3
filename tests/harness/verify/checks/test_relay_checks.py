"""Every check can fail: for each there is a relay that trips exactly that one."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from streamproof.contracts.contract import FRONTEND, Deadlines, builtin_contract
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import CheckState, VerifiedCase
from streamproof.harness.verify.capabilities import OF_THE_REFERENCE
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.relay import RelayVerifier
from streamproof.harness.verify.settings.model import BackendSettings, TargetSettings
from streamproof.harness.verify.stored.history import DEFAULT_PATH, HistoryReader
from streamproof.harness.verify.targets.declared import how_to_ask
from streamproof.harness.verify.targets.target import RelayTarget, RelayUser
from tests.broken_relays import broken
from tests.broken_relays.scenarios import SCENARIOS
from tests.broken_relays.sound import SoundRelay
from tests.broken_relays.table import (
    BROKEN,
    HOLDING_BACK,
    TIMED,
    TRIPPED_BY_CUTS,
    TRIPPED_BY_DEADLINES,
    TRIPPED_BY_SILENCE,
    TRIPPED_BY_SIZE,
)
from tests.long_runs import some_of

FRONTEND_CONTRACT = builtin_contract(FRONTEND)
PATIENT = ReadLimits(silence_seconds=10)
HASTY = ReadLimits(silence_seconds=2)
SMALL = ReadLimits(max_bytes=65_536)
CUT_SEED = 3
PAUSE_SECONDS = 0.005


class UnhurriedClock:
    """Pauses before each write, however late it is, so that a reader sees every piece apart."""

    def __init__(self) -> None:
        self._now_ms = 0.0

    def now_ms(self) -> float:
        """Return the time of the latest call; nothing is ever late."""
        return self._now_ms

    def call_at(self, at_ms: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back after a pause, and take it for that moment."""

        def ring() -> None:
            self._now_ms = at_ms
            callback()

        return asyncio.get_running_loop().call_later(PAUSE_SECONDS, ring)

    def close(self) -> None:
        """Do nothing: the loop has the timers."""


def target(session: ClientSession, url: str, limits: ReadLimits = PATIENT) -> RelayTarget:
    async def new_user() -> RelayUser:
        return RelayUser("room")

    return RelayTarget(
        url=url,
        new_user=new_user,
        ask=how_to_ask(TargetSettings(backend=BackendSettings(url=url))),
        readers=lambda user: [HistoryReader(session, url + DEFAULT_PATH, user.headers)],
        limits=limits,
        capabilities=OF_THE_REFERENCE,
    )


async def verify(
    relay: type[SoundRelay],
    scenario: str,
    cut_seed: int | None = None,
    limits: ReadLimits = PATIENT,
    deadlines: Deadlines = FRONTEND_CONTRACT.deadlines,
    hold_seconds: float = PATIENT.silence_seconds,
) -> VerifiedCase:
    mock = VerificationMock(UnhurriedClock())
    async with (
        ClientSession() as session,
        mock.serve() as ai_url,
        serving(relay(ai_url).app()) as url,
    ):
        verifier = RelayVerifier(
            session,
            target(session, url, limits),
            mock,
            contract=replace(FRONTEND_CONTRACT, deadlines=deadlines),
            hold_seconds=hold_seconds,
        )
        return await verifier.verify(SCENARIOS[scenario], cut_seed)


async def verify_gates(relay: type[SoundRelay], gate_seconds: float) -> VerifiedCase:
    mock = VerificationMock()
    async with (
        ClientSession() as session,
        mock.serve() as ai_url,
        serving(relay(ai_url).app()) as url,
    ):
        verifier = RelayVerifier(session, target(session, url), mock, hold_seconds=gate_seconds)
        return await verifier.verify_streaming()


def failed(case: VerifiedCase) -> list[str]:
    return [outcome.check for outcome in case.failed]


@pytest.mark.parametrize("scenario", ["talk", "raw", "truncated", "held", "quoting"])
async def test_a_sound_relay_passes_every_check(scenario):
    case = await verify(SoundRelay, scenario, CUT_SEED)
    assert failed(case) == []
    assert {outcome.state for outcome in case.outcomes} == {CheckState.HELD}


@pytest.mark.parametrize(
    ("relay", "scenario", "check"),
    some_of(BROKEN, 3, [f"{row[0].__name__}:{row[2]}" for row in BROKEN]),
)
async def test_a_broken_relay_trips_exactly_its_check(relay, scenario, check):
    assert failed(await verify(relay, scenario)) == [check]


@pytest.mark.parametrize(("relay", "scenario", "check"), TRIPPED_BY_SILENCE)
async def test_a_relay_that_keeps_the_browser_waiting_is_found(relay, scenario, check):
    assert failed(await verify(relay, scenario, limits=HASTY)) == [check]


@pytest.mark.parametrize(("relay", "check"), TRIPPED_BY_SIZE)
async def test_a_relay_that_sends_without_end_is_found(relay, check):
    assert failed(await verify(relay, "talk", limits=SMALL)) == [check]


@pytest.mark.parametrize(("relay", "deadlines", "check"), TRIPPED_BY_DEADLINES)
async def test_a_late_relay_is_found_by_the_deadlines_of_the_contract(relay, deadlines, check):
    assert failed(await verify(relay, "talk", deadlines=deadlines)) == [check]


async def test_an_end_that_comes_twice_does_not_hide_wrong_frames():
    case = await verify(broken.EndsHalfAnAnswerTwice, "truncated")
    assert failed(case) == ["frontend.after-terminal", "frames.kinds"]


async def test_an_event_without_its_blank_line_is_named_beside_the_missing_end():
    case = await verify(broken.LeavesOutTheLastLine, "talk")
    assert failed(case) == ["frontend.complete", "frontend.unfinished-event"]


@pytest.mark.parametrize(("relay", "check"), TRIPPED_BY_CUTS)
async def test_a_relay_that_takes_reads_for_events_is_found_by_cuts(relay, check):
    assert failed(await verify(relay, "talk")) == []
    assert failed(await verify(relay, "talk", CUT_SEED)) == [check]


async def test_a_sound_relay_opens_every_gate():
    assert failed(await verify_gates(SoundRelay, PATIENT.silence_seconds)) == []


@pytest.mark.parametrize("relay", some_of(HOLDING_BACK, 3))
async def test_a_relay_that_holds_events_back_is_stopped_at_the_first_gate(relay):
    case = await verify_gates(relay, gate_seconds=0.2)
    assert failed(case) == ["streaming.gates"]
    assert case.failed[0].findings[0].event_number == 1


async def test_a_relay_that_lags_is_found_whatever_its_first_id_is():
    case = await verify_gates(broken.LagsAndCountsFromOne, gate_seconds=0.2)
    assert failed(case) == ["streaming.gates"]


async def test_a_relay_that_fills_a_buffer_after_a_good_start_is_found():
    case = await verify_gates(broken.FillsABufferAfterAGoodStart, gate_seconds=1.5)
    assert failed(case) == ["streaming.gates"]
    assert case.failed[0].findings[0].message.startswith("hold 6 of the AI service: frame 7 of 7")


async def test_a_relay_whose_frames_leave_by_a_timer_is_found():
    case = await verify_gates(TIMED, PATIENT.silence_seconds)
    assert failed(case) == ["streaming.timer"]
    [found] = case.failed
    assert found.state is CheckState.WARNING
    assert found.findings[0].message == "each of the last 4 events reached the browser late"


@pytest.mark.parametrize("relay", some_of([broken.BuffersEverything, broken.LagsByOne], 2))
async def test_a_relay_that_holds_events_back_is_found_while_the_ai_service_waits(relay):
    case = await verify(relay, "held", hold_seconds=0.2)
    assert failed(case) == ["streaming.holds"]
    first, second = case.failed[0].findings
    assert first.message.startswith("hold 1 of the AI service: frame ")
    assert second.message.startswith("hold 2 of the AI service: frame ")


async def test_a_relay_whose_stream_is_over_while_frames_were_due_is_found():
    case = await verify(broken.BuffersEverything, "held", limits=ReadLimits(silence_seconds=0.3))
    assert "streaming.holds" in failed(case)


def test_every_check_is_in_the_table():
    tables = (BROKEN, TRIPPED_BY_SILENCE, TRIPPED_BY_SIZE, TRIPPED_BY_DEADLINES, TRIPPED_BY_CUTS)
    tested = {str(row[-1]) for table in tables for row in table}
    tested |= {"answer.error"}  # tests/agreement/test_foreign_backends.py
    tested |= {"frontend.unfinished-event", "streaming.gates", "streaming.holds", "streaming.timer"}
    known = [check.id for check in RELAY_CHECKS]
    known += [check.id for check in CUT_CHECKS] + [check.id for check in GATE_CHECKS]
    assert tested == set(known)
