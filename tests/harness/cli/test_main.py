"""The command line: what is imported when, and which exit code an error becomes."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from streamproof.harness.cli import main
from streamproof.harness.errors import SetUpError
from streamproof.harness.exit_codes import ExitCode

LATER = {
    *("asyncpg", "psycopg", "sqlalchemy.dialects.postgresql"),
    *("alembic", "cryptography", "faker", "jsonschema", "jwt", "markdown_it", "nh3", "re2"),
    *("rich", "shtab", "trustme", "yaml"),
    *("streamproof.mock_ai.library.loading", "streamproof.mock_ai.planning.plan"),
    "streamproof.mock_ai.recording.exchange",
}
"""What a server imports only when a request needs it."""
HEAVY = {
    *("aiohttp", "rich", "sqlalchemy", "yaml", "jsonschema"),
    *("streamproof.relay", "streamproof.mock_ai"),
}
"""What no command needs to print its help."""


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from streamproof.harness.cli.main import main; main(['--help']); "
        "print('\\0', *sys.modules)"
    )
    loaded = run_python(code).partition("\0")[2].split()
    assert not HEAVY & set(loaded)


@pytest.mark.parametrize("module", sorted(HEAVY | LATER))
def test_module_of_the_lists_exists(module):
    assert find_spec(module) is not None


def test_start_of_a_backend_imports_only_what_it_needs(tmp_path):
    code = (
        "import asyncio, pathlib, sys\n"
        "from streamproof.harness.serving.backend import *\n"
        "from streamproof.mock_ai.library.reload import load_now\n"
        f"options = BackendOptions(database=pathlib.Path({str(tmp_path / 'chat.db')!r}))\n"
        "async def start():\n"
        "    async with local_backend(load_now(scenario_files([])), options):\n"
        "        print(*sys.modules)\n"
        "asyncio.run(start())"
    )
    assert not LATER & set(run_python(code).split())


def test_former_name_of_a_command_works_and_is_not_shown(capsys):
    assert main.main(["--no-color", "play", "example-conversation"]) == ExitCode.OK
    assert "example-conversation: " in capsys.readouterr().out
    main.main(["--help"])
    assert "play" not in capsys.readouterr().out.replace("plays", "")


def test_module_that_a_command_needs_and_does_not_find_is_a_bug(monkeypatch):
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named '{name}.x'", name=f"{name}.x")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(ModuleNotFoundError):
        main.Command("demo", "").load()


def test_help_names_every_command(capsys):
    assert main.main(["--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert all(command.help in shown for command in main.COMMANDS)


def test_the_version_is_the_one_of_the_distribution(capsys):
    assert main.main(["--version"]) == ExitCode.OK
    assert capsys.readouterr().out.startswith("streamproof ")


@pytest.mark.parametrize("words", [[], ["bogus"], ["--bogus"], ["lint", "a\0b"]], ids=repr)
def test_wrong_usage_is_exit_2(words, capsys):
    assert main.main(words) == ExitCode.USAGE


def test_call_without_words_prints_the_help(capsys):
    main.main([])
    assert capsys.readouterr().err.startswith("usage: streamproof ")


def test_character_that_the_terminal_does_not_have_is_escaped():
    command = [sys.executable, "-m", "streamproof", "show", "emoji"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "\\U0001f" in done.stdout


def test_a_command_that_is_not_there_is_said_in_one_line(capsys):
    with pytest.raises(SetUpError, match="'bogus' is not part of this build"):
        main.Command("bogus", "").load()


class FakeModule:
    """A command whose work is one exception."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def add_arguments(self, parser) -> None:
        """Have none."""

    def run(self, args) -> int:
        """Fail."""
        raise self._error


def test_ctrl_c_is_exit_130(monkeypatch):
    monkeypatch.setattr(main.Command, "load", lambda command: FakeModule(KeyboardInterrupt()))
    assert main.main(["demo"]) == ExitCode.INTERRUPTED


def run_without_a_reader(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command with a standard output without a reader."""
    gone, away = os.pipe()
    os.close(gone)
    command = [sys.executable, "-m", "streamproof", *words]
    with os.fdopen(away, "wb") as out:
        return subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)


def test_a_reader_that_goes_away_is_not_a_traceback(tmp_path):
    stream = tmp_path / "stream.sse"
    stream.write_bytes(b'event: end\ndata: {"type": "end"}\n\n')
    done = run_without_a_reader("check", str(stream), "--contract", "ai-service")
    assert (done.returncode, done.stderr) == (ExitCode.PIPE_CLOSED, "")


@pytest.mark.parametrize("words", [["--help"], ["scenarios"], ["show", "emoji"]], ids=" ".join)
def test_output_to_a_full_disk_is_said_in_a_line(words, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    command = [sys.executable, "-m", "streamproof", *words]
    with Path("/dev/full").open("wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    said = "error: no space left on device\n"
    assert (done.returncode, done.stderr) == (ExitCode.UNREACHABLE, said)


def test_help_without_a_reader_is_not_a_traceback():
    assert run_without_a_reader("--help").stderr == ""
