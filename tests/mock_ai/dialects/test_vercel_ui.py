"""The UI message stream of `useChat`; the golden file has all its bytes."""

import pytest

from streamproof.mock_ai.dialects import CATALOGUE
from streamproof.mock_ai.dialects.dialect import ClientCall
from streamproof.mock_ai.dialects.vercel_ui import VercelUi
from tests.mock_ai.dialects.sample_replies import events, planned

QUESTION = {"id": "q", "role": "user", "parts": [{"type": "text", "text": "Hi"}]}


def types(keys):
    return [one if one == "[DONE]" else one["type"] for one in events("vercel-ui", keys)]


def test_text_is_a_part_of_one_step():
    assert types("steps: [{content: [a, b]}, end]") == [
        "start",
        "start-step",
        "text-start",
        "text-delta",
        "text-delta",
        "text-end",
        "finish-step",
        "finish",
        "[DONE]",
    ]


def test_head_names_the_protocol():
    start = planned("vercel-ui", "steps: [{content: a}, end]")[0]
    assert dict(start.headers)["x-vercel-ai-ui-message-stream"] == "v1"


@pytest.mark.parametrize(
    ("arguments", "last"),
    [("{a: 1}", ("tool-input-available", {"a": 1})), ("'{'", ("tool-input-error", "{"))],
)
def test_tool_call_ends_with_its_input(arguments, last):
    found = events("vercel-ui", f"steps: [{{tool_call: {{name: f, arguments: {arguments}}}}}]")[-1]
    assert (found["type"], found["input"]) == last


@pytest.mark.parametrize(
    ("id", "event"),
    [
        ("https://example.test/a", {"type": "source-url", "url": "https://example.test/a"}),
        ("a", {"type": "source-document", "mediaType": "text/plain"}),
    ],
)
def test_source_is_a_page_or_a_document(id, event):
    keys = f"steps: [{{sources: [{{id: '{id}', title: T, content: C}}]}}]"
    assert events("vercel-ui", keys)[-1] == {**event, "sourceId": id, "title": "T"}


def test_error_has_a_text():
    error = events("vercel-ui", "steps: [{content: a}, {error: {status: 503, message: Busy}}]")[-1]
    assert error == {"type": "error", "errorText": "Busy"}


@pytest.mark.parametrize(
    ("messages", "id"),
    [
        ([QUESTION], "msg_2"),
        ([QUESTION, {**QUESTION, "id": "a", "role": "assistant"}], "a"),
        ([], "msg_1"),
        ("none", "msg_1"),
    ],
)
def test_answer_is_a_new_message_or_continues_the_last_one(messages, id):
    call = ClientCall("/api/chat", fields={"messages": messages})
    assert VercelUi.request_of(call).ids == (id,)


def test_body_wins_over_the_path_of_ollama():
    call = ClientCall("/api/chat", fields={"messages": [QUESTION]})
    assert next(name for name, one in CATALOGUE.items() if one.fits(call)) == "vercel-ui"
