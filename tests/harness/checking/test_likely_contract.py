"""The shipped contract that a stream looks like, also if the stream is damaged."""

import pytest

from streamproof.contracts.contract import AI_SERVICE, FRONTEND, StreamContract
from streamproof.contracts.transcript import Transcript
from streamproof.harness.checking.likely_contract import FIRST_EVENTS, likely_contracts
from streamproof.harness.http.capture import parse_capture
from tests.contracts.sound_streams import FILES, SoundStream
from tests.long_runs import some_of

CHAT = b'event: message\ndata: {"type": "content", "content": "Hi"}\n\n'
FRAMES = (
    b'id: t:0\ndata: {"event":"start","data":{"message":"Starting AI response..."}}\n\n'
    b'id: t:1\nevent: message\ndata: {"type": "content", "content": "Hi"}\n\n'
)


def likely(data: bytes) -> list[str]:
    return likely_contracts(lambda contract: parse_capture(data, contract).transcript)


@pytest.mark.parametrize(
    "path", some_of(FILES, 3, (f"{path.parent.name}/{path.name}" for path in FILES))
)
def test_a_sound_stream_looks_like_its_dialect(path):
    assert path.parent.name in likely(SoundStream(path).data)


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if path.stem == "text" and path.suffix != ".json"],
    ids=lambda path: path.parent.name,
)
def test_a_stream_that_is_cut_still_looks_like_its_dialect(path):
    data = SoundStream(path).data
    assert path.parent.name in likely(data[: len(data) * 2 // 3])


@pytest.mark.parametrize(
    ("data", "names"),
    [
        pytest.param(CHAT, [AI_SERVICE], id="chat"),
        pytest.param(FRAMES, [FRONTEND], id="frames"),
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"data: text\n\n", [], id="text"),
        pytest.param(b'data: {"a": 1}\n\n', [], id="other JSON"),
        pytest.param(b'{"error": {"message": "no"}}', [], id="an error as a body"),
        pytest.param(b"<html></html>", [], id="a page"),
    ],
)
def test_other_streams_look_like_no_dialect(data, names):
    assert likely(data) == names


def test_the_beginning_of_a_long_stream_is_enough():
    sizes = []

    def beginning(contract: StreamContract) -> Transcript:
        transcript = parse_capture(CHAT * 20_000, contract, first_events=FIRST_EVENTS).transcript
        sizes.append(len(transcript.events))
        return transcript

    assert likely_contracts(beginning) == [AI_SERVICE]
    assert FIRST_EVENTS < max(sizes) < 10_000
