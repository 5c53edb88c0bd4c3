"""HTTP on the wire: framing, heads, and which chunks leave in one write."""

import pytest

from streamproof.mock_ai.actions import (
    Action,
    Finish,
    HangUp,
    Hold,
    Send,
    SendOutsideBody,
    Start,
    Wait,
)
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.http1.writer import (
    BLOCK_BYTES,
    ScheduledWrite,
    framing_of,
    head_bytes,
    lay_out,
)

OK = Start(200, "OK")
LONG = Start(200, "OK", (("Content-Length", "3"),), framing=Framing.LENGTH)
A, B = Send(b"aaa"), Send(b"b" * 17)
A_CHUNK, B_CHUNK = b"3\r\naaa\r\n", b"11\r\n" + b"b" * 17 + b"\r\n"
LAST = b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "method", "http_1_0", "framing"),
    [
        (OK, "POST", False, Framing.CHUNKED),
        (OK, "POST", True, Framing.CLOSE),
        (OK, "HEAD", False, Framing.NONE),
        (Start(200, "OK", framing=Framing.CLOSE), "POST", False, Framing.CLOSE),
        (LONG, "POST", False, Framing.LENGTH),
        (LONG, "POST", True, Framing.LENGTH),
        (Start(204, ""), "POST", False, Framing.NONE),
    ],
)
def test_framing_fits_request_and_headers(start, method, http_1_0, framing):
    assert framing_of(start, method=method, http_1_0=http_1_0) is framing


@pytest.mark.parametrize(
    ("body", "opening", "actions", "ends_at_ms"),
    [
        pytest.param([A, B], A_CHUNK + B_CHUNK + LAST, [], 0, id="all at once"),
        pytest.param(
            [A, Wait(5), B], A_CHUNK, [ScheduledWrite(5, B_CHUNK + LAST)], 5, id="a silence between"
        ),
        pytest.param(
            [Wait(5), A, Wait(0), B],
            b"",
            [ScheduledWrite(5, A_CHUNK), ScheduledWrite(5, B_CHUNK + LAST)],
            5,
            id="a silence before, and one of 0 ms",
        ),
        pytest.param(
            [A, Wait(5), Wait(5)],
            A_CHUNK,
            [ScheduledWrite(10, LAST)],
            10,
            id="a silence at the end",
        ),
        pytest.param(
            [A, Hold(), Wait(5), B],
            A_CHUNK,
            [Hold(), ScheduledWrite(5, B_CHUNK + LAST)],
            5,
            id="times after a hold count from its end",
        ),
        pytest.param([], LAST, [], 0, id="nothing"),
    ],
)
def test_chunks_without_a_silence_between_them_leave_together(body, opening, actions, ends_at_ms):
    script = lay_out([OK, *body, Finish()], Framing.CHUNKED)
    assert (script.opening, list(script.actions)) == (opening, actions)
    assert script.ends_at_ms == ends_at_ms


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        pytest.param(
            [Send(b"aa", continues=True), Wait(5), Send(b"a"), B, Finish()],
            [b"3\r\naa", b"a\r\n" + B_CHUNK + LAST],
            id="a silence inside",
        ),
        pytest.param(
            [A, Send(b"aa"), Wait(0), HangUp(missing_bytes=7)],
            [A_CHUNK + b"9\r\naa"],
            id="an end inside",
        ),
        pytest.param(
            [Send(b"aaa"), HangUp(missing_bytes=0)], [b"3\r\naaa"], id="no line end after it"
        ),
        pytest.param(
            [Send(b"aaa", continues=True), HangUp()], [A_CHUNK], id="a cut that is no fault of it"
        ),
        pytest.param(
            [Send(b"aaa", continues=True), Finish()], [A_CHUNK + LAST], id="the end of the body"
        ),
        pytest.param(
            [Send(b"aaa", continues=True), SendOutsideBody(b"zz\r\n"), HangUp()],
            [A_CHUNK + b"zz\r\n"],
            id="bytes between chunks",
        ),
        pytest.param(
            [Send(B.data, split_framing=True), Finish()],
            [b"1", b"1\r\n" + B.data + b"\r", b"\n0", b"\r\n\r\n"],
            id="torn lines",
        ),
    ],
)
def test_chunk_is_written_in_parts(body, writes):
    script = lay_out([OK, *body], Framing.CHUNKED)
    assert [
        script.opening,
        *(one.data for one in script.actions if isinstance(one, ScheduledWrite)),
    ] == writes


def test_parts_of_a_chunk_are_plain_bytes_where_there_are_no_chunks():
    parts: list[Action] = [
        Send(b"aa", continues=True),
        Wait(5),
        Send(b"a", split_framing=True),
        Finish(),
    ]
    script = lay_out([LONG, *parts], Framing.LENGTH)
    assert (script.opening, script.actions) == (b"aa", (ScheduledWrite(5, b"a"),))


def test_blocks_are_bounded_and_chunks_stay_whole():
    half = Send(b"x" * (BLOCK_BYTES // 2 + 1))
    script = lay_out([OK, half, half, half, Finish()], Framing.CHUNKED)
    blocks = [
        script.opening,
        *(one.data for one in script.actions if isinstance(one, ScheduledWrite)),
    ]
    assert [block.count(b"x") for block in blocks] == [len(half.data)] * 3


def test_blocks_of_the_same_bytes_are_one():
    script = lay_out([OK, Wait(0), *[Send(b"x" * BLOCK_BYTES)] * 3, A, HangUp()], Framing.CHUNKED)
    blocks = [one.data for one in script.actions if isinstance(one, ScheduledWrite)]
    assert len(blocks) == 4
    assert len({id(block) for block in blocks}) == 2


@pytest.mark.parametrize(
    ("framing", "body"),
    [
        (Framing.CHUNKED, A_CHUNK + LAST),
        (Framing.LENGTH, b"aaa"),
        (Framing.CLOSE, b"aaa"),
        (Framing.NONE, b""),
    ],
)
def test_body_has_the_form_of_its_framing(framing, body):
    assert lay_out([OK, A, Finish()], framing).opening == body


def test_body_that_is_hung_up_on_has_no_last_chunk():
    assert lay_out([OK, A, HangUp()], Framing.CHUNKED).opening == A_CHUNK


def head(start, framing, *, http_1_0=False, keep_alive=True):
    """Write the head of a reply with one header of the server's own."""
    script = lay_out([start, Finish()], framing)
    return head_bytes(script, (("Vary", "Origin"),), http_1_0=http_1_0, keep_alive=keep_alive)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            head(Start(200, "OK", (("X", "é"),)), Framing.CHUNKED),
            "HTTP/1.1 200 OK\r\nX: é\r\nVary: Origin\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            head(Start(299, ""), Framing.NONE, keep_alive=False),
            "HTTP/1.1 299 \r\nVary: Origin\r\nConnection: close\r\n\r\n",
        ),
        (
            head(Start(204, ""), Framing.NONE, http_1_0=True),
            "HTTP/1.0 204 \r\nVary: Origin\r\nConnection: keep-alive\r\n\r\n",
        ),
        (
            head(OK, Framing.CLOSE, http_1_0=True),
            "HTTP/1.0 200 OK\r\nVary: Origin\r\nConnection: close\r\n\r\n",
        ),
        (
            head(Start(200, "OK", (("connection", "X"),)), Framing.NONE, keep_alive=False),
            "HTTP/1.1 200 OK\r\nconnection: X\r\nVary: Origin\r\n\r\n",
        ),
    ],
)
def test_head_is_written(written, expected):
    assert written.decode() == expected


def test_only_the_latest_heads_are_remembered():
    script = lay_out([OK, A, Finish()], Framing.CHUNKED)
    heads = [
        script.with_head((("X-N", str(n)),), http_1_0=False, keep_alive=True) for n in range(40)
    ]
    assert len({actions[0] for actions in heads}) == 40
    assert len(script._with_head) <= 16
    again = script.with_head((("X-N", "39"),), http_1_0=False, keep_alive=True)
    assert again is heads[39]
