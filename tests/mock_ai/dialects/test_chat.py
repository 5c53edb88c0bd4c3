"""The chat dialect has the events of docs/protocol.md, whatever the client wants."""

from tests.mock_ai.dialects.sample_replies import events, sent


def test_text_and_end_are_the_messages_of_the_protocol():
    assert events("chat", "steps: [{content: [a, b]}, end]") == [
        {"type": "content", "content": "a"},
        {"type": "content", "content": "b"},
        {"type": "end"},
    ]


def test_refusal_is_text():
    assert events("chat", "steps: [{refusal: no}]") == [{"type": "content", "content": "no"}]


def test_every_reply_is_streamed():
    steps = "steps: [{content: a}, end]"
    assert sent("chat", steps, stream=False, model="m") == sent("chat", steps)


def test_error_after_text_is_an_error_event():
    text = sent("chat", "steps: [{content: a}, {error: {status: 500, message: Oh}}]")
    assert text.endswith('event: error\ndata: {"error":"Oh"}\n\n')
