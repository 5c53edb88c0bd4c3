"""`streamproof shrink`: from a scenario that breaks a client to the smallest one that does."""

import json
import sys

import pytest

from streamproof.harness.cli.main import main
from streamproof.harness.exit_codes import ExitCode
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.scenario.step_types import ContentStep

ASKS = """
import os, socket, sys
url = sys.argv[1] if len(sys.argv) > 1 else os.environ["STREAMPROOF_URL"]
host, port = url.removeprefix("http://").split(":")
question = b'{"question": "Hi"}'
with socket.create_connection((host, int(port))) as asked:
    asked.sendall(
        b"POST /chat/stream HTTP/1.0\\r\\nContent-Type: application/json\\r\\n"
        b"Content-Length: %d\\r\\n\\r\\n%b" % (len(question), question)
    )
    body = asked.makefile("rb").read().partition(b"\\r\\n\\r\\n")[2]
"""
SCENARIO = """\
name: it
title: An answer with sources
about: Why it matters.
steps:
  - content: [Based, " on", " your policy: ", "café ☕", " twelve", " days"]
  - comment: keep-alive
  - sources: [{id: doc-1, title: Leave, content: Twelve days.}]
  - end
faults:
  - split: {every_bytes: 7}
expect:
  verdict: completed
  frontend: [start, {content: 6}, sources, end]
  stored: {turn: completed, answer: "Based on your policy: café ☕ twelve days", sources: [doc-1]}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Stand in a folder with the scenario, and return it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "it.yaml").write_text(SCENARIO)
    return tmp_path


def client(folder, ending, before=ASKS):
    """Write a client, and return the words that run it."""
    path = folder / "client.py"
    path.write_text(before + ending)
    return [sys.executable, str(path)]


def test_the_smallest_file_is_written_with_its_expectation(folder, capsys):
    words = client(folder, 'sys.exit("☕" in body.decode())')
    assert main(["shrink", "it.yaml", "--", *words]) == ExitCode.OK
    found = load_scenario(folder / "it-shrunk.yaml")
    [step] = found.reply.steps
    assert step == ContentStep(("☕",))
    assert found.reply.faults == ()
    assert found.expect is not None
    assert found.expect.stored.partial == "☕"
    captured = capsys.readouterr()
    assert captured.out.startswith("written: it-shrunk.yaml, ")
    assert "nothing smaller shows the failure" in captured.out
    assert captured.err.startswith("run 0: it-shrunk.yaml has ")


def test_the_command_gets_the_url_and_the_file_in_place_of_words(folder, capsys):
    ending = 'sys.exit(b"sources" in body and open(sys.argv[2]).read().startswith("name: it"))'
    words = [*client(folder, ending), "{url}", "{file}"]
    assert main(["shrink", "it.yaml", "--json", "--output", "small.yaml", "--", *words]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["file"], document["complete"]) == (1, "small.yaml", True)
    assert document["bytes"]["after"] < document["bytes"]["before"]
    assert load_scenario(folder / "small.yaml").name == "small"


def test_the_command_has_the_environment_of_verify_client_and_the_file(folder, capsys):
    ending = """
names = ("OPENAI_BASE_URL", "STREAMPROOF_SCENARIO", "STREAMPROOF_SCENARIO_FILE")
base, scenario, file = (os.environ[name] for name in names)
with open("seen", "w") as seen:
    print(base == url + "/v1", scenario, open(file).readline(), file=seen, end="")
sys.exit(1)
"""
    assert main(["shrink", "it.yaml", "--runs", "1", "--", *client(folder, ending)]) == 0
    assert (folder / "seen").read_text() == "True it name: it\n"


def test_the_number_of_runs_is_bounded_and_the_best_is_kept(folder, capsys):
    words = client(folder, 'sys.exit("☕" in body.decode())')
    assert main(["shrink", "it.yaml", "--runs", "1", "--json", "--", *words]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert (document["runs"], document["complete"]) == (1, False)
    assert "☕" in (folder / "it-shrunk.yaml").read_text()


def test_runs_with_125_are_not_judged(folder, capsys):
    words = client(folder, 'sys.exit(1 if b"sources" in body and b"Based" in body else 125)')
    assert main(["shrink", "it.yaml", "--runs", "15", "--json", "--", *words]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert document["unjudged"] > 0
    text = (folder / "it-shrunk.yaml").read_text()
    assert "Based" in text
    assert "sources" in text


@pytest.mark.prove
def test_a_command_that_hangs_shows_the_failure_if_it_hangs_at_first(folder, capsys):
    hang = 'import time\nwhile "☕" in body.decode(): time.sleep(60)'
    words = client(folder, hang)
    options = ["--timeout-seconds", "2", "--runs", "4", "--json"]
    assert main(["shrink", "it.yaml", *options, "--", *words]) == ExitCode.OK
    assert "☕" in (folder / "it-shrunk.yaml").read_text()


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("print('all is well')", "does not fail on the file"),
        ("sys.exit(125)", "cannot judge the file"),
    ],
)
def test_a_command_that_does_not_fail_is_a_usage_error(folder, capsys, ending, said):
    assert main(["shrink", "it.yaml", "--", *client(folder, ending)]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert said in error
    assert ("all is well" in error) == ("print" in ending)
    assert not (folder / "it-shrunk.yaml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["it.yaml", "--", "./missing-command"], "./missing-command: cannot be run"),
        (["missing", "--", "true"], "no scenario is named"),
        (["it.yaml", "--output", "Small", "--", "true"], "--output: wanted a name such as"),
        (["it.yaml", "--output", "it.yaml", "--", "true"], "it.yaml already exists"),
        (["it.yaml"], "COMMAND"),
    ],
)
def test_wrong_usage_says_what_to_change(folder, capsys, words, said):
    assert main(["shrink", *words]) == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_an_option_of_the_command_is_not_one_of_shrink(folder, capsys):
    assert main(["shrink", "it.yaml", "--", "./missing-command", "--json"]) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("error: ./missing-command: cannot be run")
