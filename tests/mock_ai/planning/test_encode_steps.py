"""Steps that would send too much are refused while they are encoded."""

import pytest

from streamproof.mock_ai.actions import Wait
from streamproof.mock_ai.dialects import CATALOGUE, Chat
from streamproof.mock_ai.dialects.dialect import ClientCall, DialectRequest
from streamproof.mock_ai.dialects.rendering import Rendering
from streamproof.mock_ai.errors import InvalidScenario
from streamproof.mock_ai.planning import encode_steps as module
from streamproof.mock_ai.planning.encode_steps import encode_steps
from streamproof.mock_ai.planning.encoded_step import EncodedStep
from streamproof.mock_ai.scenario.model import Reply
from streamproof.mock_ai.scenario.step_types import (
    ContentStep,
    PerCharacters,
    RawStep,
    ToolCallStep,
    WaitStep,
)


def encoded(reply):
    """Encode a reply in the chat dialect."""
    return list(encode_steps(reply, Rendering(Chat(DialectRequest()))))


def test_each_raw_step_is_one_item():
    reply = Reply((RawStep(b"a"), RawStep(b"b")))
    assert encoded(reply) == [EncodedStep(b"a", ends=(1,)), EncodedStep(b"b", ends=(1,))]


@pytest.mark.parametrize(
    ("limit", "message"),
    [("MAX_PARTS", "more than 1,000,000 chunks"), ("MAX_REPLY_BYTES", "more than 268,435,456")],
)
def test_check_of_the_limits_names_the_steps(monkeypatch, limit, message):
    monkeypatch.setattr(module, limit, 2)
    amounts = []

    def check_amount(count, size=0):
        amounts.append((count, size))
        raise ValueError(message)

    monkeypatch.setattr(module, "check_amount", check_amount)
    with pytest.raises(InvalidScenario, match=message) as caught:
        encoded(Reply((ContentStep(("abc",), PerCharacters(1)),)))
    assert caught.value.path == ("steps",)
    assert len(amounts) == 1


@pytest.mark.parametrize("name", ["openai-chat", "anthropic", "ag-ui"])
def test_delays_stand_between_the_pieces_of_arguments(name):
    step = ToolCallStep("f", ('{"a":', WaitStep(30), "1}"))
    dialect = CATALOGUE[name]
    rendering = Rendering(dialect(dialect.request_of(ClientCall())))
    items = list(encode_steps(Reply((step,)), rendering))
    before = next(i for i, item in enumerate(items) if item == Wait(30)) - 1
    first, last = items[before], items[before + 2]
    assert isinstance(first, EncodedStep)
    assert isinstance(last, EncodedStep)
    assert b'{\\"a\\":' in first.data
    assert b"1}" in last.data
