"""`streamproof check`: files and URLs, contracts by name and by path."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from aiohttp import web

from streamproof.contracts import contract
from streamproof.harness.cli import main
from streamproof.harness.cli.program import command
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from tests.broken_services.servers import SoundService
from tests.contracts.sound_streams import FOLDER

SOUND = (
    b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'
    b'event: end\ndata: {"type": "end"}\n\n'
)
RESUMED = (
    b'id: t:3\nevent: message\ndata: {"type": "content", "content": "Hi"}\n\n'
    b'id: t:4\nevent: end\ndata: {"type":"end"}\n\n'
)
BUILT_IN_FILE = Path(contract.__file__).parent / "streams" / "ai-service.contract.yaml"


@pytest.fixture
def judge(tmp_path, capsys):
    """Judge bytes, and return the exit code with what was printed."""

    def run(body: bytes, *words: str) -> tuple[int, str, str]:
        file = tmp_path / "stream.sse"
        file.write_bytes(body)
        code = main.main(["check", str(file), *words])
        return code, *capsys.readouterr()

    return run


def test_a_sound_file_is_exit_0(judge):
    code, out, _ = judge(SOUND, "--contract", "ai-service")
    assert code == ExitCode.OK
    assert "ok      ai-service" in out


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_report_cannot_control_a_terminal(judge, words):
    _, out, err = judge(
        SOUND.replace(b"Hi", "\x9b31m\x85".encode()), "--contract", "frontend", *words
    )
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out + err)


async def test_report_about_a_url_has_no_secret_of_its_query(capsys):
    async with serving(SoundService().app()) as url:
        secret = url.replace("http://", "http://me:hunter2@")
        words = ["check", f"{secret}/chat/stream?api_key=hunter2&a=1", "--contract", "ai-service"]
        for more in ([], ["--json"], ["--question", "Hello", "--json"]):
            await asyncio.to_thread(main.main, [*words, *more])
    shown = "".join(capsys.readouterr())
    assert "hunter2" not in shown
    assert shown.count("api_key=***") >= 3


def test_a_cut_file_is_exit_1_with_verdict_and_every_violation(judge):
    code, out, _ = judge(SOUND[:-20], "--contract", "ai-service")
    assert code == ExitCode.BROKEN
    assert "Verdict: truncated" in out
    assert "ai-service.complete" in out
    assert "ai-service.unfinished-event" in out


def head(content_type: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: " + content_type + b"\r\n\r\n"


def test_headers_in_the_file_are_judged(judge):
    code, out, _ = judge(head(b"text/html") + SOUND, "--contract", "ai-service")
    assert code == ExitCode.BROKEN
    assert "not_a_stream" in out


@pytest.mark.parametrize(
    ("before", "judged"),
    [(b"", set()), (head(b"text/event-stream"), {"status", "media-type"})],
    ids=["body", "headers"],
)
def test_only_what_a_file_can_tell_is_called_judged(judge, before, judged):
    _, out, _ = judge(before + SOUND, "--contract", "ai-service", "--json")
    (case,) = json.loads(out)["cases"]
    held = {check["id"].removeprefix("ai-service.") for check in case["checks"]}
    assert held & {"status", "media-type"} == judged
    assert held.isdisjoint({"unbroken", "clean-close", "total-deadline", "first-event-deadline"})
    assert {"json", "order", "complete"} <= held


def test_the_document_names_verdict_and_place(judge):
    code, out, _ = judge(SOUND + SOUND, "--contract", "ai-service", "--json")
    document = json.loads(out)
    assert (code, document["exitCode"]) == (ExitCode.BROKEN, ExitCode.BROKEN)
    (case,) = document["cases"]
    (broken,) = [check for check in case["checks"] if check["state"] == "broken"]
    assert case["facts"]["verdict"] == "overrun"
    assert broken["id"] == "ai-service.after-terminal"
    assert broken["findings"][0]["eventNumber"] == 3


@pytest.mark.parametrize("words", [["--resumed"], ["--resumed", "t:2"]], ids=" ".join)
def test_a_resumed_stream_has_no_start(judge, words):
    assert judge(RESUMED, "--contract", "frontend", *words)[0] == ExitCode.OK


@pytest.mark.parametrize("words", [[], ["--resumed", "t:1"]], ids=str)
def test_a_resumed_stream_is_not_taken_for_another(judge, words):
    assert judge(RESUMED, "--contract", "frontend", *words)[0] == ExitCode.BROKEN


def test_a_contract_of_ones_own_is_a_file(judge):
    assert judge(SOUND, "--contract", str(BUILT_IN_FILE))[0] == ExitCode.OK


def test_a_contract_that_is_none_is_shown_with_a_caret(judge, tmp_path):
    path = tmp_path / "my.contract.yaml"
    path.write_text("contract: mine\nsequence: [end\n", "utf-8")
    code, _, err = judge(SOUND, "--contract", str(path))
    assert code == ExitCode.USAGE
    assert "my.contract.yaml:" in err
    assert "^" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--contract", "ai-servce"], "did you mean 'ai-service'?", id="contract"),
        pytest.param(["--contract", "x"], "no contract is named 'x'", id="no-contract"),
        pytest.param(["--question", ""], "--question needs a URL, got the file", id="no-url"),
    ],
)
def test_wrong_usage_says_what_to_change(judge, words, said):
    code, _, err = judge(SOUND, *words)
    assert code == ExitCode.USAGE
    assert said in err


def test_a_file_that_is_not_there_is_exit_2(tmp_path, capsys):
    words = ["check", str(tmp_path / "missing.sse"), "--contract", "ai-service"]
    assert main.main(words) == ExitCode.USAGE
    assert f"{tmp_path / 'missing.sse'}: cannot be read: no such file" in capsys.readouterr().err


OWN = """contract: mine
media_type: MEDIA
discriminator: event
events: {done: {}}
sequence: done
terminal: [done]
"""


@pytest.mark.parametrize(
    "media_type", ["text/event-stream; charset=utf-8", "Text/Event-Stream", "application/x-ndjson"]
)
def test_an_empty_file_is_truncated_whatever_the_media_type_is(judge, tmp_path, media_type):
    path = tmp_path / "mine.contract.yaml"
    path.write_text(
        OWN.replace("MEDIA", f'"{media_type}"').replace(": event\n", ": data.type\n"), "utf-8"
    )
    code, out, _ = judge(b"", "--contract", str(path))
    assert code == ExitCode.BROKEN
    assert "Verdict: truncated" in out


def test_checks_that_cannot_be_judged_are_skipped_after_a_wrong_head(judge):
    code, out, _ = judge(head(b"text/html"), "--contract", "ai-service", "--json")
    (case,) = json.loads(out)["cases"]
    states = {check["id"].removeprefix("ai-service."): check["state"] for check in case["checks"]}
    assert code == ExitCode.BROKEN
    assert (states["media-type"], states["complete"]) == ("broken", "skipped")


def test_a_dialect_is_checked_by_its_name(judge):
    data = (FOLDER / "ollama" / "text.ndjson").read_bytes()
    assert judge(data, "--contract", "ollama")[0] == ExitCode.OK
    code, out, _ = judge(data[:-10], "--contract", "ollama")
    assert code == ExitCode.BROKEN
    assert "ollama.complete" in out


def test_the_content_type_tells_a_body_from_a_stream(judge):
    body = (FOLDER / "gemini" / "text.json").read_bytes()
    array = (FOLDER / "gemini" / "array.json").read_bytes()
    as_json = head(b"application/json; charset=UTF-8")
    for data in (body, array, as_json + body, as_json + array):
        assert judge(data, "--contract", "gemini")[0] == ExitCode.OK
    code, out, _ = judge(as_json + b"{}", "--contract", "gemini", "--json")
    (case,) = json.loads(out)["cases"]
    states = {check["id"].removeprefix("gemini."): check["state"] for check in case["checks"]}
    assert code == ExitCode.BROKEN
    assert {name for name, state in states.items() if state == "broken"} == {"shape"}
    assert set(states) == {"status", "media-type", "json", "shape", "stall"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("anthropic/text.sse", "looks like anthropic: use --contract anthropic"),
        ("mistral/text.sse", "looks like openai-chat or mistral: use --contract openai-chat or"),
    ],
)
def test_without_a_contract_the_likely_one_is_named(judge, name, said):
    code, _, err = judge((FOLDER / name).read_bytes())
    assert code == ExitCode.USAGE
    assert said in err


def test_without_a_contract_an_unknown_stream_fits_none(judge):
    code, _, err = judge(b"data: x\n\n")
    assert code == ExitCode.USAGE
    assert f"fits no shipped contract; `{command('contracts')}` lists" in err


def test_without_a_contract_an_empty_file_is_named_as_empty(judge):
    code, _, err = judge(b"")
    assert code == ExitCode.USAGE
    assert err.endswith(" is empty\n")


async def run(*words: str) -> int:
    """Run the command while the server of the test runs."""
    return await asyncio.to_thread(main.main, list(words))


async def test_a_url_is_asked_a_question():
    async with serving(SoundService().app()) as url:
        words = ["--question", "Hello", "--contract", "ai-service"]
        assert await run("check", f"{url}/chat/stream", *words) == ExitCode.OK


async def test_a_url_gets_headers_and_the_body_that_was_given():
    seen = []

    async def note(request: web.Request) -> web.Response:
        seen.append((request.method, request.headers["X-A"], await request.read()))
        return web.Response(body=SOUND, content_type="text/event-stream")

    app = web.Application()
    app.router.add_route("*", "/", note)
    asked = ["--contract", "ai-service", "--header", "X-A: b: c", "--header", "x-a: d"]
    async with serving(app) as url:
        await run("check", f"{url}/", *asked)
        await run("check", f"{url}/", *asked, "--data", '{"a": 1}', "--method", "PUT")
        await run("check", f"{url}/", *asked, "--form", "message=a b", "--form", "x=")
        await run("check", f"{url}/", *asked, "--question", "")
        await run("check", f"{url}/", *asked, "--data", "")
    assert seen == [
        ("GET", "b: c, d", b""),
        ("PUT", "b: c, d", b'{"a": 1}'),
        ("POST", "b: c, d", b"message=a+b&x="),
        ("POST", "b: c, d", b'{"question": ""}'),
        ("POST", "b: c, d", b""),
    ]


async def test_a_body_that_cannot_be_decoded_is_not_called_empty(capsys):
    async def badly_coded(_: web.Request) -> web.Response:
        return web.Response(body=SOUND, headers={"Content-Encoding": "br"})

    app = web.Application()
    app.router.add_get("/", badly_coded)
    async with serving(app) as url:
        assert await run("check", f"{url}/") == ExitCode.USAGE
    assert "has no body: the body cannot be decoded as its Content-Enc" in capsys.readouterr().err


async def test_a_url_without_a_server_is_exit_3(unused_tcp_port, capsys):
    url = f"http://127.0.0.1:{unused_tcp_port}/"
    assert await run("check", url, "--contract", "ai-service") == ExitCode.UNREACHABLE
    address = f"127.0.0.1:{unused_tcp_port}"
    wanted = f"error: cannot connect to {address}: connection refused; is the service running?\n"
    assert capsys.readouterr().err == wanted


def test_an_old_key_of_a_contract_file_is_a_warning_on_stderr(judge, tmp_path):
    path = tmp_path / "mine.contract.yaml"
    path.write_text(
        "contract: mine\ntold_by: event\nevents: {message: {}, end: {}}\n"
        "sequence: message* end\nterminal: [end]\n",
        "utf-8",
    )
    code, out, err = judge(SOUND, "--contract", str(path), "--json")
    assert code == ExitCode.OK
    assert json.loads(out)["cases"]
    assert err.startswith("warning[renamed-key]: told_by is now called discriminator\n")
    assert f"{path}:2:1" in err
