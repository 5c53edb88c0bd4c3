"""Every command that streamproof prints can be pasted: it parses, and does what it was for."""

import asyncio
import json
import re
import shlex
from collections.abc import Iterator

import pytest
from aiohttp import web

from streamproof.harness.cli import main
from streamproof.harness.cli.program import program
from streamproof.harness.exit_codes import ExitCode
from streamproof.harness.http.server import serving
from tests.broken_services.servers import AnswersAnything, SoundService


def printed_commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command of streamproof in a text."""
    quoted = rf"`{re.escape(program())} (?P<quoted>[^`]+)`"
    for found in re.finditer(rf"^ *(?:again|next): (?P<line>.+)$|{quoted}", text, re.MULTILINE):
        if found["quoted"]:
            yield shlex.split(found["quoted"])
            continue
        for command in found["line"].split("; "):
            start, *words = shlex.split(command)
            assert [start] == shlex.split(program())
            yield words


def run(*words: str) -> int:
    """Run a command."""
    return main.main(list(words))


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("new", "my-scenario"), 3),
        (("scenarios", "crlf"), 1),
        (("scenarios", "no-such-word"), 2),
        (("explain", "no-such-code"), 1),
        (("show", "zzz"), 1),
        (("verify", "relay", "--scenario", "zzz"), 1),
        (("lint", "broken"), 0),
        (("demo", "--scenarios", "broken"), 1),
    ],
    ids=str,
)
def test_printed_command_works(words, count, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "my folder"
    (folder / "broken").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for number in range(6):
        (folder / "broken" / f"a{number}.yaml").write_text(f"name: a{number}\ntitle: 5\n")
    run(*words)
    commands = list(printed_commands("".join(capsys.readouterr())))
    assert len(commands) == count
    for command in commands:
        broken = command[0] == "lint" and "broken" in command[1]
        assert run(*command) == (ExitCode.USAGE if broken else ExitCode.OK)
        capsys.readouterr()


def cases(out: str) -> dict[str, str]:
    """Return the state of each case, and check that the report could be read."""
    return {case["name"]: case["state"] for case in json.loads(out)["cases"]}


async def repeated(words: list[str], out: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the command that each broken case of a report prints, which repeats only this case."""
    report = json.loads(out)
    broken = [case for case in report["cases"] if case["state"] == "broken"]
    assert broken
    for case in broken:
        start, *again = shlex.split(case["replay"])
        assert [start] == shlex.split(program())
        assert again[: len(words)] == words
        assert await asyncio.to_thread(run, *again, "--json") == ExitCode.BROKEN
        assert cases(capsys.readouterr().out)[case["name"]] == "broken"


async def test_cases_of_an_ai_service_are_repeated(capsys):
    async with serving(web.Application()) as url:
        words = ["verify", "ai", "--url", url, "--question", "it's $HOME", "--question", "two"]
        assert await asyncio.to_thread(run, *words, "--json") == ExitCode.BROKEN
        await repeated(words, capsys.readouterr().out, capsys)
    async with serving(AnswersAnything().app()) as url:
        words = ["verify", "ai", "--url", url, "--header", "X-Mine: a b"]
        assert await asyncio.to_thread(run, *words, "--json") == ExitCode.BROKEN
        await repeated(["verify", "ai", "--url", url], capsys.readouterr().out, capsys)


async def test_unknown_case_is_answered_with_a_similar_name(capsys):
    async with serving(SoundService().app()) as url:
        code = await asyncio.to_thread(run, "verify", "ai", "--url", url, "--case", "bad-request")
    assert code == ExitCode.USAGE
    assert "did you mean 'bad-requests'?" in capsys.readouterr().err


@pytest.mark.prove
def test_scenario_of_a_relay_is_repeated(tmp_path, capsys):
    folder = tmp_path / "my scenarios"
    folder.mkdir()
    (folder / "wrong.yaml").write_text(
        "name: wrong\ntitle: W\nsteps: [content: Hi, end]\n"
        "expect: {verdict: completed, frontend: [start, end],"
        " stored: {turn: completed, answer: Hi}}\n"
    )
    words = ["verify", "relay", "--scenarios", str(folder)]
    assert run(*words, "--cut", "1", "--json") == ExitCode.BROKEN
    asyncio.run(repeated(words, capsys.readouterr().out, capsys))
    assert run("demo", "--scenarios", str(folder)) == ExitCode.BROKEN
    [command] = printed_commands(capsys.readouterr().out)
    assert command == [*words, "--scenario", "wrong"]
