"""Every check on AI services can fail: for each there is one that trips exactly that one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from streamproof.contracts.contract import AI_SERVICE, Deadlines, builtin_contract
from streamproof.harness.http.client import ReadLimits
from streamproof.harness.http.reading import MAX_EVENTS
from streamproof.harness.http.server import serving
from streamproof.harness.reports.result import VerifiedCase
from streamproof.harness.verify.ai import ServiceVerifier
from streamproof.harness.verify.checks.service import REPLY_CHECKS, REQUEST_CHECKS
from streamproof.harness.verify.mock import VerificationMock
from tests.broken_services import servers
from tests.broken_services.streams import BODIES, scenario

CONTRACT = builtin_contract(AI_SERVICE)
SHORT = {
    "first-event-deadline": Deadlines(first_event_ms=50),
    "total-deadline": Deadlines(total_ms=50),
}
SILENT = ("stall", "close")
COMPANIONS = {"unfinished-event": ["ai-service.complete"]}
SERVERS = [
    (servers.AnswersAnything, "service.refuses"),
    (servers.KnowsItsLength, "service.headers"),
    (servers.SendsAllAtOnce, "service.pieces"),
]


@asynccontextmanager
async def playing(name: str) -> AsyncIterator[ServiceVerifier]:
    """Let the mock play one of the streams."""
    mock = VerificationMock()
    mock.offer(scenario(name))
    contract = replace(CONTRACT, deadlines=SHORT.get(name, CONTRACT.deadlines))
    limits = ReadLimits(
        silence_seconds=1 if name in SILENT else 10,
        max_events=10 if name == "limits" else MAX_EVENTS,
    )
    async with ClientSession() as session, mock.serve() as url:
        yield ServiceVerifier(session, f"{url}/s/{name}", limits=limits, contract=contract)


def failed(*cases: VerifiedCase) -> list[str]:
    return [outcome.check for case in cases for outcome in case.failed]


async def ask(name: str) -> VerifiedCase:
    async with playing(name) as verifier:
        return await verifier.ask("question-1", "Hello")


async def test_a_sound_stream_passes_every_check():
    assert failed(await ask("sound")) == []


@pytest.mark.parametrize("name", [name for name in BODIES if name != "sound"])
async def test_a_stream_that_breaks_one_rule_trips_exactly_its_check(name):
    found = [check for check in failed(await ask(name)) if check != "service.pieces"]
    assert found == [*COMPANIONS.get(name, []), f"ai-service.{name}"]


async def verify(service: servers.SoundService) -> list[str]:
    async with ClientSession() as session, serving(service.app()) as url:
        return failed(*await ServiceVerifier(session, url).ask_all(["Hello"]))


async def test_a_sound_service_passes_every_check():
    assert await verify(servers.SoundService()) == []


@pytest.mark.parametrize(("service", "check"), SERVERS)
async def test_a_broken_service_trips_exactly_its_check(service, check):
    assert await verify(service()) == [check]


async def test_an_address_may_name_the_stream_itself():
    async with ClientSession() as session, serving(servers.SoundService().app()) as url:
        assert (
            failed(await ServiceVerifier(session, f"{url}/chat/stream").ask("question-1", "Hello"))
            == []
        )


def test_every_check_is_in_the_tables():
    tested = {f"ai-service.{name}" for name in BODIES if name != "sound"}
    tested |= {check for _, check in SERVERS}
    known = [check.id for check in REPLY_CHECKS] + [check.id for check in REQUEST_CHECKS]
    assert tested == set(known)
