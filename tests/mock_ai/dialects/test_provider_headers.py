"""Errors have the headers of their provider; a scenario has the last word on each of them."""

import pytest
from aiohttp import ClientSession

from streamproof.mock_ai.actions import start_of
from streamproof.mock_ai.dialects.provider_errors import PROVIDER_ERRORS
from streamproof.mock_ai.dialects.provider_headers import provider_headers
from streamproof.mock_ai.errors import ScenarioErrors
from streamproof.mock_ai.library.loading import load_scenario
from streamproof.mock_ai.planning.plan import plan
from tests.mock_ai.mock_fixture import mock, scenario

LIMITED = scenario("steps: [{error: {status: 429}}]", "limited")
ASKS = {"question": "hi", "model": "m", "messages": [{"role": "user", "content": "hi"}]}


async def answer_at(path):
    """Ask a mock, and return the status and the headers of its reply."""
    serving = mock(LIMITED)
    async with serving as served, ClientSession(served.url) as client:
        reply = await client.post(path, json=ASKS)
        return reply.status, reply.headers


@pytest.mark.parametrize(
    ("provider", "status", "has", "has_not"),
    [
        ("openai", 429, "x-ratelimit-remaining-requests Retry-After x-request-id", "request-id"),
        ("openai", 500, "x-request-id", "Retry-After x-ratelimit-limit-tokens"),
        (
            "anthropic",
            429,
            "anthropic-ratelimit-requests-reset Retry-After request-id",
            "x-request-id",
        ),
        ("anthropic", 529, "request-id", "Retry-After"),
        ("google", 429, "", "Retry-After"),
        ("amazon", 429, "x-amzn-requestid x-amzn-errortype", "Retry-After"),
        ("nginx", 429, "", "Retry-After"),
    ],
)
def test_provider_sends_its_own_headers(provider, status, has, has_not):
    found = provider_headers(provider, status)
    assert {*has.split()} <= found.keys()
    assert found.keys().isdisjoint(has_not.split())


@pytest.mark.parametrize("provider", PROVIDER_ERRORS)
@pytest.mark.parametrize("status", [400, 429, 503])
def test_every_provider_of_an_error_is_known(provider, status):
    assert all(isinstance(value, str) for value in provider_headers(provider, status).values())


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("/v1/chat/completions", "x-ratelimit-limit-requests"),
        ("/openai/deployments/d/chat/completions", "x-request-id"),
        ("/v1/responses", "x-ratelimit-reset-tokens"),
        ("/v1/messages", "anthropic-ratelimit-tokens-limit"),
        ("/v1/messages", "Retry-After"),
    ],
)
async def test_error_step_has_the_headers_of_the_client_s_provider(path, header):
    status, headers = await answer_at(f"/s/limited{path}")
    assert status == 429
    assert header in headers


@pytest.mark.parametrize("path", ["/chat/stream", "/v2/chat", "/api/chat"])
async def test_other_services_send_none(path):
    status, headers = await answer_at(f"/s/limited{path}")
    assert status == 429
    assert headers.keys().isdisjoint({"Retry-After", "x-request-id"})


async def test_refusal_of_the_mock_has_the_id_of_the_request():
    status, headers = await answer_at("/v1/messages")
    assert (status, headers["request-id"]) == (404, "req_1")


def headers_of(keys):
    """Return the headers of the reply of a scenario, with names in small letters."""
    start = start_of(plan(load_scenario(scenario(keys)).reply))
    return {name.lower(): value for name, value in start.headers}


def test_refusal_has_the_headers_of_a_provider_if_it_says_so():
    plain = headers_of("steps: []\nfaults: [{refuse: {status: 429, like: openai}}]")
    assert plain.keys() == {"content-type", "content-length"}
    found = headers_of(
        "steps: []\nfaults: [{refuse: {status: 429, like: anthropic, provider_headers: true,"
        " retry_after: 121, headers: {request-id: mine, anthropic-ratelimit-tokens-limit: null}}}]"
    )
    assert (found["retry-after"], found["request-id"]) == ("121", "mine")
    assert found["anthropic-ratelimit-requests-remaining"] == "0"
    assert "anthropic-ratelimit-tokens-limit" not in found


def test_headers_of_a_scenario_replace_those_of_the_provider():
    found = headers_of(
        "dialect: openai-chat\nheaders: {Retry-After: soon, x-request-id: null}\n"
        "steps: [{error: {status: 429}}]"
    )
    assert found["retry-after"] == "soon"
    assert "x-request-id" not in found
    assert found["x-ratelimit-limit-requests"] == "500"


def test_headers_of_no_provider_are_refused():
    with pytest.raises(ScenarioErrors, match="provider_headers: needs like"):
        headers_of("steps: []\nfaults: [{refuse: {status: 429, provider_headers: true}}]")
