"""Verifies a relay scenario by scenario: plays the AI service and the browser, reads the rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from aiohttp import ClientSession

from streamproof.contracts.checker import check
from streamproof.contracts.contract import StreamContract
from streamproof.contracts.sse import Event
from streamproof.contracts.text import one_line
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import SetUpError, UnreachableError
from streamproof.harness.http.client import HttpCall, read_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.difference import excerpt
from streamproof.harness.reports.marks import reading_marks
from streamproof.harness.reports.result import (
    CheckOutcome,
    CheckState,
    Leg,
    TimelineMark,
    VerifiedCase,
)
from streamproof.harness.tasks import background, gather_limited
from streamproof.harness.verify.checks.catalogue import CUT_CHECKS, relay_checks
from streamproof.harness.verify.checks.cutting import CutPair
from streamproof.harness.verify.checks.frames import format_kinds
from streamproof.harness.verify.checks.target_checks import does_not_answer
from streamproof.harness.verify.cut_variant import cut_variant
from streamproof.harness.verify.expected_events import expected_reply, service_profile
from streamproof.harness.verify.gates import CHECKS as GATE_CHECKS
from streamproof.harness.verify.gates import gates_scenario
from streamproof.harness.verify.holds import HOLD_SECONDS, HeldReplies, measure_of
from streamproof.harness.verify.lag import measured_lag
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import Observation
from streamproof.harness.verify.stored.settle import SettlingRows
from streamproof.harness.verify.suitability import needed_capabilities, why_skipped
from streamproof.harness.verify.targets.target import RelayTarget
from streamproof.mock_ai.scenario.model import Scenario

MORE_TRIES = 2
"""How often a case is run again that fails on a busy machine."""
MOST_SILENT_CASES = 5
TIMED = (".stall", "-deadline", ".close", ".answers", ".at-end")
"""How the checks end that a time limit of the harness decides."""


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
    _silent_cases: int = field(default=0, init=False)
    """How many cases in a row found a relay that does not answer."""

    async def verify_all(
        self, scenarios: Sequence[Scenario], cut_seed: int | None = None
    ) -> tuple[VerifiedCase, ...]:
        """Verify every scenario, `at_once` of the relay at a time.

        A case that fails while the machine is busy is run again, alone.
        """

        async def first_try(scenario: Scenario) -> tuple[VerifiedCase, bool]:
            return await self._measured(scenario, cut_seed)

        tried = await gather_limited(first_try, scenarios, self.relay.at_once)
        return tuple(
            [
                await self._again(scenario, cut_seed) if doubtful else case
                for scenario, (case, doubtful) in zip(scenarios, tried, strict=True)
            ]
        )

    async def _measured(
        self, scenario: Scenario, cut_seed: int | None
    ) -> tuple[VerifiedCase, bool]:
        """Verify one scenario, and tell whether it failed while the machine was busy."""
        async with measured_lag() as lag:
            case = await self.verify(scenario, cut_seed)
        limit = min(self.hold_seconds, self.relay.shortest_limit_seconds)
        doubtful = case.state is CheckState.BROKEN and lag.can_decide(limit)
        if not doubtful:
            self.on_case(case)
        return case, doubtful

    async def _again(self, scenario: Scenario, cut_seed: int | None) -> VerifiedCase:
        """Run a case again that failed on a busy machine; after some tries it is not judged."""
        for _ in range(MORE_TRIES):
            case, doubtful = await self._measured(scenario, cut_seed)
            if not doubtful:
                return case
        if self._depends_on_time(case):
            outcomes = tuple(replace(one, unjudged=True) for one in case.outcomes)
            case = replace(case, outcomes=outcomes)
        self.on_case(case)
        return case

    def _depends_on_time(self, case: VerifiedCase) -> bool:
        """Tell whether a broken check, or the limits of the relay, can be a matter of time."""
        is_hasty = self.relay.shortest_limit_seconds < self.hold_seconds
        return is_hasty or any(map(is_about_time, case.failed))

    async def verify_streaming(self) -> VerifiedCase:
        """Verify that each event is passed on at once; raises as `asked_our_service`."""
        observed = await self.observe(gates_scenario())
        asked_our_service(observed, self.mock)
        outcomes = run_checks(GATE_CHECKS, observed, self.relay.capabilities)
        case = self._case(observed.scenario, outcomes, observed, None)
        return replace(case, group="", file=None, replay=None)

    async def verify(self, scenario: Scenario, cut_seed: int | None = None) -> VerifiedCase:
        """Verify one scenario; with a seed, run it again with split bytes and compare.

        A relay that cannot be asked or read is a finding of this case.
        """
        why = why_skipped(scenario, self.relay)
        if why is not None:
            return replace(self._named(scenario, cut_seed), skipped=why)
        if self._silent_cases >= MOST_SILENT_CASES:
            why = f"the relay did not answer in {MOST_SILENT_CASES} cases in a row"
            return replace(self._named(scenario, cut_seed), skipped=why)
        try:
            case = await self._verify(scenario, cut_seed)
        except UnreachableError as error:
            self._silent_cases += 1
            outcomes = (does_not_answer(f"{error}{await self._restarted()}"),)
            return replace(self._named(scenario, cut_seed), outcomes=outcomes)
        self._silent_cases = 0
        return case

    async def _restarted(self) -> str:
        """Start the relay again if it has ended and the harness can; return what was done."""
        restart = self.relay.restart_if_ended
        if restart is None:
            return ""
        try:
            return "; the backend had ended, and was started again" if await restart() else ""
        except SetUpError as error:
            return f"; {error}"

    async def _verify(self, scenario: Scenario, cut_seed: int | None) -> VerifiedCase:
        whole = await self.observe(scenario)
        declared = self.relay.capabilities
        outcomes = run_checks(relay_checks(self.relay.profile), whole, declared)
        shown = whole
        cut = None if cut_seed is None else cut_variant(scenario, cut_seed)
        if cut is not None:
            pair = CutPair(whole, await self.observe(cut))
            cut_outcomes = run_checks(CUT_CHECKS, pair, declared)
            if _held(outcomes) and not _held(cut_outcomes):
                shown = pair.cut
            outcomes += cut_outcomes
        return self._case(scenario, outcomes, shown, cut_seed)

    async def observe(self, scenario: Scenario) -> Observation:
        """Ask one question that makes the mock play the scenario, and collect what happens."""
        self.mock.offer(scenario)
        user = await self.relay.new_user()
        question = f"/{scenario.name} {uuid4().hex[:12]}"
        profile, dialect = self.relay.profile, self.relay.dialect
        rows = SettlingRows(self.relay.readers(user), user.room, question, profile)
        measure = measure_of(profile, service_profile(dialect))
        held = HeldReplies(self.mock, question, measure, self.hold_seconds)
        call = self.relay.ask(user, question)
        reading = await self._read(call, rows, held)
        transcript = profile.transcript(reading.transcript)
        return Observation(
            scenario=scenario,
            question=question,
            reading=replace(reading, transcript=transcript),
            report=check(transcript, self.contract or profile.contract),
            reply=expected_reply(scenario, self.mock.context(question), dialect),
            profile=profile,
            dialect=dialect,
            stored=await rows.settle(),
            holds=held.holds,
            held_back=tuple(held.held_back),
            requests=self.mock.requests(question),
            ai_url=self.mock.url,
            url=masked_url(call.url),
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
        return replace(
            self._named(scenario, cut_seed),
            outcomes=outcomes,
            timeline=(*self.mock.timeline(shown.question, shown.reading.started), *_browser(shown)),
            facts=_facts(shown),
        )

    def _named(self, scenario: Scenario, cut_seed: int | None) -> VerifiedCase:
        cut = "" if cut_seed is None else f" --cut {cut_seed}"
        return VerifiedCase(
            name=scenario.name,
            title=scenario.title,
            group=scenario.path.parent.name if scenario.path else "",
            file=str(scenario.path) if scenario.path else None,
            replay=f"{self.replay} --scenario {scenario.name}{cut}",
            capabilities=tuple(needed_capabilities(scenario, self.relay)),
        )


def asked_our_service(observed: Observation, mock: VerificationMock) -> None:
    """Raise `UnreachableError` if a relay did not ask the AI service of this run."""
    if observed.requests:
        return
    status = observed.transcript.status or "nothing"
    others = mock.other_requests()
    came = f"; these requests came without the question: {', '.join(others)}" if others else ""
    raise UnreachableError(
        f"{observed.url} answered {status}, but the relay did not ask our AI service{came}; set its"
        f" AI service URL to {mock.url}, the address of --mock-host and --mock-port or of [ai]"
    )


def is_about_time(outcome: CheckOutcome) -> bool:
    """Tell whether a time limit of the harness decides a check."""
    return outcome.check.startswith("streaming.") or outcome.check.endswith(TIMED)


def _held(outcomes: Sequence[CheckOutcome]) -> bool:
    return not any(outcome.findings for outcome in outcomes)


def _browser(observed: Observation) -> Iterator[TimelineMark]:
    """Yield what the browser saw, with times since its request."""
    yield TimelineMark(0.0, Leg.BROWSER, f"asks {one_line(observed.question)}")
    yield from reading_marks(observed.reading, Leg.BROWSER, lambda e: observed.profile.read(e).kind)


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
