"""`streamproof doctor`: its report as text and as JSON, its exit codes, its page."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from streamproof.harness.checking.check import Change
from streamproof.harness.cli import main
from streamproof.harness.cli.commands import doctor
from streamproof.harness.doctor.advice import changes_for
from streamproof.harness.doctor.catalogue import CHECKS
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM, BackendOptions, local_backend
from streamproof.harness.verify.mock import VerificationMock
from streamproof.mock_ai.library.files import shipped_folder
from streamproof.mock_ai.library.loading import load_scenario
from tests.browser.scenarios import DEFAULT, library
from tests.harness.cli.options import shown_options
from tests.harness.doctor.faulty_proxies import SOUND, WRONG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

PAGE = Path(__file__).parents[4] / "docs" / "doctor.md"
OF_THIS_MACHINE = ("--origin", "http://localhost:5173", "--credentials")
LATIN, COLLECTS, ENDS = (WRONG[name][0] for name in ("latin", "collects", "ends-what-was-lost"))
SHORT_WAIT = ("--wait-seconds", "1")


async def run(*words: str) -> int:
    """Run the command while the servers of the test run."""
    return await asyncio.to_thread(main.main, ["doctor", *words])


def states(out: str) -> dict[str, str]:
    """Read how each check came out in a JSON document."""
    document: dict[str, Any] = json.loads(out)
    (case,) = document["cases"]
    return {check["id"]: check["state"] for check in case["checks"]}


def changes(check: str) -> Sequence[Change]:
    """Return what a check says to change."""
    return next(one.changes for one in CHECKS if one.id == check)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Return a URL of what `streamproof serve` runs."""
    async with local_backend(
        library(), BackendOptions(database=tmp_path / "chat.sqlite3", default=DEFAULT)
    ) as backend:
        yield f"{backend.url}/api/chat/{ROOM}/stream"


async def test_local_backend_holds_for_a_page_of_this_machine(url, capsys):
    assert await run(url, *OF_THIS_MACHINE, "--json") == ExitCode.OK
    assert states(capsys.readouterr().out) == {check.id: "ok" for check in CHECKS}


async def test_form_asks_for_a_stream_of_its_own(url, capsys):
    message = ("--form", "message=/example-conversation Hello")
    assert await run(url, *OF_THIS_MACHINE, *message) == ExitCode.OK
    assert "  events: 6 in " in capsys.readouterr().out


async def test_page_of_elsewhere_may_not_read(url, capsys):
    assert await run(url, "--origin", "https://chat.example", "--json") == ExitCode.BROKEN
    found = states(capsys.readouterr().out)
    assert (found["doctor.cors-response"], found["doctor.cors-preflight"]) == ("broken", "warning")


async def test_page_of_elsewhere_may_not_send_headers_of_its_own(url, capsys):
    words = ("--origin", "https://chat.example", "--header", "X-Mine: 1", "--json")
    assert await run(url, *words) == ExitCode.BROKEN
    assert states(capsys.readouterr().out)["doctor.cors-preflight"] == "broken"


async def test_mock_is_a_probe_backend_as_well(capsys):
    mock = VerificationMock()
    mock.offer(load_scenario(shipped_folder() / "plain" / "example-conversation.yaml"))
    path = "/s/example-conversation/chat/stream?question=hi"
    async with mock.serve() as backend, ENDS.before(backend) as proxy:
        assert await run(proxy + path, "--json") == ExitCode.BROKEN
    found = states(capsys.readouterr().out)
    assert {name for name, state in found.items() if state != "ok"} == {"doctor.hidden-drop"}


async def test_probe_backend_takes_the_place_of_the_backend(unused_tcp_port, capsys):
    stand_in = ("--backend-port", str(unused_tcp_port), *SHORT_WAIT)
    async with COLLECTS.before(f"http://127.0.0.1:{unused_tcp_port}") as proxy:
        assert await run(f"{proxy}/any/path", *stand_in) == ExitCode.BROKEN
    assert "broken: doctor.buffering" in capsys.readouterr().out


async def test_proxy_that_leads_elsewhere_is_reported(unused_tcp_port, capsys):
    async with serving(web.Application()) as elsewhere:
        stand_in = ("--backend-port", str(unused_tcp_port))
        assert await run(elsewhere, *stand_in) == ExitCode.UNREACHABLE
    error = capsys.readouterr().err
    assert "does not lead to the probe backend" in error
    assert f"port {unused_tcp_port} of 127.0.0.1: status 404" in error


async def test_backend_that_still_runs_is_to_be_stopped(url, capsys):
    port = url.split(":")[2].split("/")[0]
    assert await run(url, "--backend-port", port) == ExitCode.USAGE
    assert "stop your backend first" in capsys.readouterr().err


async def test_finding_says_what_was_seen_and_expected_and_why_and_what_to_change(capsys):
    async with LATIN.serve() as wrong:
        assert await run(wrong) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "broken   doctor.content-type " in out
    assert "skipped  doctor.compression, doctor.length, " in out
    assert "\n         because of doctor.content-type\n" in out
    report = out[out.index("broken: doctor.content-type") :]
    labels = dict.fromkeys(re.findall(r"^    (\w+)", report, re.MULTILINE))
    assert list(labels) == ["seen", "expected", "why", "change"]
    assert "text/event-stream; charset=iso-8859-1" in report


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (
            401,
            ["backend: 401: add --header 'Authorization: Bearer …', with the token of your page"],
        ),
        (404, ["backend: 404: nothing is at this path", "Vite: 404: add a key to server.proxy"]),
    ],
)
async def test_another_status_is_reported_first_with_what_to_do_after_it(status, advice, capsys):
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=status, text="Not here")

    app = web.Application()
    app.router.add_get("/", refuse)
    async with serving(app) as wrong:
        assert await run(wrong) == ExitCode.BROKEN
    out = capsys.readouterr().out
    first = f"  no stream arrived: status {status}, Not here; nothing else can be checked"
    assert out.splitlines()[1] == first
    changes = re.findall(r"^    change    (.*)", out, re.MULTILINE)
    assert all(given.startswith(one) for given, one in zip(changes, advice, strict=True))


async def test_document_says_why_and_what_to_change(capsys):
    async with LATIN.serve() as wrong:
        await run(wrong, "--json")
    document = json.loads(capsys.readouterr().out)
    assert (document["subject"], document["exitCode"]) == ("doctor", ExitCode.BROKEN)
    (case,) = document["cases"]
    (failed,) = [check for check in case["checks"] if check["findings"]]
    assert failed["id"] == "doctor.content-type"
    assert failed["why"]
    assert failed["changes"]
    assert document["notJudged"].keys() >= {"doctor.cors-response"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        pytest.param(["localhost:5173"], "wanted a URL such as", id="no-scheme"),
        pytest.param(["http://x/", "--credentials"], "--origin", id="credentials"),
        pytest.param(
            ["http://x/", "--origin", "http://y", "--backend-port", "1"],
            "exclude each other",
            id="both",
        ),
    ],
)
def test_wrong_usage_says_what_to_change(words, error, capsys):
    assert main.main(["doctor", *words]) == ExitCode.USAGE
    assert error in capsys.readouterr().err


async def test_url_without_a_server_is_exit_3(unused_tcp_port, capsys):
    assert await run(f"http://127.0.0.1:{unused_tcp_port}/") == ExitCode.UNREACHABLE
    assert str(unused_tcp_port) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("proxies", "found"),
    [
        (("nginx",), {"backend", "nginx"}),
        ((), {one.where for one in changes("doctor.buffering")}),
        (("Caddy",), {one.where for one in changes("doctor.buffering")}),
    ],
    ids=["known", "none", "unknown"],
)
def test_changes_are_for_the_detected_proxies_or_else_for_all(proxies, found):
    assert {one.where for one in changes_for(changes("doctor.buffering"), proxies, 200)} == found


def test_change_for_vite_is_what_serve_prints():
    (change,) = changes_for(changes("doctor.hidden-drop"), ("Vite",), 200)
    code = change.what.partition(": ")[2].replace("'", '"')
    assert "".join(code.split()) in "".join(snippets.vite("http://x").split())


def test_page_names_every_option():
    text = PAGE.read_text("utf-8")
    parser = argparse.ArgumentParser(add_help=False)
    doctor.add_arguments(parser)
    assert [option for option in shown_options(parser) if f"`{option}" not in text] == []


async def test_report_of_a_sound_stream_is_plain_text(capsys):
    async with SOUND.serve() as sound:
        assert await run(sound) == ExitCode.OK
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "not checked: needs the origin of your page" in out
    assert "a browser opens at most 6 connections" in out
