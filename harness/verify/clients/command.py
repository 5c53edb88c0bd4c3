"""A client that is a command: it runs once for each scenario, and is judged by what it did."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

from streamproof.contracts.text import short
from streamproof.harness.checking.check import run_checks
from streamproof.harness.reports.result import Leg, MarkKind, TimelineMark
from streamproof.harness.verify.clients.checks.answering import TEXT_CHECKS
from streamproof.harness.verify.clients.checks.catalogue import CLIENT_CHECKS
from streamproof.harness.verify.clients.observation import ClientHabits, ClientObservation
from streamproof.harness.verify.clients.outcome import ClientOutcome
from streamproof.harness.verify.clients.process import run_client
from streamproof.harness.verify.clients.served import ServedScenario
from streamproof.harness.verify.clients.verifier import Meeting


@dataclass(slots=True)
class CommandClient:
    """The words of a command; `{url}` in a word or a variable is the URL of the mock."""

    words: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    """More environment variables."""
    limit_seconds: float = 10.0
    _habits: ClientHabits | None = field(default=None, init=False)
    _first: ClientOutcome | None = field(default=None, init=False)

    async def meet(self, scenario: ServedScenario) -> Meeting:
        """Run the command once; raises `UsageError` if it cannot run."""
        run = await run_client(self.words, self.variables, self.limit_seconds, scenario)
        outcome, requests = run.outcome, scenario.read_requests()
        if self._habits is None:
            self._first = outcome
            has_text = bool(requests) and outcome.has(requests[0].reply.text)
            self._habits = ClientHabits(outcome.reported, outcome.reported or has_text)
        observed = ClientObservation(
            scenario.scenario,
            requests,
            outcome,
            self._habits,
            self.limit_seconds,
            run.open_after_report,
        )
        ended = "finished" if outcome.finished else outcome.error or "no end within the limit"
        return Meeting(
            requests,
            run_checks(CLIENT_CHECKS, observed),
            TimelineMark(
                run.took_ms, Leg.CLIENT, f"{ended}: {short(outcome.text)}", MarkKind.ENDING, ended
            ),
            ended,
        )

    def no_request(self) -> str:
        """Say how the command ended in the first case, and how to lead it to the mock."""
        how = "no end within the time limit"
        if self._first is not None and self._first.ended:
            how = self._first.error or "exit code 0"
        return (
            f"the command ended with {how}. It must take its base URL from a variable such as"
            " OPENAI_BASE_URL or STREAMPROOF_URL, from one that --env names, or from {url} in the"
            " command"
        )

    def ready(self) -> AbstractAsyncContextManager[None]:
        """Need nothing for all scenarios."""
        return nullcontext()

    def not_judged(self) -> Mapping[str, str]:
        """Return the checks of the text, if the client does not print it."""
        if self._habits is None or self._habits.has_text:
            return {}
        why = "the client prints neither a report nor the answer"
        return dict.fromkeys(TEXT_CHECKS, why)
