"""Proves a relay scenario by scenario: plays the AI service and the browser, and reads the rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import ClientSession

from contracts.checker import check
from contracts.contract import FRONTEND, StreamContract, builtin_contract
from contracts.frames import frame_kind
from contracts.sse import Event
from harness.beside import beside
from harness.checks.catalogue import CUT_CHECKS, RELAY_CHECKS
from harness.checks.check import run_checks
from harness.checks.cutting import CutPair
from harness.checks.frames import kinds_in_words
from harness.cut_variant import cut_variant
from harness.difference import one_line, short
from harness.few_at_once import few_at_once
from harness.held_replies import HOLD_SECONDS, HeldReplies
from harness.http_mock import Mock
from harness.http_reading import Call, read_stream
from harness.observation import Observation
from harness.recording import Reading
from harness.reports.marks import reading_marks
from harness.result import Case, Leg, Mark, Outcome
from harness.sent import sent_events
from harness.settling import SettlingRows
from harness.target import RelayTarget
from mock_ai.language.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Prover:
    """Sends scenarios through one relay. `replay` is the command that repeats a single one."""

    session: ClientSession
    relay: RelayTarget
    mock: Mock
    replay: str = "streamproof verify relay"
    contract: StreamContract = field(default_factory=lambda: builtin_contract(FRONTEND))
    hold_seconds: float = HOLD_SECONDS

    async def prove_all(
        self, scenarios: Sequence[Scenario], cut_seed: int | None = None
    ) -> tuple[Case, ...]:
        """Prove every scenario, a few at a time where the relay allows it."""

        async def prove(scenario: Scenario) -> Case:
            return await self.prove(scenario, cut_seed)

        return await few_at_once(prove, scenarios, self.relay.at_once)

    async def prove(self, scenario: Scenario, cut_seed: int | None = None) -> Case:
        """Prove one scenario, with a seed also that cutting its bytes changes nothing."""
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
        """Ask one question that makes the mock play the scenario, and look at everything."""
        self.mock.offer(scenario)
        seat = await self.relay.take_seat()
        question = f"/{scenario.name} {uuid4().hex[:12]}"
        rows = SettlingRows(self.relay.readers(seat), seat.room, question)
        held = HeldReplies(self.mock, question, self.hold_seconds)
        reading = await self._read(self.relay.ask(seat, question), rows, held)
        return Observation(
            scenario=scenario,
            question=question,
            reading=reading,
            judged=check(reading.transcript, self.contract),
            sent=sent_events(scenario, self.mock.facts(question)),
            stored=await rows.settle(),
            holds=held.holds,
            held_back=tuple(held.held_back),
            requests=self.mock.requests(question),
            tells_reasons=self.relay.tells_reasons,
        )

    async def _read(self, call: Call, rows: SettlingRows, held: HeldReplies) -> Reading:
        async def look(frame: Event) -> None:
            await rows.look(frame)
            await held.see(frame)

        async with beside(held.release_all()):
            return await read_stream(self.session, call, self.relay.patience, look)

    def _case(
        self,
        scenario: Scenario,
        outcomes: tuple[Outcome, ...],
        shown: Observation,
        cut_seed: int | None,
    ) -> Case:
        cut = "" if cut_seed is None else f" --cut {cut_seed}"
        return Case(
            name=scenario.name,
            title=scenario.title,
            group=scenario.path.parent.name if scenario.path else "",
            file=str(scenario.path) if scenario.path else None,
            outcomes=outcomes,
            timeline=(*self.mock.timeline(shown.question, shown.reading.started), *_browser(shown)),
            replay=f"{self.replay} --scenario {scenario.name}{cut}",
            facts=_facts(shown),
        )


def _held(outcomes: Sequence[Outcome]) -> bool:
    return not any(outcome.findings for outcome in outcomes)


def _browser(observed: Observation) -> Iterator[Mark]:
    """Write down what the browser saw, counted from its request."""
    yield Mark(0.0, Leg.BROWSER, f"asks {one_line(observed.question)}")
    yield from reading_marks(observed.reading, Leg.BROWSER, frame_kind)


def _facts(observed: Observation) -> dict[str, str]:
    """Say in a few words what came out, for tables."""
    facts = {"frames": kinds_in_words(observed.kinds)}
    for view in observed.stored:
        turn = view.settled.turn
        if turn is not None:
            facts["turn"] = turn.status
        texts = [row.text for row in view.settled.answers]
        if turn is not None and turn.partial is not None:
            texts.append(turn.partial)
        for text in texts[:1]:
            facts["text"] = short(text, 20)
    return facts
