"""The endpoints of Anthropic, whose clients send `anthropic-version`."""

from tests.mock_ai.endpoints.asking import ask

HEADERS = {"Anthropic-Version": "2026-10-21"}


async def test_models_are_listed():
    status, answer = await ask("/v1/models", headers=HEADERS)
    assert status == 200
    first, *_, last = answer["data"]
    assert (answer["first_id"], answer["last_id"]) == (first["id"], last["id"])
    assert answer["has_more"] is False
    assert set(first) == {"type", "id", "display_name", "created_at", "lifecycle"}
    assert await ask(f"/v1/models/{first['id']}", headers=HEADERS) == (200, first)


async def test_tokens_are_counted():
    body = {"model": "m", "messages": [{"role": "user", "content": "Hello you"}]}
    assert await ask("/v1/messages/count_tokens", body) == (200, {"input_tokens": 2})
