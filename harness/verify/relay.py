"""Verifies a relay scenario by scenario: plays the AI service and the browser, reads the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.checker import check
from streamproof.contracts.contract import FRONTEND, StreamContract, builtin_contract
from streamproof.contracts.frames import frame_kind
from streamproof.contracts.sse import Event
from streamproof.contracts.text import one_line
from streamproof.harness.checking.case_runner import CaseRunner, run_once
from streamproof.harness.checking.check import run_checks
from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.curl import curl_command
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.marks import reading_marks
from streamproof.harness.reports.result import (
    CheckOutcome,
    Leg,
    MarkKind,
    TimelineMark,
    VerifiedCase,
)
from streamproof.harness.tasks import background, gather_limited
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from streamproof.harness.verify.checks.cutting import CutPair
from streamproof.harness.verify.checks.frames import format_kinds
from streamproof.harness.verify.cut_variant import cut_variant
from streamproof.harness.verify.expected_events import expected_reply
from streamproof.harness.verify.holds import HOLD_SECONDS, HeldReplies
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.scenario_cases import group_of
from streamproof.harness.verify.scenario_text import scenario_text
from streamproof.harness.verify.stored.settle import SettlingRows
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.scenario.model import Scenario


@dataclass(frozen=True, slots=True)
class RelayVerifier:
    """Sends scenarios through one relay. `replay` is the command that repeats a single scenario."""

    session: ClientSession
    relay: RelayTarget
    mock: VerificationMock
    replay: str = "streamproof verify relay"
    contract: StreamContract = field(default_factory=lambda: builtin_contract(FRONTEND))
    hold_seconds: float = HOLD_SECONDS
    run_case: CaseRunner = run_once

    async def verify_all(
        self, scenarios: Sequence[Scenario], cut_seed: int | None = None
    ) -> tuple[VerifiedCase, ...]:
        """Verify every scenario, `at_once` of the relay at a time."""

        async def verify(scenario: Scenario) -> VerifiedCase:
            return await self.run_case(lambda: self.verify(scenario, cut_seed))

        return await gather_limited(verify, scenarios, self.relay.at_once)

    async def verify(self, scenario: Scenario, cut_seed: int | None = None) -> VerifiedCase:
        """Verify one scenario; with a seed, run it again with split bytes and compare."""
        whole = await self.observe(scenario)
        outcomes = run_checks(RELAY_CHECKS, whole)
        shown = whole
        cut = None if cut_seed is None else cut_variant(scenario, cut_seed)
        if cut is not None:
            pair = CutPair(whole, await self.observe(cut))
            cut_outcomes = run_checks(CUT_CHECKS, pair)
            if _held(outcomes) and not _held(cut_outcomes):
                shown = pair.cut
            outcomes += cut_outcomes
        return self._case(scenario, outcomes, shown, cut_seed)

    async def observe(self, scenario: Scenario) -> Observation:
        """Ask one question that makes the mock play the scenario, and collect what happens."""
        self.mock.offer(scenario)
        user = await self.relay.new_user()
        question = f"/{scenario.name} {uuid4().hex[:12]}"
        rows = SettlingRows(self.relay.readers(user), user.room, question)
        held = HeldReplies(self.mock, question, self.hold_seconds)
        call = self.relay.ask(user, question)
        reading = await self._read(call, rows, held)
        expected = expected_reply(scenario, self.mock.context(question))
        return Observation(
            scenario=scenario,
            question=question,
            call=call,
            reading=reading,
            report=check(reading.transcript, self.contract),
            upstream=expected.report,
            sent=expected.events,
            stored=await rows.settle(),
            holds=held.holds,
            held_back=tuple(held.held_back),
            requests=self.mock.requests(question),
            tells_reasons=self.relay.tells_reasons,
        )

    async def _read(self, call: HttpCall, rows: SettlingRows, held: HeldReplies) -> StreamReading:
        async def on_event(frame: Event) -> None:
            await rows.look(frame)
            await held.see(frame)

        async with background(held.release_all()):
            return await read_stream(self.session, call, self.relay.limits, on_event)

    def _case(
        self,
        scenario: Scenario,
        outcomes: tuple[CheckOutcome, ...],
        shown: Observation,
        cut_seed: int | None,
    ) -> VerifiedCase:
        cut = "" if cut_seed is None else f" --cut {cut_seed}"
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=group_of(scenario),
            file=str(scenario.path) if scenario.path else None,
            outcomes=outcomes,
            timeline=(*self.mock.timeline(shown.question, shown.reading.started), *_browser(shown)),
            replay=f"{self.replay} --scenario {scenario.name}{cut}",
            facts=_facts(shown),
            curl=None if self.relay.temporary else curl_command(shown.call),
            scenario=None if _held(outcomes) else scenario_text(scenario.path),
            events=len(shown.frames),
        )


def _held(outcomes: Sequence[CheckOutcome]) -> bool:
    return not any(outcome.findings for outcome in outcomes)


def _browser(observed: Observation) -> Iterator[TimelineMark]:
    """Yield what the browser saw, with times since its request."""
    text = f"asks {one_line(observed.question)}"
    yield TimelineMark(0.0, Leg.BROWSER, text, MarkKind.REQUEST, "asks")
    yield from reading_marks(observed.reading, Leg.BROWSER, frame_kind)


def _facts(observed: Observation) -> dict[str, str]:
    """Summarise the frames, the turn and the text, for tables."""
    facts = {"frames": format_kinds(observed.kinds)}
    for view in observed.stored:
        turn = view.settled.turn
        if turn is not None:
            facts["turn"] = turn.status
        texts = [row.text for row in view.settled.answers]
        if turn is not None and turn.partial is not None:
            texts.append(turn.partial)
        for text in texts[:1]:
            facts["text"] = excerpt(text, 20)
    return facts
