"""The head of a reply and the framing around its body: interim replies, trailers, extensions."""

import pytest

from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.listing import list_plan
from streamproof.mock_ai.planning.plan import plan
from tests.mock_ai.mock_fixture import JumpingClock, errors_of, mock, scenario
from tests.mock_ai.raw_client import FIN, connection, exchange

PATH = "/s/it/chat/stream?question=hi"
STEPS = 'steps: [{raw: "data: 1\\n\\n"}]'
BODY = b"data: 1\n\n"
CHUNK = b"9\r\ndata: 1\n\n\r\n"
HINTS = "interim: [{status: 103, headers: {Link: </a>}, wait_ms: 200}, {status: 102}]"


async def test_interim_replies_come_before_the_head_at_their_times():
    clock = JumpingClock()
    async with mock(scenario(f"{HINTS}\n{STEPS}"), clock=clock) as served:
        async with connection(served.url) as raw:
            await raw.ask(PATH)
            hints = await raw.until(b"\r\n\r\n")
            assert hints == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            assert await raw.until(b"\r\n\r\n") == b"HTTP/1.1 102 Processing\r\n\r\n"
            assert (await raw.until(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 OK\r\n")
            assert await raw.until(b"0\r\n\r\n") == CHUNK + b"0\r\n\r\n"
        entry = await served.entry()
    assert [write.planned_ms for write in entry.writes] == [0, 200]


async def test_http_1_0_client_gets_no_interim_reply():
    async with mock(scenario(f"{HINTS}\n{STEPS}"), speed=0) as served:
        head, body, ending = await exchange(served.url, PATH, "1.0")
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert (body, ending) == (BODY, FIN)


def test_plan_shows_interim_replies():
    lines = list(list_plan(plan(load_scenario(scenario(f"{HINTS}\n{STEPS}")).reply)))
    assert [(line.at_ms, line.what) for line in lines[:3]] == [
        (0, "103 Early Hints"),
        (200, "102 Processing"),
        (200, "200 OK"),
    ]


def test_fault_at_a_time_counts_from_the_first_byte():
    text = scenario(f"{HINTS}\n{STEPS}\nfaults: [{{cut: {{after_ms: 100}}}}]")
    assert [line.what for line in list_plan(plan(load_scenario(text).reply))][-2:] == [
        "200 OK",
        "cut",
    ]


def test_interim_reply_of_another_protocol_is_refused():
    assert errors_of(f"interim: [{{status: 101}}]\n{STEPS}") != []
    assert errors_of(f"protocol: HTTP/1.0\ninterim: [{{status: 103}}]\n{STEPS}") == [
        "interim[0]: needs HTTP/1.1; remove `protocol`"
    ]


async def test_trailers_follow_the_last_chunk_and_are_announced():
    keys = "trailers: {X-Sum: [a, b], X-End: c}"
    async with mock(scenario(f"{keys}\n{STEPS}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        assert b"\r\nTrailer: X-Sum, X-End\r\n" in await raw.until(b"\r\n\r\n")
        body = await raw.until(b"c\r\n\r\n")
        assert body == CHUNK + b"0\r\nX-Sum: a\r\nX-Sum: b\r\nX-End: c\r\n\r\n"
        await raw.ask("/healthz")
        assert (await raw.until(b"\r\n")).startswith(b"HTTP/1.1 200 OK")


async def test_trailers_need_not_be_announced():
    keys = "trailers: {X-Sum: a}\nheaders: {Trailer: null}"
    async with mock(scenario(f"{keys}\n{STEPS}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        assert b"railer" not in await raw.until(b"\r\n\r\n")


async def test_every_chunk_has_the_extension():
    keys = 'chunk_extension: "a=b;c"'
    async with mock(scenario(f"{keys}\n{STEPS}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        await raw.until(b"\r\n\r\n")
        assert await raw.until(b"\r\n\r\n") == b"9;a=b;c\r\n" + BODY + b"\r\n0;a=b;c\r\n\r\n"


@pytest.mark.parametrize("key", ["trailers: {A: b}", "chunk_extension: a"])
@pytest.mark.parametrize(
    "framing", ["chunked: false", "content_length: right", "protocol: HTTP/1.0"]
)
def test_what_needs_chunks_is_refused_without_them(key, framing):
    name = key.partition(":")[0]
    wanted = "needs a body in chunks; remove `content_length`, `chunked`, `protocol`"
    assert errors_of(f"{framing}\n{key}\n{STEPS}") == [f"{name}: {wanted}"]


def test_every_mistake_of_a_head_is_shown():
    keys = [
        'interim: [{status: 103, headers: {"a b": c}}]',
        'trailers: {"a b": c}',
        'chunk_extension: "\\n"',
    ]
    assert len(errors_of("\n".join([*keys, STEPS]))) == 3


@pytest.mark.parametrize("header", ["Content-Length: 10", "TRANSFER-ENCODING: gzip"])
def test_header_that_seems_to_frame_the_body_needs_a_decision(header):
    name = header.partition(":")[0]
    assert errors_of(f"headers: {{{header}}}\n{STEPS}") == [
        f"headers.{name}: the header does not decide where the body ends"
    ]


@pytest.mark.parametrize(
    ("keys", "sent", "body", "reusable"),
    [
        ("chunked: true\nheaders: {Content-Length: 4}", b"Content-Length: 4", CHUNK, True),
        ("chunked: false\nheaders: {Content-Length: 4}", b"Content-Length: 4", BODY, False),
        ("content_length: right\nheaders: {Content-Length: 4}", b"Content-Length: 4", BODY, False),
        ("chunked: true\nheaders: {Transfer-Encoding: x}", b"Transfer-Encoding: x", CHUNK, False),
        ("chunked: true\nheaders: {Transfer-Encoding: null}", b"", CHUNK, False),
        (
            "content_length: right\nheaders: {Transfer-Encoding: chunked}",
            b"Content-Length: 9\r\nTransfer-Encoding: chunked",
            BODY,
            False,
        ),
    ],
)
async def test_header_about_framing_is_sent_as_it_is(keys, sent, body, reusable):
    async with mock(scenario(f"{keys}\n{STEPS}")) as served, connection(served.url) as raw:
        await raw.ask(PATH)
        head = await raw.until(b"\r\n\r\n")
        assert sent in head
        assert (b"chunked" in head) == (b"chunked" in sent or (body is CHUNK and b"Length" in sent))
        whole = body + b"0\r\n\r\n" if body is CHUNK else body
        assert await raw.reader.readexactly(len(whole)) == whole
        if reusable:
            await raw.ask("/healthz")
            assert (await raw.until(b"\r\n")).startswith(b"HTTP/1.1 200 OK")
        else:
            assert await raw.rest() == (b"", FIN)
