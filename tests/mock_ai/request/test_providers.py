"""What the user said last is found in the body of every provider."""

import pytest

from streamproof.mock_ai.request.providers import PROVIDER_PATHS, is_provider_path, last_user_text

TEXTS = [{"type": "text", "text": "Who"}, {"type": "image"}, {"type": "text", "text": "is it?"}]


def of_user(content):
    """Return a message of the user."""
    return {"role": "user", "content": content}


def of_model(content):
    """Return a message of the model."""
    return {"role": "assistant", "content": content}


BODIES = {
    "OpenAI": {"messages": [of_user("a"), of_model("b"), of_user("hi")]},
    "OpenAI, the model last": {"messages": [of_user("hi"), of_model("b")]},
    "OpenAI's completions": {"prompt": "hi"},
    "OpenAI's completions, one text": {"prompt": ["hi"]},
    "OpenAI's responses": {"input": "hi"},
    "OpenAI's responses, messages": {
        "input": [
            of_user([{"type": "input_text", "text": "hi"}]),
            {"type": "reasoning", "content": [{"type": "reasoning_text", "text": "so"}]},
            {"type": "function_call_output", "call_id": "c", "output": "5"},
        ]
    },
    "Anthropic, after a tool": {
        "system": "Be brief.",
        "messages": [of_user("hi"), of_user([{"type": "tool_result", "content": "5"}])],
    },
    "Gemini": {"contents": [{"parts": [{"text": "hi"}]}]},
    "Gemini, two turns": {
        "contents": [
            {"role": "user", "parts": [{"text": "a"}]},
            {"role": "model", "parts": [{"text": "b"}]},
            {"role": "user", "parts": [{"text": "hi"}, {"inlineData": {}}]},
        ]
    },
    "ours before all else": {"prompt": "b", "messages": [of_user("a")], "question": "hi"},
    "the next place for an empty one": {"question": "", "messages": [], "prompt": "hi"},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_question_is_what_the_user_said_last(body):
    assert last_user_text(body) == "hi"


def test_parts_are_lines():
    assert last_user_text({"messages": [of_user(TEXTS)]}) == "Who\nis it?"
    assert last_user_text({"prompt": ["Who", "is it?"]}) == "Who\nis it?"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": 5, "prompt": [1, 2], "input": {"a": 1}, "contents": None},
        {"messages": [of_model("a"), "b", 5, of_user(None), of_user([[{"text": "c"}]])]},
        {"contents": [{"parts": [{"functionResponse": {}}]}]},
    ],
)
def test_body_in_which_no_user_says_a_word_has_no_question(body):
    assert last_user_text(body) == ""


@pytest.mark.parametrize("path", PROVIDER_PATHS)
def test_path_of_a_provider_is_known(path):
    assert is_provider_path(path.replace("{model}", "gemini-2.5-pro"))


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/messages/", "/v1beta/models/a:b", "/x/api/chat"])
def test_other_path_is_not(path):
    assert not is_provider_path(path)
