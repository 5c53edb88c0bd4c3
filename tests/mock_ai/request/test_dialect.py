"""Which dialect a request wants: by its query, by its path and body, or by the scenario."""

from urllib.parse import quote

import pytest
from multidict import MultiDict

from streamproof.mock_ai.dialects import Anthropic, Mistral, OpenAIChat
from streamproof.mock_ai.dialects.dialect import DialectRequest
from streamproof.mock_ai.errors import InvalidRequest
from streamproof.mock_ai.request.dialect import asked_dialect, dialect_request, fitting_dialect
from streamproof.mock_ai.request.question import read_any_fields
from tests.mock_ai.sample_requests import sample_context, sample_request


def posted(path, **fields):
    """Return a request with a JSON body at a path."""
    return sample_request(read_any_fields(fields), target=path)


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/chat/stream", "chat"),
        ("/anything", "chat"),
        ("/v1/chat/completions", "openai-chat"),
        ("/v1/chat/completions/", "openai-chat"),
        ("/run/r/s/a-scenario/v1/chat/completions", "openai-chat"),
        ("/openai/deployments/d/chat/completions?api-version=2026-01-01", "openai-chat"),
        ("/v1/completions", "openai-completions"),
        ("/v1/responses", "openai-responses"),
        ("/run/r/s/a-scenario/openai/v1/responses", "openai-responses"),
        ("/v1/responses/resp_1", "chat"),
        ("/v1/messages", "anthropic"),
        ("/proxy/anthropic/v1/messages?beta=true", "anthropic"),
        ("/v1/messages/count_tokens", "chat"),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/m@1:rawPredict", "anthropic"),
        ("/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict", "anthropic"),
        ("/v1/projects/p/locations/l/publishers/mistralai/models/m:rawPredict", "chat"),
        ("/model/anthropic.m-v1%3A0/converse", "bedrock"),
        ("/s/a-scenario/model/m/converse-stream", "bedrock"),
        ("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fm/converse", "bedrock"),
        ("/model/m/invoke", "bedrock-anthropic"),
        ("/model/m/invoke-with-response-stream", "bedrock-anthropic"),
        ("/model/m/count-tokens", "chat"),
        ("/chain/invoke", "chat"),
        ("/v2/chat", "cohere"),
        ("/s/a-scenario/any/prefix/v2/chat", "cohere"),
    ],
)
def test_end_of_the_path_decides(path, dialect):
    assert asked_dialect(posted(path)).name == dialect


def test_client_that_names_itself_decides_between_dialects_of_one_path():
    headers = (("User-Agent", "Mistral-Client-Python/3.7.0"),)
    assert asked_dialect(sample_request(target="/v1/chat/completions", headers=headers)) is Mistral
    assert asked_dialect(sample_request(target="/v1/messages", headers=headers)) is Anthropic
    assert asked_dialect(sample_request(target="/v1/chat/completions")) is OpenAIChat


@pytest.mark.parametrize(
    ("path", "fields", "dialect"),
    [
        ("/agent", {"threadId": "t", "runId": "r"}, "ag-ui"),
        ("/run/r/s/a-scenario", {"threadId": "t", "runId": "r"}, "ag-ui"),
        ("/agent", {"threadId": "t"}, "chat"),
        ("/agent", {"threadId": "t", "runId": 5}, "chat"),
        ("/v1/messages", {"threadId": "t", "runId": "r"}, "anthropic"),
        ("/api/chat", {"messages": [{"parts": []}]}, "vercel-ui"),
        ("/api/chat", {"messages": [{"content": "hi"}]}, "ollama"),
    ],
)
def test_body_decides_where_the_path_does_not(path, fields, dialect):
    assert asked_dialect(posted(path, **fields)).name == dialect


def test_query_decides_before_everything_else():
    request = sample_request(target="/v1/messages", query=MultiDict(dialect="openai-chat"))
    assert asked_dialect(request, "chat").name == "openai-chat"


def test_unknown_dialect_in_the_query_is_refused_with_a_similar_name():
    request = sample_request(query=MultiDict(dialect="antropic"))
    with pytest.raises(InvalidRequest, match=r"got 'antropic'; did you mean 'anthropic'\?"):
        asked_dialect(request)


@pytest.mark.parametrize(
    ("of_scenario", "path", "dialect"),
    [
        ("chat", "/v1/messages", "chat"),
        ("seed", "/v1/messages", "chat"),
        ("anthropic", "/chat/stream", "anthropic"),
        ("anthropic", "/v1/chat/completions", "openai-chat"),
        ("mistral", "/v1/chat/completions", "mistral"),
    ],
)
def test_scenario_decides_where_the_request_does_not(of_scenario, path, dialect):
    assert asked_dialect(posted(path), of_scenario).name == dialect


def test_errors_have_the_dialect_of_the_path():
    assert fitting_dialect(posted("/v1/messages")) is Anthropic
    assert fitting_dialect(posted("/chat/stream")) is None


@pytest.mark.parametrize(
    ("fields", "streamed"),
    [({}, False), ({"stream": True}, True), ({"stream": False}, False), ({"stream": "true"}, True)],
)
def test_body_decides_whether_a_provider_streams(fields, streamed):
    context = sample_context(read_any_fields(fields), target="/v1/chat/completions")
    assert dialect_request(context).streamed is streamed


@pytest.mark.parametrize("model", ["m", "anthropic.m-v1:0", "arn:aws:bedrock:us-east-1:1:x/m"])
@pytest.mark.parametrize(
    ("operation", "streamed"),
    [
        ("converse", False),
        ("converse-stream", True),
        ("invoke", False),
        ("invoke-with-response-stream", True),
    ],
)
def test_path_of_bedrock_has_the_model_and_decides_whether_it_streams(model, operation, streamed):
    fields = read_any_fields({"stream": not streamed, "model": "another"})
    target = f"/model/{quote(model, safe='')}/{operation}"
    wanted = dialect_request(sample_context(fields, target=target))
    assert (wanted.model, wanted.streamed) == (model, streamed)


@pytest.mark.parametrize(
    ("fields", "streamed"),
    [({}, True), ({"stream": False}, False), ({"stream": "false"}, False)],
)
def test_reply_at_another_path_is_streamed_by_default(fields, streamed):
    context = sample_context(read_any_fields(fields))
    assert dialect_request(context, "openai-chat").streamed is streamed


def test_request_in_the_chat_dialect_is_always_the_same():
    context = sample_context(read_any_fields({"model": "m", "stream": False}))
    assert dialect_request(context) == DialectRequest()


def test_tokens_of_the_question_count_only_where_they_are_sent():
    fields = {"prompt": "one two", "stream": True}
    context = sample_context(read_any_fields(fields), target="/v1/completions")
    assert dialect_request(context).input_tokens == 0
    context = sample_context(read_any_fields({"prompt": "one two"}), target="/v1/completions")
    assert dialect_request(context).input_tokens == 2


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (
            "/v1/chat/completions",
            {"response_format": {"json_schema": {"schema": {"type": "null"}}}},
        ),
        ("/v1/messages", {"output_config": {"format": {"schema": {"type": "null"}}}}),
        ("/v1/messages", {"tools": [{"input_schema": {"type": "null"}}]}),
        ("/v1/responses", {"text": {"format": {"schema": {"type": "null"}}}}),
        ("/v2/chat", {"response_format": {"json_schema": {"type": "null"}}}),
        (
            "/model/m/converse",
            {"toolConfig": {"tools": [{"toolSpec": {"inputSchema": {"json": {"type": "null"}}}}]}},
        ),
    ],
)
def test_schema_is_found_where_the_dialect_has_it(path, fields):
    context = sample_context(read_any_fields(fields), target=path)
    assert dialect_request(context, with_schema=True).schema == '{"type":"null"}'
    assert dialect_request(context).schema is None


def test_results_of_tools_in_a_request_count_as_earlier_calls():
    messages = [{"role": "user", "content": "hi"}, *[{"role": "tool", "content": "1"}] * 2]
    context = sample_context(read_any_fields({"messages": messages}), target="/v1/messages")
    assert dialect_request(context).earlier_calls == 2


def test_request_without_a_schema_has_an_empty_one():
    context = sample_context(target="/v1/messages")
    assert dialect_request(context, with_schema=True).schema == ""
