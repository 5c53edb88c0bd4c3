"""Asks a backend that is hardly known, and finds out how it reads: the probe of `init`."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession

from streamproof.contracts.sse import Event
from streamproof.contracts.text import short
from streamproof.harness.checking.check import run_checks
from streamproof.harness.errors import UnreachableError
from streamproof.harness.http.client import read_stream
from streamproof.harness.http.reading import StreamReading
from streamproof.harness.masking import masked_url
from streamproof.harness.reports.result import CheckState
from streamproof.harness.verify.capabilities import CAPABILITIES
from streamproof.harness.verify.checks.catalogue import relay_checks
from streamproof.harness.verify.dialects import CHAT
from streamproof.harness.verify.mock import VerificationMock
from streamproof.harness.verify.observation import UpstreamRequest
from streamproof.harness.verify.probing.recognising import proposed_events, recognised_profile
from streamproof.harness.verify.probing.ways import WAYS, Way
from streamproof.harness.verify.relay import RelayVerifier, new_question
from streamproof.harness.verify.settings.loading import profile_of, settings_from
from streamproof.harness.verify.settings.mistakes import EVENTS
from streamproof.harness.verify.suitability import needed_capabilities
from streamproof.harness.verify.targets.declared import running_relay
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario

HERE: Final = Path(__file__).parent
ANSWER: Final = "Grüße from the probe"
SOURCE: Final = "probe-source-1"
"""The text and the source of the complete answer."""
TRIED: Final = frozenset(CAPABILITIES) - {"reasons"}
"""The capabilities that the checks of the two questions may find."""

Document = dict[str, Any]
"""A settings file as plain values."""


@dataclass(frozen=True, slots=True)
class ProbedAnswer:
    """What came back for a question of the probe, and the requests that it led to."""

    way: Way
    document: Document
    """The settings with which the question was sent."""
    url: str
    reading: StreamReading
    requests: tuple[UpstreamRequest, ...]

    def __str__(self) -> str:
        """Return what was asked and what came back, in one line."""
        transcript = self.reading.transcript
        body = transcript.body or transcript.rest.decode("utf-8", "replace")
        answer = f"status {transcript.status} {short(body) if body else ''}".rstrip()
        return f"{self.way.name} at {self.url}: {answer}"


@cache
def probe_scenarios() -> tuple[Scenario, Scenario]:
    """Return the complete answer, and the one that breaks off."""
    return load_scenario(HERE / "probe-answer.yaml"), load_scenario(HERE / "probe-failure.yaml")


@dataclass(frozen=True, slots=True)
class BackendProbe:
    """Asks the backend of a document, whose relative paths start at `folder`."""

    session: ClientSession
    mock: VerificationMock
    folder: Path

    async def first_answer(self, document: Document, ways: Sequence[Way] = WAYS) -> ProbedAnswer:
        """Return the first question that reached the AI service; raises `UnreachableError`."""
        failed = []
        for way in _fitting(document, ways):
            asked = await self.ask(probe_scenarios()[0], way, _asking(document, way))
            if asked.requests:
                return asked
            failed.append(asked)
        raise UnreachableError(_nothing_came(failed, self.mock))

    async def ask(self, scenario: Scenario, way: Way, document: Document) -> ProbedAnswer:
        """Ask one question."""
        settings = settings_from(document, self.folder)
        question = new_question(scenario)
        async with running_relay(self.session, settings) as relay:
            call = relay.ask(await relay.new_user(), question)
            reading = await read_stream(self.session, call, relay.limits)
        requests = self.mock.requests(question)
        return ProbedAnswer(way, document, masked_url(call.url), reading, requests)

    def with_dialect(self, asked: ProbedAnswer) -> Document:
        """Return the document with the dialect in which the backend asked."""
        document, dialect = asked.document, asked.requests[-1].dialect
        if dialect == CHAT:
            return document
        return document | {"ai": document.get("ai", {}) | {"dialect": dialect}}

    async def recognised(self, asked: ProbedAnswer) -> Document:
        """Return the document with the dialect and the profile of what came back.

        The profile is `events`, without `[events]`, if the answer was not found in the events.
        """
        document = self.with_dialect(asked)
        profile = recognised_profile(asked.reading.transcript, ANSWER)
        if profile is None:
            failure = await self.ask(probe_scenarios()[1], asked.way, document)
            events = proposed_events(
                _events(asked.reading), ANSWER, SOURCE, _events(failure.reading)
            )
            document = document | {"profile": EVENTS}
            if events is None or not self._finds_the_answer(asked, document | {"events": events}):
                return document
            return document | {"events": events}
        if profile == asked.way.profile:  # its clients ask so
            document = document | {"ask": {"path": document["ask"]["path"]}}
        return document | {"profile": profile}

    def _finds_the_answer(self, asked: ProbedAnswer, document: Document) -> bool:
        profile = profile_of(settings_from(document, self.folder))
        return profile.text(_events(asked.reading)) == ANSWER

    async def capabilities(self, document: Document) -> frozenset[str]:
        """Return the capabilities whose checks hold for an answer and for a failure."""
        settings = settings_from(
            document | {"capabilities": dict.fromkeys(TRIED, True)}, self.folder
        )
        states: dict[str, set[CheckState]] = {}
        async with AsyncExitStack() as stack:
            relay = await stack.enter_async_context(running_relay(self.session, settings))
            verifier = RelayVerifier(self.session, relay, self.mock)
            for scenario in probe_scenarios():
                observed = await verifier.observe(scenario)
                outcomes = run_checks(relay_checks(relay.profile), observed)
                for outcome in outcomes:
                    states.setdefault(outcome.capability, set()).add(outcome.state)
                kinds = {one.state for one in outcomes if one.check == "frames.kinds"}
                for name in needed_capabilities(scenario, relay) if kinds else ():
                    states.setdefault(name, set()).update(kinds)
        held = {CheckState.HELD, CheckState.WARNING}
        return frozenset(name for name, found in states.items() if name and found <= held)


def _fitting(document: Document, ways: Sequence[Way]) -> Sequence[Way]:
    """Return the ways to try: only one, if the document says itself how to ask."""
    ask = document.get("ask", {})
    own = {key: ask[key] for key in ("form", "multipart", "json") if key in ask}
    return [Way("the request of the options", ask["path"], own)] if own else ways


def _asking(document: Document, way: Way) -> Document:
    """Return the document with a way to ask."""
    return document | {"ask": {"path": way.path, **document.get("ask", {}), **way.body}}


def _events(reading: StreamReading) -> list[Event]:
    return [seen.event for seen in reading.transcript.events]


def _nothing_came(failed: Sequence[ProbedAnswer], mock: VerificationMock) -> str:
    """Return why no question reached the AI service, with what to change first."""
    tried = "".join(f"\n  {one}" for one in failed)
    statuses = {one.reading.transcript.status for one in failed}
    others = mock.other_requests()
    if others:
        problem = f"our AI service got {', '.join(others)}, but not the question"
        advice = "say with --json-body or --form where the message goes"
    elif statuses & {401, 403}:
        problem = "the backend wants a token"
        advice = "give it with --token-env or --token-command"
    elif all(400 <= status < 500 for status in statuses):
        problem = "the backend refused every question"
        advice = "say with --ask-path and --json-body, --form or --multipart what its page sends"
    else:
        problem = f"no question reached our AI service at {mock.url}"
        advice = "set the backend's URL of its AI service to it"
    return f"{problem}; {advice}. Tried:{tried}"
