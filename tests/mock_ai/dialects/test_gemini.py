"""Gemini's responses; the golden file has all their bytes."""

import json

import pytest

from streamproof.mock_ai.dialects.dialect import ClientCall
from streamproof.mock_ai.dialects.gemini import Gemini
from tests.mock_ai.dialects.sample_replies import body, events

CALL = "{tool_call: {name: f, arguments: {a: 1}, per: token}}"
PATH = "/v1/models/gemini-9:streamGenerateContent"


def parts(response):
    return response["candidates"][0]["content"]["parts"]


@pytest.mark.parametrize(
    ("path", "query", "streamed", "variant"),
    [
        (PATH, {"alt": "sse"}, True, ""),
        (PATH, {}, True, "array"),
        ("/proxy/v1beta/models/gemini-9:generateContent", {}, False, ""),
        ("/v1/projects/p/publishers/google/models/gemini-9:generateContent", {}, False, ""),
    ],
)
def test_path_decides_the_form_and_the_model(path, query, streamed, variant):
    wanted = Gemini.request_of(ClientCall(path, query))
    assert (wanted.streamed, wanted.variant, wanted.model) == (streamed, variant, "gemini-9")


def test_stream_without_alt_is_one_array():
    framing = Gemini(Gemini.request_of(ClientCall(PATH))).framing()
    records = [Gemini(Gemini.request_of(ClientCall(PATH))).event({"n": n}) for n in (1, 2)]
    sent = b"".join([*map(framing.record, records), framing.end()])
    assert (json.loads(sent), framing.media_type) == ([{"n": 1}, {"n": 2}], "application/json")


def test_tool_call_is_one_part_with_all_arguments():
    calls = [one for response in events("gemini", f"steps: [{CALL}]") for one in parts(response)]
    assert calls == [{"functionCall": {"id": "call_1", "name": "f", "args": {"a": 1}}}]


def test_thoughts_are_marked_and_do_not_count_as_candidates():
    keys = "steps: [{reasoning: [a, b]}, {content: c}, end]"
    *_, last = found = events("gemini", keys)
    assert [part.get("thought", False) for one in found for part in parts(one)] == [
        True,
        True,
        False,
        False,
    ]
    usage = last["usageMetadata"]
    assert (usage["thoughtsTokenCount"], usage["candidatesTokenCount"]) == (2, 1)
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + 3


def test_one_body_has_every_part_and_the_sources():
    keys = f"steps: [{{content: a}}, {{sources: [{{id: s, title: T, content: C}}]}}, {CALL}, end]"
    whole = body("gemini", keys)
    assert [*map(list, parts(whole))] == [["text"], ["functionCall"]]
    [candidate] = whole["candidates"]
    assert candidate["finishReason"] == "STOP"
    [chunk] = candidate["groundingMetadata"]["groundingChunks"]
    assert chunk["web"] == {"uri": "s", "title": "T"}


@pytest.mark.parametrize(
    ("end", "reason"), [("length", "MAX_TOKENS"), ("filter", "SAFETY"), ("tools", "STOP")]
)
def test_reasons(end, reason):
    last = events("gemini", f"steps: [{{content: a}}, {{end: {{finish: {end}}}}}]")[-1]
    assert last["candidates"][0]["finishReason"] == reason


def test_reply_without_an_end_has_no_reason():
    keys = "steps: [{content: a}]"
    assert "finishReason" not in events("gemini", keys)[-1]["candidates"][0]
    assert "finishReason" not in body("gemini", keys)["candidates"][0]


def test_error_in_the_stream():
    error = events("gemini", "steps: [{content: a}, {error: {status: 503, message: Busy}}]")[-1]
    assert error == {"error": {"code": 503, "message": "Busy", "status": "UNAVAILABLE"}}
