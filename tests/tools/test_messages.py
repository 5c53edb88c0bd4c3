"""No command answers a mistake with a traceback, with foreign text or without an advice."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from streamproof.harness.cli.main import COMMANDS, build_parser
from streamproof.harness.exit_codes import ExitCode
from tests.once import made_once
from tools.messages.endpoints import MOCK, RELAY, answers
from tools.messages.in_code import messages_in_code, messages_of
from tools.messages.sweep import SweptMessage, sweep

FOREIGN = re.compile(
    r"Traceback|internal error|\b(?:aiohttp|asyncio|sqlalche|yarl|alembic|argparse|idna)\b|\[Errno|"
    r"Expecting|codec can|NoneType| object at 0x|_ssl\.c|invalid literal|\b[A-Z]\w+Error\b|"
    r"while parsing|while scanning|expected one argument|unrecognized|invalid choice"
)
"""What a library writes, and what a user cannot understand."""
MOST_CHARACTERS = 700
"""A message about one mistake is not longer, except the usage of a command."""


SLICE = 9  # every ninth mistake is enough for a quick run


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(SLICE, id="slice"),
        pytest.param(1, id="all", marks=pytest.mark.prove),
    ],
)
def swept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[SweptMessage]:
    """Run every command with mistakes, once."""
    every = request.param
    return made_once(tmp_path_factory, f"sweep-{every}", lambda _: list(sweep(every)))


def test_sweep_runs_every_command_except_those_that_start_a_verification(swept):
    names = {message.words[0] for message in swept if message.words}
    assert {command.name for command in COMMANDS} - names == {"demo"}
    assert len(swept) > 1000 // SLICE


def test_mistake_is_never_a_bug_and_has_no_foreign_text(swept):
    wrong = [
        str(message)
        for message in swept
        if message.exit_code > ExitCode.BROKEN and FOREIGN.search(message.out + message.err)
    ]
    assert wrong == []


def test_mistake_leads_to_a_documented_exit_code_and_to_a_message(swept):
    for message in swept:
        assert message.exit_code in set(ExitCode) - {ExitCode.INTERNAL}, str(message)
        if message.exit_code > ExitCode.BROKEN:
            assert message.err or message.out, str(message)


def test_message_is_short_and_cannot_control_a_terminal(swept):
    for message in swept:
        errors = [line for line in message.err.splitlines() if line.startswith("error")]
        assert [line for line in errors if len(line) > MOST_CHARACTERS] == []
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", message.out + message.err)


def test_url_that_cannot_work_is_exit_2_or_3_at_every_command(swept):
    codes = {message.exit_code for message in swept if any("://" in word for word in message.words)}
    assert codes == {ExitCode.USAGE, ExitCode.UNREACHABLE}


def test_error_with_json_is_one_object(swept):
    with_json = [one for one in swept if "--json" in one.words and one.exit_code > ExitCode.BROKEN]
    assert len(with_json) > 5
    for message in with_json:
        document = json.loads(message.out)
        # The document of lint has the errors of the files, and no exit code.
        assert document.get("errors") or document["exitCode"] == message.exit_code


def test_command_in_a_message_can_be_pasted(swept):
    found = {
        command
        for message in swept
        for command in re.findall(
            r"`(?:streamproof|\S*/run|'[^']*/run') ([^`]+)`", message.out + message.err
        )
    }
    assert len(found) > 5
    for command in found:
        words = shlex.split(command)
        loaded = {one: one.load() for one in COMMANDS if one.name == words[0]}
        if "--help" not in words:
            build_parser(loaded).parse_args(words)


def test_messages_of_the_code_are_listed_with_their_places():
    code = (
        "def a():\n"
        "    raise UsageError(f'--x: wanted {n:g}, got {x!r}')\n"
        "def b():\n"
        "    raise KeyError('x')\n"
        "def c_problem():\n"
        "    return 'it is missing'\n"
    )
    assert [str(one) for one in messages_of(code, "m.py")] == [
        "m.py:2: --x: wanted {n}, got {x}",
        "m.py:6: it is missing",
    ]


def test_every_package_has_messages():
    packages = {message.place.partition("/")[0] for message in messages_in_code()}
    assert packages == {"contracts", "mock_ai", "relay", "harness"}


async def test_wrong_request_is_answered_with_a_json_error_without_foreign_text(caplog):
    refused = [answer async for answer in answers() if answer.status >= 400]
    assert {answer.server for answer in refused} == {MOCK, RELAY}
    assert len(refused) > 100
    for answer in refused:
        assert answer.status < 500, str(answer)
        assert error_of(json.loads(answer.body)), str(answer)
        assert not FOREIGN.search(answer.body), str(answer)
        assert "Python" not in answer.head
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def error_of(document: dict[str, Any]) -> str:
    """Return the message of an error, also in the shape of a provider."""
    error = document["error"]
    return error if isinstance(error, str) else error["message"]
