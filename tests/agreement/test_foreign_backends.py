"""Backends that do not keep the protocol are verified by their settings file."""

import re
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from streamproof.harness.errors import UnreachableError
from streamproof.harness.progress import RunningNames
from streamproof.harness.reports.result import CheckState, RunResult
from streamproof.harness.verify.relay_run import RelaysUnderTest, RunOptions, verify_relay
from streamproof.harness.verify.settings.loading import load_settings
from streamproof.harness.verify.targets.declared import declared_relay
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.model import Scenario
from tests.long_runs import some_of
from tests.shipped_files import SCENARIOS

BACKEND = Path(__file__).parents[1] / "foreign_backends" / "use_chat.py"
VERIFIED = ["word-by-word", "end-missing", "cut-mid-answer", "status-500"]
SETTINGS = """
profile = "{profile}"

[relay]
url = "http://127.0.0.1:{port}"
timeout_seconds = {timeout_seconds}
start = {start}
environment = {{OPENAI_BASE_URL = "{{ai_url}}/v1", WRONG = "{wrong}"}}

{ask}

[ai]
dialect = "openai-chat"

[capabilities]
headers = true
reports_errors = true
"""
USE_CHAT = '[ask]\npath = "/api/chat"'
PLAIN = """
[ask]
path = "/api/plain/{room}"
json = {text = "{message}"}

[events]
content = {event = "token", text = "data.delta"}
end = {event = "done", when = {"data.ok" = true}}
error = {event = "failed"}
"""


def settings_file(
    folder: Path,
    port: int,
    wrong: str = "",
    profile: str = "vercel-ui",
    timeout_seconds: int = 15,
) -> Path:
    """Write the settings of the backend."""
    start = shlex.join([sys.executable, str(BACKEND), str(port)])
    file = folder / "streamproof.toml"
    ask = PLAIN if profile == "events" else USE_CHAT
    text = SETTINGS.format(
        profile=profile,
        port=port,
        timeout_seconds=timeout_seconds,
        start=repr(start),
        wrong=wrong,
        ask=ask,
    )
    file.write_text(text)
    return file


async def verified(
    file: Path, scenarios: Sequence[str | Scenario] = VERIFIED, *, whole: bool = False
) -> RunResult:
    """Verify the backend of a settings file, with its sessions if the run is a whole one."""
    settings = load_settings(file)

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with declared_relay(session, settings, ai_url) as target:
            yield RelaysUnderTest(target, target)

    chosen = [SCENARIOS[one] if isinstance(one, str) else one for one in scenarios]
    return await verify_relay(RunOptions(scenarios=chosen, is_whole=whole), open_relays)


def broken_checks(result: RunResult) -> set[str]:
    return {outcome.check for case in result.broken for outcome in case.failed}


@pytest.mark.parametrize("profile", some_of(["vercel-ui", "events"], 2))
async def test_a_sound_backend_holds(tmp_path, unused_tcp_port, profile):
    file = settings_file(tmp_path, unused_tcp_port, profile=profile)
    result = await verified(file, whole=True)
    assert broken_checks(result) == set()
    checks = {outcome.check for case in result.cases for outcome in case.outcomes}
    assert {"answer.text", "answer.end", "answer.error", "streaming.gates"} <= checks
    assert f"{profile}.order" in checks
    assert result.cases[-1].facts["declared: headers"] != "0 checks"


WRONG = {
    "trims": {"answer.text"},
    "takes-cut-for-complete": {"answer.end", "answer.error"},
    "leaks": {"answer.internals"},
    "forgets-the-step": {"vercel-ui.blocks"},
}


@pytest.mark.parametrize(
    ("wrong", "checks"),
    some_of(WRONG.items(), 2, WRONG),
)
async def test_what_a_backend_does_wrong_is_named(tmp_path, unused_tcp_port, wrong, checks):
    result = await verified(settings_file(tmp_path, unused_tcp_port, wrong))
    assert broken_checks(result) == checks


BREAKING_AFTER_A_PAUSE = """
name: bad-chunk-after-a-pause
title: A chunk size that is not a number, after the head has been read
steps: [{content: Hello}, {wait_ms: 50}, {content: [" there", " you"]}, end]
faults: [{bad_chunk: {after_content: 2}}]
"""


@pytest.mark.parametrize(
    ("wrong", "checks"), [("", []), ("hangs", ["vercel-ui.stall"])], ids=["sound", "hangs"]
)
async def test_a_backend_that_waits_at_a_broken_chunk_is_named_with_the_reason(
    tmp_path, unused_tcp_port, wrong, checks
):
    scenario = load_scenario(BREAKING_AFTER_A_PAUSE)
    file = settings_file(tmp_path, unused_tcp_port, wrong, timeout_seconds=2)
    case = (await verified(file, [scenario])).cases[1]
    assert [outcome.check for outcome in case.failed] == checks
    for outcome in case.failed:
        message = outcome.findings[0].message
        assert "nothing more came after 5 events" in message
        assert re.search(r"the reply of the AI service was over after \d+ ms \(cut\)$", message)


async def test_a_backend_that_ends_is_started_again_and_the_run_goes_on(tmp_path, unused_tcp_port):
    result = await verified(settings_file(tmp_path, unused_tcp_port, "dies-at-cuts"))
    assert [case.name for case in result.broken] == ["cut-mid-answer"]
    (ended,) = (one for one in result.broken[0].failed if one.check == "target.answers")
    assert "the backend ended with exit code 7, and was started again" in ended.findings[0].message


async def test_each_case_is_shown_while_it_runs_also_with_others(tmp_path, unused_tcp_port):
    settings = load_settings(settings_file(tmp_path, unused_tcp_port))
    parallel = replace(settings, backend=replace(settings.backend, parallel=4))
    began, most, names = [], [0], RunningNames()

    @contextmanager
    def running(name: str) -> Iterator[None]:
        with names.running(name):
            began.append(name)
            most[0] = max(most[0], len(names))
            yield

    @asynccontextmanager
    async def open_relays(session: ClientSession, ai_url: str):
        async with declared_relay(session, parallel, ai_url) as target:
            yield RelaysUnderTest(target, target)

    options = RunOptions(scenarios=[SCENARIOS[name] for name in VERIFIED], running=running)
    await verify_relay(options, open_relays)
    assert began[0] == "gates"
    assert {*began, "http/status-500"} == {*options.planned}  # that one is skipped
    assert (most, len(names)) == ([3], 0)


async def test_a_backend_that_always_ends_cannot_be_verified(tmp_path, unused_tcp_port):
    with pytest.raises(UnreachableError, match="exit code 7"):
        await verified(settings_file(tmp_path, unused_tcp_port, "dies"))


async def test_scenarios_of_another_dialect_are_skipped_with_the_reason(tmp_path, unused_tcp_port):
    names = ["bad-json-in-one-event", "retry-after-in-the-past"]
    result = await verified(settings_file(tmp_path, unused_tcp_port), names)
    first, second = result.cases[1:3]
    assert (first.state, second.state) == (CheckState.SKIPPED, CheckState.SKIPPED)
    assert first.skipped is not None
    assert "written out for the chat dialect" in first.skipped
    assert second.skipped == "it needs retries, which is not declared"
