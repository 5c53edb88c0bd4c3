"""The endpoints of Gemini, at `/v1beta/` and, with a key of Google's, at `/v1/`."""

import pytest

from streamproof.mock_ai.endpoints.embedding import vector
from tests.mock_ai.endpoints.asking import ask

KEY = {"x-goog-api-key": "k"}
CONTENT = {"parts": [{"text": "Hello"}]}


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/v1beta/models", {}), ("/v1/models", KEY), ("/v1/models?key=k", {})],
)
async def test_models_are_listed(path, headers):
    status, answer = await ask(path, headers=headers)
    assert status == 200
    assert answer["models"][0]["name"] == "models/gemini-2.5-pro"


async def test_one_model_is_described():
    _, answer = await ask("/v1beta/models/gemini-embedding-001")
    assert answer["supportedGenerationMethods"] == ["embedContent"]


@pytest.mark.parametrize(
    "body", [{"contents": [CONTENT]}, {"generateContentRequest": {"contents": [CONTENT]}}]
)
async def test_tokens_are_counted(body):
    _, answer = await ask("/v1/models/gemini-2.5-pro:countTokens", body)
    assert answer["totalTokens"] == 1


async def test_one_text_gets_a_vector():
    _, answer = await ask("/v1beta/models/text-embedding-004:embedContent", {"content": CONTENT})
    assert answer == {"embedding": {"values": vector("Hello", 768)}}


async def test_several_texts_get_vectors():
    one = {"content": CONTENT, "outputDimensionality": 4}
    _, answer = await ask("/v1/models/m:batchEmbedContents", {"requests": [one, {**one}]})
    assert answer == {"embeddings": [{"values": vector("Hello", 4)}] * 2}


@pytest.mark.parametrize(
    ("method", "body", "message"),
    [
        ("embedContent", {}, "content: wanted an object with parts"),
        ("batchEmbedContents", {"requests": [5]}, "requests[0].content: wanted an object"),
        ("batchEmbedContents", {}, "requests: wanted a list"),
        ("embedContent", {"content": CONTENT, "outputDimensionality": 0}, "outputDimensionality:"),
    ],
)
async def test_wrong_body_gets_an_error_of_google(method, body, message):
    status, answer = await ask(f"/v1beta/models/m:{method}", body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert answer["error"]["message"].startswith(message)
