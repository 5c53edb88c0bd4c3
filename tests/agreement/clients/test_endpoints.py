"""The official clients read what the mock answers besides their questions."""

import asyncio

import pytest


async def test_openai_gets_models_vectors_and_tokens(served):
    openai = pytest.importorskip("openai", reason="openai is not installed; it is in the extra dev")
    async with openai.AsyncOpenAI(api_key="k", base_url=f"{served.url}/v1") as client:
        listed = [model.id async for model in client.models.list()]
        assert (await client.models.retrieve(listed[0])).id == listed[0]
        embedded = await client.embeddings.create(model="text-embedding-3-small", input=["a", "b"])
        assert [len(one.embedding) for one in embedded.data] == [1536, 1536]
        counted = await client.responses.input_tokens.count(model="m", input="Hello you")
        assert counted.input_tokens == 2
    azure = openai.AsyncAzureOpenAI(
        azure_endpoint=served.url, api_key="k", api_version="2026-01-01"
    )
    async with azure as client:
        embedded = await client.embeddings.create(model="mine", input="a", dimensions=8)
        assert len(embedded.data[0].embedding) == 8


async def test_anthropic_gets_models_and_tokens(served):
    anthropic = pytest.importorskip(
        "anthropic", reason="anthropic is not installed; it is in the extra dev"
    )
    async with anthropic.AsyncAnthropic(api_key="k", base_url=served.url) as client:
        listed = [model.id async for model in client.models.list()]
        assert (await client.models.retrieve(listed[0])).id == listed[0]
        messages = [{"role": "user", "content": "Hello you"}]
        counted = await client.messages.count_tokens(model="m", messages=messages)
        assert counted.input_tokens == 2


async def test_gemini_gets_models_vectors_and_tokens(served):
    genai = pytest.importorskip(
        "google.genai", reason="google-genai is not installed; it is in the extra dev"
    )
    client = genai.Client(api_key="k", http_options={"base_url": served.url})
    models = client.models
    listed = await asyncio.to_thread(lambda: [model.name for model in models.list()])
    assert listed[0] == "models/gemini-2.5-pro"
    counted = await asyncio.to_thread(models.count_tokens, model="m", contents="Hello you")
    assert counted.total_tokens == 2
    embedded = await asyncio.to_thread(
        models.embed_content,
        model="gemini-embedding-001",
        contents=["a", "b"],
        config={"output_dimensionality": 8},
    )
    assert [len(one.values) for one in embedded.embeddings] == [8, 8]
    client.close()
