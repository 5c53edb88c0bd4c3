"""The endpoints of OpenAI, also on Azure and below any prefix."""

import base64
import struct

import pytest

from tests.mock_ai.endpoints.asking import ask

AT = ["/v1", "/openai/v1", "/openai/deployments/mine", "/run/r/v1", "/proxy/v1", ""]


@pytest.mark.parametrize("prefix", AT)
async def test_models_are_listed(prefix):
    status, answer = await ask(f"{prefix}/models")
    assert (status, answer["object"]) == (200, "list")
    model = answer["data"][0]
    assert set(model) == {"id", "object", "created", "owned_by"}
    assert await ask(f"{prefix}/models/{model['id']}") == (200, model)


async def test_name_of_a_model_can_have_slashes_and_colons():
    _, answer = await ask("/v1/models/ft:openai/gpt-5:mine")
    assert answer["id"] == "ft:openai/gpt-5:mine"


@pytest.mark.parametrize("prefix", AT)
async def test_texts_get_vectors(prefix):
    body = {"model": "text-embedding-3-large", "input": ["Hello", "you"]}
    status, answer = await ask(f"{prefix}/embeddings", body)
    assert status == 200
    assert [len(one["embedding"]) for one in answer["data"]] == [3072, 3072]
    assert [one["index"] for one in answer["data"]] == [0, 1]
    assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert answer["model"] == "text-embedding-3-large"


@pytest.mark.parametrize(
    ("more", "length"),
    [
        ({}, 1536),
        ({"dimensions": 256}, 256),
        ({"output_dimension": 8, "model": "mistral-embed"}, 8),
    ],
)
async def test_vectors_can_be_base64(more, length):
    body = {"model": "text-embedding-3-small", "input": "Hello", **more}
    _, plain = await ask("/v1/embeddings", body)
    _, coded = await ask("/v1/embeddings", {**body, "encoding_format": "base64"})
    floats = struct.unpack(f"<{length}f", base64.b64decode(coded["data"][0]["embedding"]))
    assert plain["data"][0]["embedding"] == pytest.approx(floats, rel=1e-5)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "input: wanted a text"),
        ({"input": "a", "dimensions": 0}, "dimensions: wanted a whole number"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format: wanted float or base64"),
    ],
)
async def test_wrong_body_gets_an_error_of_openai(body, message):
    status, answer = await ask("/v1/embeddings", body)
    assert status == 400
    assert answer["error"]["message"].startswith(message)
    assert answer["error"]["type"] == "invalid_request_error"


async def test_tokens_are_counted():
    answer = {"object": "response.input_tokens", "input_tokens": 2}
    assert await ask("/v1/responses/input_tokens", {"input": "Hello you"}) == (200, answer)
