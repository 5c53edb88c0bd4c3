"""`streamproof verify ai`: an AI service of your own, or a mock with its scenarios."""

import asyncio
import json
from dataclasses import replace

import pytest
from aiohttp import web

from streamproof.contracts.contract import DIALECTS
from streamproof.harness.cli import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from streamproof.harness.verify.mock import VerificationMock
from streamproof.mock_ai.library.loading import load_scenario
from tests.broken_services.servers import AnswersAnything, SoundService
from tests.harness.cli.watched_log import WatchedLog
from tests.shipped_files import SCENARIOS

PLAYED = (
    "example-conversation",
    "reset-mid-answer",
    "stall-mid-answer",
    "double-end",
    "end-missing",
    "html-with-200",
    "bad-json-in-one-event",
    "status-503-twice-then-answer",
)

VERDICTS = {
    "weather": "completed",
    "end-missing": "truncated",
    "reset-mid-answer": "aborted",
    "stall-mid-answer": "stalled",
    "html-with-200": "not_a_stream",
    "status-503-twice-then-answer": "completed",
    "double-end": "overrun",
    "comments-flood": "completed",
}
"""The verdicts of scenarios in most dialects."""
OTHER_VERDICTS = {
    "gemini": {"double-end": "violated"},  # an end is not the last event there
    # Lines and binary frames have no comments, so the mock refuses.
    "ollama": {"comments-flood": "not_a_stream"},
    "bedrock": {"comments-flood": "not_a_stream"},
    "bedrock-anthropic": {"comments-flood": "not_a_stream"},
}

ANSWER = """
name: answer
title: Everything that each dialect can say
steps:
  - reasoning: ["Let me", " think"]
  - content: ["Hel", "lo"]
  - wait_ms: 5
  - tool_call: {name: get_weather, arguments: {city: Paris}}
  - end
"""


async def run(*words: str) -> int:
    """Run the command while the server of the test runs."""
    return await asyncio.to_thread(main.main, ["verify", "ai", *words])


async def test_a_sound_service_is_exit_0(capsys):
    async with serving(SoundService().app()) as url:
        assert await run("--url", url, "--json") == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    names = [case["name"] for case in document["cases"]]
    assert names == ["question-1", "question-2", "question-3", "bad-requests"]


async def test_the_log_of_a_long_run_names_the_current_case(monkeypatch):
    log = WatchedLog("now question-1")
    monkeypatch.setattr("sys.stderr", log)

    class AnswersOnceItIsNamed(SoundService):
        async def stream(self, request: web.Request) -> web.StreamResponse:
            await asyncio.to_thread(log.seen.wait, 20)
            return await super().stream(request)

    async with serving(AnswersOnceItIsNamed().app()) as url:
        assert await run("--url", url, "--question", "a") == ExitCode.OK
    assert "0 of 1 case; now question-1\n" in log.getvalue()


async def test_a_service_that_takes_everything_is_exit_1(capsys):
    async with serving(AnswersAnything().app()) as url:
        assert await run("--url", url, "--question", "Hello") == ExitCode.BROKEN
    assert "service.refuses" in capsys.readouterr().out


async def test_service_that_answers_404_has_no_check_that_is_ok(capsys):
    async with serving(web.Application()) as url:
        assert await run("--url", url, "--json") == ExitCode.BROKEN
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["ok"] == 0
    assert document["cases"][-1]["state"] == "skipped"


async def test_a_mock_plays_scenarios_with_the_verdicts_that_they_expect(capsys):
    mock = VerificationMock()
    for name in PLAYED:
        mock.offer(SCENARIOS[name])
    async with mock.serve() as url:
        words = ["--url", url, "--timeout-seconds", "2", "--scenario", *PLAYED]
        assert await run(*words) == ExitCode.OK
    assert f"{len(PLAYED)} cases" in capsys.readouterr().out


async def test_a_service_that_knows_no_scenarios_is_exit_1(capsys):
    async with serving(SoundService().app()) as url:
        assert await run("--url", url, "--scenario", "example-conversation") == ExitCode.BROKEN
    assert "the status is 404, wanted 200" in capsys.readouterr().out


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_mock_answers_in_every_dialect(dialect, capsys):
    mock = VerificationMock()
    mock.offer(load_scenario(ANSWER))
    async with mock.serve() as url:
        words = ["--url", f"{url}/s/answer", "--dialect", dialect, "--model", "m", "--json"]
        assert await run(*words) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert [case["name"] for case in document["cases"]] == [
        "question-1",
        "question-2",
        "question-3",
    ]
    assert {case["facts"]["verdict"] for case in document["cases"]} == {"completed"}
    checks = {check["id"] for check in document["cases"][0]["checks"]}
    assert {f"{dialect}.order", f"{dialect}.shape", "service.headers"} <= checks


@pytest.mark.parametrize(
    "dialect",
    [
        one if one in ("gemini", "ollama") else pytest.param(one, marks=pytest.mark.prove)
        for one in DIALECTS
    ],
)
async def test_a_mock_plays_scenarios_with_the_verdicts_of_every_dialect(dialect, capsys):
    mock = VerificationMock()
    for name in VERDICTS:
        mock.offer(SCENARIOS[name])
    async with mock.serve() as url:
        words = ["--url", url, "--dialect", dialect, "--timeout-seconds", "2", "--json"]
        assert await run(*words, "--scenario", *VERDICTS) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    found = {case["name"]: case["facts"]["verdict"] for case in document["cases"]}
    assert found == VERDICTS | OTHER_VERDICTS.get(dialect, {})
    assert {case["state"] for case in document["cases"]} == {"ok"}


async def test_a_mock_that_plays_a_scenario_in_another_way_in_a_dialect_is_exit_1(capsys):
    mock = VerificationMock()
    mock.offer(replace(SCENARIOS["weather"], name="reset-mid-answer"))
    async with mock.serve() as url:
        words = ["--url", f"{url}/v1", "--dialect", "anthropic", "--scenario", "reset-mid-answer"]
        assert await run(*words, "--json") == ExitCode.BROKEN
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    (finding,) = case["checks"][0]["findings"]
    assert (case["checks"][0]["id"], finding["expected"]) == ("scenario.verdict", "aborted")
    assert finding["actual"] == "completed"


async def test_no_verdict_of_a_mock_depends_on_a_release(capsys):
    mock = VerificationMock()
    mock.offer(SCENARIOS["held-between-two-tokens"])
    async with mock.serve() as url:
        words = ["--url", url, "--timeout-seconds", "0.5", "--json"]
        assert await run(*words, "--scenario", "held-between-two-tokens") == ExitCode.OK
    (case,) = json.loads(capsys.readouterr().out)["cases"]
    assert case["facts"]["verdict"] == "stalled"


async def test_a_service_of_another_dialect_is_exit_1(capsys):
    async with serving(SoundService().app()) as url:
        words = ["--url", f"{url}/chat/stream", "--dialect", "vercel-ui"]
        assert await run(*words) == ExitCode.BROKEN
    assert "vercel-ui.status" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--dialect", "gemini", "--case", "bad-requests"], "no case", id="case"),
        pytest.param(["--question", "a", "--scenario", "end-missing"], "choose one", id="both"),
        pytest.param(["--scenario", "end-mising"], "did you mean 'end-missing'?", id="misspelt"),
        pytest.param(["--header", "nonsense"], "wanted NAME: VALUE", id="header"),
    ],
)
def test_wrong_usage_says_what_to_change(words, said, capsys):
    assert main.main(["verify", "ai", "--url", "http://127.0.0.1:1", *words]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_a_service_that_is_not_there_is_exit_3(unused_tcp_port, capsys):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    assert main.main(["verify", "ai", "--url", url]) == ExitCode.UNREACHABLE
    assert url.removeprefix("http://") in capsys.readouterr().err
