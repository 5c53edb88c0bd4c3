"""OpenAI's legacy completions have text and nothing else."""

from tests.mock_ai.dialects.sample_replies import body, events

STEPS = "steps: [{reasoning: x}, {content: [a, b]}, {refusal: c}, {end: {finish: length}}]"


def test_text_comes_in_pieces():
    *pieces, done = events("openai-completions", STEPS)
    assert [piece["choices"][0]["text"] for piece in pieces] == ["a", "b", "c", ""]
    assert [piece["choices"][0]["finish_reason"] for piece in pieces[2:]] == [None, "length"]
    assert done == "[DONE]"


def test_body_has_the_whole_text():
    found = body("openai-completions", STEPS)
    assert found["choices"][0]["text"] == "abc"
    assert found["usage"]["completion_tokens"] == 3
