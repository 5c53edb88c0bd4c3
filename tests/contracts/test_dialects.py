"""The contract of each dialect holds for sound streams, and finds every kind of damage in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Final

import pytest

from streamproof.contracts.contract import DIALECTS
from streamproof.contracts.sse import Event
from tests.contracts.sound_streams import (
    BODIES,
    FILES,
    FOLDER,
    FRAMES,
    STREAMS,
    Keys,
    SoundStream,
    failed,
    first_of_each_kind,
    keys_in,
    keys_of_events,
    with_value,
    without,
    written,
)
from tests.long_runs import some_of

PIECES: Final[Mapping[str, set[str]]] = {
    "openai-chat": {"chunk", "call-piece", "report"},
    "openai-completions": {"chunk"},
    "openai-responses": set(),
    "anthropic": {"ping", "content_block_delta"},
    "bedrock": {"contentBlockDelta", "toolUseDelta"},
    "bedrock-anthropic": {"ping", "content_block_delta"},
    "gemini": {"part"},
    "ollama": {"part"},
    "cohere": {"content-delta", "tool-plan-delta", "tool-call-delta"},
    "mistral": {"chunk"},
    "vercel-ui": {
        *("text-delta", "reasoning-delta", "tool-input-delta", "tool-output-available"),
        *("source-url", "data-*", "error"),
    },
    "ag-ui": {
        *("TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT", "TOOL_CALL_ARGS"),
        *("TOOL_CALL_RESULT", "TEXT_MESSAGE_CHUNK", "TOOL_CALL_CHUNK", "STATE_SNAPSHOT"),
        *("STATE_DELTA", "CUSTOM"),
    },
}
"""The kinds that may come any number of times, also not at all."""
MAY_BE_MISSING: Final[Mapping[str, set[str]]] = {
    "openai-chat": {"usage"},
    "openai-completions": {"usage"},
    "openai-responses": {"done"},
    "cohere": {"done"},
    "vercel-ui": {"done", "tool-input-available"},
}
MAY_BE_REPEATED: Final[Mapping[str, set[str]]] = {
    "anthropic": {"message_delta"},
    "bedrock-anthropic": {"message_delta"},
}

OPTIONAL_KEYS: Final[Mapping[str, set[str]]] = {
    "ag-ui": {
        *("role", "code", "value", "delta.value"),
        *("delta", "messageId", "toolCallId", "toolCallName"),  # of the short forms
    },
    "bedrock": {
        *(
            "p",
            "originalStatusCode",
            "output.message.content.reasoningContent.reasoningText.signature",
        ),
        *("delta.citation.title", "delta.citation.source", "delta.citation.sourceContent"),
    },
    "bedrock-anthropic": {"amazon-bedrock-invocationMetrics"},
    "cohere": {
        *("delta.message.citations", "delta.message.content", "delta.message.tool_calls"),
        *("delta.message.tool_plan", "delta.message.citations.sources", "delta.error"),
        *("delta.usage.billed_units", "delta.usage.tokens", "usage.billed_units", "usage.tokens"),
        *("message.content", "message.tool_calls", "message.tool_plan", "usage"),
    },
    "gemini": {
        *("candidates.content", "candidates.content.parts", "candidates.content.role"),
        *("candidates.content.parts.text", "candidates.content.parts.thought", "candidates.index"),
        *("candidates.content.parts.functionCall.id", "candidates.content.parts.functionCall.args"),
        *("modelVersion", "responseId", "usageMetadata"),
    },
    "mistral": {
        *("choices.delta.content", "choices.delta.tool_calls", "choices.delta.tool_calls.index"),
        *("choices.message.tool_calls", "choices.message.tool_calls.index", "usage"),
        *("choices.delta.tool_calls.id", "type", "param", "code"),
    },
    "ollama": {
        *("total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration"),
        *("eval_count", "eval_duration", "message.thinking", "message.tool_calls"),
    },
    "openai-chat": {
        *("choices.logprobs", "choices.delta.content", "choices.delta.refusal", "usage"),
        *("choices.message.refusal", "choices.message.tool_calls", "error.param", "error.code"),
    },
    "openai-completions": {"choices.logprobs", "usage", "error.param", "error.code"},
    "openai-responses": {
        *("code", "param", "error.code", "error.param", "error.type", "name", "logprobs"),
        *("part.logprobs", "item.content.logprobs", "item.status", "output.content.logprobs"),
        *("error", "incomplete_details", "instructions", "metadata", "parallel_tool_calls"),
        *("temperature", "tool_choice", "tools", "top_p", "usage", "output.status"),
    },
    "vercel-ui": {"messageId", "finishReason", "title", "transient"},
}
"""Keys that may be missing; those of OpenAI's responses without the `response` around them."""
FREE: Final[Mapping[str, set[str]]] = {
    "ag-ui": {"snapshot"},
    "anthropic": {"content.input"},
    "bedrock": {"delta.citation.location", "output.message.content.toolUse.input"},
    "bedrock-anthropic": {"content.input", "amazon-bedrock-invocationMetrics"},
    "cohere": {"delta.usage.billed_units", "usage.billed_units"},
    "gemini": {"candidates.content.parts.functionCall.args", "usageMetadata"},
    "mistral": {"choices.delta.content.thinking"},
    "ollama": {"message.tool_calls.function.arguments"},
    "openai-chat": {"prompt_filter_results"},
    "openai-responses": {
        *("item.action", "output.action"),
        *("usage.input_tokens_details", "usage.output_tokens_details"),
    },
    "vercel-ui": {"data", "input", "output"},
}
"""Keys whose values may contain anything."""
ANY_TYPE: Final[Mapping[str, set[str]]] = {
    "ag-ui": {"snapshot", "value", "delta.value", "content"},
    "bedrock": {"p", "originalStatusCode", "output.message.content.toolUse.input"},
    "bedrock-anthropic": {"amazon-bedrock-invocationMetrics"},
    "cohere": {"delta.message.citations", "delta.message.content", "delta.message.tool_calls"},
    "mistral": {"param", "code", "choices.delta.content.thinking"},
    "openai-responses": {
        *("instructions", "tool_choice", "error.param", "name"),
        *("item.action", "item.status", "output.action", "output.status"),
    },
    "vercel-ui": {"data", "input", "output"},
}
"""Keys whose values may be of any type, or of the type that the test puts there."""


def streams(
    *suffixes: str, having: Callable[[SoundStream], bool] = lambda _: True
) -> pytest.MarkDecorator:
    """Run a test for each stream, or for those with a suffix or a property.

    One of three of each dialect is in the quick run.
    """
    paths = [path for path in STREAMS if not suffixes or path.suffix in suffixes]
    found = [stream for stream in map(SoundStream, paths) if having(stream)]
    rows = []
    for _, of_dialect in groupby(found, lambda stream: stream.dialect):
        listed = list(of_dialect)
        rows += some_of(listed, 3, [f"{one.dialect}/{one.path.name}" for one in listed])
    return pytest.mark.parametrize("stream", rows)


def streams_of(dialect: str) -> list[SoundStream]:
    """Return the streams of a dialect."""
    return [SoundStream(path) for path in STREAMS if path.parent.name == dialect]


dialects: Final = pytest.mark.parametrize("dialect", sorted(DIALECTS))


def test_every_dialect_has_text_and_an_error():
    for dialect in DIALECTS:
        names = {path.stem for path in (FOLDER / dialect).iterdir()}
        assert {"text", "error"} <= names, dialect


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sound_stream_or_body_holds(path):
    stream = SoundStream(path)

    assert failed(stream.transcript, stream.contract) == set()
    assert (stream.transcript.body is not None) == (path in BODIES)


@streams()
def test_an_event_that_is_missing_is_found(stream):
    may_be_missing = PIECES[stream.dialect] | MAY_BE_MISSING.get(stream.dialect, set())
    if stream.fails:  # after a failure, nothing more has to come
        may_be_missing |= {"start-step", "content-end", "done"}
    wanted = {"order", "blocks", "complete", "counter"}
    unfound = [
        kind
        for place, kind in enumerate(stream.kinds)
        if kind not in may_be_missing and not stream.with_event(place) & wanted
    ]
    assert unfound == []


@streams()
def test_an_event_that_is_repeated_is_found(stream):
    may_be_repeated = PIECES[stream.dialect] | MAY_BE_REPEATED.get(stream.dialect, set())
    if stream.path.stem == "without-index":
        may_be_repeated |= {"finish"}  # it may be that of another candidate
    wanted = {"order", "blocks", "after-terminal", "counter"}
    unfound = [
        kind
        for place, kind in enumerate(stream.kinds)
        if kind not in may_be_repeated
        and not stream.with_event(place, stream.events[place], stream.events[place]) & wanted
    ]
    assert unfound == []


def has_one_end(stream: SoundStream) -> bool:
    """Tell whether the kind of the end may come once; a stream without indexes may repeat it."""
    is_piece = stream.kinds[stream.end] in PIECES[stream.dialect]
    return not is_piece and stream.path.stem != "without-index"


@streams(having=has_one_end)
def test_a_second_end_is_found(stream):
    again = stream.broken(*stream.events, stream.events[stream.end])
    assert again & {"after-terminal", "blocks"}


@streams()
def test_a_piece_of_a_block_that_has_ended_is_found(stream):
    unfound = []
    for event, kind in zip(stream.events, stream.kinds, strict=True):
        for block in stream.blocks_with(kind):
            if kind not in PIECES[stream.dialect] or kind == "tool-output-available":
                continue
            place = stream.end + (stream.kinds[stream.end] in block)
            late = stream.broken(*stream.events[:place], event, *stream.events[place:])
            if not (stream.fails or late & {"blocks", "after-terminal"}):
                unfound.append(event.data)
    assert unfound == [] or stream.path.stem == "without-index"


@streams()
def test_a_stream_that_ends_early_is_found(stream):
    complete = {stream.end + 1, len(stream.events)}
    unfound = [
        length
        for length in range(len(stream.events))
        if not stream.broken(*stream.events[:length]) & {"complete", "blocks"}
    ]
    failures = {place + 1 for place, kind in enumerate(stream.kinds) if kind in stream.failures}
    assert set(unfound) <= complete | failures


@streams()
def test_a_stream_that_is_cut_inside_an_event_is_found(stream):
    data = stream.data if stream.path.suffix == FRAMES else stream.data.rstrip()
    for place in random.Random(1).choices(range(len(data)), k=10):
        cut = stream.of_bytes(data[:place])
        whole = [one.event for one in cut.events]
        assert failed(cut, stream.contract) >= stream.broken(*whole)
        assert len(whole) < len(stream.events)


@streams(".sse", FRAMES)
def test_a_wrong_event_name_is_found(stream):
    wanted = {"type"} if stream.contract.discriminator == "event" else {"event-name"}
    for place, event in enumerate(stream.events):
        other = "message" if event.event != "message" else "delta"
        if stream.kinds[place] == "exception":  # it can have the name of any exception
            continue
        assert stream.with_event(place, event._replace(event=other)) >= wanted


def damaged(data: str, dialect: str) -> list[str]:
    """Return JSON text that is broken in different ways.

    Where the event name tells the kind, the data is read as browsers read it: equal keys are valid.
    """
    first = data.partition(":")[0]
    equal_keys = [] if dialect == "bedrock" else [f"{first}:1,{data[1:]}"]
    return [data[:-1], f"{data}}}", data[1:], f"{first}:NaN,{data[1:]}", *equal_keys]


@dialects
def test_broken_json_is_found(dialect):
    for stream, place in first_of_each_kind(streams_of(dialect)):
        data_of_event = stream.events[place].data
        for data in damaged(data_of_event, dialect) if data_of_event.startswith("{") else ():
            assert stream.with_data(place, data) & {"json", "after-terminal"}, data


@dialects
def test_an_unknown_event_is_found(dialect):
    for stream, place in first_of_each_kind(streams_of(dialect)):
        event = Event(data='{"type": "unknown", "x": 1}')
        assert stream.with_event(place, event) & {"type", "shape", "after-terminal"}
        no_object = stream.with_event(place, Event(data='"text"'))
        assert no_object & {"type", "shape", "after-terminal"}


def may_lack(dialect: str, keys: Keys) -> bool:
    """Tell whether a key may be missing."""
    return plain(keys) in OPTIONAL_KEYS.get(dialect, set()) | FREE.get(dialect, set()) or is_free(
        dialect, keys
    )


def is_free(dialect: str, keys: Keys) -> bool:
    """Tell whether a key is inside of a value that may contain anything."""
    free = FREE.get(dialect, set())
    return any(plain(keys[:length]) in free for length in range(1, len(keys)))


def plain(keys: Keys) -> str:
    """Write the path of a key, without the response around it."""
    return written(keys).removeprefix("response.")


@dialects
def test_a_key_that_is_missing_is_found(dialect):
    unfound = {
        f"{stream.kinds[place]}: {plain(keys)}"
        for stream, place, keys in keys_of_events(streams_of(dialect))
        if not may_lack(dialect, keys)
        and not stream.with_data(place, without(stream.events[place].data, keys))
    }
    assert unfound == set()


@dialects
def test_a_value_of_another_type_is_found(dialect):
    any_type = ANY_TYPE.get(dialect, set())
    unfound = {
        f"{stream.kinds[place]}: {plain(keys)}"
        for stream, place, keys in keys_of_events(streams_of(dialect))
        if plain(keys) not in any_type
        and not is_free(dialect, keys)
        and not stream.with_data(place, with_value(stream.events[place].data, keys, [[]]))
    }
    assert unfound == set()


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_body_without_a_key_is_found(path):
    stream = SoundStream(path)
    data = path.read_text("utf-8")
    unfound = {
        written(keys)
        for keys in keys_in(json.loads(data))
        if not may_lack(stream.dialect, keys)
        and not failed(stream.of_bytes(without(data, keys).encode()), stream.contract)
    }
    assert unfound == set()


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_body_that_is_cut_is_found(path):
    stream = SoundStream(path)
    data = path.read_bytes().rstrip()

    assert failed(stream.of_bytes(data[:-1]), stream.contract) == {"json"}
    assert failed(stream.of_bytes(b""), stream.contract) == {"json"}
