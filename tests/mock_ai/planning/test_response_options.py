"""How a body is sent: charset, gzip, its length, the version of HTTP, and the connection after."""

import gzip
import zlib

import pytest

from streamproof.contracts.sse import Decoder
from streamproof.mock_ai.actions import Send, Start
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan, planned_body
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, connection, exchange

PATH = "/s/it/chat/stream?question=hi"
STEPS = "steps: [{content: [é, a]}, end]"
PLAIN = (
    'event: message\ndata: {"type": "content", "content": "é"}\n\n'
    'event: message\ndata: {"type": "content", "content": "a"}\n\n'
    'event: end\ndata: {"type": "end"}\n\n'
)


def planned(keys, steps=STEPS):
    """Plan a reply."""
    return plan(load_scenario(scenario(f"{keys}\n{steps}")).reply)


def headers(actions):
    """Return the headers of a plan."""
    assert isinstance(actions[0], Start)
    return dict(actions[0].headers)


@pytest.mark.parametrize(
    ("charset", "content_type", "codec"),
    [
        ("iso-8859-1", "text/event-stream; charset=iso-8859-1", "iso-8859-1"),
        ("utf-16le", "text/event-stream; charset=utf-16le", "utf-16-le"),
        ("null", "text/event-stream", "utf-8"),
    ],
)
def test_charset_is_said_and_written(charset, content_type, codec):
    actions = planned(f"charset: {charset}")
    assert headers(actions)["Content-Type"] == content_type
    assert planned_body(actions).decode(codec) == PLAIN


def test_raw_steps_stay_as_they_are_in_any_charset():
    assert planned_body(planned("charset: iso-8859-1", "steps: [{raw: é}]")) == "é".encode()


def test_text_that_its_charset_cannot_say_is_refused():
    with pytest.raises(ScenarioErrors, match=r"steps\[0\]: the charset does not have"):
        planned("charset: iso-8859-1", "steps: [{content: 日}]")


def test_gzip_per_event_can_be_read_event_by_event():
    actions = planned("gzip: per-event")
    assert headers(actions)["Content-Encoding"] == "gzip"
    unpacker, decoder = zlib.decompressobj(wbits=31), Decoder()
    sends = [action for action in actions if isinstance(action, Send)]
    events = [len(decoder.feed(unpacker.decompress(send.data))) for send in sends]
    assert events == [1, 1, 1, 0]
    assert [send.ends_events for send in sends] == events
    assert unpacker.eof


def test_gzip_at_the_end_says_nothing_before():
    [send] = [action for action in planned("gzip: at-end") if isinstance(action, Send)]
    assert gzip.decompress(send.data).decode() == PLAIN
    assert send.ends == (len(send.data),) * 3


def test_gzip_of_more_than_a_block():
    steps = "steps: [{content: {text: x, times: 200000}}]"
    packed = planned_body(planned("gzip: per-event", steps))
    assert gzip.decompress(packed) == planned_body(planned("", steps))


@pytest.mark.parametrize("keys", ["gzip: per-event", "gzip: at-end"])
def test_gzip_of_nothing_is_a_whole_body(keys):
    assert gzip.decompress(planned_body(planned(keys, "steps: []"))) == b""


def test_right_length_is_that_of_the_body_before_faults():
    keys = "content_length: right\nfaults: [{cut: {after_events: 1}}]"
    assert headers(planned(keys))["Content-Length"] == str(len(PLAIN.encode()))


async def test_body_with_its_right_length_has_no_chunks_and_keeps_the_connection():
    text = scenario(f"content_length: right\n{STEPS}")
    async with mock(text) as served, connection(served.url) as client:
        for _ in range(2):
            await client.ask(PATH)
            head = await client.until(b"\r\n\r\n")
            assert b"chunked" not in head
            assert await client.until(b'"end"}\n\n') == PLAIN.encode()


@pytest.mark.parametrize("length", [5, 5000])
async def test_body_with_a_wrong_length_is_sent_whole_and_the_connection_closes(length):
    async with mock(scenario(f"content_length: {length}\n{STEPS}")) as served:
        head, body, ending = await exchange(served.url, PATH)
        assert b"Content-Length: %d\r\n" % length in head
        assert (body, ending) == (PLAIN.encode(), FIN)


async def test_body_in_http_1_0_ends_with_the_connection():
    async with mock(scenario(f"protocol: HTTP/1.0\n{STEPS}")) as served:
        head, body, ending = await exchange(served.url, PATH)
        assert head.startswith(b"HTTP/1.0 200 OK\r\n")
        assert b"chunked" not in head
        assert (body, ending) == (PLAIN.encode(), FIN)


async def test_connection_closes_after_a_finished_body_where_that_is_said():
    async with mock(scenario(f"connection: close\n{STEPS}")) as served:
        head, body, ending = await exchange(served.url, PATH)
        assert b"Connection: close\r\n" in head
        assert body.endswith(b"\r\n0\r\n\r\n")
        assert ending is FIN


async def test_header_that_is_left_out_is_not_added_by_the_server_either():
    keys = "headers: {Vary: null, connection: null}\nchunked: false"
    async with mock(scenario(f"{keys}\n{STEPS}")) as served:
        head, body, ending = await exchange(served.url, PATH)
        assert head.lower().count(b"vary") + head.lower().count(b"connection") == 0
        assert (body, ending) == (PLAIN.encode(), FIN)


def test_length_of_a_body_that_ends_with_the_connection_is_refused():
    with pytest.raises(ScenarioErrors) as caught:
        load_scenario(scenario(f"chunked: false\ncontent_length: right\n{STEPS}"))
    [error] = caught.value.errors
    assert error.message.startswith("chunked: a body with `content_length` cannot end with")
