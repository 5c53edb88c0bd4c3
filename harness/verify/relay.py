"""Verifies a relay scenario by scenario: plays the AI service and the browser, reads the rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.checker import check
from streamproof.contracts.contract import StreamContract
from streamproof.contracts.sse import Event
from streamproof.harness.checking.case_runner import (
    CaseRunner,
    RunCase,
    ShowCase,
    run_once,
    show_nothing,
)
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import HarnessError, UnreachableError
from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.curl import curl_command
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    TimelineMark,
    VerifiedCase,
)
from streamproof.harness.tasks import background
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, relay_checks
from streamproof.harness.verify.checks.cutting import CutPair
from streamproof.harness.verify.checks.frames import format_kinds
from streamproof.harness.verify.checks.target_checks import does_not_answer
from streamproof.harness.verify.cut_variant import cut_variant
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.expected_events import expected_reply, service_profile
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.gates import asked_our_service, gates_scenario
from streamproof.harness.verify.holds import HOLD_SECONDS, HeldReplies, measure_of
from streamproof.harness.verify.judging import Judge
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.scenario_cases import group_of
from streamproof.harness.verify.scenario_text import scenario_text
from streamproof.harness.verify.stored.settle import SettlingRows
from streamproof.harness.verify.suitability import needed_capabilities, why_skipped
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.harness.verify.timeline import CaseTimeline
from streamproof.mock_ai.scenario.model import Scenario

MOST_SILENT_CASES = 5


@dataclass(slots=True)
class RelayVerifier:
    """Sends scenarios through one relay. `replay` is the command that repeats a single scenario."""

    session: ClientSession
    relay: RelayTarget
    mock: VerificationMock
    replay: str = "streamproof verify relay"
    contract: StreamContract | None = None
    """In place of the contract of the relay's profile."""
    hold_seconds: float = HOLD_SECONDS
    on_case: Callable[[VerifiedCase], None] = lambda _: None
    """Called after each case."""
    running: ShowCase = show_nothing
    run_case: CaseRunner = run_once
    _silent_cases: int = field(default=0, init=False)
    """How many cases in a row found a relay that does not answer."""
    _restarts: int = field(default=0, init=False)

    async def verify_all(
        self, scenarios: Sequence[Scenario], cut_seed: int | None = None
    ) -> tuple[VerifiedCase, ...]:
        """Verify every scenario, `at_once` of the relay at a time.

        A case that fails while the machine is busy is run again, alone.
        """
        cases = [partial(self.verify, scenario, cut_seed) for scenario in scenarios]
        return await self.judge(self.relay.at_once).judge_all(cases)

    def judge(self, at_once: int = 1) -> Judge:
        """Return what decides which failures of this relay count."""
        limit = self.relay.shortest_limit_seconds
        return Judge(
            at_once=at_once,
            limit_seconds=min(self.hold_seconds, limit),
            limit_of_target=limit < self.hold_seconds,
            on_case=self.on_case,
            run_case=self.run_case,
            restarts=lambda: self._restarts,
        )

    async def verify_streaming(self) -> VerifiedCase:
        """Verify that each event is passed on at once; raises as `asked_our_service`."""
        with self.running(gates_scenario().name):
            observed = await self.observe(gates_scenario())
        asked_our_service(observed, self.mock, await self._restarted())
        outcomes = run_checks(GATE_CHECKS, observed, self.relay.capabilities)
        case = self._case(observed.scenario, outcomes, observed, None)
        return replace(case, group="", file=None, replay=None)

    async def verify(self, scenario: Scenario, cut_seed: int | None = None) -> VerifiedCase:
        """Verify one scenario; with a seed, run it again with split bytes and compare.

        A relay that cannot be asked or read is a finding of this case.
        """
        why = why_skipped(scenario, self.relay)
        named = self._named(scenario, cut_seed)
        if why is not None:
            return replace(named, skipped=why)
        timeline = CaseTimeline(self.mock, self.relay.profile)
        run = partial(self._verify, scenario, cut_seed, timeline)
        return await self.guarded(named, run, timeline.until_no_answer)

    async def guarded(
        self,
        named: VerifiedCase,
        run: RunCase,
        until_no_answer: Callable[[str], tuple[TimelineMark, ...]],
    ) -> VerifiedCase:
        """Run a case; a relay that cannot be asked, or that ends, is a finding of `named`.

        `until_no_answer` returns the timeline up to then, with the problem as its last mark. A case
        is skipped once the relay did not answer in some cases in a row.
        """
        if self._silent_cases >= MOST_SILENT_CASES:
            why = f"the relay did not answer in {MOST_SILENT_CASES} cases in a row"
            return replace(named, skipped=why)
        try:
            with self.running(named.path):
                case = await run()
            self._silent_cases = 0
        except UnreachableError as error:
            self._silent_cases += 1
            marks = until_no_answer(str(error))
            outcome = does_not_answer(str(error), marks[-1].at_ms)
            case = replace(named, outcomes=(outcome,), timeline=marks)
        if case.state is CheckState.BROKEN and (ended := await self._restarted()):
            case = replace(case, outcomes=(does_not_answer(ended), *case.outcomes))
        return case

    async def _restarted(self) -> str:
        """Start the relay again if it has ended and the harness can; return what happened."""
        restart = self.relay.restart_if_ended
        if restart is None:
            return ""
        try:
            ended = await restart()
        except HarnessError as error:
            return f"the backend ended, and does not start again: {error}"
        if ended is None:
            return ""
        self._restarts += 1
        return f"the backend ended with {ended}, and was started again"

    async def _verify(
        self, scenario: Scenario, cut_seed: int | None, timeline: CaseTimeline
    ) -> VerifiedCase:
        whole = await self.observe(scenario, timeline)
        declared = self.relay.capabilities
        outcomes = run_checks(relay_checks(self.relay.profile), whole, declared)
        shown = whole
        cut = None if cut_seed is None else cut_variant(scenario, cut_seed)
        if cut is not None:
            pair = CutPair(whole, await self.observe(cut, timeline))
            cut_outcomes = run_checks(CUT_CHECKS, pair, declared)
            if _held(outcomes) and not _held(cut_outcomes):
                shown = pair.cut
            outcomes += cut_outcomes
        return self._case(scenario, outcomes, shown, cut_seed)

    async def observe(
        self, scenario: Scenario, timeline: CaseTimeline | None = None
    ) -> Observation:
        """Ask one question that makes the mock play the scenario, and collect what happens.

        `timeline` has what happened up to an error.
        """
        timeline = timeline or CaseTimeline(self.mock, self.relay.profile)
        self.mock.offer(scenario)
        user = await self.relay.new_user()
        question = new_question(scenario)
        profile, dialect = self.relay.profile, self.relay.dialect
        rows = SettlingRows(self.relay.readers(user), user.room, question, profile)
        measure = measure_of(profile, service_profile(dialect))
        held = HeldReplies(self.mock, question, measure, self.hold_seconds)
        call = self.relay.ask(user, question)
        timeline.begin(question)
        reading = timeline.reading = await self._read(call, rows, held, timeline)
        named = profile.transcript(reading.transcript)
        requests = self.mock.requests(question)
        # Only the chat dialect says when a request is repeated.
        attempts = None if dialect == CHAT else len(requests)
        return Observation(
            scenario=scenario,
            question=question,
            call=call,
            reading=reading,
            report=check(named, self.contract or profile.contract),
            reply=expected_reply(scenario, self.mock.context(question), dialect, attempts),
            profile=profile,
            dialect=dialect,
            stored=await rows.settle(),
            waits_ms=tuple(held.waits_ms),
            held_back=tuple(held.held_back),
            requests=requests,
            capabilities=self.relay.capabilities,
            ai_url=self.mock.url,
            url=masked_url(call.url),
        )

    async def _read(
        self, call: HttpCall, rows: SettlingRows, held: HeldReplies, timeline: CaseTimeline
    ) -> StreamReading:
        async def on_event(frame: Event) -> None:
            timeline.see(frame)
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
        return replace(
            self._named(scenario, cut_seed),
            outcomes=outcomes,
            timeline=self._timeline(shown).marks(),
            facts=_facts(shown),
            events=len(shown.frames),
            curl=None if self.relay.temporary else curl_command(shown.call),
            scenario=None if _held(outcomes) else scenario_text(scenario.path),
        )

    def _timeline(self, shown: Observation) -> CaseTimeline:
        reading = shown.reading
        return CaseTimeline(self.mock, shown.profile, shown.question, reading.started, reading)

    def _named(self, scenario: Scenario, cut_seed: int | None) -> VerifiedCase:
        cut = "" if cut_seed is None else f" --cut {cut_seed}"
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=group_of(scenario),
            file=str(scenario.path) if scenario.path else None,
            replay=f"{self.replay} --scenario {scenario.name}{cut}",
            capabilities=tuple(needed_capabilities(scenario, self.relay)),
        )


def new_question(scenario: Scenario) -> str:
    """Return a question that makes the mock play a scenario, and that no other one is equal to."""
    return f"/{scenario.name} {uuid4().hex[:12]}"


def _held(outcomes: Sequence[CheckOutcome]) -> bool:
    return not any(outcome.findings for outcome in outcomes)


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
