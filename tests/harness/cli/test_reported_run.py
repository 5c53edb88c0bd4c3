"""A run is reported on every way out, in every format that was asked for."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from aiohttp import web

from streamproof.harness.cli import main
from streamproof.harness.cli.program import program
from streamproof.harness.cli.reported_run import ReportedRun
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from streamproof.harness.known_failures.loading import load_known_failures
from streamproof.harness.progress import RunningNames
from streamproof.harness.reports.result import EarlyEnd
from tests.broken_services.servers import SoundService
from tests.harness.reports.junit_schema import problems_of
from tests.harness.reports.runs import BROKEN, DOUBTFUL, HELD, case_of
from tests.long_runs import some_of

if TYPE_CHECKING:
    from pathlib import Path

THREE = ("--question", "one", "--question", "two", "--question", "three")
SOUND = 'event: end\ndata: {"type": "end"}\n\n'
CUT = 'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'


class _LeavesAfterOne(SoundService):
    """Stops listening before it has answered its first question."""

    def __init__(self) -> None:
        self.site: web.TCPSite | None = None

    async def stream(self, request: web.Request) -> web.StreamResponse:
        assert self.site is not None
        await self.site.stop()
        return await super().stream(request)

    headers = {**SoundService.headers, "Connection": "close"}  # noqa: RUF012  # as in the base class


class _HangsAtTwo(SoundService):
    """Answers one question, and tells when the second one waits."""

    def __init__(self) -> None:
        self.questions = 0
        self.hangs = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.questions += 1
        if self.questions == 2:
            self.hangs.set()
            await asyncio.Event().wait()
        return await super().stream(request)


class _BreaksOnce(SoundService):
    """Leaves out the end of its first answer."""

    def __init__(self) -> None:
        self.questions = 0

    async def stream(self, request: web.Request) -> web.StreamResponse:
        self.questions += 1
        if self.questions > 1:
            return await super().stream(request)
        response = web.StreamResponse(headers=self.headers)
        await response.prepare(request)
        return response


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """Return a file with a stream that has no end."""
    path = tmp_path / "stream.sse"
    path.write_text(CUT, "utf-8")
    return path


def check(stream: Path, *words: str) -> int:
    return main.main(["check", str(stream), "--contract", "ai-service", *words])


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def names_in(path: Path) -> dict[str, list[str]]:
    """Return what failed in a JUnit file, as tags by the names of the tests."""
    root = ElementTree.parse(path).getroot()  # noqa: S314  # it is our own
    tags = {"failure", "error", "skipped"}
    tests = {
        test.attrib["name"]: [child.tag for child in test if child.tag in tags]
        for test in root.iter("testcase")
    }
    return {name: found for name, found in tests.items() if found}


def test_several_reports_are_written_beside_the_text(stream, tmp_path, capsys):
    new = tmp_path / "new"
    words = f"junit={new}/a.xml,json={new}/a.json,github"
    assert check(stream, "--report", words, "--report", f"markdown={new}/a.md") == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "broken  ai-service\n" in out
    assert "::error title=ai-service.complete in ai-service::" in out
    assert names_in(new / "a.xml") == {"ai-service.complete": ["failure"]}
    assert document(new / "a.json")["exitCode"] == ExitCode.BROKEN
    assert (new / "a.md").read_text("utf-8").startswith("## 1 of 1 case broken.\n")


class Noted(RunningNames):
    """A progress that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def advance(self) -> None:
        """Note that a case has ended."""
        self.seen.append("+1")

    def note(self, line: str) -> None:
        """Note a line."""
        self.seen.append(line)


def test_a_failure_is_printed_when_its_case_ends_unless_it_is_known(tmp_path):
    entry = "{pattern: 'group/known:a.broken', reason: It is.}"
    run, progress = ReportedRun("relay"), Noted()
    run.known = load_known_failures(write_list(tmp_path, f"known: [{entry}]"))
    note = run.noting(progress)
    other = replace(BROKEN, check="a.other")
    for case in (
        case_of(HELD, DOUBTFUL),
        case_of(BROKEN, other, DOUBTFUL, name="new"),
        case_of(BROKEN, name="known"),
        case_of(replace(BROKEN, unjudged=True), name="late"),
    ):
        note(case)
    assert progress.seen == [
        "+1",
        *("broken: group/new: a.broken: it differs, and 1 more check", "+1"),
        "+1",
        *("unjudged: group/late: a.broken: it differs", "+1"),
    ]


def test_every_failure_is_printed_although_its_path_repeats():
    run, progress = ReportedRun("reliability"), Noted()
    note = run.noting(progress)
    for case in (case_of(HELD), case_of(BROKEN), case_of(BROKEN)):
        note(case)
    line = "broken: group/name: a.broken: it differs"
    assert progress.seen == ["+1", line, "+1", line, "+1"]


def test_a_case_replaces_the_one_with_its_path():
    run, progress = ReportedRun("relay"), Noted()
    run.showing(progress)(replace(case_of(BROKEN), title="as it was found"))
    run.keep(replace(case_of(BROKEN), title="made smaller"))
    assert len(progress.seen) == 1
    assert [
        case.title for case in run.so_far(EarlyEnd("it ended", ExitCode.INTERRUPTED)).cases
    ] == ["made smaller"]


def test_a_report_on_standard_output_takes_the_place_of_the_text(stream, capsys):
    printed = []
    for words in (["--report", "json=-"], ["--json"]):
        check(stream, *words)
        found = json.loads(capsys.readouterr().out)
        assert found.pop("record")["command"] == f"{program()} check {stream} --contract ai-service"
        printed.append(found)
    assert printed[0] == printed[1]


def test_a_file_that_cannot_be_written_is_refused_before_the_run(stream, tmp_path, capsys):
    for option in ("--report=json", "--write-baseline"):
        words = f"{option}={stream}/a.json" if "report" in option else f"{option}={stream}/a.yaml"
        assert check(tmp_path / "missing.sse", words) == ExitCode.USAGE
        out, err = capsys.readouterr()
        assert err.startswith(f"error: {words.partition('=')[0]}: {stream}/a.")
        assert out == ""


def test_an_error_before_the_first_case_is_reported(stream, tmp_path, capsys):
    path, xml = tmp_path / "report.json", tmp_path / "report.xml"
    missing = tmp_path / "missing.sse"
    assert check(missing, "--report", f"json={path},junit={xml}") == ExitCode.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert "cannot be read: no such file" in err
    found = document(path)
    assert (found["code"], found["exitCode"]) == ("usage", ExitCode.USAGE)
    assert found["error"].endswith("cannot be read: no such file or directory")
    assert names_in(xml) == {"run.complete": ["error"]}


async def test_what_was_done_before_the_target_died_is_reported(tmp_path, capsys):
    service, path = _LeavesAfterOne(), tmp_path / "report.json"
    runner = web.AppRunner(service.app())
    await runner.setup()
    service.site = web.TCPSite(runner, "127.0.0.1", 0)
    await service.site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    words = ["verify", "ai", "--url", url, *THREE, "--report", f"json={path}"]
    code = await asyncio.to_thread(main.main, words)
    await runner.cleanup()
    assert code == ExitCode.UNREACHABLE
    found = document(path)
    assert "connection refused" in found["error"]
    assert [(case["name"], case["state"]) for case in found["cases"]] == [
        ("question-1", "ok"),
        ("run", "broken"),
    ]
    out, err = capsys.readouterr()
    assert "ok      question-1\nbroken  run\n" in out
    assert "connection refused" in err


@pytest.mark.parametrize(
    "number", some_of([signal.SIGINT, signal.SIGTERM], 2, ["SIGINT", "SIGTERM"])
)
async def test_what_was_done_before_a_signal_is_reported(number, tmp_path):
    service, path = _HangsAtTwo(), tmp_path / "report.xml"
    async with serving(service.app()) as url:
        words = ["verify", "ai", "--url", url, *THREE, "--report", f"junit={path}"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "streamproof.harness.cli.main", *words),
            env={**os.environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        await service.hangs.wait()
        process.send_signal(number)
        out, err = await process.communicate()
    assert (process.returncode, err) == (ExitCode.INTERRUPTED, b"")
    assert b"The run ended early" in out
    assert names_in(path) == {"run.complete": ["error"]}
    assert problems_of(path.read_text("utf-8")) == []


def write_list(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "known.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_known_failure_does_not_fail_the_run(stream, tmp_path, capsys):
    known = write_list(tmp_path, "known: [{pattern: '**:ai-service.complete', reason: It is cut.}]")
    assert check(stream, "--known-failures", str(known)) == ExitCode.OK
    out = capsys.readouterr().out
    assert "known   ai-service\n" in out
    assert "known: 1 check: It is cut.\n    ai-service:ai-service.complete\n" in out


def test_an_entry_that_is_not_needed_fails_the_run(stream, tmp_path, capsys):
    stream.write_text(SOUND, "utf-8")
    known = write_list(
        tmp_path, "known:\n- {pattern: '**:ai-service.complete', reason: It is cut.}"
    )
    assert check(stream, "--known-failures", str(known)) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert f"{known}:2: '**:ai-service.complete': every check of it holds; remove this entry" in out


def test_a_wrong_list_is_shown_with_its_place(stream, tmp_path, capsys):
    known = write_list(tmp_path, "known:\n- {patern: x, reason: y}")
    assert check(stream, "--known-failures", str(known)) == ExitCode.USAGE
    err = capsys.readouterr().err
    assert f"{known}:2:4" in err
    assert "did you mean 'pattern'?" in err


def test_a_baseline_makes_the_same_run_pass_and_can_be_renewed(stream, tmp_path, capsys):
    path = tmp_path / "new" / "known.yaml"
    assert check(stream, "--write-baseline", str(path)) == ExitCode.OK
    text = path.read_text("utf-8")
    assert f"broken on {datetime.now(UTC).date()}; say why" in text
    assert check(stream, "--known-failures", str(path)) == ExitCode.OK
    text = text.replace(" say why", " the gateway cuts")
    path.write_text(text, "utf-8")
    again = ("--write-baseline", str(path))
    both = ("--known-failures", str(path), *again)
    for words in (again, both):
        assert check(stream, *words) == ExitCode.OK
        assert path.read_text("utf-8") == text
    stream.write_text(SOUND, "utf-8")
    assert check(stream, *again) == ExitCode.OK
    assert "known: []" in path.read_text("utf-8")


def test_a_file_that_is_not_a_list_is_not_replaced_by_a_baseline(stream, tmp_path, capsys):
    path = write_list(tmp_path, "relay: {url: http://r}\n")
    assert check(stream, "--write-baseline", str(path)) == ExitCode.USAGE
    assert path.read_text("utf-8") == "relay: {url: http://r}\n"
    assert f"{path}:1:1" in capsys.readouterr().err


def test_a_run_that_ends_early_writes_no_baseline(stream, tmp_path, capsys):
    path = write_list(tmp_path, "known: []\n")
    words = ("--known-failures", str(path), "--write-baseline", str(path))
    assert check(tmp_path / "missing.sse", *words) == ExitCode.USAGE
    assert path.read_text("utf-8") == "known: []\n"


async def test_a_flaky_check_is_tried_again(tmp_path, capsys):
    known = write_list(
        tmp_path, "flaky: [{pattern: '**:ai-service.complete', reason: It is late.}]"
    )
    async with serving(_BreaksOnce().app()) as url:
        words = ["verify", "ai", "--url", url, "--question", "one", "--known-failures", str(known)]
        assert await asyncio.to_thread(main.main, words) == ExitCode.OK
    assert "flaky: 1 check: It is late.\n" in capsys.readouterr().out
    async with serving(_BreaksOnce().app()) as url:
        words = ["verify", "ai", "--url", url, "--question", "one"]
        assert await asyncio.to_thread(main.main, words) == ExitCode.BROKEN
