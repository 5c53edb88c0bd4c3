"""Close: the connection closes after a complete reply that did not announce it."""

import pytest

from streamproof.mock_ai.actions import Closing, Finish, HangUp
from streamproof.mock_ai.app import create_app, serving
from streamproof.mock_ai.errors import NeverReached, ScenarioErrors
from streamproof.mock_ai.faults import Close, NoCloseNotify, Trailing
from streamproof.mock_ai.journal.journal import ReplyEnding
from streamproof.mock_ai.library.loading import load_scenario
from tests.mock_ai.faults.events import PLAN, START
from tests.mock_ai.mock_fixture import library, mock, scenario
from tests.mock_ai.raw_client import FIN, RST, connection, exchange

PATH = "/s/it/chat/stream?question=hi"
STEPS = 'steps: [{raw: "data: 1\\n\\n"}]'
WHOLE = b"9\r\ndata: 1\n\n\r\n0\r\n\r\n"


def closing(fault: str) -> str:
    """Return a scenario with the fault."""
    return scenario(f"{STEPS}\nfaults: [{{close: {fault}}}]")


@pytest.mark.parametrize(
    ("fault", "how"),
    [
        (Close(), Closing()),
        (Close(after_ms=50, reset=True), Closing(after_ms=50, reset=True)),
        (Close(idle_ms=50), Closing(idle_ms=50)),
    ],
)
def test_only_the_end_changes(fault, how):
    assert list(fault.apply(PLAN)) == [*PLAN[:-1], Finish(closing=how)]


def test_close_without_close_notify_stays_so():
    changed = Close(after_ms=5).apply(NoCloseNotify().apply(PLAN))
    assert list(changed)[-1] == Finish(closing=Closing(after_ms=5, close_notify=False))


@pytest.mark.parametrize(
    ("fault", "key"), [(Close(idle_ms=3), "idle_ms"), (Close(after_ms=3), "after_ms")]
)
def test_error_is_at_the_key_of_the_fault(fault, key):
    with pytest.raises(NeverReached) as caught:
        fault.apply([START, HangUp()])
    assert caught.value.key == key


def test_error_is_at_the_fault_if_the_file_has_no_time():
    with pytest.raises(ScenarioErrors, match=r"faults\[1\]\.close: never reached"):
        load_scenario(scenario(f"{STEPS}\nfaults: [{{cut: {{after_bytes: 1}}}}, {{close: {{}}}}]"))


TRAILING = "{trailing: {text: x, after: body}}"
IDLE = "{close: {idle_ms: 5}}"


@pytest.mark.parametrize(
    ("keys", "faults"),
    [
        ("connection: close", IDLE),
        ("chunked: false", IDLE),
        ("protocol: HTTP/1.0", IDLE),
        ("", f"{TRAILING}, {IDLE}"),
        ("", f"{IDLE}, {TRAILING}"),
    ],
)
def test_connection_that_closes_is_never_idle(keys, faults):
    text = scenario(f"{keys}\n{STEPS}\nfaults: [{faults}]")
    with pytest.raises(ScenarioErrors, match=r"close\.idle_ms: .* closes with the reply"):
        load_scenario(text)


def test_another_option_of_the_connection_does_not_close_it():
    load_scenario(scenario(f"headers: {{Connection: x-close-notify}}\n{STEPS}\nfaults: [{IDLE}]"))


def test_garbage_after_the_body_is_sent_before_the_close():
    changed = Trailing(text="x", after="body").apply(Close().apply(PLAN))
    assert list(changed)[-1] == Finish(b"x", Closing())


def test_stream_without_a_proper_end_is_rejected():
    with pytest.raises(NeverReached, match="the stream does not end properly"):
        list(Close().apply([START, HangUp()]))


def test_two_times_are_rejected():
    with pytest.raises(ValueError, match="wanted only one of after_ms and idle_ms"):
        Close(after_ms=1, idle_ms=1)


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ("{}", FIN),
        ("{reset: true}", RST),
        ("{after_ms: 20}", FIN),
        ("{after_ms: 20, reset: true}", RST),
        ("{idle_ms: 20}", FIN),
        ("{idle_ms: 20, reset: true}", RST),
    ],
)
@pytest.mark.parametrize("plain", [False, True], ids=["fast path", "aiohttp"])
async def test_complete_reply_is_followed_by_an_unannounced_close(fault, ending, plain):
    app = create_app(library(closing(fault)))
    async with serving(app, plain=plain) as url:
        head, body, seen = await exchange(url, PATH)
    assert b"onnection" not in head
    assert (body, seen) == (WHOLE, ending)


async def test_reply_has_finished_for_the_journal_before_the_close():
    async with mock(closing("{after_ms: 3600000}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        await raw.until(b"0\r\n\r\n")
        assert await served.ending() is ReplyEnding.FINISHED


async def test_request_before_a_certain_close_gets_no_answer():
    async with mock(closing("{after_ms: 100}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        await raw.until(b"0\r\n\r\n")
        await raw.ask(PATH)
        assert await raw.rest() == (b"", FIN)
        assert len(served.journal) == 1


@pytest.mark.parametrize("plain", [False, True], ids=["fast path", "aiohttp"])
async def test_request_on_an_idle_connection_is_answered_and_keeps_it_open(plain):
    text = closing("{idle_ms: 3600000}") + "then: [{steps: []}]\n"
    app = create_app(library(text))
    async with serving(app, plain=plain) as url, connection(url) as raw:
        await raw.ask(PATH)
        await raw.until(b"data: 1\n\n\r\n0\r\n\r\n")
        for _ in range(2):
            await raw.ask(PATH)
            await raw.until(b"\r\n\r\n0\r\n\r\n")


async def test_speed_divides_the_time_until_the_close():
    async with mock(closing("{after_ms: 3600000}"), speed=0) as served:
        assert (await exchange(served.url, PATH))[1:] == (WHOLE, FIN)
