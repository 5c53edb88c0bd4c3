"""`streamproof verify client`: a command that is right, one that is wrong, and mistakes."""

import asyncio
import json
import shlex
import sys

import pytest
from aiohttp import web

from streamproof.harness.cli import main
from streamproof.harness.cli.verify_client import CLIENT
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from tests.harness.cli.watched_log import WatchedLog

SCENARIOS = ("--scenario", "word-by-word", "end-early-mid-answer")


def run(*words: str) -> int:
    """Run the command."""
    return main.main(["verify", CLIENT, *words])


def command(name: str) -> list[str]:
    """Return the words that run one of the clients of the tests."""
    return ["--", sys.executable, "-m", "tests.broken_clients", name]


def test_a_sound_client(capsys):
    assert run(*SCENARIOS, *command("sound")) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "ok      plain/word-by-word" in printed
    assert "3 cases, " in printed


def test_a_broken_client_and_the_command_that_repeats_the_case(capsys):
    options = ("--timeout-seconds", "5", "--env", "API_KEY=secret", "--env", "MODE=a b")
    assert run(*options, *SCENARIOS, *command("client.truncated")) == ExitCode.BROKEN
    printed = capsys.readouterr().out
    assert "client.truncated: An answer without its end does not count as complete." in printed
    again = next(line for line in printed.splitlines() if "again: " in line)
    words = shlex.split(again)
    assert words[-6:] == ["end-early-mid-answer", *command("client.truncated")]
    assert {"API_KEY=$API_KEY", "MODE=a b"} <= set(words)


async def test_the_log_of_a_long_run_names_the_current_case(monkeypatch):
    log = WatchedLog("now first-question")
    monkeypatch.setattr("sys.stderr", log)

    async def answer(_: web.Request) -> web.Response:
        await asyncio.to_thread(log.seen.wait, 20)
        return web.Response()

    app = web.Application()
    app.router.add_get("/", answer)
    async with serving(app) as url:
        code = f"import urllib.request as r; r.urlopen('{url}').read(); "
        code += "from tests.broken_clients.broken import CLIENTS; CLIENTS['sound']().run()"
        words = ("--timeout-seconds", "30", "--scenario", "word-by-word", "--")
        assert await asyncio.to_thread(run, *words, sys.executable, "-c", code) == ExitCode.OK
    assert "0 of 2 cases; now first-question\n" in log.getvalue()


def test_the_json_report(capsys):
    assert run("--json", *SCENARIOS, *command("sound")) == ExitCode.OK
    report = json.loads(capsys.readouterr().out)
    assert report["subject"] == "client"
    assert report["target"].endswith("tests.broken_clients sound")
    case = report["cases"][-1]
    assert case["facts"] == {
        "requests": "1",
        "verdict": "truncated",
        "outcome": "the answer has no end",
    }
    assert [mark["leg"] for mark in case["timeline"]][-1] == "client"


def test_no_report_has_a_secret_of_the_command(tmp_path):
    report, words = tmp_path / "report.json", [*command("client.truncated"), "--api-key", "abc123"]
    run("--report", f"json={report},html={tmp_path}/a.html", *SCENARIOS, *words)
    texts = [path.read_text("utf-8") for path in tmp_path.iterdir()]
    assert ["abc123" in text for text in texts] == [False, False]
    assert json.loads(report.read_text("utf-8"))["target"].endswith('--api-key "$API_KEY"')


def test_a_client_without_text_is_named(capsys):
    code = "import os, urllib.request as r; r.urlopen(r.Request(os.environ['STREAMPROOF_URL'] + "
    code += (
        "'/chat/stream', b'{\"question\": \"a\"}', {'Content-Type': 'application/json'})).read()"
    )
    words = ("--json", "--scenario", "word-by-word", "--", sys.executable, "-c", code)
    assert run(*words) == ExitCode.OK
    report = json.loads(capsys.readouterr().out)
    assert report["notJudged"].keys() == {"client.last-piece", "client.text"}


def test_the_url_is_put_into_the_words_and_the_variables(capsys):
    code = "import os, sys, urllib.request as r; assert os.environ['API'] == sys.argv[1] + '/v1'; "
    code += "print(r.urlopen(r.Request(sys.argv[1] + '/v1/chat/completions', "
    code += 'b\'{"messages": [{"role": "user", "content": "a"}], "stream": true}\''
    code += ")).read().decode())"
    words = ("--env", "API={url}/v1", "--scenario", "cr-line-ends", "--dialect", "openai-chat")
    assert run(*words, "--json", "--", sys.executable, "-c", code, "{url}") == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["cases"][0]["facts"]["verdict"] == "completed"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), ExitCode.USAGE, "wanted either COMMAND after --, or --page URL"),
        (("--page", "http://a/", "--", "b"), ExitCode.USAGE, "wanted either COMMAND after --"),
        (("--env", "NAME", "--", "a"), ExitCode.USAGE, "--env: wanted NAME=VALUE, got 'NAME'"),
        (("--", "/nowhere/client"), ExitCode.USAGE, "COMMAND: '/nowhere/client' cannot run"),
        (("--dialect", "x", "--", "a"), ExitCode.USAGE, "--dialect: wanted the name of a dialect"),
        (
            ("--dialect", "gemini", *command("sound")),
            ExitCode.USAGE,
            "--dialect: wanted gemini, but the client asks in chat",
        ),
        (
            ("--", sys.executable, "-c", "raise SystemExit(5)"),
            ExitCode.UNREACHABLE,
            "got no request: the command ended with exit code 5",
        ),
    ],
)
def test_mistakes(words, code, message, capsys):
    assert run("--scenario", "word-by-word", *words) == code
    assert message in capsys.readouterr().err
