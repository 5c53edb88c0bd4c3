"""`streamproof doctor`: what it says for people and for programs, its exit codes, its page."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from streamproof.harness.cli import main
from streamproof.harness.cli.commands import doctor
from streamproof.harness.doctor.advice import ADVICE, advice_for
from streamproof.harness.doctor.catalogue import CHECKS
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serve
from streamproof.harness.serving import snippets
from streamproof.harness.serving.backend import ROOM, BackendOptions, local_backend
from streamproof.harness.verify.mock import VerificationMock
from streamproof.mock_ai.library.loading import load_scenario, shipped_folder
from tests.browser.scenarios import library
from tests.harness.doctor.faulty_proxies import SOUND, WRONG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"
OF_THIS_MACHINE = ("--origin", "http://localhost:5173", "--credentials")
LATIN, COLLECTS, ENDS = (WRONG[name][0] for name in ("latin", "collects", "ends-what-was-lost"))
IMPATIENT = ("--wait-seconds", "1")


async def run(*words: str) -> int:
    """Run the command beside the servers of the test."""
    return await asyncio.to_thread(main.main, ["doctor", *words])


def states(out: str) -> dict[str, str]:
    """Read how each check came out in a JSON document."""
    document: dict[str, Any] = json.loads(out)
    (case,) = document["cases"]
    return {check["id"]: check["state"] for check in case["checks"]}


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    """Return a URL of what `streamproof serve` runs."""
    async with local_backend(
        library(), BackendOptions(database=tmp_path / "chat.sqlite3")
    ) as backend:
        yield f"{backend.url}/api/chat/{ROOM}/stream"


async def test_local_backend_holds_for_a_page_of_this_machine(url, capsys):
    assert await run(url, *OF_THIS_MACHINE, "--json") == ExitCode.OK
    assert states(capsys.readouterr().out) == {check.id: "ok" for check in CHECKS}


async def test_form_asks_for_a_stream_of_its_own(url, capsys):
    message = ("--form", "message=/example-conversation Hello")
    assert await run(url, *OF_THIS_MACHINE, *message) == ExitCode.OK
    assert "  events 6 in " in capsys.readouterr().out


async def test_page_of_elsewhere_may_not_read(url, capsys):
    assert await run(url, "--origin", "https://chat.example", "--json") == ExitCode.BROKEN
    found = states(capsys.readouterr().out)
    assert (found["doctor.cors-response"], found["doctor.cors-preflight"]) == ("broken", "warning")


async def test_page_of_elsewhere_may_not_send_headers_of_its_own(url, capsys):
    words = ("--origin", "https://chat.example", "--header", "X-Mine: 1", "--json")
    assert await run(url, *words) == ExitCode.BROKEN
    assert states(capsys.readouterr().out)["doctor.cors-preflight"] == "broken"


async def test_mock_is_a_far_end_too(capsys):
    mock = VerificationMock()
    mock.offer(load_scenario(shipped_folder() / "plain" / "example-conversation.yaml"))
    path = "/s/example-conversation/chat/stream?question=hi"
    async with mock.serve() as backend, ENDS.before(backend) as proxy:
        assert await run(proxy + path, "--json") == ExitCode.BROKEN
    found = states(capsys.readouterr().out)
    assert {name for name, state in found.items() if state != "ok"} == {"doctor.hidden-drop"}


async def test_it_stands_in_for_the_backend_of_a_proxy(unused_tcp_port, capsys):
    stand_in = ("--backend-port", str(unused_tcp_port), *IMPATIENT)
    async with COLLECTS.before(f"http://127.0.0.1:{unused_tcp_port}") as proxy:
        assert await run(f"{proxy}/any/path", *stand_in) == ExitCode.BROKEN
    assert "broken: doctor.buffering" in capsys.readouterr().out


async def test_proxy_that_leads_elsewhere_is_said(unused_tcp_port, capsys):
    async with serve(web.Application()) as elsewhere:
        stand_in = ("--backend-port", str(unused_tcp_port))
        assert await run(elsewhere, *stand_in) == ExitCode.UNREACHABLE
    said = capsys.readouterr().err
    assert f"does not lead to port {unused_tcp_port} of 127.0.0.1: status 404" in said


async def test_backend_that_still_runs_is_to_be_stopped(url, capsys):
    port = url.split(":")[2].split("/")[0]
    assert await run(url, "--backend-port", port) == ExitCode.USAGE
    assert "stop your backend first" in capsys.readouterr().err


async def test_finding_says_what_was_seen_and_wanted_and_why_and_what_to_change(capsys):
    async with LATIN.serve() as wrong:
        assert await run(wrong) == ExitCode.BROKEN
    out = capsys.readouterr().out
    assert "broken   doctor.content-type " in out
    assert "skipped  doctor.buffering " in out
    told = out[out.index("broken: doctor.content-type") :]
    labels = dict.fromkeys(re.findall(r"^    (\w+)", told, re.MULTILINE))
    assert list(labels) == ["seen", "wanted", "why", "change"]
    assert "text/event-stream; charset=iso-8859-1" in told


async def test_document_says_why_and_what_to_change(capsys):
    async with LATIN.serve() as wrong:
        await run(wrong, "--json")
    document = json.loads(capsys.readouterr().out)
    assert (document["subject"], document["exitCode"]) == ("doctor", ExitCode.BROKEN)
    assert list(document["advice"]) == ["doctor.content-type"]
    assert document["advice"]["doctor.content-type"]["change"]
    assert document["notJudged"].keys() >= {"doctor.cors-response"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["localhost:5173"], "wanted a URL like", id="no-scheme"),
        pytest.param(["http://x/", "--credentials"], "--origin", id="credentials"),
        pytest.param(
            ["http://x/", "--origin", "http://y", "--backend-port", "1"], "choose one", id="both"
        ),
    ],
)
def test_wrong_usage_says_what_to_change(words, said, capsys):
    assert main.main(["doctor", *words]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


async def test_url_that_nobody_serves_is_exit_3(unused_tcp_port, capsys):
    assert await run(f"http://127.0.0.1:{unused_tcp_port}/") == ExitCode.UNREACHABLE
    assert str(unused_tcp_port) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("in_the_way", "found"),
    [
        (("nginx",), {"backend", "nginx"}),
        ((), {one.who for one in ADVICE["doctor.buffering"]}),
        (("Caddy",), {one.who for one in ADVICE["doctor.buffering"]}),
    ],
    ids=["known", "nobody", "unknown"],
)
def test_advice_is_for_those_in_the_way_or_else_for_all(in_the_way, found):
    assert {one.who for one in advice_for("doctor.buffering", in_the_way)} == found


def test_advice_for_vite_is_what_serve_prints():
    (advice,) = advice_for("doctor.hidden-drop", ("Vite",))
    code = advice.change.partition(": ")[2].replace("'", '"')
    assert "".join(code.split()) in "".join(snippets.vite("http://x").split())


def test_page_names_every_check_and_every_option():
    text = PAGE.read_text("utf-8")
    parser = argparse.ArgumentParser(add_help=False)
    doctor.add_arguments(parser)
    options = [option for action in parser._actions for option in action.option_strings]
    named = [
        *(f"| `{check.id}` | {check.rule}" for check in CHECKS),
        *(f"`{option}" for option in options),
    ]
    assert [one for one in named if one not in text] == []


async def test_sound_line_is_said_in_plain_lines(capsys):
    async with SOUND.serve() as sound:
        assert await run(sound) == ExitCode.OK
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "not judged: for a page of another origin" in out
    assert "a browser opens 6 connections here" in out
