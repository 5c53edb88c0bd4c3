"""Bad chunk: the size of a chunk is not a hexadecimal number."""

import pytest

from streamproof.mock_ai.actions import HangUp, SendOutsideBody, Start
from streamproof.mock_ai.actions.head import Framing
from streamproof.mock_ai.faults import BadChunk
from tests.mock_ai.mock_fixture import mock, scenario
from tests.mock_ai.raw_client import FIN, exchange
from tests.mock_ai.sample_plans import FINISH, PLAN, START, A

TWO = 'steps: [{raw: "data: 1\\n\\n"}, {raw: "data: 2\\n\\n"}]'


@pytest.mark.parametrize(
    ("fault", "line"),
    [(BadChunk(after_events=1), b"zz\r\n"), (BadChunk(after_events=1, size="-1"), b"-1\r\n")],
)
def test_chunk_is_replaced_by_an_invalid_size_line(fault, line):
    assert list(fault.apply(PLAN)) == [START, A, SendOutsideBody(line), HangUp()]


@pytest.mark.parametrize(
    "start",
    [Start(200, "OK", framing=Framing.LENGTH), Start(200, "OK", http_1_0=True)],
    ids=["a length", "HTTP/1.0"],
)
def test_body_without_chunks_is_rejected(start):
    with pytest.raises(ValueError, match="needs a chunked body"):
        list(BadChunk(after_events=0).apply([start, A, FINISH]))


async def test_invalid_line_is_sent_between_the_chunks_of_the_body():
    text = scenario(f"{TWO}\nfaults: [{{bad_chunk: {{after_events: 1}}}}]")
    async with mock(text) as served:
        _, body, ending = await exchange(served.url, "/s/it/chat/stream?question=hi")
    assert (body, ending) == (b"9\r\ndata: 1\n\n\r\nzz\r\n", FIN)


async def test_http_1_0_client_gets_no_chunk_framing():
    text = scenario(f"{TWO}\nfaults: [{{bad_chunk: {{after_events: 1}}}}]")
    async with mock(text) as served:
        _, body, ending = await exchange(served.url, "/s/it/chat/stream?question=hi", "1.0")
    assert (body, ending) == (b"data: 1\n\n", FIN)
