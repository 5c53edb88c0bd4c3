"""Live streams follow the control API immediately, and the journal reports it."""

import pytest

from streamproof.mock_ai.journal.journal import ReplyEnding
from tests.mock_ai.mock_fixture import scenario
from tests.mock_ai.raw_client import FIN, RST

BEFORE = b"8\r\nbefore\n\n\r\n"
AFTER = b"5\r\nafter\r\n0\r\n\r\n"


async def test_live_streams_are_listed_with_their_holds(controlled):
    async with controlled.open("holds", BEFORE), controlled.open("slow", b"1\r\na\r\n", "/run/a"):
        streams = (await controlled.call("GET", "/streams"))["streams"]
        seen = [(s["run"], s["scenario"], s["state"], s["waits_for"]) for s in streams]
        assert seen == [("", "holds", "held", "it is released"), ("a", "slow", "playing", None)]
        assert len((await controlled.call("GET", "/streams", run="a"))["streams"]) == 1
    await controlled.mock.entry(1)
    assert await controlled.call("GET", "/streams") == {"streams": []}


async def test_hold_ends_when_it_is_released(controlled):
    async with controlled.open("holds", BEFORE) as stream:
        await stream.steer("release")
        assert await stream.raw.until(b"0\r\n\r\n") == AFTER
    assert await controlled.mock.ending() is ReplyEnding.FINISHED


async def test_step_makes_only_the_next_write(controlled):
    async with controlled.open("slow", b"1\r\na\r\n") as stream:
        assert (await stream.steer("step"))["writes"] == 2
        assert await stream.raw.until(b"b\r\n") == b"1\r\nb\r\n"
        assert (await stream.steer("step"))["writes"] == 3
        assert await stream.raw.until(b"0\r\n\r\n") == b"1\r\nc\r\n0\r\n\r\n"
    assert await controlled.mock.ending() is ReplyEnding.FINISHED


async def test_step_ends_a_hold(controlled):
    async with controlled.open("holds", BEFORE) as stream:
        await stream.steer("step")
        assert await stream.raw.until(b"0\r\n\r\n") == AFTER


async def test_paused_stream_makes_only_the_writes_of_steps(controlled):
    async with controlled.open("slow", b"1\r\na\r\n") as stream:
        assert (await stream.steer("pause"))["state"] == "paused"
        assert (await stream.steer("pause"))["state"] == "paused"
        assert await stream.steer("step") | {"state": "paused"} == await stream.steer("pause")
        assert await stream.raw.until(b"b\r\n") == b"1\r\nb\r\n"
        assert (await stream.steer("resume"))["state"] == "playing"
        await stream.steer("step")
        assert (await stream.raw.until(b"0\r\n\r\n")).endswith(b"c\r\n0\r\n\r\n")


async def test_released_stream_that_is_paused_waits_for_its_resumption(controlled):
    async with controlled.open("holds", BEFORE) as stream:
        await stream.steer("pause")
        await stream.steer("release")
        streams = (await controlled.call("GET", "/streams"))["streams"]
        assert [(s["state"], s["writes"]) for s in streams] == [("paused", 1)]
        await stream.steer("resume")
        assert await stream.raw.until(b"0\r\n\r\n") == AFTER


@pytest.mark.parametrize(("by", "ending"), [("fin", FIN), ("rst", RST)])
@pytest.mark.parametrize("name", ["holds", "stalls"])
async def test_stream_is_dropped_immediately(controlled, name, by, ending):
    async with controlled.open(name, BEFORE) as stream:
        await stream.steer("drop", json={"by": by})
        assert await stream.raw.rest() == (b"", ending)
    assert await controlled.mock.ending() is ReplyEnding.DROPPED


async def test_pushed_steps_leave_immediately_in_their_own_chunk(controlled):
    async with controlled.open("holds", BEFORE) as stream:
        shown = await stream.steer("push", json={"steps": [{"content": "hi"}, "end"]})
        assert (shown["writes"], shown["state"]) == (2, "held")
        text = b'event: message\ndata: {"type": "content", "content": "hi"}\n\n'
        text += b'event: end\ndata: {"type": "end"}\n\n'
        chunk = b"%x\r\n%s\r\n" % (len(text), text)
        assert await stream.raw.until(b'"end"}\n\n\r\n') == chunk
        await stream.steer("release")
        assert await stream.raw.until(b"0\r\n\r\n") == AFTER
    entry = await controlled.mock.entry()
    assert [write.data for write in entry.writes][1:] == [chunk, AFTER]


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ([{"wait_ms": 5}], "cannot contain a wait or a hold"),
        ([{"hold": "until-released"}], "cannot contain a wait or a hold"),
        ([], "wanted at least one step that sends bytes"),
        ([{"contnet": "hi"}], "the scenario is invalid"),
        ("end", "wanted an object with one key, 'steps'"),
    ],
)
async def test_only_steps_without_waits_are_pushed(controlled, steps, error):
    async with controlled.open("holds", BEFORE) as stream:
        status, body = await stream.rejected("push", json={"steps": steps})
        assert status == 400
        assert error in body["error"]


@pytest.mark.parametrize(
    ("name", "what", "why"),
    [
        ("slow", "release", "the stream is not held"),
        ("stalls", "release", "the hold ends only when the client leaves"),
        ("stalls", "step", "the hold ends only when the client leaves"),
    ],
)
async def test_stream_that_cannot_be_steered_so_gives_a_409(controlled, name, what, why):
    async with controlled.open(name, b"\r\n\r\n") as stream:
        assert await stream.rejected(what) == (409, {"error": why})


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("content_length: 9", "cannot push: the body has a fixed length"),
        ("gzip: per-event", "cannot push: the body is compressed"),
    ],
)
async def test_push_into_a_fixed_or_compressed_body_is_rejected(controlled, keys, why):
    text = scenario(f"{keys}\nsteps: [{{raw: some}}, {{hold: until-client-leaves}}]")
    await controlled.call("PUT", "/scenarios/it", data=text)
    async with controlled.open("it", b"\r\n\r\n") as stream:
        answer = await stream.rejected("push", json={"steps": [{"raw": "x"}]})
        assert answer == (409, {"error": why})


async def test_stream_of_another_run_is_not_found(controlled):
    async with controlled.open("holds", BEFORE, "/run/a") as stream:
        path = f"/streams/{stream.number}/release"
        status, body = await controlled.rejected("POST", path, run="b")
        assert (status, body) == (404, {"error": f"stream {stream.number} is not live"})
        await stream.steer("release", run="a")
        assert await stream.raw.until(b"0\r\n\r\n") == AFTER


async def test_pushed_bytes_have_no_framing_if_the_connection_ends_the_body(controlled):
    text = 'protocol: HTTP/1.0\nsteps: [{raw: "a\\n\\n"}, {hold: until-released}, {raw: b}]'
    await controlled.call("PUT", "/scenarios/it", data=scenario(text))
    async with controlled.open("it", b"\r\n\r\na\n\n") as stream:
        await stream.steer("push", json={"steps": [{"raw": "x"}]})
        await stream.steer("release")
        assert await stream.raw.rest() == (b"xb", FIN)


IN_PIECES = r"""
steps: [{raw: "data: 1\n\n"}, {raw: "data: 2\n\n"}, {raw: "data: 3\n\n"}]
faults: [{split: {at: [12], gap_ms: 3600000}}, {stall: {after_bytes: 18, for_ms: 3600000}}]
"""


async def test_push_waits_until_an_event_in_several_writes_is_complete(controlled):
    await controlled.call("PUT", "/scenarios/it", data=scenario(IN_PIECES))
    async with controlled.open("it", b"3\r\ndat\r\n") as stream:
        for text in ("x\n\n", "y\n\n"):
            shown = await stream.steer("push", json={"steps": [{"raw": text}]})
            assert shown["writes"] == 1
        await stream.steer("step")
        pushed = b"3\r\nx\n\n\r\n3\r\ny\n\n\r\n"
        assert await stream.raw.until(b"y\n\n\r\n") == b"6\r\na: 2\n\n\r\n" + pushed
        await stream.steer("step")
        assert await stream.raw.until(b"0\r\n\r\n") == b"9\r\ndata: 3\n\n\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    "keys",
    [
        "steps: [{raw: 'data: 1'}, {hold: until-client-leaves}]",
        "steps: [{raw: 'data: 1'}, {hold: until-released}, {raw: 'more'}, end]",
        "steps: [{raw: 'data: 1'}]\nfaults: [{stall: {after_bytes: 7}}]",
    ],
)
async def test_push_into_an_event_that_is_never_completed_is_rejected(controlled, keys):
    await controlled.call("PUT", "/scenarios/it", data=scenario(keys))
    async with controlled.open("it", b"data: 1\r\n") as stream:
        answer = await stream.rejected("push", json={"steps": [{"raw": "x"}]})
        status, body = answer
        assert status == 409
        assert "no boundary between two complete events" in body["error"]
