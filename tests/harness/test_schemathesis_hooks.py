"""Schemathesis finds a wrong order and a missing end with the hooks, and nothing without them."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from streamproof.harness.errors import UsageError
from tests.harness.streaming_api import EVENTS, STREAMS, document, streaming_api

CONFIG = """\
max-stream-events = 20
request-timeout = 1
"""
HOOKS = 'hooks = "streamproof.harness.schemathesis_hooks"\n'
EXTENSION = {"x-streamproof-contract": "ai-service"}


@pytest.fixture(scope="module")
def hooks():
    from streamproof.harness import schemathesis_hooks

    return schemathesis_hooks


def answer(*names, status=200, cut_short=False, media_type="text/event-stream", resumed=None):
    """Return a response as a check gets it."""
    return SimpleNamespace(
        status_code=status,
        headers={"content-type": [media_type]},
        content=b"".join(EVENTS[name] for name in names),
        stream_cut_short=cut_short,
        request=SimpleNamespace(headers={"Last-Event-ID": resumed} if resumed else {}),
    )


def asked(operation=None, whole=None):
    """Return a case as a check gets it."""
    schema = SimpleNamespace(raw_schema=whole or {})
    definition = SimpleNamespace(raw=operation or {})
    return SimpleNamespace(operation=SimpleNamespace(definition=definition, schema=schema))


def test_a_sound_stream_passes(hooks):
    assert hooks.stream_contract(None, answer("content", "end"), asked(EXTENSION)) is None


@pytest.mark.parametrize(
    ("response", "check"),
    [
        (answer("end", "content", "end"), "after-terminal"),
        (answer("content"), "complete"),
        (answer("content", cut_short=True), "stall"),
    ],
)
def test_a_broken_stream_fails_with_its_check(hooks, response, check):
    with pytest.raises(AssertionError, match=rf"ai-service\.{check}"):
        hooks.stream_contract(None, response, asked(EXTENSION))


def test_a_stream_that_was_cut_short_says_by_which_settings(hooks):
    with pytest.raises(AssertionError, match="request-timeout or its max-stream-events"):
        hooks.stream_contract(None, answer("content", cut_short=True), asked(EXTENSION))


@pytest.mark.parametrize(
    ("response", "case"),
    [
        (answer(status=400), asked()),
        (answer(media_type="application/json"), asked()),
        (answer("content"), asked({"x-streamproof-contract": False}, EXTENSION)),
    ],
)
def test_other_responses_are_left_out(hooks, response, case):
    assert hooks.stream_contract(None, response, case) is True


def test_the_operation_wins_over_the_document_and_the_document_over_the_variable(
    hooks, monkeypatch
):
    def contract(case):
        with pytest.raises(AssertionError) as caught:
            hooks.stream_contract(None, answer(), case)
        return str(caught.value).splitlines()[1]

    assert contract(asked()) == "broken: frontend"
    monkeypatch.setenv("STREAMPROOF_CONTRACT", "ai-service")
    assert contract(asked()) == "broken: ai-service"
    whole = {"x-streamproof-contract": "anthropic"}
    assert contract(asked(whole=whole)) == "broken: anthropic"
    assert (
        contract(asked({"x-streamproof-contract": "openai-chat"}, whole)) == "broken: openai-chat"
    )


def test_a_connection_that_continues_has_no_start(hooks):
    later = answer("content", "end", resumed="t:3")
    later.content = b"id: t:4\n" + later.content.replace(b"\n\nevent", b"\n\nid: t:5\nevent")
    assert hooks.stream_contract(None, later, asked()) is None


def test_an_unknown_contract_is_named(hooks):
    with pytest.raises(UsageError, match=r"x-streamproof-contract or .*did you mean 'ai-service'"):
        hooks.stream_contract(None, answer(), asked({"x-streamproof-contract": "ai-servic"}))


def schemathesis_run(folder, url, config):
    """Return the exit code of Schemathesis, and what it printed."""
    (folder / "schemathesis.toml").write_text(config)
    (folder / "openapi.json").write_text(json.dumps(document(*STREAMS, **EXTENSION)))
    words = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", url]
    more = ["--phases", "examples,coverage", "--mode", "positive", "--no-color"]
    command = [*words, *more, "--generation-deterministic"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.prove  # each run takes several seconds
def test_an_existing_run_finds_order_and_end_with_one_more_line(tmp_path):
    with streaming_api() as url:
        code, printed = schemathesis_run(tmp_path, url, CONFIG)
        assert code == 0, printed
        code, printed = schemathesis_run(tmp_path, url, HOOKS + CONFIG)
    assert code == 1, printed
    for path, found in {
        "/order": "ai-service.after-terminal",
        "/truncated": "ai-service.complete",
        "/hanging": "ai-service.stall",
        "/endless": "ai-service.stall",
    }.items():
        part = printed.partition(f" GET {path} ")[2].partition(" GET ")[0]
        assert found in part, printed
    assert " GET /good " not in printed
